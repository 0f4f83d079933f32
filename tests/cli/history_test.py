"""The key history: what DNS has forgotten stays known."""
import base64
import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
import unittest

from dns_server import NameServer
from support import MAILASSAY, Case


class HistoryCase(Case):
    ARCHIVE = (300, 600, 900)

    def setUp(self):
        super().setUp()
        self.history = self.tmp / "history.sqlite"
        self.server = NameServer(self.archive.keys)
        self.addCleanup(self.server.close)

    def run_(self, *words, code=0, env=None, **kwargs):
        result = subprocess.run(
            [MAILASSAY, *map(str, words)], capture_output=True, timeout=120,
            env={**os.environ, **(env or {})}, **kwargs)
        if code is not None:
            self.assertEqual(result.returncode, code, result.stderr)
        return result

    def dns(self):
        return ("--resolver", f"127.0.0.1@{self.server.port}",
                "--dns-rate", "0")

    def verify(self, *extra, out=None, history=True, **kwargs):
        words = ["verify", self.archive.mbox, *extra]
        if history:
            words += ["--key-history", self.history]
        if out is not None:
            words += ["-o", out]
        return self.run_(*words, **kwargs)

    def signatures(self, *extra, **kwargs):
        result = self.verify("--csv", "signatures", *extra, **kwargs)
        return list(csv.DictReader(io.StringIO(result.stdout.decode())))

    def results(self, table):
        return [(row["offset"], row["sig_index"], row["result"], row["reason"],
                 row["key_id"]) for row in table]

    def seen(self, query, *values):
        database = sqlite3.connect(self.history)
        try:
            return database.execute(query, values).fetchall()
        finally:
            database.close()


