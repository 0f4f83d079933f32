"""verify --append: what an audit has not read yet is added to it; and merge of
audits of their own.
"""
import hashlib
import json
import os
import random
import shutil
import sqlite3
import unittest

from audit_support import AuditCase, contents
from support import run, rows

# Of the same messages in the same order all of these are the same.
TABLES = ("messages.csv", "signatures.csv", "exceptions.csv", "senders.csv",
          "keys.csv", "key_findings.csv", "errors.csv")


class Adding(AuditCase):
    """Three mailboxes of one archive."""

    def setUp(self):
        super().setUp()
        text = self.archive.mbox.read_bytes()
        messages = [b"From " + m for m in text[5:].split(b"\n\nFrom ")]
        messages[-1] = messages[-1].rstrip(b"\n")
        self.boxes = []
        for i, cut in enumerate((messages[:200], messages[200:450],
                                 messages[450:])):
            box = self.tmp / f"box-{i}.mbox"
            box.write_bytes(b"\n\n".join(cut) + b"\n\n")
            self.boxes.append(box)

    def assert_tables(self, out, expected):
        for name in TABLES:
            self.assertEqual((out / name).read_bytes(),
                             (expected / name).read_bytes(), name)

    def whole(self, *boxes):
        self.inputs = boxes or self.boxes
        out = self.tmp / f"whole-{len(self.inputs)}"
        self.begin("--force", out=out, code=0)
        return out


class Append(Adding):
    def append(self, *inputs, code=0, extra=(), prefix=()):
        self.inputs = inputs
        result = self.begin("--append", *extra, prefix=prefix)
        if code is not None:
            self.assertEqual(result.returncode, code, result.stderr)
        return result

    def test_night_after_night(self):
        for i in range(3):
            # What was read already may be named again, or not.
            self.append(*(self.boxes[:i + 1] if i < 2 else self.boxes[i:]))
            self.assert_tables(self.out, self.whole(*self.boxes[:i + 1]))
            self.assertNotIn("increment", os.listdir(self.out))
        before = contents(self.out)
        self.one_line(self.append(*self.boxes), 0, "nothing was added")
        self.assertEqual(contents(self.out), before)
        # The audit is one like any other.
        for name in TABLES:
            (self.out / name).unlink()
        self.assertEqual(run("report", self.out, "-q").returncode, 0)
        self.assert_tables(self.out, self.whole())

    def test_maildir_with_new_mail_and_flags(self):
        maildir = self.tmp / "maildir"
        shutil.copytree(self.archive.dir / "maildir", maildir)
        later = self.tmp / "later"
        later.mkdir()
        files = sorted(p for p in maildir.rglob("*") if p.is_file() and
                       p.parent.name in ("cur", "new"))
        for path in files[::5]:
            path.rename(later / path.name)
        self.append(maildir)
        self.assertEqual(len(rows(self.out / "messages.csv")),
                         len(files) - len(files[::5]))
        # Read in the meantime: flags, and from new to cur.
        for path in files[1::5]:
            unique = path.name.split(":")[0]
            path.rename(path.parent.parent / "cur" / f"{unique}:2,RS")
        for path in files[::5]:
            (later / path.name).rename(path)
        self.append(maildir)
        found = [row["message_id"] for row in rows(self.out / "messages.csv")]
        self.assertEqual(len(found), len(files))
        whole = self.tmp / "whole"
        self.begin(out=whole, code=0)
        self.assertEqual(sorted(found), sorted(
            row["message_id"] for row in rows(whole / "messages.csv")))
        for books in ("input_bytes", "messages", "message_bytes"):
            self.assertEqual(*(
                json.loads((out / "run.json").read_text())["accounting"][books]
                for out in (self.out, whole)))

    def test_files_without_mail_are_told_once(self):
        noise = self.tmp / "noise"
        noise.mkdir()
        (noise / "a.pdf").write_bytes(b"%PDF-1.4 no mail\n")
        (noise / "empty").write_bytes(b"")
        self.append(noise, self.boxes[0], code=3)  # it was named
        self.append(noise, *self.boxes[:2])
        self.assertEqual(sorted(row["code"] for row in
                                rows(self.out / "errors.csv")),
                         ["empty", "not_mail"])

    def test_refused(self):
        self.append(self.boxes[0])
        before = contents(self.out)
        self.one_line(self.append(self.boxes[1], code=5,
                                  extra=("--at", "now")), 5, "--at was")
        self.one_line(self.append(self.boxes[1], code=2, extra=("--force",)),
                      2, "--append")
        self.one_line(self.append("-", code=2), 2, "--append")
        with open(self.boxes[0], "ab") as box:
            box.write(self.boxes[1].read_bytes())
        self.one_line(self.append(*self.boxes[:1], code=5), 5,
                      self.boxes[0], "has changed")
        self.assertEqual(contents(self.out), before)

    def test_what_is_left_over(self):
        self.append(self.boxes[0])
        increment = self.out / "increment"
        increment.mkdir()
        # Not ours.
        (increment / "audit.sqlite").write_bytes(b"mine")
        self.one_line(self.append(*self.boxes, code=3), 3, "increment")
        (increment / "audit.sqlite").rename(increment / "notes")
        self.one_line(self.append(*self.boxes, code=2), 2, "increment")
        self.assertEqual((increment / "notes").read_bytes(), b"mine")
        (increment / "notes").unlink()
        shutil.copy2(self.out / "audit.sqlite", increment)
        before = contents(self.out)
        self.one_line(self.append(*self.boxes, code=2), 2, increment, "move")
        self.assertEqual(contents(self.out), before)
        shutil.rmtree(increment)
        self.append(*self.boxes[:2])
        # An audit that was added to, and a damaged one: somebody's.
        increment.mkdir()
        octets = bytearray((self.out / "audit.sqlite").read_bytes())
        (increment / "audit.sqlite").write_bytes(octets)
        self.one_line(self.append(*self.boxes, code=2), 2, increment, "move")
        octets[16384:] = bytes(len(octets) - 16384)
        (increment / "audit.sqlite").write_bytes(octets)
        self.one_line(self.append(*self.boxes, code=3), 3, increment)
        self.assertEqual((increment / "audit.sqlite").read_bytes(), octets)
        shutil.rmtree(increment)
        self.append(*self.boxes)
        self.assertFalse(increment.exists())
        self.assert_tables(self.out, self.whole())

    def test_into_what_is_not_finished(self):
        self.need_strace()
        self.inputs = self.boxes[:1]
        self.begin(prefix=self.inject("pwrite64", 30), code=-9)
        self.one_line(self.append(self.boxes[1], code=None), 2, "--resume")

    def killed(self, call, at):
        """Whether the run was killed there; then it has gone on."""
        self.forget()
        shutil.copytree(self.base, self.out)
        result = self.append(*self.boxes, code=None,
                             prefix=self.inject(call, at))
        if result.returncode == 0:
            self.assert_same(self.expected, f"{call} {at}")
            return False
        self.assertEqual(result.returncode, -9, result.stderr)
        self.append(*self.boxes)
        self.assert_same(self.expected, f"{call} {at}")
        return True

    def test_killed_at_any_write(self):
        self.need_strace()
        self.append(*self.boxes[:2])
        self.base = self.tmp / "base"
        shutil.copytree(self.out, self.base)
        self.append(*self.boxes)
        self.expected = self.outcome()
        self.assert_tables(self.out, self.whole())
        dice = random.Random(os.environ.get("SEED", "1"))
        for call, count in (("pwrite64", 150), ("write", 20), ("fsync", 8),
                            ("rename", 8), ("unlink", 8)):
            places = range(1, count + 1)
            killed = 0
            for at in sorted(dice.sample(places, min(count, 8))):
                killed += self.killed(call, at)
            self.assertGreater(killed, 0, call)

    def test_mail_arrives_before_it_goes_on(self):
        self.need_strace()
        folder = self.tmp / "folder"
        folder.mkdir()
        shutil.copy2(self.boxes[0], folder)
        self.append(folder)
        shutil.copy2(self.boxes[1], folder)
        self.append(folder, code=-9, prefix=self.inject("pwrite64", 20))
        shutil.copy2(self.boxes[2], folder)
        self.append(folder)
        whole = self.tmp / "whole"
        self.begin(out=whole, code=0)
        self.assert_tables(self.out, whole)


