"""keys check: each mistake by its code, what is asked, and what is shown."""
import csv
import io
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from mistakes import of_records, world_of_mistakes
from support import MAILASSAY, SOURCE, WORK


class CheckCase(unittest.TestCase):
    maxDiff = 4000

    def make(self, world):
        self.tmp = pathlib.Path(tempfile.mkdtemp(dir=WORK))
        self.addCleanup(shutil.rmtree, self.tmp, ignore_errors=True)
        self.world = world
        world.write(self.tmp)
        self.server = world.serve()
        self.addCleanup(self.server.close)
        self.history = self.tmp / "history.sqlite"
        self.run_("keys", "import", "-q", "--key-history", self.history,
                  "passive.jsonl")

    def run_(self, *words, code=0):
        result = subprocess.run([MAILASSAY, *map(str, words)], cwd=self.tmp,
                                capture_output=True, timeout=240)
        self.assertEqual(result.returncode, code, result.stderr)
        return result.stdout.decode()

    def check(self, *words, history=True, code=1):
        remembers = ["--key-history", self.history] if history else []
        return self.run_("keys", "check", "-q", "--dns-rate", "0", "--resolver",
                         self.server.address, *remembers, *words, code=code)

    def found(self, text):
        """domain -> {(selector, code, severity)} of key_findings.csv."""
        found = {}
        for row in csv.DictReader(io.StringIO(text)):
            found.setdefault(row["header_d"], set()).add(
                (row["header_s"] or "-", row["code"], row["severity"]))
        return found

    def expected(self):
        return {d: f for d, f in self.world.expected.items() if f}


class KeysCheck(CheckCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = world_of_mistakes()
        of_records(cls.shared)

    def setUp(self):
        self.make(self.shared)

    def test_each_mistake_by_its_code(self):
        text = self.check("--csv", "mail.mbox")
        self.assertEqual(self.found(text), self.expected())
        for row in csv.DictReader(io.StringIO(text)):
            self.assertTrue(row["fix"], row)
            name = f"{row['header_s']}._domainkey.{row['header_d']}"
            if row["messages"] != "0":
                self.assertRegex(row["example"], r"^mail\.mbox@\d+$", name)

    def test_an_audit_stands_for_its_mail(self):
        self.run_("verify", "-q", "--offline", "-o", "audit", "mail.mbox")
        self.assertEqual(self.found(self.check("--csv", "audit")),
                         self.expected())

    def test_one_domain_with_its_mail(self):
        text = self.check("--domain", "mismatch.example", "mail.mbox")
        self.assertIn("mismatch.example  3 signatures", text)
        self.assertIn("publishes  google (rsa 2048)", text)
        self.assertIn("error    selector_mismatch  s=mail2026  3 messages",
                      text)
        self.assertTrue(text.endswith("\n1 domain: 1 error, 0 warnings, "
                                      "0 notes\n"), text)

    def test_no_error_is_exit_code_0(self):
        text = self.check("--domain", "sound.example", "mail.mbox", code=0)
        self.assertIn("publishes  s9 (rsa 2048)", text)
        self.check("--domain", "short-key.example", "mail.mbox", code=0)

    def test_a_domain_without_mail(self):
        text = self.check("--domain", "third-party.example", code=0)
        self.assertIn("no mail\n  publishes  selector1 (rsa 2048, CNAME "
                      "selector1-third-party-example._domainkey.", text)
        text = self.check("--domain", "third-party.example", "--selector",
                          "google", "--csv")
        self.assertEqual(self.found(text)["third-party.example"],
                         {("google", "other_provider_selector", "error")})

    def test_severity_hides_but_counts(self):
        all_ = self.check("mail.mbox")
        errors = self.check("--severity", "error", "mail.mbox")
        self.assertIn("\n  warning  ", all_)
        self.assertNotIn("\n  warning  ", errors)
        self.assertEqual(all_.splitlines()[-1], errors.splitlines()[-1])
        self.check("--severity", "error", "--domain", "mismatch.example",
                   "mail.mbox")

    def test_offline_by_answers_that_were_kept(self):
        """What mail needs; what else the domains publish was not asked."""
        self.run_("keys", "fetch", "-q", "--dns-rate", "0", "--resolver",
                  self.server.address, "-o", "keys.jsonl", "mail.mbox")
        asked = len(self.server.asked)
        text = self.run_("keys", "check", "-q", "--offline", "--csv", "--keys",
                         "keys.jsonl", "mail.mbox", code=1)
        self.assertEqual(len(self.server.asked), asked)
        found = self.found(text)
        for domain in ("cname-dangling.example", "split.example",
                       "cname-target.example", "revoked.example"):
            self.assertEqual(found[domain], self.world.expected[domain])
        self.assertIn(("mail2026", "no_record", "error"),
                      found["mismatch.example"])

    def test_asks_usual_selectors_only_where_one_is_missing(self):
        self.check("mail.mbox")
        asked = self.server.queries
        self.assertGreater(asked["s1._domainkey.mismatch.example"], 0)
        self.assertGreater(asked["google._domainkey.no-key.example"], 0)
        self.assertEqual(asked["google._domainkey.sound.example"], 0)
        nobodys = "mailassay-asks-what-nobody-made._domainkey."
        self.assertGreater(asked[nobodys + "sound.example"], 0)

    def test_remembers_what_it_asked(self):
        self.check("mail.mbox")
        exported = self.run_("keys", "export", "--key-history", self.history)
        self.assertIn('"google._domainkey.mismatch.example"', exported)

    def test_usage(self):
        for words, text in (
                ((), "which mail, or which --domain"),
                (("--selector", "s", "mail.mbox"), "without --domain"),
                (("--severity", "grave", "mail.mbox"), "error, warning or"),
                (("--domain", "a.b", "--offline"), "nobody is asked"),
                (("--domain", "a b", "mail.mbox"), "is no domain name"),
                (("--domain", "a.b", "--selector", "..",), "is no selector")):
            result = subprocess.run(
                [MAILASSAY, "keys", "check", *words], cwd=self.tmp,
                capture_output=True)
            self.assertEqual(result.returncode, 2, words)
            self.assertIn(text, result.stderr.decode())


class KeysCheckReadme(CheckCase):
    """The README shows what keys check says of the articles' mistakes."""

    def steady(self, text):
        return re.sub(r"\d{4}-\d\d-\d\d", "2026-11-14", text)

    def test_it_is_what_it_says(self):
        self.make(world_of_mistakes())
        readme = (SOURCE / "README.md").read_text()
        shown = re.search(r"<!-- output of keys check -->\n```text\n(.*?)```",
                          readme, re.S)[1]
        text = self.check("--brief", "mail.mbox")
        self.assertEqual(self.steady(shown).splitlines()[1:],
                         self.steady(text).splitlines())


if __name__ == "__main__":
    unittest.main()