class History(HistoryCase):
    def test_what_dns_has_forgotten(self):
        then = self.signatures(*self.dns())
        self.assertGreater(sum(r["result"] == "pass" for r in then), 200)
        self.assertEqual({r["key_first_seen"] for r in then}, {""})
        # DNS forgets all.
        known = dict(self.server.records)
        self.server.records.clear()
        now = self.signatures(*self.dns())
        self.assertEqual(self.results(now), self.results(then))
        for row in now:
            if row["result"] == "pass":
                self.assertEqual(row["key_source"], "dns")
                self.assertNotEqual(row["key_first_seen"], "")
        # So does a run that may ask nobody.
        offline = self.signatures("--offline")
        self.assertEqual(self.results(offline), self.results(then))
        # Without the history there is no key.
        lost = self.signatures(*self.dns(), history=False)
        self.assertEqual(sum(r["result"] == "pass" for r in lost), 0)
        self.assertEqual({r["reason"] for r in lost if r["result"] ==
                          "permerror" and r["header_d"]} - {"no_key"},
                         {r["reason"] for r in then
                          if r["result"] == "permerror"} - {"no_key"}
                         - {"revoked"})
        # Every answer is there, and the outcome of the second run beside it.
        for name in known:
            statuses = {s for s, in self.seen(
                "SELECT status FROM answer WHERE name = ?1", name)}
            if statuses:
                self.assertEqual(statuses, {"found", "nxdomain"}, name)

    def test_a_key_that_was_replaced_or_taken_back(self):
        then = self.signatures(*self.dns())
        other = [r for r in self.server.records.values()
                 if len(r[0]) > 200]
        names = sorted(self.server.records)
        for i, name in enumerate(names):
            self.server.records[name] = (["v=DKIM1; p="] if i % 2 else
                                         list(other[i % len(other)]))
        now = self.signatures(*self.dns())
        passed = {(r["offset"], r["sig_index"]): r for r in then
                  if r["result"] == "pass"}
        revoked = 0
        for row in now:
            before = passed.get((row["offset"], row["sig_index"]))
            if before is None:
                self.assertNotEqual(row["result"], "pass")
                continue
            self.assertEqual(row["result"], "pass", row)
            self.assertEqual(row["key_id"], before["key_id"])
            name = f"{row['header_s']}._domainkey.{row['header_d']}"
            taken_back = self.server.records[name] == ["v=DKIM1; p="]
            self.assertEqual("key_revoked_since" in row["flags"], taken_back)
            revoked += taken_back
        self.assertGreater(revoked, 20)

    def test_a_message_proves_that_its_key_was_in_use(self):
        table = self.signatures(*self.dns())
        proved = self.seen("SELECT name, first_seen, last_seen FROM answer "
                           "WHERE source = 'message_proved'")
        self.assertGreater(len(proved), 50)
        times = {}
        for row in table:
            if row["result"] == "pass" and row["t"]:
                name = f"{row['header_s']}._domainkey.{row['header_d']}"
                times.setdefault(name, []).append(int(row["t"]))
        for name, first, last in proved:
            self.assertLessEqual(first, min(times.get(name, [last])), name)
            self.assertGreaterEqual(last, max(times.get(name, [first])), name)
        # It never outranks what was seen.
        again = self.signatures("--offline")
        self.assertEqual({r["key_source"] for r in again
                          if r["result"] == "pass"}, {"dns"})

    def test_one_word_of_the_environment(self):
        env = {"MAILASSAY_KEY_HISTORY": str(self.history)}
        result = self.verify(*self.dns(), history=False, env=env)
        self.assertIn(f"key history {self.history}".encode(), result.stdout)
        self.assertTrue(self.history.exists())
        self.assertEqual(os.listdir(self.tmp).count("history.sqlite-wal"), 0)

    def test_nothing_is_kept_unasked(self):
        before = sorted(os.listdir(self.tmp))
        self.verify(*self.dns(), history=False, cwd=self.tmp)
        self.assertEqual(sorted(os.listdir(self.tmp)), before)

    def test_shards_read_it_only(self):
        self.verify(*self.dns())
        octets = self.history.read_bytes()
        whole = self.tmp / "whole"
        self.verify("--offline", out=whole)
        octets_after = self.history.read_bytes()
        self.history.chmod(0o444)
        parts = []
        for i in (1, 2):
            parts.append(self.tmp / f"part{i}")
            self.verify("--offline", "--shard", f"{i}/2", out=parts[-1])
        self.assertEqual(self.history.read_bytes(), octets_after)
        self.assertEqual(len(octets), len(octets_after))
        self.run_("merge", "-q", "-o", self.tmp / "merged", *parts)
        for name in ("messages.csv", "signatures.csv", "keys.csv"):
            self.assertEqual((self.tmp / "merged" / name).read_bytes(),
                             (whole / name).read_bytes(), name)

    def test_an_audit_is_judged_again_with_it(self):
        empty = self.tmp / "empty"
        self.verify("--offline", history=False, out=empty)
        self.verify(*self.dns())
        again = self.tmp / "again"
        self.run_("recheck", empty, "--offline", "--key-history", self.history,
                  "-o", again, "-q")
        fresh = self.tmp / "fresh"
        self.verify("--offline", out=fresh)
        self.assertEqual((again / "signatures.csv").read_bytes(),
                         (fresh / "signatures.csv").read_bytes())
        run = json.loads((again / "run.json").read_text())
        self.assertIn(f"history {self.history}", run["key_sources"])

    def test_what_it_said_is_repeated_without_it(self):
        self.verify(*self.dns())
        self.server.records.clear()
        out = self.tmp / "keys.jsonl"
        first = self.signatures(*self.dns(), "--keys-out", out)
        again = self.signatures("--offline", "--keys", out, history=False)
        self.assertEqual(again, first)

    def test_a_resumed_audit_needs_the_same_history(self):
        self.verify(*self.dns())
        out = self.tmp / "out"
        self.verify("--offline", out=out)
        for change in ("run.json", "messages.csv"):
            (out / change).unlink()
        result = self.verify("--offline", "--resume", history=False, out=out,
                             code=5)
        self.assertIn(b"--key-history", result.stderr)

    def test_what_is_no_history_is_refused(self):
        self.history.write_bytes(b"not a database at all" * 100)
        result = self.verify("--offline", code=2)
        self.assertIn(str(self.history).encode(), result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertEqual(self.history.read_bytes(),
                         b"not a database at all" * 100)
        self.history.unlink()
        result = self.verify("--offline", "--key-history",
                             self.tmp / "no" / "dir", history=False, code=2)
        self.assertIn(b"No such file", result.stderr)

    def test_a_damaged_history_says_so(self):
        self.verify(*self.dns())
        octets = bytearray(self.history.read_bytes())
        for at in range(8192, len(octets)):
            octets[at] ^= 0xff
        self.history.write_bytes(octets)
        result = self.verify("--offline", code=None)
        self.assertIn(result.returncode, (2, 3))
        self.assertIn(str(self.history).encode(), result.stderr)



class Import(HistoryCase):
    """What others know: key files of every form, and private keys."""

    def setUp(self):
        super().setUp()
        lines = self.archive.keys.read_text().splitlines()
        self.keys = [line.split("\t") for line in lines
                     if line and not line.startswith("#")]
        self.truth = self.passes("--keys", self.archive.keys)
        self.assertGreater(len(self.truth), 200)

    def passes(self, *words):
        table = self.signatures("--offline", *words, history=False)
        return {(r["offset"], r["sig_index"]) for r in table
                if r["result"] == "pass"}

    def import_(self, text, *words, code=0):
        file = self.tmp / "import.txt"
        file.write_text(text)
        return self.run_("keys", "import", "--key-history", self.history,
                         *words, file, code=code)

    def verified(self):
        return self.passes("--key-history", self.history)

    def test_passive_dns(self):
        self.import_("".join(json.dumps(
            {"rrname": name + ".", "rrtype": "TXT", "time_first": 1500000000,
             "time_last": 1900000000, "rdata": ['"' + record + '"']}) + "\n"
            for name, record in self.keys if not record.startswith("!")))
        self.assertEqual(self.verified(), self.truth)
        row = next(r for r in self.signatures("--offline")
                   if r["result"] == "pass")
        self.assertEqual(row["key_source"], "import:import.txt")
        self.assertEqual(row["key_first_seen"], "2017-07-14T02:40:00Z")
        self.assertEqual(row["key_last_seen"], "2030-03-17T17:46:40Z")

    def test_key_archive_and_its_name(self):
        records = []
        for name, record in self.keys:
            selector, domain = name.split("._domainkey.")
            records.append({"domain": domain, "selector": selector,
                            "firstSeenAt": "2024-01-01T00:00:00.000Z",
                            "lastSeenAt": None, "value": record})
        self.import_(json.dumps(records), "--name", "zk")
        self.assertEqual(self.seen("SELECT DISTINCT source FROM answer"),
                         [("import:zk",)])
        self.assertEqual(self.verified(), self.truth)
        self.assertEqual(
            self.seen("SELECT DISTINCT source FROM answer ORDER BY source"),
            [("import:zk",), ("message_proved",)])

    def test_all_or_nothing(self):
        good = self.tmp / "good.tsv"
        good.write_text("a._domainkey.b.example\tv=DKIM1; p=\n")
        result = self.import_("[{}]", good, code=2)
        self.assertIn(b"import.txt:1: entry 1: no name and record", result.stderr)
        self.assertEqual(self.seen("SELECT count(*) FROM answer"), [(0,)])

    def test_an_audit_and_back(self):
        out = self.tmp / "out"
        self.run_("verify", "-q", "--offline", "--keys", self.archive.keys,
                  "-o", out, self.archive.mbox)
        self.run_("keys", "import", "--key-history", self.history, out)
        self.assertEqual(self.verified(), self.truth)
        exported = self.run_("keys", "export", "--key-history", self.history)
        file = self.tmp / "exported.jsonl"
        file.write_bytes(exported.stdout)
        self.assertEqual(self.passes("--keys", file), self.truth)
        again = self.tmp / "again.sqlite"
        self.run_("keys", "import", "--key-history", again, file)
        second = self.run_("keys", "export", "--key-history", again)
        self.assertEqual(second.stdout, exported.stdout)

    def test_a_published_private_key(self):
        key = self.tmp / "key.pem"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True,
                       capture_output=True)
        public = subprocess.run(
            ["openssl", "rsa", "-in", key, "-pubout", "-outform", "DER"],
            check=True, capture_output=True).stdout
        record = "v=DKIM1; p=" + base64.b64encode(public).decode()
        self.import_("s._domainkey.x.example\t" + record + "\n")
        result = self.run_("keys", "import", "--key-history", self.history,
                           "--private", key)
        self.assertIn(b"s._domainkey.x.example", result.stdout)
        exported = self.run_("keys", "export", "--key-history", self.history)
        self.assertTrue(
            json.loads(exported.stdout)["records"][0]["disclosed"])
        key.write_text("nothing")
        result = self.run_("keys", "import", "--key-history", self.history,
                           "--private", key, code=2)
        self.assertIn(b"key.pem: holds no private key", result.stderr)

    def test_needs_a_history_and_a_file(self):
        result = self.run_("keys", "import", self.archive.keys, code=2)
        self.assertIn(b"--key-history", result.stderr)
        result = self.run_("keys", "import", "--key-history", self.history,
                           code=2)
        self.assertIn(b"which file", result.stderr)
        result = self.run_("keys", "export", "--key-history", self.history,
                           code=2)
        self.assertFalse(self.history.exists())


