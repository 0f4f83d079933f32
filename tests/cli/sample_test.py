"""--sample: a part of the archive, marked as one everywhere, and what the full
run would take.
"""
import gzip
import json
import re
import shutil
import sqlite3
import sys
import unittest

from audit_support import AuditCase
from support import Case, rows, run, verify

TABLES = ("messages", "signatures", "exceptions", "senders", "keys",
          "key_findings", "errors")


class Sampled(Case):
    # 20 MB: as large as makes a share of 5 % a sample of some size.
    ARCHIVE = (400, 20000, 40000)

    def sample(self, *args, **kwargs):
        return verify("--keys", self.archive.keys, "--sample", "5%", *args,
                      **kwargs)

    def test_every_block_says_so(self):
        result = self.sample("-j", 1, self.archive.mbox)
        self.assertEqual(result.returncode, 0, result.stderr)
        text = result.stdout.decode()
        lines = text.splitlines()
        self.assertTrue(lines[0].startswith("SAMPLE of 5 %: "), text)
        self.assertIn("in sample    share  main reasons", text)
        self.assertIn("in sample   aligned", text)
        self.assertNotIn("messages    share", text)
        self.assertIn("of the sample:", text)
        self.assertTrue(all(len(line) < 100 for line in lines), text)
        full = text[text.index("The full run: about "):].replace("\n", " ")
        self.assertRegex(re.sub(" +", " ", full),
                         r"about \S+ m?s? ?by 1 job, and about \S+ .B on disk "
                         r"for -o DIR \(.* more until it ends\); estimated "
                         r"from \d+ messages")

    def test_rows_are_those_of_the_whole(self):
        whole = rows(verify("--keys", self.archive.keys, "--csv", "messages",
                            self.archive.mbox).stdout)
        sampled = rows(self.sample("--csv", "messages",
                                   self.archive.mbox).stdout)
        by_offset = {row["offset"]: row for row in whole}
        for row in sampled:
            self.assertEqual(row, by_offset[row["offset"]])
        octets = sum(int(row["length"]) for row in sampled)
        size = self.archive.mbox.stat().st_size
        self.assertGreater(octets, 0.02 * size)
        self.assertLess(octets, 0.09 * size)
        # From every fifth of the archive.
        fifths = {int(row["offset"]) * 5 // size for row in sampled}
        self.assertEqual(fifths, {0, 1, 2, 3, 4})

    def test_hundred_percent_is_no_sample(self):
        result = verify("--keys", self.archive.keys, "--sample", "100%",
                        "--json", self.archive.mbox)
        self.assertEqual(result.returncode, 0)
        self.assertNotIn("sample", json.loads(result.stdout))
        self.assertNotIn(b"SAMPLE", result.stderr)

    def test_files_and_books(self):
        out = self.audit("--sample", "5%", self.archive.mbox)
        names = {path.name for path in out.iterdir()}
        self.assertEqual(names, {f"{t}.sample.csv" for t in TABLES} |
                         {"audit.sqlite", "method.txt", "run.json"})
        method = (out / "method.txt").read_text()
        self.assertIn("SAMPLE: only a sample of 5 %", method)
        self.assertIn("messages.sample.csv\n", method)
        self.assertNotIn("messages.csv\n", method)
        books = json.loads((out / "run.json").read_text())
        sample = books["sample"]
        size = self.archive.mbox.stat().st_size
        self.assertEqual(sample["percent"], 5)
        self.assertEqual(sample["of_bytes"], size)
        self.assertTrue(books["accounting"]["balanced"])
        self.assertEqual(books["accounting"]["gap_bytes"]["not_sampled"],
                         size - sample["bytes"])
        self.assertEqual(books["totals"]["sample"]["bytes"], sample["bytes"])
        full = sample["full_run"]
        self.assertEqual(full["from_messages"], books["totals"]["messages"])
        self.assertGreater(full["seconds"], 0)
        # How much the whole takes can be seen.
        whole = self.audit(self.archive.mbox, out=self.tmp / "whole")
        takes = sum(path.stat().st_size for path in whole.iterdir())
        self.assertGreater(full["disk_bytes"], 0.5 * takes)
        self.assertLess(full["disk_bytes"], 2 * takes)
        # Without -o it is estimated alike.
        text = self.sample(self.archive.mbox).stdout.decode()
        said = float(re.search(r"about ([0-9.]+) MB\s+on\s+disk", text)[1]) * 1e6
        self.assertAlmostEqual(said / full["disk_bytes"], 1, delta=0.1)

    def test_the_mark_stays(self):
        out = self.audit("--sample", "5%", self.archive.mbox)
        with sqlite3.connect(out / "audit.sqlite") as database:
            self.assertEqual(database.execute(
                "SELECT value FROM audit WHERE name = 'option --sample'"
            ).fetchall(), [("5",)])
        before = (out / "messages.sample.csv").read_bytes()
        result = run("report", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(b"SAMPLE of 5 %", result.stdout)
        self.assertEqual((out / "messages.sample.csv").read_bytes(), before)
        self.assertFalse((out / "messages.csv").exists())
        books = json.loads((out / "run.json").read_text())
        self.assertEqual(books["sample"]["percent"], 5)

        again = self.tmp / "again"
        result = run("recheck", out, "--offline", "--forget", "-o", again)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(result.stdout.startswith(b"In the sample alone: "))
        self.assertIn(b"\nSAMPLE of 5 %", result.stdout)
        self.assertTrue((again / "changes.sample.csv").exists())
        self.assertFalse((again / "changes.csv").exists())
        self.assertEqual(run("report", again).stdout.split(b"\n")[0],
                         run("report", out).stdout.split(b"\n")[0])
        # All of these names are an audit's: nothing is left of it.
        result = verify("--force", "-q", "-o", again, self.archive.mbox)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([p.name for p in again.iterdir() if "sample" in p.name],
                         [])

    def test_shards_of_a_sample(self):
        whole = self.audit("--sample", "20%", self.archive.mbox)
        shards = []
        for i in range(1, 4):
            shards.append(self.audit("--sample", "20%", "--shard", f"{i}/3",
                                     self.archive.mbox,
                                     out=self.tmp / f"shard-{i}"))
        merged = self.tmp / "merged"
        result = run("merge", "-o", merged, *reversed(shards))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(b"SAMPLE of 20 %", result.stdout)
        for table in TABLES:
            name = f"{table}.sample.csv"
            self.assertEqual((merged / name).read_bytes(),
                             (whole / name).read_bytes(), name)
        sample = [json.loads((path / "run.json").read_text())["sample"]
                  for path in (merged, whole)]
        sample[1].pop("full_run")
        self.assertEqual(*sample)
        # A shard of the whole, or of another sample, is of another audit.
        for share in ("100%", "21%"):
            other = self.audit("--sample", share, "--shard", "2/3",
                               self.archive.mbox, out=self.tmp / share)
            result = run("merge", "-o", self.tmp / "bad", shards[0], other,
                         shards[2])
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(b"--sample", result.stderr)

    def test_same_sample_in_any_way(self):
        first = self.sample("--csv", "messages", self.archive.mbox).stdout
        for args in (("-j", 1), ("-j", 5), ("--block", "64K"),
                     ("--memory", "64M")):
            self.assertEqual(self.sample("--csv", "messages", *args,
                                         self.archive.mbox).stdout, first)

    def test_compressed_and_stdin(self):
        packed = self.tmp / "archive.mbox.gz"
        with open(self.archive.mbox, "rb") as plain, \
                gzip.open(packed, "wb", compresslevel=1) as out:
            shutil.copyfileobj(plain, out)
        size = self.archive.mbox.stat().st_size
        for args, stdin in (((packed,), None),
                            (("-",), self.archive.mbox.read_bytes())):
            out = self.audit("--sample", "5%", *args, stdin=stdin,
                             out=self.tmp / f"out{args[0] == '-'}")
            books = json.loads((out / "run.json").read_text())
            self.assertEqual(books["sample"]["of_bytes"], size)
            self.assertGreater(books["sample"]["bytes"], 0.01 * size)
            self.assertLess(books["sample"]["bytes"], 0.1 * size)
            self.assertTrue(books["accounting"]["balanced"])
            # Only the verification is saved: no twentyfold of all the time.
            self.assertLess(books["sample"]["full_run"]["seconds"],
                            books["seconds"] * 20)

    def test_small_files(self):
        args = ("--keys", self.archive.keys, "--sample", "10%", "--csv",
                "messages", self.archive.dir / "maildir")
        result = verify(*args)
        self.assertEqual(result.returncode, 0, result.stderr)
        count = len(rows(result.stdout))
        self.assertGreater(count, 15)
        self.assertLess(count, 80)

    def test_the_only_message_of_a_sample_is_no_detail(self):
        for i, path in enumerate(sorted(
                (self.archive.dir / "eml").glob("**/*.eml"))[:30]):
            target = self.tmp / "some" / path.name
            target.parent.mkdir(exist_ok=True)
            shutil.copy(path, target)
        result = self.sample(self.tmp / "some")
        self.assertIn(b"SAMPLE of 5 %", result.stdout)
        self.assertNotIn(b"Verdict", result.stdout)

    def test_gate_judges_the_sample(self):
        args = ("--sample", "5%", "--keys", self.archive.keys,
                self.archive.mbox)
        result = verify("--fail-under", 10, *args)
        self.assertEqual(result.returncode, 0)
        self.assertIn(b"--fail-under judges the sample alone", result.stdout)
        self.assertEqual(verify("--fail-under", 99.9, *args).returncode, 1)

    def test_usage(self):
        for bad in ("0%", "-1", "150%", "x", ""):
            result = verify("--sample", bad, self.archive.mbox)
            self.assertEqual(result.returncode, 2, bad)
            lines = result.stderr.decode().splitlines()
            self.assertEqual(len(lines), 1, lines)
            self.assertIn("--sample", lines[0])
        self.assertEqual(verify("--sample").returncode, 2)
        place = f"{self.archive.mbox}@66"
        self.assertEqual(verify("--sample", "1%", place).returncode, 2)


class SampledResume(AuditCase):
    """Killed and resumed; and refused for another share."""

    def command(self, *extra, **kwargs):
        return super().command(*extra, **kwargs) + ["--sample", "30%"]

    def outcome(self, out=None):
        files = super().outcome(out)
        # Measured and so never the same; of a run that had nothing left to
        # read it is not known.
        files["run.json"]["sample"]["full_run"].pop("seconds", None)
        return files

    def reference(self, **kwargs):
        out = self.tmp / "reference"
        self.begin(out=out, code=self.CODE, **kwargs)
        return self.outcome(out)

    def test_killed_at_writes(self):
        self.need_strace()
        expected = self.reference()
        self.assertIn("messages.sample.csv", expected)
        places = self.places(out=self.tmp / "counted")
        for call, at in places[::max(len(places) // 25, 1)]:
            self.forget()
            self.begin(prefix=self.inject(call, at))
            self.resume()
            self.assert_same(expected, f"{call} {at}")

    def test_other_shares_are_refused(self):
        self.need_strace()
        last = self.count_calls(out=self.tmp / "counted")["pwrite64"]
        self.begin(prefix=self.inject("pwrite64", last // 2))
        command = self.command("--resume")
        for change in (["--sample", "31%"], []):
            result = run(*command[1:-2], *change)
            self.one_line(result, 5, "--sample was 30 and is now")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
