"""recheck: a stored audit judged again, without its archive: what a run with
those keys and rules from the start would have said, and what changed.
"""
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import unittest

from audit_support import FinishedCase, contents
from dns_server import NameServer
from support import MAILASSAY, rows


class Recheck(FinishedCase):
    """`out` holds an audit made with half of the keys."""

    def setUp(self):
        self.keys = None
        super().setUp()

    def command(self, *extra, **kwargs):
        command = super().command(*extra, **kwargs)
        at = command.index("--keys")
        given = self.half() if self.keys is None else self.keys
        command[at:at + 2] = [w for k in given for w in ("--keys", str(k))]
        return command

    def half(self):
        path = self.tmp / "half.tsv"
        lines = self.archive.keys.read_text().splitlines()
        path.write_text("\n".join(lines[::2]) + "\n")
        return [path]

    def from_the_start(self, *options, keys):
        """The audit of a run that had those keys and rules."""
        out = self.tmp / "start"
        shutil.rmtree(out, ignore_errors=True)
        self.keys = keys
        self.begin(*options, out=out, code=0)
        self.keys = None
        return out

    def recheck(self, *options, out="new", code=0, of=None):
        out = self.tmp / out
        shutil.rmtree(out, ignore_errors=True)
        of = of or self.out
        before = contents(of)
        result = self.again("recheck", of, "-o", out, *options, code=code)
        self.assertEqual(contents(of), before)
        return out, result.stdout.decode()

    def outcomes(self, out):
        return {(m["file"], m["offset"]):
                (m["header_from"], m["verdict_class"], m["reason"])
                for m in rows(out / "messages.csv")}

    def assert_changes(self, out, before=None):
        """changes.csv is what differs between the messages of two audits."""
        before, after = self.outcomes(before or self.out), self.outcomes(out)
        self.assertEqual(list(before), list(after))
        counts = collections.Counter()
        first = {}
        for place, was in before.items():
            now = after[place]
            if was[1:] != now[1:]:
                counts[was + now[1:]] += 1
                first.setdefault(was + now[1:], "@".join(place))
        changes = rows(out / "changes.csv")
        found = {(c["header_from"], c["class_before"],
                  c["reason_before"].replace("ok", ""), c["verdict_class"],
                  c["reason"].replace("ok", "")):
                 (int(c["count"]), c["example"]) for c in changes}
        expected = {(k[0], k[1], k[2].replace("ok", ""), k[3],
                     k[4].replace("ok", "")): (n, first[k])
                    for k, n in counts.items()}
        self.assertEqual(len(found), len(changes))
        self.assertEqual(found, expected)
        senders = [c["header_from"] for c in changes]
        self.assertEqual(senders, sorted(senders))
        return sum(counts.values())

    def test_with_more_keys(self):
        expected = self.from_the_start(keys=[self.archive.keys])
        out, said = self.recheck("--offline", "--keys", self.archive.keys)
        self.assert_same_tables(out, expected)
        changed = self.assert_changes(out)
        self.assertGreater(changed, 50)
        self.assertIn(f"{changed} of 500 messages are judged otherwise", said)
        for jobs in (1, 4):
            other, _ = self.recheck("--offline", "--keys", self.archive.keys,
                                    "-j", jobs, "--memory", "64M", out="other")
            self.assert_same_tables(other, expected)
            self.assertEqual((other / "changes.csv").read_bytes(),
                             (out / "changes.csv").read_bytes())

    def test_with_a_key_that_says_something_else(self):
        # A file is asked before what the audit had found.
        names = [line.split("\t")[0] for line in
                 self.half()[0].read_text().splitlines()]
        revoked = self.tmp / "revoked.tsv"
        revoked.write_text("".join(f"{n}\tv=DKIM1; p=\n" for n in names[:40]))
        out, _ = self.recheck("--offline", "--keys", revoked)
        self.assertGreater(self.assert_changes(out), 0)
        reasons = {c["reason"] for c in rows(out / "changes.csv")}
        self.assertIn("revoked", reasons)

    def test_nothing_new_changes_nothing(self):
        out, said = self.recheck("--offline")
        self.assert_same_tables(out, self.out)
        self.assertEqual(self.assert_changes(out), 0)
        self.assertIn("0 of 500 messages", said)

    def test_other_rules(self):
        for options in (["--at", "2031-03-01T00:00:00Z"], ["--at", "1000000"],
                        ["--min-rsa-bits", "2048"],
                        ["--min-rsa-bits", "2048", "--at", "1900000000"]):
            expected = self.from_the_start(*options, keys=self.half())
            out, _ = self.recheck("--offline", *options)
            self.assert_same_tables(out, expected, options)
            self.assertGreater(self.assert_changes(out), 0, options)
            # The new audit is judged by its own rules from then on ...
            self.again("report", out)
            self.assert_same_tables(out, expected, options)
            again, _ = self.recheck("--offline", of=out, out="again")
            self.assert_same_tables(again, expected, options)
            # ... and can go back to those of the first.
            back, _ = self.recheck("--offline", "--at", "received",
                                   "--min-rsa-bits", "1024", of=out,
                                   out="back")
            self.assert_same_tables(back, self.out, options)
            self.assertEqual(self.assert_changes(back, before=out),
                             self.assert_changes(out))

    def test_forget(self):
        nothing = self.from_the_start(keys=[])
        out, _ = self.recheck("--offline", "--forget")
        self.assert_same_tables(out, nothing)
        self.assert_changes(out)
        other = self.tmp / "other.tsv"
        lines = self.archive.keys.read_text().splitlines()
        other.write_text("\n".join(lines[1::2]) + "\n")
        expected = self.from_the_start(keys=[other])
        out, _ = self.recheck("--offline", "--forget", "--keys", other)
        self.assert_same_tables(out, expected)
        # What the audit had found is used without --forget.
        both = self.from_the_start(keys=[*self.half(), other])
        out, _ = self.recheck("--offline", "--keys", other)
        self.assert_same_tables(out, both)

    def test_the_new_audit_says_what_it_is(self):
        out, _ = self.recheck("--offline", "--keys", self.archive.keys)
        page = (out / "method.txt").read_text()
        self.assertIn(f"mailassay recheck {self.out} --offline --keys "
                      f"{self.archive.keys}", page)
        digest = subprocess.run(["sha256sum", self.archive.keys],
                                capture_output=True, check=True).stdout
        self.assertIn(digest.decode().split()[0], page)
        self.assertIn(str(self.tmp / "half.tsv"), page)
        self.assertIn("changes.csv", page)
        forgot, _ = self.recheck("--offline", "--keys", self.archive.keys,
                                 "--forget", out="forgot")
        self.assertNotIn("half.tsv\n      SHA",
                         (forgot / "method.txt").read_text())
        sources = json.loads((out / "run.json").read_text())["key_sources"]
        self.assertEqual(sources, [f"file {self.archive.keys}",
                                   f"file {self.tmp / 'half.tsv'}"])
        before = contents(out)
        self.again("report", out)
        after = contents(out)
        for name in before:
            if name != "run.json":
                self.assertEqual(after[name][2], before[name][2], name)

    def test_changes_to_standard_output(self):
        out, _ = self.recheck("--offline", "--keys", self.archive.keys)
        before = contents(self.out)
        options = ["--offline", "--keys", self.archive.keys]
        for more in ([], ["-q"]):
            result = self.again("recheck", self.out, *options, "--csv",
                                "changes", *more)
            self.assertEqual(result.stdout, (out / "changes.csv").read_bytes())
        result = self.again("recheck", self.out, *options, "--csv", "messages")
        self.assertTrue(result.stdout.startswith(
            (out / "messages.csv").read_bytes()[:40]), result.stdout[:80])
        self.assertEqual(contents(self.out), before)

    def test_without_a_directory_nothing_is_written(self):
        before = contents(self.out)
        here = sorted(os.listdir(self.tmp))
        said = self.again("recheck", self.out, "--offline", "--keys",
                          self.archive.keys).stdout.decode()
        self.assertIn("messages are judged otherwise than before", said)
        self.assertEqual(contents(self.out), before)
        self.assertEqual(sorted(os.listdir(self.tmp)), here)

    def test_a_signal_while_it_waits_for_answers(self):
        server = NameServer(self.archive.keys, lambda name: False)
        self.addCleanup(server.close)
        before = contents(self.out)
        new = self.tmp / "new"
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            server.asked.clear()
            process = subprocess.Popen(
                [MAILASSAY, "recheck", self.out, "--forget", "-o", new,
                 "--resolver", f"127.0.0.1@{server.port}"],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(process.kill)
            while not server.asked:
                time.sleep(0.01)
            process.send_signal(number)
            out, err = process.communicate(timeout=10)
            self.assertEqual((process.returncode, out), (code, b""), err)
            self.assertIn(b"nothing was judged again", err)
            self.assertEqual(contents(new), {})
        self.assertEqual(contents(self.out), before)

    def test_refusals(self):
        new = self.tmp / "new"
        unfinished = self.unfinished()
        nothing = self.tmp / "nothing"
        full = self.tmp / "full"
        full.mkdir()
        (full / "thesis.txt").write_text("years")
        damaged = self.tmp / "damaged"
        damaged.mkdir()
        octets = (self.out / "audit.sqlite").read_bytes()
        (damaged / "audit.sqlite").write_bytes(octets[:len(octets) // 2])
        for code, words, of, options in (
                (2, [nothing], nothing, ["-o", new]),
                (2, [unfinished, "--resume"], unfinished, ["-o", new]),
                (3, [damaged], damaged, ["-o", new]),
                (2, [full], self.out, ["-o", full]),
                (2, [full], self.out, ["-o", full, "--force"]),
                (2, [self.out], self.out, ["-o", self.out]),
                (2, [self.out], self.out, ["-o", self.out, "--force"]),
                (2, [nothing], self.out, ["-o", new, "--keys", nothing]),
                (2, ["--min-rsa-bits"], self.out, ["--min-rsa-bits", "512"]),
                (2, ["--at"], self.out, ["--at", "then"]),
                (2, ["--csv"], self.out, ["--csv", "groups"])):
            self.refused(code, words, "recheck", of, "--offline", *options,
                         kept=[self.out, unfinished, full, damaged])
            self.assertFalse((new / "run.json").exists(), options)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
