// Tests of lib/dkim/key_record.
