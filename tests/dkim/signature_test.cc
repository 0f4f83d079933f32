// Tests of lib/dkim/signature.
