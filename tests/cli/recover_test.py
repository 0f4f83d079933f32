"""mailassay keys recover: keys from the signatures they made.  Most keys here
have a small exponent, for then a search takes milliseconds; a pair that gives
no key, and a key with the usual one, take seconds.
"""
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import signer
from support import MAILASSAY, WORK, rows, run, verify

DAY = 86400
START = 1_700_000_000
NXDOMAIN = "!NXDOMAIN"


class Mail:
    """An archive as it is made up, and what is true of it."""

    def __init__(self):
        self.messages = []
        self.signed = {}  # name: {p= text: signatures intact}
        self.answers = {}  # name: record or outcome

    def add(self, key, name, *days, change=None, answer=NXDOMAIN):
        self.answers[name] = answer
        for day in days:
            self.messages.append(signer.message(
                key, name, len(self.messages), START + round(day * DAY),
                change))
            if change is None:
                keys = self.signed.setdefault(name, {})
                keys[key.record()] = keys.get(key.record(), 0) + 1

    def write(self, folder):
        signer.write_mbox(folder / "mail.mbox", self.messages)
        (folder / "keys.tsv").write_text("".join(
            f"{name}\t{answer}\n" for name, answer in self.answers.items()))


def name(selector, domain="example.com"):
    return f"{selector}._domainkey.{domain}"


def key(seed, bits=512, e=3):
    return signer.Key(seed, bits, e)


def found(path):
    """What a file of keys recover says: name: {record: signatures}."""
    keys = {}
    for line in path.read_text().splitlines():
        answer = json.loads(line)
        assert answer["status"] == "not_asked", line
        for record in answer.get("records", []):
            assert record["source"] == "recovered", line
            keys.setdefault(answer["name"], {})[record["txt"]] = record[
                "recovered_from"]
    return keys


class RecoverCase(unittest.TestCase):
    maxDiff = 3000

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(dir=WORK))
        self.addCleanup(shutil.rmtree, self.tmp, ignore_errors=True)
        self.mail = Mail()
        self.mbox = self.tmp / "mail.mbox"
        self.keys = self.tmp / "keys.tsv"
        self.file = self.tmp / "recovered.jsonl"

    def recover(self, *args, code=0):
        result = run("keys", "recover", "-o", self.file, *args)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def said(self, *args, code=0):
        result = self.recover(*args, code=code)
        return result.stdout.decode(), result.stderr.decode()


