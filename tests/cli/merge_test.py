"""merge: the shards of an archive, read apart and added up in any order, are the
audit of a single run.
"""
import itertools
import json
import random
import shutil
import sqlite3
import sys
import unittest

from audit_support import FinishedCase, contents
from support import rows


class ShardCase(FinishedCase):
    def shards(self, count, *options, name="shard"):
        """Directories of all shards; each is a run of its own."""
        dirs = []
        for i in range(1, count + 1):
            out = self.tmp / f"{name}-{i}"
            self.begin("--shard", f"{i}/{count}", *options, out=out)
            dirs.append(out)
        return dirs

    def merge(self, *shards, out="merged", code=0):
        out = self.tmp / out
        shutil.rmtree(out, ignore_errors=True)
        before = [contents(s) for s in shards]
        self.again("merge", "-o", out, *shards, code=code)
        self.assertEqual([contents(s) for s in shards], before)
        return out


class Merge(ShardCase):
    def setUp(self):
        super().setUp()
        # A file for several shards, small ones, and one that can't be cut.
        packed = self.compress("gzip")
        self.inputs = [self.archive.mbox, self.archive.dir / "maildir",
                       packed, self.archive.dir / "mbox-crlf" / "archive.mbox"]
        self.forget()
        self.begin(code=0)

    def test_three_in_any_order(self):
        shards = self.shards(3)
        counts = [len(rows(s / "messages.csv")) for s in shards]
        self.assertEqual(sum(counts), 2000)
        self.assertGreater(min(counts), 0)
        for order in itertools.permutations(shards):
            out = self.merge(*order)
            self.assert_same_tables(out, self.out, order)
        # It is an audit like any other.
        self.again("report", out)
        self.assert_same_tables(out, self.out)
        single = json.loads((self.out / "run.json").read_text())
        merged = json.loads((out / "run.json").read_text())
        for name in ("totals", "accounting"):
            self.assertEqual(merged[name], single[name], name)
        page = " ".join(
            (out / "method.txt").read_text().replace("\\\n", "").split())
        self.assertIn("was read in 3 parts", page)
        self.assertIn("--shard I/3 -o SHARD-I", page)
        self.assertIn("part 2/3 of an archive", " ".join(
            (shards[1] / "method.txt").read_text().split()))

    def test_many_or_few(self):
        dice = random.Random(5)
        for count in (2, 7):
            shards = self.shards(count, name=f"of-{count}")
            dice.shuffle(shards)
            self.assert_same_tables(self.merge(*shards), self.out, count)

    def test_with_options_that_decide_verdicts(self):
        options = ["--at", "1900000000", "--min-rsa-bits", "2048",
                   "--raw-csv", "--from", "example"]
        self.forget()
        self.begin(*options, code=0)
        out = self.merge(*self.shards(3, *options))
        self.assert_same_tables(out, self.out)
        again = self.tmp / "again"
        self.again("report", out, "-o", again)
        self.assert_same_tables(again, self.out)

    def test_the_same_octets_whatever_the_jobs(self):
        shards = self.shards(3)
        first = self.merge(*shards)
        again = self.tmp / "again"
        self.again("merge", "-o", again, *reversed(shards), "-j", 5,
                   "--memory", "64M")
        for path in first.iterdir():
            if path.name != "run.json":
                self.assertEqual((again / path.name).read_bytes(),
                                 path.read_bytes(), path.name)

    def test_errors_are_those_of_the_single_run(self):
        box = self.tmp / "box"
        box.mkdir()
        packed = self.compress("gzip").read_bytes()
        (box / "a.mbox.gz").write_bytes(packed[:len(packed) // 2])
        (box / "b.pst").write_bytes(b"!BDN" + bytes(600))
        (box / "c").symlink_to("/etc/passwd")
        (box / "d").write_bytes(b"")
        shutil.copy(self.archive.mbox, box / "e.mbox")
        self.inputs = [box, self.archive.mbox]
        self.forget()
        self.begin(code=3)
        shards = self.shards(3)
        out = self.merge(*shards, code=3)
        self.assert_same_tables(out, self.out)
        self.assertGreater(len(rows(out / "errors.csv")), 2)

    def test_judged_again_before_or_after(self):
        keys = self.tmp / "none.tsv"
        keys.write_text("x._domainkey.example.com\tv=DKIM1; p=\n")
        whole = self.tmp / "whole"
        options = ["--offline", "--forget", "--keys", keys]
        self.again("recheck", self.out, "-o", whole, *options)
        rechecked = []
        for shard in self.shards(3):
            rechecked.append(self.tmp / f"again-{shard.name}")
            self.again("recheck", shard, "-o", rechecked[-1], *options)
        out = self.merge(*rechecked)
        self.assert_same_tables(out, whole)


class MergeRefusals(ShardCase):
    def setUp(self):
        super().setUp()
        self.inputs = [self.archive.dir / "maildir"]
        self.forget()
        self.begin(code=0)
        self.parts = self.shards(3)
        self.merged = self.tmp / "merged"

    def refuse(self, code, words, *shards):
        self.refused(code, words, "merge", "-o", self.merged, *shards,
                     kept=[s for s in shards if s.is_dir()])
        self.assertFalse(self.merged.exists(), words)

    def test_missing(self):
        a, b, c = self.parts
        self.refuse(2, ["2/3", "missing"], a, c)
        self.refuse(2, ["1/3", "missing"], c, b)
        self.refuse(2, ["3/3", "missing"], a, b)
        self.refuse(2, ["missing"], b)

    def test_twice(self):
        a, b, c = self.parts
        copy = self.tmp / "copy"
        shutil.copytree(b, copy)
        self.refuse(2, [b, "2/3"], a, b, c, b)
        self.refuse(2, [b, copy, "2/3"], a, copy, b, c)

    def test_of_another_division(self):
        a, _, c = self.parts
        other = self.shards(2, name="other")
        self.refuse(2, [other[1], "2/2", a], a, other[1], c)

    def test_of_another_archive(self):
        a, _, c = self.parts
        self.inputs = [self.archive.mbox]
        other = self.tmp / "other"
        self.begin("--shard", "2/3", out=other, code=0)
        self.refuse(2, [other, a, self.archive.mbox], a, other, c)

    def test_of_an_archive_that_changed(self):
        box = self.tmp / "box"
        shutil.copytree(self.archive.dir / "eml", box)
        self.inputs = [box]
        parts = self.shards(2, name="before")
        victim = sorted(box.rglob("*.eml"))[7]
        victim.write_bytes(victim.read_bytes() + b"x")
        after = self.tmp / "after"
        self.begin("--shard", "2/2", out=after, code=0)
        self.refuse(2, [after, parts[0], box], parts[0], after)

    def test_with_other_options(self):
        a, _, c = self.parts
        keys = self.tmp / "keys.tsv"
        keys.write_text(self.archive.keys.read_text() + "\n")
        for i, (word, options) in enumerate((
                ("--at", ["--at", "1900000000"]),
                ("--min-rsa-bits", ["--min-rsa-bits", "2048"]),
                ("--from", ["--from", "example"]),
                ("--max-message", ["--max-message", "1M"]),
                ("--keys", ["--keys", keys]))):
            other = self.tmp / f"other-{i}"
            self.begin("--shard", "2/3", *options, out=other, code=0)
            self.refuse(2, [other, a, word], a, other, c)

    def test_not_finished(self):
        a, b, c = self.parts
        self.need_strace()
        shutil.rmtree(b)
        self.begin("--shard", "2/3", prefix=self.inject("rename", 2), out=b,
                   code=-9)
        self.refuse(2, [b, "--resume"], a, b, c)

    def test_foreign_and_damaged(self):
        a, b, c = self.parts
        file = b / "audit.sqlite"
        octets = file.read_bytes()
        for damaged in (b"", octets[:100], octets[:len(octets) // 2],
                        b"x" * 20000):
            file.write_bytes(damaged)
            self.refuse(3, [file], a, b, c)
        file.unlink()
        foreign = sqlite3.connect(file)
        foreign.execute("CREATE TABLE audit(name, value)")
        foreign.commit()
        foreign.close()
        self.refuse(3, [file], a, b, c)
        file.write_bytes(octets)
        later = sqlite3.connect(file)
        later.execute("PRAGMA user_version = 99")
        later.close()
        self.refuse(3, [file, "99"], a, b, c)
        shutil.rmtree(b)
        self.refuse(2, [b], a, b, c)

    def test_an_octet_of_the_evidence_changed(self):
        a, b, c = self.parts
        store = sqlite3.connect(b / "audit.sqlite")
        facts, = store.execute("SELECT facts FROM batch").fetchone()
        middle = len(facts) // 2
        facts = facts[:middle] + bytes([facts[middle] ^ 1]) + facts[middle + 1:]
        store.execute("UPDATE batch SET facts = ? WHERE id = "
                      "(SELECT min(id) FROM batch)", (facts,))
        store.commit()
        store.close()
        result = self.again("merge", "-o", self.merged, a, b, c, code=3)
        self.one_line(result, 3, b / "audit.sqlite")
        self.assertFalse((self.merged / "run.json").exists())
        self.assertFalse((self.merged / "audit.sqlite").exists())

    def test_into_a_directory_that_is_something_else(self):
        a, b, c = self.parts
        self.merged.mkdir()
        (self.merged / "thesis.txt").write_text("years of work")
        for more in ([], ["--force"]):
            self.refused(2, [self.merged], "merge", "-o", self.merged, a, b, c,
                         *more, kept=[self.merged, a, b, c])
        for shard in (a, b):
            for more in ([], ["--force"]):
                self.refused(2, [shard], "merge", "-o", shard, a, b, c, *more,
                             kept=[a, b, c])
        self.refused(2, ["-o"], "merge", a, b, c, kept=[a, b, c])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
