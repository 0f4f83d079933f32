"""verify --custody and --dedupe: hashes that other programs agree with, and
messages that lie in several places.
"""
import gzip
import hashlib
import json
import mailbox
import os
import pathlib
import shutil
import signal
import sqlite3
import tarfile
import unittest

from audit_support import STRACE, AuditCase, contents
from support import run, rows


def sha256(octets):
    return hashlib.sha256(octets).hexdigest()


class Custody(AuditCase):
    def hashes_of_messages(self, out):
        """Of each row the octets that it says are the message's."""
        for row in rows(out / "messages.csv"):
            octets = pathlib.Path(row["file"]).read_bytes()
            begin = int(row["offset"])
            yield row, octets[begin:begin + int(row["length"])]

    def inputs_of(self, out):
        database = sqlite3.connect(out / "audit.sqlite")
        found = dict(database.execute("SELECT file, sha256 FROM inputs"))
        database.close()
        return found

    def test_every_message_and_file(self):
        # One is longer than a block, one over --max-message.
        long = self.tmp / "long.mbox"
        text = self.archive.mbox.read_bytes()
        more = b"line of a body that is long\n" * 20_000
        long.write_bytes(text[:text.index(b"\nFrom ", 5000)] + b"\n" + more +
                         b"\nFrom a@b.example Thu Jan  1 00:00:00 1970\n"
                         b"From: a@b.example\n\n" + 3 * more)
        self.inputs = [self.archive.mbox, long]
        for jobs in (1, 3):
            self.forget()
            self.begin("--custody", "--max-message", "1M", jobs=jobs)
            lengths = set()
            for row, octets in self.hashes_of_messages(self.out):
                self.assertEqual(row["raw_sha256"], sha256(octets), row)
                lengths.add(len(octets))
            self.assertGreater(max(lengths), 1 << 20)
            self.assertEqual(self.inputs_of(self.out),
                             {str(p): sha256(p.read_bytes())
                              for p in self.inputs})

    def test_files_as_they_are_stored(self):
        packed = self.tmp / "a.mbox.gz"
        packed.write_bytes(gzip.compress(self.archive.mbox.read_bytes()))
        boxes = self.tmp / "boxes.tar"
        with tarfile.open(boxes, "w") as tar:
            tar.add(self.archive.mbox, "one.mbox")
            tar.add(self.archive.mbox, "two.mbox")
        maildir = self.archive.dir / "maildir"
        noise = self.tmp / "noise"
        noise.write_bytes(b"%PDF-1.4 no mail\n")
        self.inputs = [packed, boxes, maildir, noise]
        self.begin("--custody", code=3)  # of what was named, one is no mail
        found = self.inputs_of(self.out)
        self.assertEqual(found[str(packed)], sha256(packed.read_bytes()))
        for member in ("one.mbox", "two.mbox"):
            self.assertEqual(found[f"{boxes}!{member}"],
                             sha256(boxes.read_bytes()))
        files = [p for p in maildir.rglob("*") if p.is_file()]
        self.assertGreater(len(files), 400)
        database = sqlite3.connect(self.out / "audit.sqlite")
        hashed = dict(database.execute(
            "SELECT file, lower(hex(sha256)) FROM file_hash"))
        database.close()
        self.assertEqual(hashed[str(noise)], sha256(noise.read_bytes()))
        mail = {row["file"] for row in rows(self.out / "messages.csv")}
        for path in files:
            if str(path) in mail:
                self.assertEqual(found[str(path)], sha256(path.read_bytes()))

    def test_shards_hash_each_file_once(self):
        # With a file that is no mail, met on a walk.
        folder = self.tmp / "folder"
        folder.mkdir()
        shutil.copy(self.archive.keys, folder)
        mbox = folder / "archive.mbox"
        shutil.copy(self.archive.mbox, mbox)
        self.inputs = [folder]
        whole = self.tmp / "whole"
        self.begin("--custody", out=whole, code=0)
        shards = [self.tmp / f"shard-{i}" for i in (1, 2, 3)]
        for i, shard in enumerate(shards, 1):
            self.begin("--custody", "--shard", f"{i}/3", out=shard, code=0)
        self.assertEqual(
            sorted(file for shard in shards for file in self.inputs_of(shard)
                   if self.inputs_of(shard)[file]), [str(mbox)])
        merged = run("merge", "-q", "-o", self.out, *shards)
        self.assertEqual(merged.returncode, 0, merged.stderr)
        self.assertEqual(self.inputs_of(self.out), self.inputs_of(whole))
        for name in ("messages.csv", "signatures.csv"):
            self.assertEqual((self.out / name).read_bytes(),
                             (whole / name).read_bytes())

    def test_without_it_there_are_none(self):
        self.begin(code=0)
        self.assertEqual({row["raw_sha256"]
                          for row in rows(self.out / "messages.csv")}, {""})
        self.assertEqual(self.inputs_of(self.out),
                         {str(self.archive.mbox): None})

    def test_resumed_and_refused(self):
        expected = self.tmp / "expected"
        self.begin("--custody", out=expected, code=0)
        self.need_strace()
        self.begin("--custody", prefix=self.inject("pwrite64", 40), code=-9)
        self.one_line(self.resume(code=5), 5, "--custody was yes")
        self.begin("--custody", "--resume", code=0)
        for name in ("messages.csv", "audit.sqlite"):
            self.assertEqual((self.out / name).read_bytes(),
                             (expected / name).read_bytes(), name)