class List(HistoryCase):
    def list_(self, *words):
        result = self.run_("keys", "list", *words)
        return [line.split("\t") for line in
                result.stdout.decode().splitlines()]

    def needed(self):
        table = self.signatures("--offline", history=False)
        names = {}
        for row in table:
            if row["key_source"] == "none" and row["reason"] != "key_not_asked":
                continue
            name = f"{row['header_s']}._domainkey.{row['header_d']}"
            names[name] = names.get(name, 0) + 1
        return names

    def test_of_an_archive_and_of_its_audit(self):
        needed = self.needed()
        lines = self.list_(self.archive.mbox)
        self.assertEqual(lines[0][0], "#name")
        self.assertEqual({line[0]: int(line[1]) for line in lines[1:]}, needed)
        self.assertEqual({line[4] for line in lines[1:]}, {"not_asked"})
        out = self.tmp / "out"
        self.verify("--offline", history=False, out=out)
        self.assertEqual(self.list_(out), lines)
        missing = self.list_("--missing", out)
        self.assertEqual({f"{s}._domainkey.{d}" for d, s in missing},
                         set(needed))
        known = self.list_("--keys", self.archive.keys, out)
        self.assertIn("given", {line[4] for line in known[1:]})
        still = self.list_("--missing", "--keys", self.archive.keys, out)
        self.assertLess(len(still), len(missing) / 2)

    def test_several_audits_are_refused(self):
        out = self.tmp / "out"
        self.verify("--offline", history=False, out=out)
        result = self.run_("keys", "list", out, self.archive.mbox, code=2)
        self.assertIn(b"stands alone", result.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
