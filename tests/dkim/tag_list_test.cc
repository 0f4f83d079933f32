// Tests of lib/dkim/tag_list.