class Recover(RecoverCase):
    def make(self):
        """Every key with two intact signatures can be had at once."""
        mail = self.mail
        mail.add(key("lost", 768), name("lost"), 1, 2, 9, 30, 31)
        # Selectors that were rotated.
        mail.add(key("r1"), name("r1", "rotating.test"), 1, 5, 9)
        mail.add(key("r2"), name("r2", "rotating.test"), 101, 105, 109)
        # One selector with three keys, one after the other.
        for era in range(3):
            mail.add(key(f"era {era}"), name("reused"), *(
                200 * era + day for day in range(6)))
        # Changed on its way, far from what is intact.
        mail.add(key("list"), name("list"), 50, 50.01)
        for change in ("header", "body"):
            mail.add(key("list"), name("list"), 300, 400, 500, change=change)
        # A key of another name, and only one signature.
        mail.add(key("lost", 768), name("also", "example.org"), 700)
        mail.add(key("alone"), name("alone"), 4)
        # The same message twice is one.
        mail.add(key("twice"), name("twice"), 4)
        mail.messages.append(mail.messages[-1])
        # Replaced, revoked.
        mail.add(key("old"), name("replaced"), 3, 4,
                 answer=key("new").record())
        mail.add(key("new"), name("replaced"), 203, 204, 205,
                 answer=key("new").record())
        mail.add(key("revoked", 1024), name("revoked"), 8, 9,
                 answer="v=DKIM1; p=")
        # Published; and whose servers are silent.
        mail.add(key("here", 1024), name("here"), 1, 2, 3,
                 answer=key("here", 1024).record())
        mail.add(key("silent"), name("silent"), 1, 2, 3, answer="!TIMEOUT")
        mail.write(self.tmp)
        expected = {n: dict(keys) for n, keys in mail.signed.items()}
        for lost in (name("alone"), name("twice"), name("here"),
                     name("silent")):
            del expected[lost]
        del expected[name("replaced")][key("new").record()]
        return expected

    def test_finds_every_key(self):
        expected = self.make()
        out, err = self.said("--keys", self.keys, self.mbox)
        self.assertEqual(found(self.file), expected)
        self.assertIn("10 names with signatures that no known key made; 7 can "
                      "be tried\n", err)
        self.assertIn("3 names without two signatures to compare\n", err)
        self.assertIn("3 signatures of names whose servers gave no answer", err)
        self.assertIn(f"{name('revoked')}: 1024 bits, signed by the same key as "
                      "1 other\n", out)
        self.assertIn(f"{name('lost')}: 768 bits, signed by the same key as 4 "
                      "others\n", out)
        self.assertIn(f"{name('also', 'example.org')}: 768 bits, signed by the "
                      f"same key as {name('lost')}\n", out)
        self.assertIn(f"\nSaved in {self.file}\n", out)
        # Nothing is left to do, and nothing is done twice.
        before = self.file.read_bytes()
        out, err = self.said("--keys", self.keys, self.mbox)
        self.assertEqual(self.file.read_bytes(), before)
        self.assertIn("2 names with signatures that no known key made; 0 can "
                      "be tried\n", err)
        self.assertIn("0 keys recovered", out)

    def test_an_audit_stands_for_its_archive(self):
        expected = self.make()
        audit = self.tmp / "audit"
        verify("--keys", self.keys, "-o", audit, self.mbox)
        self.recover(audit, "-j", "3")
        self.assertEqual(found(self.file), expected)

    def test_what_is_recovered_verifies_nothing(self):
        expected = self.make()
        self.recover("--keys", self.keys, self.mbox)
        before = self.tmp / "before"
        after = self.tmp / "after"
        verify("--keys", self.keys, "-o", before, self.mbox)
        result = verify("--keys", self.keys, "--keys", self.file, "-o", after,
                        self.mbox)
        self.assertEqual(result.returncode, 0, result.stderr)
        old, new = (rows(out / "signatures.csv") for out in (before, after))
        self.assertEqual([(s["result"], s["reason"]) for s in old],
                         [(s["result"], s["reason"]) for s in new])
        self.assertEqual((before / "senders.csv").read_bytes(),
                         (after / "senders.csv").read_bytes())
        proved = {}
        for s in new:
            if s["key_source"] != "recovered":
                continue
            self.assertEqual(s["crypto"], "pass")
            self.assertNotEqual(s["result"], "pass")
            self.assertIn(s["reason"], ("no_key", "revoked", "wrong_key"))
            n = name(s["header_s"], s["header_d"])
            proved.setdefault(n, {}).setdefault(int(s["recovered_from"]), 0)
            proved[n][int(s["recovered_from"])] += 1
        self.assertEqual(set(proved), set(expected))
        self.assertEqual(proved[name("lost")], {5: 5})
        # A body that was changed is signed by the key all the same.
        self.assertEqual(proved[name("list")], {2: 5})
        passed = [s for s in new if s["result"] == "pass"]
        self.assertEqual({s["header_s"] for s in passed}, {"here"})

    def test_domains_and_limits(self):
        self.make()
        self.recover("--keys", self.keys, "--domain", "rotating.test",
                     self.mbox)
        self.assertEqual(set(found(self.file)), {name("r1", "rotating.test"),
                                                 name("r2", "rotating.test")})
        self.file.unlink()
        _, err = self.said("--keys", self.keys, "--limit", "1", self.mbox)
        # The one with most signatures, which are three keys'.
        self.assertEqual({n: len(keys) for n, keys in found(self.file).items()},
                         {name("reused"): 3})
        self.assertIn("6 names left out by --limit\n", err)
        out, _ = self.said("--keys", self.keys, "--budget", "1ms", self.mbox)
        self.assertIn("no time for 6 names: the same command goes on", out)

    def test_more_signatures_than_are_kept(self):
        """The second key stands between hundreds of signatures of the first;
        it is found when they are out of the way."""
        self.mail.add(key("many"), name("many"), *(i / 10 for i in range(900)))
        self.mail.add(key("few"), name("many"), 30.31, 30.32)
        self.mail.write(self.tmp)
        self.recover(self.mbox)
        keys = found(self.file)[name("many")]
        self.assertEqual(set(keys), {key("many").record(), key("few").record()})
        self.assertEqual(keys[key("few").record()], 2)
        self.assertGreater(keys[key("many").record()], 100)

    def test_refuses_files_of_others(self):
        self.make()
        audit = self.tmp / "audit"
        verify("-o", audit, self.mbox)
        cut = self.tmp / "cut"
        cut.write_bytes(b"From nobody")  # without a line end
        for path in (self.mbox, self.keys, audit / "audit.sqlite", cut):
            before = path.read_bytes()
            result = run("keys", "recover", "-o", path, self.mbox)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(b"it stays as it is", result.stderr)
            self.assertEqual(path.read_bytes(), before)

    def test_usage(self):
        self.make()
        for args, word in ((("--budget", "soon"), b"--budget"),
                           (("--limit", "0"), b"--limit"),
                           (("--domain", "a..b"), b"--domain"),
                           (("--tries", "-1"), b"--tries")):
            result = self.recover(*args, self.mbox, code=2)
            self.assertIn(word, result.stderr)
            self.assertFalse(self.file.exists())
        self.recover(self.tmp / "nowhere", code=2)
        self.assertFalse(self.file.exists())


