"""mailassay keys fetch: the names that verify would ask for, and their answers
in a key file.
"""
import gzip
import json
import signal
import subprocess
import sys
import unittest

from dns_server import NameServer
from support import MAILASSAY, SOURCE, Case, rows, run, verify


def answers(path):
    """What a key file says of each name, but for when it was said."""
    found = {}
    for line in path.read_text().splitlines():
        answer = json.loads(line)
        answer.pop("answered_at", None)
        found[answer["name"]] = answer
    return found


class Fetch(Case):
    ARCHIVE = (500, 600, 900)

    def setUp(self):
        super().setUp()
        self.file = self.tmp / "keys.jsonl"

    def serve(self, answers=lambda name: True):
        server = NameServer(self.archive.keys, answers)
        self.addCleanup(server.close)
        return server, ("--dns-rate", "0", "--resolver",
                        f"127.0.0.1@{server.port}")

    def fetch(self, *args, code=0, **kwargs):
        result = run("keys", "fetch", "-o", self.file, *args, **kwargs)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def nothing_written(self):
        self.assertEqual([p.name for p in self.tmp.glob("keys.jsonl*")], [])

    def test_asks_what_verify_asks(self):
        server, dns = self.serve()
        used = self.tmp / "used.jsonl"
        out = self.tmp / "live"
        result = run("verify", *dns, "--keys-out", used, "-o", out,
                     self.archive.mbox)
        self.assertEqual(result.returncode, 0, result.stderr)
        asked = set(server.asked)
        self.assertGreater(len(asked), 50)
        for extra in (("-j", "1"), ("-j", "4", "--block", "64K")):
            server.asked.clear()
            said = self.fetch(*dns, *extra, self.archive.mbox).stdout.decode()
            self.assertEqual(set(server.asked), asked)
            self.assertEqual(answers(self.file), answers(used))
            self.assertIn(f"{len(asked)} names needed; 500 messages, ", said)
            self.assertIn(f"Saved in {self.file}\n", said)
        # And it is enough for the same verdicts.
        offline = self.tmp / "offline"
        verify("--keys", self.file, "-o", offline, self.archive.mbox)
        self.assertEqual((offline / "messages.csv").read_bytes(),
                         (out / "messages.csv").read_bytes())

    def test_an_audit_stands_for_its_archive(self):
        _, dns = self.serve()
        self.fetch(*dns, self.archive.mbox)
        expected = answers(self.file)
        out = self.tmp / "out"
        self.assertEqual(verify("-o", out, self.archive.mbox).returncode, 0)
        self.assertIn(b"; 1 audit read in ", self.fetch(*dns, out).stdout)
        self.assertEqual(answers(self.file), expected)
        result = run("recheck", "--offline", "--keys", self.file, out, "-o",
                     self.tmp / "again", "--keys-out", self.tmp / "used")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(set(answers(self.tmp / "used")), set(expected))
        reasons = {s["reason"]
                   for s in rows(self.tmp / "again" / "signatures.csv")}
        self.assertNotIn("key_not_asked", reasons)
        # Both together, in any order.
        sample = SOURCE / "tests" / "sample" / "sample.mbox"
        self.fetch(*dns, sample, out)
        self.assertGreater(set(answers(self.file)), set(expected))

    def test_no_part_of_an_audit(self):
        out = self.tmp / "out"
        verify("-o", out, self.archive.mbox)
        for part in (("--from", "example.com"), ("--shard", "1/2")):
            for inputs in ((out,), (self.archive.mbox, out)):
                said = self.fetch(*part, *inputs, code=2).stderr.decode()
                self.assertEqual(len(said.splitlines()), 1, said)
                self.assertIn(part[0], said)
                self.assertIn(str(out), said)
                self.nothing_written()

    def test_refuses_an_audit_that_is_damaged(self):
        out = self.tmp / "out"
        verify("-o", out, self.archive.mbox)
        with open(out / "audit.sqlite", "r+b") as file:
            file.seek(16384)
            file.write(b"\0" * 32768)
        result = self.fetch(out, code=3)
        self.assertIn(b"audit.sqlite", result.stderr)
        self.nothing_written()

    def test_what_is_known_is_not_asked_but_failures_are(self):
        server, dns = self.serve()
        self.fetch(*dns, self.archive.mbox)
        expected = answers(self.file)
        known, failed, unknown = (sorted(expected)[i::3] for i in range(3))
        lines = {json.loads(line)["name"]: line
                 for line in self.file.read_text().splitlines()}
        before = self.tmp / "before"
        before.write_text("".join(lines[name] + "\n" for name in known))
        failures = self.tmp / "failures"
        failures.write_text("".join(
            f"{name}\t{('!TIMEOUT', '!SERVFAIL')[i % 2]}\n"
            for i, name in enumerate(failed)))
        server.asked.clear()
        self.fetch(*dns, "--keys", before, "--keys", failures,
                   self.archive.mbox)
        self.assertEqual(set(server.asked), {*failed, *unknown})
        self.assertEqual({n: a["status"] for n, a in answers(self.file).items()},
                         {n: a["status"] for n, a in expected.items()})

    def test_names_without_an_answer(self):
        _, dns = self.serve(lambda name: len(name) % 5 != 0)
        said = self.fetch(*dns, "--strict-dns", self.archive.mbox, code=4)
        self.assertIn(b"asks only them again", said.stdout)
        status = {n: a["status"] for n, a in answers(self.file).items()}
        self.assertEqual({n for n in status if len(n) % 5 == 0},
                         {n for n in status if status[n] == "timeout"})

    def test_only_mail_that_verify_reads(self):
        server, dns = self.serve()
        long = self.tmp / "long.eml"
        text = (
            b"DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=%s;\r\n"
            b" h=%s; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=YQ==\r\n"
            b"From: a@a.example\r\n\r\n" + b"x" * 70 + b"\r\n")
        long.write_bytes(text % (b"long", b"from") + b"y\r\n" * 400_000)
        nobody = self.tmp / "nobody.eml"
        nobody.write_bytes(text % (b"nobody", b"to"))
        for args, asked in (
                ((), {"long._domainkey.a.example"}),
                (("--block", "64K"), {"long._domainkey.a.example"}),
                (("--max-message", "1M"), set()),
                (("--from", "b.example"), set())):
            server.asked.clear()
            code = 3 if "--max-message" in args else 0
            said = self.fetch(*dns, *args, long, nobody, code=code)
            self.assertEqual(set(server.asked), asked, args)
            self.assertEqual(set(answers(self.file)), asked, args)
        self.assertIn(b"0 names needed", said.stdout)

    def test_no_archive_is_overwritten(self):
        _, dns = self.serve()
        mail = self.archive.mbox.read_bytes()
        for start in (b"", b"\n", b"\0", b"\n\n# \t\n", b"{}\n"):
            self.file.write_bytes(start + mail)
            result = self.fetch(*dns, self.archive.mbox, code=2)
            self.assertEqual(len(result.stderr.splitlines()), 1)
            self.assertEqual(self.file.read_bytes(), start + mail)
        for start in ("", "s._domainkey.a.example\tv=DKIM1; p=\n"):
            self.file.write_text(start)
            self.fetch(*dns, self.archive.mbox)
            self.fetch(*dns, self.archive.mbox)  # its own
        self.assertGreater(len(answers(self.file)), 50)

    def test_damage_is_said_and_the_rest_done(self):
        _, dns = self.serve()
        packed = gzip.compress(self.archive.mbox.read_bytes())
        cut = self.tmp / "cut.mbox.gz"
        cut.write_bytes(packed[:len(packed) // 2])
        result = self.fetch(*dns, cut, code=3)
        self.assertIn(b"cut.mbox.gz", result.stderr)
        self.assertGreater(len(answers(self.file)), 10)

    def test_a_signal_leaves_no_file(self):
        _, dns = self.serve()
        for number, expected in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            code, out, err = self.signalled(number, "keys", "fetch", "-o",
                                            self.file, *dns, "--block", "64K")
            self.assertEqual((code, out), (expected, b""), err)
            self.assertIn(b"was not written", err)
            self.nothing_written()

    def test_output_fault(self):
        _, dns = self.serve()
        with open("/dev/full", "wb") as full:
            result = subprocess.run(
                [MAILASSAY, "keys", "fetch", "-o", self.file, *dns,
                 self.archive.mbox], stdout=full, stderr=subprocess.PIPE,
                timeout=60)
        self.assertEqual(result.returncode, 6, result.stderr)
        self.assertIn(b"standard output: write failed", result.stderr)
        self.assertGreater(len(answers(self.file)), 50)

    def test_usage(self):
        for args in (("keys",), ("keys", "fetch", self.archive.mbox),
                     ("keys", "fetch", "-o", self.file),
                     ("keys", "fetch", "-o", self.file, "/nonexistent"),
                     ("keys", "fetch", "-o", self.file, "--offline", "x"),
                     ("keys", "fetch", "-o", self.file, "--keys",
                      self.archive.mbox, self.archive.mbox)):
            result = run(*args)
            self.assertEqual(result.returncode, 2, (args, result.stderr))
            last = result.stderr.decode().splitlines()[-1]
            self.assertTrue(last.startswith("mailassay: "), last)
            self.nothing_written()
        self.assertEqual(run("keys", "fetch", "-o", "/nonexistent/keys",
                             self.archive.mbox).returncode, 6)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
