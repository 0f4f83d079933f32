"""Mailboxes from public reports (../shared/reports): each message is found.
Other members of each kind are in mailboxes.py."""
import pathlib
import shutil
import tempfile
import unittest

import mailboxes
from support import SOURCE, WORK, rows, run, verify

REPORTS = SOURCE.parent / "shared" / "reports"


class ReportsMbox(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(dir=WORK))
        self.addCleanup(shutil.rmtree, self.tmp, ignore_errors=True)

    def classes(self, path, keys):
        for needed in (path, keys):
            self.assertTrue(needed.exists(), f"{needed} is missing")
        result = verify("--keys", keys, "--csv", "messages", path)
        self.assertEqual(result.returncode, 0, result.stderr)
        return [row["verdict_class"] for row in rows(result.stdout)]

    def check(self, folder, file, count):
        folder = REPORTS / folder
        self.assertEqual(self.classes(folder / file, folder / "keys.tsv"),
                         ["verified_aligned"] * count)

    def test_01_no_empty_line(self):
        self.check("01-mbox-no-blank-line", "input.mbox", 5)

    def test_02_bare_from_lines(self):
        self.check("02-mbox-bare-from", "Inbox", 5)

    def test_02c_first_line_bare_the_others_dated(self):
        self.check("02c-first-bare-rest-dated", "Inbox", 5)

    def test_03_forms_of_from_lines(self):
        files = sorted((REPORTS / "03-from-lines").glob("*.mbox"))
        self.assertEqual(len(files), 6)
        for file in files:
            with self.subTest(file=file.name):
                self.check("03-from-lines", file.name, 3)

    def test_04_empty_line_behind_the_from_line(self):
        self.check("04-mbox-blank-after-from", "in.mbox", 3)

    def test_07_a_patch_in_a_message(self):
        self.check("07-mbox-git-patch", "in.mbox", 2)

    def test_a_mailbox_of_patches(self):
        patch = ("From " + "0123456789" * 4 + " Mon Sep 17 00:00:00 2001\n"
                 "From: Bob <bob@example.net>\nSubject: [PATCH] mend\n\n"
                 "---\n diff\n\n")
        (self.tmp / "patches").write_text(patch * 3)
        result = verify("--csv", "messages", self.tmp / "patches")
        self.assertEqual(len(rows(result.stdout)), 3)


class DoubtfulLines(unittest.TestCase):
    """What looks like a From_ line and is not taken is said."""
    HEADER = "Received: from a by b\nSubject: x\n\n"
    FROM = "From a@b.example Tue Mar  5 10:00:05 2024\n"

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(dir=WORK))
        self.addCleanup(shutil.rmtree, self.tmp, ignore_errors=True)

    def audit(self, text, *options, code=0):
        (self.tmp / "box").write_bytes(
            text if isinstance(text, bytes) else text.encode())
        result = verify("-o", self.tmp / "out", "--force", *options,
                        self.tmp / "box")
        self.assertEqual(result.returncode, code, result.stderr)
        return result.stdout.decode()

    def test_lines_taken_for_text_are_said(self):
        text = self.FROM + self.HEADER + "a\n"
        text += "From a@b.example\n" + self.HEADER + "b\n\n"
        text += self.FROM + self.HEADER + "c\n"
        summary = self.audit(text)
        self.assertIn("1 line looks like a From_ line of an mbox and was taken "
                      "for text", summary)
        [row] = [row for row in rows(self.tmp / "out" / "errors.csv")]
        self.assertEqual(row["code"], "from_lines")
        self.assertEqual(row["offset"], str(len(self.FROM)))
        first, second = rows(self.tmp / "out" / "messages.csv")
        self.assertIn("end_in_doubt", first["anomalies"])
        self.assertNotIn("end_in_doubt", second["anomalies"])
        self.assertIn("look like the line \"From ...\"".replace(" ", ""),
                      (self.tmp / "out" / "method.txt").read_text()
                      .replace("\n", "").replace(" ", ""))
        self.assertIn('"passed_from_lines": 1',
                      (self.tmp / "out" / "run.json").read_text())

    def test_nothing_is_said_where_nothing_is_doubtful(self):
        summary = self.audit((self.FROM + self.HEADER + "From here on\n\n") * 3)
        self.assertNotIn("From_ line", summary)
        self.assertEqual(rows(self.tmp / "out" / "errors.csv"), [])

    def test_the_same_audit_from_parts_and_after_a_report(self):
        """Rows of lines in doubt come from the books, whoever keeps them."""
        text = "".join(
            self.FROM + self.HEADER + "a\nFrom a@b.example\n" + self.HEADER +
            "b\n\n" for _ in range(3000))
        self.audit(text)
        whole = (self.tmp / "out" / "errors.csv").read_bytes()
        self.assertEqual(len(rows(whole)), 1)
        for options in (["-j", "1"], ["--block", "16K", "-j", "3"]):
            self.audit(text, *options)
            self.assertEqual((self.tmp / "out" / "errors.csv").read_bytes(),
                             whole)
        result = run("report", self.tmp / "out", "-o", self.tmp / "again")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((self.tmp / "again" / "errors.csv").read_bytes(),
                         whole)

    def test_doubtful_on_purpose(self):
        """Linear, and within the memory, whoever wrote it."""
        weak = self.FROM + self.HEADER + ("From a@b\nX-A: b\n" * 100_000)
        self.audit(weak, "--memory", "64M")
        every = self.FROM + self.HEADER + ("From \nA: b\n" * 200_000)
        self.audit(every, "--memory", "64M")
        bare = self.FROM + self.HEADER + ("From \nTo: b\nCc: c\n" * 50_000)
        self.audit(bare, "--memory", "64M", "--block", "16K")
        self.assertEqual(len(rows(self.tmp / "out" / "messages.csv")), 50_001)

    def test_killed_parts_of_a_segment_go_on(self):
        """A mailbox that is one segment: shards read it once."""
        text = (self.FROM + self.HEADER + "a\n") * 4000
        self.audit(text)
        count = len(rows(self.tmp / "out" / "messages.csv"))
        self.assertEqual(count, 4000)
        counts = 0
        for shard in ("1/2", "2/2"):
            self.audit(text, "--shard", shard)
            counts += len(rows(self.tmp / "out" / "messages.csv"))
        self.assertEqual(counts, 4000)


if __name__ == "__main__":
    unittest.main()