class RecoverSlowly(RecoverCase):
    """What takes a search with the usual exponent."""

    def test_the_usual_exponent_and_nothing_wrong(self):
        self.mail.add(key("usual", 512, 65537), name("usual"), 1, 2, 3)
        self.mail.add(key("damaged"), name("damaged"), 1)
        self.mail.add(key("damaged"), name("damaged"), 2, change="signature")
        self.mail.write(self.tmp)
        out, _ = self.said(self.mbox)
        self.assertEqual(found(self.file), {
            name("usual"): {key("usual", 512, 65537).record(): 3}})
        self.assertIn("1 name gave no further key", out)
        # It is tried again when there is more.
        _, err = self.said(self.mbox)
        self.assertIn("1 name tried before, without more signatures or --tries since", err)
        self.mail.add(key("damaged"), name("damaged"), 1.01)
        self.mail.write(self.tmp)
        self.recover(self.mbox)
        self.assertEqual(found(self.file)[name("damaged")],
                         {key("damaged").record(): 2})


class RecoverInterrupted(RecoverCase):
    def test_goes_on(self):
        for n in range(3):
            self.mail.add(key(f"slow {n}", 768, 65537),
                          name(f"s{n}", "slow.test"), 1, 2, 3, 4)
            self.mail.add(key(f"quick {n}"), name(f"q{n}", "quick.test"), 1, 2)
        self.mail.add(key("late"), name("late", "late.test"), 1, 2)
        self.mail.write(self.tmp)
        process = subprocess.Popen(
            [MAILASSAY, "keys", "recover", "-j", "4", "--memory", "2G",
             "--domain", "slow.test", "--domain", "quick.test", "-o",
             self.file, self.mbox],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        end = time.time() + 60
        while not self.file.exists() or b"}\n" not in self.file.read_bytes():
            self.assertLess(time.time(), end)
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn(b"the same command goes on", err)
        before = self.file.read_bytes()
        self.assertTrue(set(found(self.file)) <= {
            n for n in self.mail.signed if n.endswith("quick.test")})
        # As a crash leaves it.
        self.file.write_bytes(before + b'{"name":"late._domain')
        self.recover("--domain", "quick.test", "--domain", "late.test",
                     self.mbox)
        self.assertTrue(self.file.read_bytes().startswith(before))
        self.assertEqual(found(self.file), {
            n: keys for n, keys in self.mail.signed.items()
            if not n.endswith("slow.test")})

    def test_one_at_a_time(self):
        """Two processes do not write one file."""
        self.mail.add(key("slow", 768, 65537), name("slow"), 1, 2)
        self.mail.write(self.tmp)
        process = subprocess.Popen(
            [MAILASSAY, "keys", "recover", "-o", self.file, self.mbox],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.assertIn(b"can be tried", process.stderr.readline())
        result = self.recover(self.mbox, code=6)
        self.assertIn(b"another run is at work on it", result.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