class CustodyResumed(AuditCase):
    """What was read counts to the octet before a run goes on behind it."""

    END = 64 << 10  # of each file, counts without --custody as well

    def setUp(self):
        super().setUp()
        self.mbox = self.tmp / "archive.mbox"
        shutil.copy(self.archive.mbox, self.mbox)
        self.inputs = [self.mbox]

    def flip(self, path, at):
        """Another octet, of which neither size nor time tells; the same again
        restores it."""
        status = path.stat()
        with open(path, "r+b") as file:
            file.seek(at)
            octet = file.read(1)[0]
            file.seek(at)
            file.write(bytes([octet ^ 1]))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def stop(self, custody=("--custody",), call="pwrite64", share=0.5):
        """What the audit must come to; `out` holds a part of it."""
        self.need_strace()
        expected = self.reference_of(*custody)
        at = max(1, int(self.count_calls(*custody)[call] * share))
        self.forget()
        self.begin(*custody, prefix=self.inject(call, at),
                   code=-signal.SIGKILL)
        return expected

    def reference_of(self, *extra):
        out = self.tmp / "reference"
        shutil.rmtree(out, ignore_errors=True)
        self.begin(*extra, out=out, code=0)
        return self.outcome(out)

    def position(self):
        """(file, position) behind which the run goes on."""
        copy = self.tmp / "copy"
        shutil.copytree(self.out, copy)
        database = sqlite3.connect(copy / "audit.sqlite")
        found = database.execute("SELECT file, position FROM batch "
                                 "ORDER BY id DESC LIMIT 1").fetchone()
        database.close()
        shutil.rmtree(copy)
        return found

    def messages(self, path):
        return [(row, int(row["offset"]), int(row["length"]))
                for row in rows(self.tmp / "reference" / "messages.csv")
                if row["file"] == str(path)]

    def refused(self, path, at, *words):
        """With the octet at `at` changed, and only then."""
        before = contents(self.out)
        self.flip(path, at)
        result = self.begin("--custody", "--resume")
        self.flip(path, at)
        self.one_line(result, 5, f"{self.out}: ", " has changed (its SHA-256 "
                      "was ", *words)
        self.assertEqual(contents(self.out), before)

    def goes_on(self, expected):
        self.begin("--custody", "--resume", code=0)
        self.assert_same(expected, "restored")

    def test_the_file_in_progress(self):
        expected = self.stop()
        path = self.mbox
        file, position = self.position()
        self.assertEqual(file, 0)
        read = [m for m in self.messages(path)
                if m[1] > self.END and m[1] + m[2] < position]
        self.assertGreater(len(read), 20)
        for row, offset, length in (read[0], read[len(read) // 2], read[-1]):
            self.refused(path, offset + length - 2, f"{path}@{offset} ",
                         f"was {row['raw_sha256']} and is now ")
        self.goes_on(expected)

    def test_what_was_not_read_yet_is_free(self):
        self.stop()
        path = self.mbox
        _, position = self.position()
        at = position + 100_000
        self.assertLess(at + self.END, path.stat().st_size)
        self.flip(path, at)
        self.begin("--custody", "--resume", code=0)
        self.flip(path, at)

    def test_a_finished_file(self):
        second = self.tmp / "second.mbox"
        shutil.copy(self.mbox, second)
        self.inputs = [self.mbox, second]
        expected = self.stop(share=0.75)
        self.assertEqual(self.position()[0], 1)
        path = self.mbox
        row, offset, length = self.messages(path)[250]
        self.refused(path, offset + length - 2, f"{path}@{offset} ")
        # In no message: only the file's own hash tells.
        self.assertEqual(path.read_bytes()[offset - 3:offset], b"23\n")
        self.refused(path, offset - 2, f"audit: {path} has changed",
                     sha256(path.read_bytes()))
        self.goes_on(expected)

    def test_when_all_was_read(self):
        expected = self.stop(call="rename")
        path = self.mbox
        row, offset, length = self.messages(path)[300]
        self.refused(path, offset + length - 2, f"{path}@{offset} ")
        self.goes_on(expected)

    def test_a_compressed_file(self):
        packed = self.tmp / "a.mbox.gz"
        packed.write_bytes(gzip.compress(self.mbox.read_bytes(), 1))
        self.inputs = [packed, self.mbox]
        for share, file in ((0.25, 0), (0.75, 1)):
            with self.subTest(share=share):
                self.forget()
                expected = self.stop(share=share)
                self.assertEqual(self.position()[0], file)
                size = packed.stat().st_size
                self.assertGreater(size, 4 * self.END)
                self.refused(packed, self.END + 20_000, f"{packed}@")
                self.goes_on(expected)

    def test_members(self):
        boxes = self.tmp / "boxes.tar"
        with tarfile.open(boxes, "w") as tar:
            tar.add(self.mbox, "one.mbox")
            tar.add(self.mbox, "two.mbox")
        self.inputs = [boxes]
        expected = self.stop()
        row, offset, length = self.messages(f"{boxes}!one.mbox")[200]
        text = self.mbox.read_bytes()[offset:offset + length]
        at = boxes.read_bytes().index(text) + length - 2
        self.refused(boxes, at, f"{boxes}!one.mbox@{offset} ",
                     f"was {sha256(text)} and is now ")
        self.goes_on(expected)

    def test_a_message_of_a_maildir(self):
        maildir = self.tmp / "maildir"
        shutil.copytree(self.archive.dir / "maildir", maildir)
        self.inputs = [maildir]
        expected = self.stop()
        files = [row["file"]
                 for row in rows(self.tmp / "reference" / "messages.csv")]
        file = pathlib.Path(files[10])
        self.refused(file, 10, f"{file}@0 ",
                     f"was {sha256(file.read_bytes())} and is now ")
        self.goes_on(expected)

    def test_without_custody_its_ends_count(self):
        self.stop(custody=())
        path = self.mbox
        before = contents(self.out)
        self.flip(path, 100)
        self.one_line(self.begin("--resume"), 5, "fingerprint")
        self.flip(path, 100)
        self.assertEqual(contents(self.out), before)
        row, offset, length = self.messages(path)[100]
        self.assertGreater(offset, self.END)
        self.assertLess(offset, self.position()[1])
        self.flip(path, offset + length - 2)
        self.begin("--resume", code=0)
        self.flip(path, offset + length - 2)

    def test_stopped_while_it_compares(self):
        expected = self.stop()
        before = contents(self.out)
        for name, code in (("INT", 130), ("TERM", 143)):
            # The first reads are those of the file's ends.
            result = self.begin("--custody", "--resume", prefix=[
                STRACE, "-f", "-qq", "-o", "/dev/null", "-P",
                self.mbox, "-e", "trace=pread64", "-e",
                f"inject=pread64:signal={name}:when=8"])
            self.one_line(result, code, self.out, "with --resume goes on")
            self.assertEqual(contents(self.out), before)
        self.goes_on(expected)


class Duplicates(AuditCase):
    """The archive twice, with some mail that is in one of the two alone."""

    def setUp(self):
        super().setUp()
        messages = [b"From " + m for m in
                    self.archive.mbox.read_bytes()[5:].split(b"\n\nFrom ")]
        messages[-1] = messages[-1].rstrip(b"\n")
        self.first = self.tmp / "first.mbox"
        self.second = self.tmp / "second.mbox"
        self.first.write_bytes(b"\n\n".join(messages[:400]) + b"\n\n")
        self.second.write_bytes(b"\n\n".join(messages[100:]) + b"\n\n")
        self.once = self.tmp / "once"
        self.inputs = [self.archive.mbox]
        self.begin(out=self.once, code=0)
        self.inputs = [self.first, self.second]

    def totals(self, out):
        return json.loads((out / "run.json").read_text())["totals"]

    def counts(self, out):
        """What senders.csv counts, without where an example lies."""
        return [{k: v for k, v in row.items() if k != "example"}
                for row in rows(out / "senders.csv")]

    def test_once(self):
        for rule in ("id", "raw"):
            for jobs in (1, 3):
                with self.subTest(rule=rule, jobs=jobs):
                    self.forget()
                    self.begin("--dedupe", rule, jobs=jobs, code=0)
                    self.assertEqual(self.totals(self.out)["messages"], 500)
                    self.assertEqual(self.totals(self.out)["duplicates"], 300)
                    self.assertEqual(self.counts(self.out),
                                     self.counts(self.once))
                    found = rows(self.out / "messages.csv")
                    self.assertEqual(len(found), 800)
                    places = {f"{row['file']}@{row['offset']}": row
                              for row in found}
                    for row in found:
                        repeats = (row["file"] == str(self.second) and
                                   row["dup_of"] != "")
                        self.assertEqual(row["dup_of"] != "", repeats)
                        if repeats:
                            original = places[row["dup_of"]]
                            self.assertEqual(original["message_id"],
                                             row["message_id"])
                            self.assertEqual(original["dup_of"], "")
                    books = json.loads((self.out / "run.json").read_text())
                    self.assertEqual(books["accounting"]["messages"], 800)
                    self.assertTrue(books["accounting"]["balanced"])

    def test_each_time(self):
        self.begin("--dedupe", "id", "--count-duplicates", code=0)
        self.assertEqual(self.totals(self.out)["messages"], 800)
        self.assertEqual(self.totals(self.out)["duplicates"], 300)
        marked = [row for row in rows(self.out / "messages.csv")
                  if row["dup_of"]]
        self.assertEqual(len(marked), 300)

    def test_without_an_audit(self):
        result = run("verify", "--offline", "--keys", self.archive.keys,
                     "--dedupe", "id", "--json", *self.inputs)
        self.assertEqual(result.returncode, 0, result.stderr)
        totals = json.loads(result.stdout)
        self.assertEqual((totals["messages"], totals["duplicates"]), (500, 300))
        self.assertIn(b"300 duplicates", result.stderr)

    # By id a copy with another field is another message: it is longer.
    def test_what_is_no_duplicate(self):
        box = mailbox.mbox(self.tmp / "copy.mbox", create=True)
        box.add(b"X-Label: work\nMessage-ID: <1@a.example>\n\nbody\n")
        box.add(b"Message-ID: <1@a.example>\n\nbody\n")
        box.add(b"Message-ID: <1@a.example>\n\nBODY\n")
        box.close()
        self.inputs = [self.tmp / "copy.mbox"]
        self.begin("--dedupe", "id", code=0)
        self.assertEqual([bool(row["dup_of"])
                          for row in rows(self.out / "messages.csv")],
                         [False, False, True])
        self.forget()
        self.begin("--dedupe", "raw", code=0)
        self.assertEqual([bool(row["dup_of"])
                          for row in rows(self.out / "messages.csv")],
                         [False, False, False])

    def test_asked_for_later(self):
        self.begin(code=0)
        result = run("report", self.out, "--dedupe", "id", "-o",
                     self.tmp / "report", "-q")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.totals(self.tmp / "report")["messages"], 500)
        result = run("recheck", self.out, "--offline", "--dedupe", "id", "-o",
                     self.tmp / "recheck", "-q")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.totals(self.tmp / "recheck")["duplicates"], 300)
        self.one_line(run("report", self.out, "--dedupe", "raw"), 2,
                      "--dedupe raw", "--custody")

    def test_across_shards(self):
        self.begin("--dedupe", "id", code=0)
        shards = [self.tmp / f"shard-{i}" for i in (1, 2, 3)]
        for i, shard in enumerate(shards, 1):
            self.begin("--dedupe", "id", "--shard", f"{i}/3", out=shard, code=0)
        merged = self.tmp / "merged"
        result = run("merge", "-q", "-o", merged, *reversed(shards))
        self.assertEqual(result.returncode, 0, result.stderr)
        for name in ("messages.csv", "senders.csv", "keys.csv"):
            self.assertEqual((merged / name).read_bytes(),
                             (self.out / name).read_bytes(), name)

    def test_refused(self):
        self.one_line(self.begin("--dedupe", "x"), 2, "--dedupe")
        self.one_line(self.begin("--count-duplicates"), 2, "--dedupe")


if __name__ == "__main__":
    unittest.main(verbosity=2)
