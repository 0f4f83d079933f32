"""Generated archives with rotations, reused selectors and lost keys, whose
truth the program must find: all of it, and nothing else.  SEEDS="4 5" takes
other archives than those of every run.
"""
import calendar
import collections
import json
import os
import pathlib
import re
import sys
import tempfile
import time
import unittest

import key_lives
import key_world
from support import WORK, rows, run, verify

SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "1 2").split()]
LIFE = ("key_mismatch", "key_replaced", "selector_reused", "rotation",
        "parallel_keys", "key_old", "retired_published", "removed_early",
        "same_key", "shared_factor")


def seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


def each_seed(test):
    """With the world of each seed, and a directory for it."""
    def tests(self):
        for seed in SEEDS:
            with self.subTest(seed=seed), tempfile.TemporaryDirectory(
                    dir=WORK) as folder:
                test(self, key_lives.make(seed), pathlib.Path(folder))
    return tests


class LivesCase(unittest.TestCase):
    maxDiff = None

    def done(self, result):
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def audit(self, folder, name, *args):
        self.done(verify("-q", "-o", folder / name, *args, folder / "mail"))
        return folder / name

    def found(self, audit, witness=""):
        """The findings of lives, and the mail that each touches.  `witness`:
        how their details may end that rest on no answer of this run."""
        findings, mail = collections.Counter(), {}
        for row in rows(audit / "key_findings.csv"):
            if row["code"] not in LIFE:
                continue
            finding = key_world.Finding(row["header_d"], row["header_s"],
                                        row["code"], row["severity"],
                                        re.sub(witness + "$", "",
                                               row["detail"]).replace(
                                            "this one since",
                                            "that of today since"))
            findings[finding] += 1
            mail[finding] = (int(row["messages"]),
                             seconds(row["first_mail_at"]),
                             seconds(row["last_mail_at"]))
        return findings, mail

    def assert_same(self, found, expected):
        self.assertEqual(("missing", sorted((expected - found).elements())),
                         ("missing", []))
        self.assertEqual(("wrong", sorted((found - expected).elements())),
                         ("wrong", []))


class KeyLives(LivesCase):
    @each_seed
    def test_every_life_is_found_and_no_other(self, world, folder):
        world.write(folder)
        audit = self.audit(folder, "out", "--keys", folder / "keys.jsonl")
        found, mail = self.found(audit)
        self.assertEqual({finding.code for finding in found}, set(LIFE))
        self.assert_same(found, world.findings())
        for finding in found:
            if finding.selector:
                self.assertEqual(mail[finding], world.mail_of(finding), finding)
        self.check_keys(world, audit)

    def check_keys(self, world, audit):
        """keys.csv: what each key verifies, since when, until when."""
        found = {}
        for row in rows(audit / "keys.csv"):
            if row["pass"] == "0":
                continue
            self.assertEqual(row["k"], "rsa")
            name = key_world.name_of(row["header_d"], row["header_s"])
            key = name, key_world.normal(row["record"])
            self.assertNotIn(key, found)
            self.assertEqual(row["first_pass_at"], row["first_proved_at"])
            self.assertEqual(row["last_pass_at"], row["last_proved_at"])
            found[key] = (int(row["key_bits"]), int(row["e"]),
                          int(row["pass"]), seconds(row["first_pass_at"]),
                          seconds(row["last_pass_at"]))
        self.assertEqual(found, {
            (name, key.record()): (key.n.bit_length(), key.e, len(times),
                                   min(times), max(times))
            for (name, key), times in world.passes().items()})

    @each_seed
    def test_from_a_key_history(self, world, folder):
        """Which says when each record was there, and not what is published
        now."""
        world.write(folder, asked=key_world.NOW)
        history = "--key-history", folder / "history.sqlite"
        self.done(run("keys", "import", "-q", *history, folder / "keys.jsonl",
                      folder / "later.jsonl"))
        expected = world.findings(asked=key_world.NOW, published=False)
        # The second one knows what mail has proved, too.
        for name in "first", "second":
            audit = self.audit(folder, name, *history)
            found = self.found(
                audit, r" \((DNS, \d{4}-\d\d-\d\d|in [a-z.]+)\)")[0]
            self.assert_same(found, expected)


