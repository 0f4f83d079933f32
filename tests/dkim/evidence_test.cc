// Tests of lib/dkim/evidence.