class MergeApart(Adding):
    def test_as_one_run(self):
        audits = []
        for i, box in enumerate(self.boxes):
            self.inputs = [box]
            audits.append(self.tmp / f"audit-{i}")
            self.begin(out=audits[-1], code=0)
        result = run("merge", "-q", "-o", self.out, *audits)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_tables(self.out, self.whole())
        # And once more, with one that was merged.
        two = self.tmp / "two"
        self.assertEqual(run("merge", "-q", "-o", two,
                             *audits[:2]).returncode, 0)
        three = self.tmp / "three"
        self.assertEqual(run("merge", "-q", "-o", three, two,
                             audits[2]).returncode, 0)
        self.assert_tables(three, self.whole())
        # Nothing twice, and no shard among them.
        again = self.tmp / "again"
        self.one_line(run("merge", "-o", again, two, audits[1]), 2, audits[1],
                      self.boxes[1], two)
        self.inputs = [self.boxes[0]]
        shard = self.tmp / "shard"
        self.begin("--shard", "1/2", out=shard, code=0)
        self.one_line(run("merge", "-o", again, audits[1], shard), 2,
                      audits[1], "is no shard")
        other = self.tmp / "other"
        self.begin("--at", "now", out=other, code=0)
        self.one_line(run("merge", "-o", again, audits[1], other), 2, other,
                      "--at was")
        self.assertFalse(again.exists())


    # Of different machines, say: each has a box of that name.
    def test_files_of_the_same_name(self):
        audits = []
        for i in (0, 1):
            place = self.tmp / f"machine-{i}"
            place.mkdir()
            shutil.copy2(self.boxes[i], place / "box")
            audits.append(place / "audit")
            result = run("verify", "--offline", "-q", "--custody", "--keys",
                         self.archive.keys, "-o", "audit", "box", cwd=place)
            self.assertEqual(result.returncode, 0, result.stderr)
        result = run("merge", "-q", "-o", self.out, *audits)
        self.assertEqual(result.returncode, 0, result.stderr)
        sums = [hashlib.sha256(box.read_bytes()).hexdigest()
                for box in self.boxes[:2]]
        database = sqlite3.connect(self.out / "audit.sqlite")
        self.assertEqual(database.execute(
            "SELECT file, sha256 FROM inputs ORDER BY id").fetchall(),
            [("box", sums[0]), ("box", sums[1])])
        database.close()
        page = (self.out / "method.txt").read_text()
        self.assertIn("found in 2 files", page)
        for each in sums:
            self.assertIn(each, page)


if __name__ == "__main__":
    unittest.main(verbosity=2)