class KeyLivesLost(LivesCase):
    @each_seed
    def test_all_that_can_be_recovered_and_no_other(self, world, folder):
        world.write(folder)
        keys, file = folder / "keys.jsonl", folder / "recovered.jsonl"
        recover = ("keys", "recover", "--keys", keys, "-o", file,
                   folder / "mail")
        self.done(run(*recover))
        self.assertEqual(self.recovered(file), {
            name: {key.record(): count for key, count in found.items()}
            for name, found in world.recoverable().items()})
        before = file.read_bytes()
        self.assertIn(b" 0 can be tried", self.done(run(*recover)).stderr)
        self.assertEqual(file.read_bytes(), before)
        self.check_audits(
            world, self.audit(folder, "before", "--keys", keys),
            self.audit(folder, "after", "--keys", keys, "--keys", file))

    def test_more_tries_go_on(self):
        """What was given up is tried again when more is allowed."""
        world = key_world.World(1)
        key_lives.costly(world, "a ah a", 3)
        with tempfile.TemporaryDirectory(dir=WORK) as folder:
            folder = pathlib.Path(folder)
            world.write(folder)
            file = folder / "recovered.jsonl"
            for tries, keys in ((1, 0), (20, 1)):
                self.done(run("keys", "recover", "--tries", tries, "-o", file,
                              folder / "mail"))
                found = self.recovered(file)
                self.assertEqual(sum(map(len, found.values())), keys)

    def test_a_history_takes_none(self):
        world = key_world.World(1)
        key_lives.lost(world)
        with tempfile.TemporaryDirectory(dir=WORK) as folder:
            folder = pathlib.Path(folder)
            world.write(folder)
            file = folder / "recovered.jsonl"
            history = "--key-history", folder / "history.sqlite"
            self.done(run("keys", "recover", "-o", file, folder / "mail"))
            self.assertTrue(self.recovered(file))
            self.done(run("keys", "import", *history, file))
            self.assertEqual(
                self.done(run("keys", "export", *history)).stdout, b"")

    def recovered(self, file):
        """name: {record: signatures that it was proved on}."""
        found = {}
        for line in file.read_text(encoding="ascii").splitlines():
            answer = json.loads(line)
            self.assertEqual(answer["status"], "not_asked")
            for record in answer["records"]:
                self.assertEqual(record["source"], "recovered")
                keys = found.setdefault(answer["name"], {})
                self.assertNotIn(record["txt"], keys)
                keys[record["txt"]] = record["recovered_from"]
        return found

    def check_audits(self, world, before, after):
        """Recovered keys say who shares a signer, and verify nothing."""
        for name in "messages.csv", "senders.csv":
            self.assertEqual((after / name).read_bytes(),
                             (before / name).read_bytes())
        self.assertEqual(self.totals(after), self.totals(before))
        old, new = (rows(audit / "signatures.csv") for audit in (before, after))
        self.assertEqual([(s["result"], s["reason"]) for s in old],
                         [(s["result"], s["reason"]) for s in new])
        self.check_attribution(world, new)
        # What the keys themselves say is known now.
        more = [(key, *name.split("._domainkey.")[::-1])
                for name, keys in world.recoverable().items() for key in keys]
        expected = world.findings() - collections.Counter(world.kin())
        self.assert_same(self.found(after)[0],
                         expected + collections.Counter(world.kin(more)))

    def totals(self, audit):
        totals = json.loads((audit / "run.json").read_text())["totals"]
        return {name: value for name, value in totals.items()
                if not name.startswith(("key_findings", "recovered_"))}

    def check_attribution(self, world, signatures):
        found = collections.Counter()
        for s in signatures:
            if s["key_source"] != "recovered":
                self.assertTrue(s["result"] == "pass" or s["crypto"] != "pass"
                                or s["reason"] in ("body_changed", "weak_key"),
                                s)
                continue
            self.assertEqual(s["crypto"], "pass")
            self.assertNotEqual(s["result"], "pass")
            name = key_world.name_of(s["header_d"], s["header_s"])
            found[name, int(s["key_bits"]), int(s["recovered_from"])] += 1
        expected = collections.Counter()
        counts = world.recoverable()
        for s in world.signatures:
            count = counts.get(s.name, {}).get(s.key)
            # A changed body leaves the signature of the header as it was.
            if count is not None and s.change in (None, "body"):
                expected[s.name, s.key.n.bit_length(), count] += 1
        self.assertEqual(found, expected)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
