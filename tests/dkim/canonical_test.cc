// Tests of lib/dkim/canonical.
