// Tests of lib/dkim/verdict.
