"""The time of receipt, on the reports' messages that were moved to another
store a year later (case 27), and on what others could make of them.
"""
import pathlib
import shutil
import tempfile
import unittest

from support import SOURCE, WORK, rows, run, verify

SHARED = SOURCE.parent / "shared"
CASE = SHARED / "reports" / "27-migrated-received"
ARRIVED_LATER = (b"Received: from relay.example.org (relay.example.org "
                 b"[192.0.2.66])\n\tby mail.example.net with ESMTPS id 9;\n"
                 b"\tSat, 19 Apr 2025 10:00:00 +0000\n")
WITHIN_LATER = (b"Received: by mail.example.net with LMTP id 7;\n"
                b"\tSat, 19 Apr 2025 10:00:00 +0000\n")


class ReportsTimes(unittest.TestCase):
    def setUp(self):
        self.assertTrue(CASE.is_dir(), f"{CASE} is missing")
        self.tmp = pathlib.Path(tempfile.mkdtemp(dir=WORK))
        self.addCleanup(shutil.rmtree, self.tmp, ignore_errors=True)
        self.keys = CASE / "keys.tsv"

    def judge(self, text, *options, from_line=None):
        """The rows of one message: of messages.csv and signatures.csv."""
        path = self.tmp / ("m.mbox" if from_line else "m.eml")
        path.write_bytes((from_line or b"") + text)
        out = self.tmp / "out"
        result = verify("--keys", self.keys, *options, "--force", "-o", out,
                        path)
        self.assertEqual(result.returncode, 0, result.stderr)
        return rows(out / "messages.csv")[0], rows(out / "signatures.csv")[0]

    def expect(self, text, reason, source, *options, flag=True, **kwargs):
        message, signature = self.judge(text, *options, **kwargs)
        self.assertEqual(signature["reason"], reason)
        self.assertEqual(message["received_at_source"], source)
        self.assertEqual("times_disagree" in signature["flags"].split(";"),
                         flag)
        self.assertEqual(signature["crypto"], "pass")
        return message, signature

    def message(self, name="orig.eml"):
        return (CASE / name).read_bytes()

    def test_original(self):
        message, _ = self.expect(self.message(), "ok", "received", flag=False)
        self.assertEqual(message["received_at"], "2024-03-05T10:00:05Z")

    def test_imported_a_year_later(self):
        for name in ("fetchmail.eml", "gyb.eml", "deliverydate.eml"):
            with self.subTest(name):
                message, signature = self.expect(self.message(name), "ok",
                                                 "older_received")
                self.assertEqual(message["received_at"],
                                 "2024-03-05T10:00:05Z")
                self.assertEqual(signature["expired_at_receipt"], "false")
                self.assertEqual(message["verdict_class"], "verified_aligned")

    def test_without_the_fields_of_the_receipt(self):
        """Delivery-date or the From_ line are what is left."""
        text = self.message("deliverydate.eml")
        begin = text.index(b"Received: from mx.example.com")
        end = text.index(b"DKIM-Signature")
        message, _ = self.expect(text[:begin] + text[end:], "ok",
                                 "delivery_date")
        self.assertEqual(message["received_at"], "2024-03-05T10:00:05Z")
        text = self.message("gyb.eml")
        begin = text.index(b"Received: from mx.example.com")
        end = text.index(b"DKIM-Signature")
        self.expect(text[:begin] + text[end:], "ok", "mbox_from",
                    from_line=b"From a@b Tue Mar  5 10:00:05 +0000 2024\n")
        # Nothing but the import: that is when it was received, so far as
        # anything tells, and t= is a year before.
        self.expect(text[:begin] + text[end:], "expired", "received")

    def test_other_imports(self):
        later = b"Sat, 20 Apr 2025 18:00:13 +0200\n"
        for hop in (
                b"from imap.example.net (192.0.2.9) by pc with IMAP4 getmail; ",
                b"by mail.example.net with LMTP id 1; ",
                b"from store (store [10.0.0.7]) by b.example.net with ESMTP; ",
                b"from localhost (localhost [127.0.0.1]) by b with ESMTP; ",
                b"(qmail 7 invoked by uid 500); ",
                b"from ann by store.example.net with local (Exim 4.96); ",
                b"from a ([2001:db8::1]) by b ([2001:db8::2]) with mapi id 1; ",
        ):
            with self.subTest(hop):
                self.expect(b"Received: " + hop + later + self.message(), "ok",
                            "older_received")

    def test_sent_again_is_expired(self):
        """A field below an arrival is never believed over it."""
        fetched = self.message("fetchmail.eml").partition(
            b"Received: from mx")[0]
        for above, source in ((ARRIVED_LATER, "received"),
                              (WITHIN_LATER + ARRIVED_LATER, "received"),
                              (fetched + ARRIVED_LATER, "older_received")):
            with self.subTest(above):
                message, signature = self.expect(above + self.message(),
                                                 "expired", source)
                self.assertEqual(message["received_at"],
                                 "2025-04-19T10:00:00Z")
                self.assertEqual(message["verdict_class"], "refused")
                self.assertEqual(signature["expired_at_receipt"], "true")
        # What looks like an import below is as forged as the rest.
        self.expect(ARRIVED_LATER + self.message("gyb.eml"), "expired",
                    "received")
        # Neither is Delivery-date.
        self.expect(ARRIVED_LATER + self.message("deliverydate.eml"),
                    "expired", "received")
        # A name that the sender gives himself hides no address.
        hidden = ARRIVED_LATER.replace(b"from relay.example.org",
                                       b"from [127.0.0.1]")
        self.expect(hidden + self.message(), "expired", "received")

    def test_expired_at_receipt_stays_so_in_another_store(self):
        text = self.message("fetchmail.eml").replace(
            b"Tue, 05 Mar 2024 10:00:05", b"Fri, 15 Mar 2024 10:00:05")
        message, _ = self.expect(text, "expired", "older_received")
        self.assertEqual(message["received_at"], "2024-03-15T10:00:05Z")

    def test_at_names_a_source(self):
        text = self.message("deliverydate.eml")
        line = b"From a@b Tue Mar  5 10:00:05 +0000 2024\n"
        for at, reason, evaluated in (
                ("received", "ok", "2024-03-05T10:00:05Z"),
                ("newest-received", "expired", "2025-04-21T01:00:13Z"),
                ("delivery-date", "ok", "2024-03-05T10:00:05Z"),
                ("mbox-from", "ok", "2024-03-05T10:00:05Z"),
                ("date", "ok", "2024-03-05T10:00:00Z"),
                ("2024-03-13T00:00:00Z", "expired", "2024-03-13T00:00:00Z")):
            with self.subTest(at):
                _, signature = self.expect(text, reason, "older_received",
                                           "--at", at, from_line=line)
                self.assertEqual(signature["evaluated_at"], evaluated)
                self.assertEqual(signature["expired_at_receipt"], "false")
        _, signature = self.expect(self.message("gyb.eml"), "ok",
                                   "older_received", "--at", "delivery-date")
        self.assertEqual(signature["evaluated_at"], "")

    def test_recheck_and_report_agree_with_verify(self):
        """The source is kept in the audit, and so is all evidence."""
        first = self.tmp / "first"
        inputs = [CASE / f"{n}.eml" for n in
                  ("orig", "fetchmail", "gyb", "deliverydate")]
        verify("--keys", self.keys, "-o", first, *inputs)
        for at in ("newest-received", "delivery-date", "mbox-from", "date",
                   "received"):
            with self.subTest(at):
                live = self.tmp / f"live-{at}"
                self.assertEqual(0, verify("--keys", self.keys, "--at", at,
                                           "-o", live, *inputs).returncode)
                again = self.tmp / f"again-{at}"
                result = run("recheck", first, "--offline", "--at", at, "-o",
                             again)
                self.assertEqual(result.returncode, 0, result.stderr)
                told = self.tmp / f"told-{at}"
                result = run("report", again, "-o", told)
                self.assertEqual(result.returncode, 0, result.stderr)
                for name in ("messages.csv", "signatures.csv"):
                    self.assertEqual((live / name).read_bytes(),
                                     (again / name).read_bytes())
                    self.assertEqual((live / name).read_bytes(),
                                     (told / name).read_bytes())
                resumed = verify("--resume", "--keys", self.keys, "--at",
                                 "now", "-o", live, *inputs)
                self.assertNotEqual(resumed.returncode, 0)
        text = (self.tmp / "live-newest-received" / "method.txt").read_text()
        self.assertIn("newest Received field", " ".join(text.split()))

    def test_detail_says_what_was_passed_over(self):
        result = verify("--keys", self.keys, f"{CASE / 'gyb.eml'}@0")
        said = " ".join(result.stdout.decode().split())
        self.assertIn("2024-03-05T10:00:05Z, by an older Received field; the "
                      "newest, of a later import, says 2025-04-21T01:00:13Z",
                      said)

    def test_unknown_source_is_refused(self):
        result = verify("--at", "oldest", CASE / "orig.eml")
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"newest-received", result.stderr)

    def test_broken_dates_are_read(self):
        for written in (b"Tues, 05 Mar 2024 10:00:05 +0000",
                        b"Tuesday, 5 March 2024 10:00:05 +0000 (UTC) here",
                        b"Tue Mar  5 10:00:05 2024",
                        b"05 Mar 2024 10:00:05"):
            with self.subTest(written):
                text = self.message().replace(
                    b"Tue, 05 Mar 2024 10:00:05 +0000", written)
                self.assertIn(written, text)
                message, _ = self.expect(text, "ok", "received", flag=False)
                self.assertEqual(message["received_at"],
                                 "2024-03-05T10:00:05Z")

    def test_signer_with_a_fast_clock(self):
        """t= is 1709632000, 2024-03-05T09:46:40Z."""
        for received, reason, ahead in (
                (b"Tue, 05 Mar 2024 09:41:40 +0000", "ok", False),
                (b"Tue, 05 Mar 2024 09:41:39 +0000", "ok", True),
                (b"Tue, 05 Mar 2024 09:27:06 +0000", "ok", True),
                (b"Mon, 04 Mar 2024 09:46:40 +0000", "ok", True),
                (b"Mon, 04 Mar 2024 09:46:39 +0000", "future", True),
                (b"Sun, 05 Mar 2023 09:46:40 +0000", "future", True)):
            with self.subTest(received):
                text = self.message().replace(
                    b"Tue, 05 Mar 2024 10:00:05 +0000", received)
                _, signature = self.judge(text)
                self.assertEqual(signature["reason"], reason)
                self.assertEqual("t_ahead" in signature["flags"].split(";"),
                                 ahead)


if __name__ == "__main__":
    unittest.main()
