// Tests of lib/dkim/examiner.
