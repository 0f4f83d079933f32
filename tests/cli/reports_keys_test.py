"""The folders of ../shared/reports that are about keys: records that are odd
(25-key-records) and key files of every form (26-key-files)."""

import csv
import io
import json
import pathlib
import re
import tempfile
import unittest

from support import run

REPORTS = pathlib.Path(__file__).resolve().parents[2] / ".." / "shared" / "reports"


def folder(name):
    found = (REPORTS / name).resolve()
    if not found.is_dir():
        raise AssertionError(f"{found} is absent; these tests judge its files")
    return found


def rows(result):
    return list(csv.DictReader(io.StringIO(result.stdout.decode())))


# What RFC 6376 3.6.1 says of each record, as result and reason, and the words
# that name what is odd about the file's record; "": none.
RECORDS = {
    1: ("ok", ""), 2: ("ok", ""), 3: ("ok", ""), 4: ("ok", ""), 5: ("ok", ""),
    6: ("key_syntax", "a semicolon stands at the front"),
    7: ("key_syntax", "two semicolons in a row"),
    8: ("key_syntax", "two semicolons in a row"),
    9: ("ok", "backslashes stand before semicolons"),
    10: ("ok", "the record stands in quotes"),
    11: ("ok", "the record stands in quotes"),
    12: ("ok", ""), 13: ("ok", ""), 14: ("ok", ""),
    15: ("key_service", 's= is "tlsrpt"'),
    16: ("ok", ""), 17: ("key_hash", ""), 18: ("ok", ""), 19: ("ok", ""),
    20: ("ok", ""), 21: ("ok", ""), 22: ("ok", ""), 23: ("ok", ""),
    24: ("ok", ""), 25: ("revoked", ""), 26: ("revoked", ""), 27: ("ok", ""),
    28: ("key_version", 'v= is "DKIM1.0", not DKIM1'),
    29: ("key_version", 'v= is "dkim1", not DKIM1'),
    30: ("ok", ""),
    31: ("ok", ""),
    32: ("ok", ""),
    33: ("key_type", 'k= is ""'),
    34: ("key_version", "a semicolon is missing behind v=DKIM1"),
    35: ("key_type", "PEM"),
    36: ("ok", ""), 37: ("ok", ""),
    38: ("key_b64", "the text is 255 octets long"),
    39: ("ok", "a record of another kind: v=spf1"),
    40: ("ok", ""),
    41: ("key_parse", "joined are one key"),
    42: ("key_syntax", "that of a CNAME's target"),
    43: ("key_syntax", "HTML stands in the text (&quot;)"),
    44: ("ok", ""),
    45: ("key_syntax", "a no-break space (U+00A0)"),
    46: ("key_b64", "a zero-width space (U+200B)"),
    47: ("key_dup_tag", "a tag stands twice"),
    48: ("key_syntax", "text stands in front of v=DKIM1"),
    49: ("key_syntax", "p= is missing: a policy of DomainKeys"),
    50: ("key_b64", "without quotes and backslashes it is a key"),
    51: ("key_syntax", "without quotes and backslashes it is a key"),
    52: ("key_b64", "is ."),
    53: ("key_b64", "URL-safe alphabet"),
    54: ("key_length", "SubjectPublicKeyInfo"),
    55: ("key_parse", "k=ed25519 is missing"),
}

# Forms that can't be read without more, and what is said instead.
REFUSED = {
    "octodns.yaml": "octodns.yaml:3: octoDNS names the domain",
    "opendkim-testkey.txt": "opendkim-testkey.txt:1: a record without its name",
    "pub.pem": "pub.pem:1: a public key without its name",
}
WITHOUT_KEY = ("empty.tsv", "zk-empty.json")


class KeyRecords(unittest.TestCase):
    """25-key-records: one message a record, all from one key file."""

    @classmethod
    def setUpClass(cls):
        place = folder("25-key-records")
        cls.keys = place / "keys.tsv"
        cls.result = run("verify", "--offline", "--keys", cls.keys, "--csv",
                         "signatures", place / "input")

    def test_each_is_judged_by_the_rfc(self):
        self.assertEqual(self.result.returncode, 0, self.result.stderr)
        judged = {int(row["header_s"][1:]): row["reason"]
                  for row in rows(self.result)}
        self.assertEqual(judged, {number: reason for number, (reason, _)
                                  in RECORDS.items()})

    def test_what_is_odd_is_said_of_the_file(self):
        lines = self.keys.read_bytes().split(b"\n")
        for number, (_, words) in RECORDS.items():
            if not words:
                continue
            name = f"k{number}._domainkey.example.com"
            at = [i + 1 for i, line in enumerate(lines)
                  if line.startswith(name.encode() + b"\t")]
            # A key file of this record alone, so that no list is cut.
            with self.subTest(number=number):
                said = self.told(b"\n".join(lines[i - 1] for i in at) + b"\n")
                self.assertIn(words, said)
                self.assertIn(name, said)
                self.assertIn("; write ", said)

    def told(self, text):
        with tempfile.TemporaryDirectory() as tmp:
            keys = pathlib.Path(tmp) / "keys.tsv"
            keys.write_bytes(text)
            result = run("verify", "--offline", "--keys", keys,
                         folder("25-key-records") / "input" / "01.eml")
            return " ".join(
                line for line in result.stderr.decode().splitlines()
                if line.startswith("mailassay:"))

    def test_D21_no_finding_says_what_dns_alone_can_say(self):
        with tempfile.TemporaryDirectory() as tmp:
            out = pathlib.Path(tmp) / "audit"
            result = run("verify", "--offline", "--keys", self.keys, "-o", out,
                         folder("25-key-records") / "input")
            self.assertEqual(result.returncode, 0, result.stderr)
            findings = list(csv.DictReader(
                io.StringIO((out / "key_findings.csv").read_text())))
            keys = list(csv.DictReader(
                io.StringIO((out / "keys.csv").read_text())))
            method = (out / "method.txt").read_text()
            checked = run("keys", "check", "--offline", out)
        self.assertEqual({row["code"] for row in findings},
                         {"revoked", "same_key", "ed25519_only"})
        for row in findings:
            if row["code"] == "ed25519_only":  # the mail itself shows it
                continue
            self.assertTrue(row["detail"].endswith("(in keys.tsv)"), row)
            self.assertTrue(row["fix"].startswith("DNS has not been asked."))
        self.assertEqual({row["status"] for row in keys},
                         {"given", "revoked", "bad_record"})
        self.assertNotIn("The domain says", method)
        self.assertNotIn("as it was published", method)
        said = self.result.stderr.decode() + checked.stdout.decode()
        for words in ("still", "publishes  k", "owner has to repair",
                      "bad_tags", "txt_quotes"):
            self.assertNotIn(words, said)
        self.assertIn("in a file  k1 (rsa 2048)", said)

    def test_the_list_is_bounded_and_has_line_and_count(self):
        said = self.result.stderr.decode()
        self.assertRegex(said, r"keys\.tsv: 3 rows read otherwise than written")
        self.assertRegex(said, r"keys\.tsv: \d+ rows with a record that is no "
                               r"usable key, taken as it is")
        self.assertRegex(said, r"keys\.tsv:6: k6\._domainkey\.example\.com: ")
        self.assertRegex(said, r"  and \d+ more")


class KeyFiles(unittest.TestCase):
    """26-key-files: 44 forms, each with one message to verify."""

    def test_D20_each_form_is_read_or_says_what_to_write(self):
        place = folder("26-key-files")
        files = sorted((place / "kf").iterdir())
        self.assertEqual(len(files), 44)
        for file in files:
            with self.subTest(form=file.name):
                result = run("verify", "--offline", "--keys", file, "--csv",
                             "signatures", place / "a.eml")
                said = result.stderr.decode()
                if file.name in REFUSED:
                    self.assertEqual(result.returncode, 2)
                    self.assertIn(REFUSED[file.name], said)
                    self.assertRegex(said, "write|name the file")
                    continue
                self.assertEqual(result.returncode, 0, said)
                [row] = rows(result)
                if file.name in WITHOUT_KEY:
                    self.assertEqual(row["reason"], "key_not_asked")
                    self.assertIn(f"{file.name}: holds no key", said)
                else:
                    self.assertEqual(row["reason"], "ok", said)

    def test_named_as_the_key_or_the_domain(self):
        place = folder("26-key-files")
        with tempfile.TemporaryDirectory() as tmp:
            for form, name in (
                    ("opendkim-testkey.txt", "s1._domainkey.example.com.txt"),
                    ("pub.pem", "s1._domainkey.example.com.pem"),
                    ("octodns.yaml", "example.com.yaml")):
                keys = pathlib.Path(tmp) / name
                keys.write_bytes((place / "kf" / form).read_bytes())
                [row] = rows(run("verify", "--offline", "--keys", keys, "--csv",
                                 "signatures", place / "a.eml"))
                self.assertEqual(row["reason"], "ok", form)

    def test_import_is_as_lenient(self):
        place = folder("26-key-files") / "kf"
        with tempfile.TemporaryDirectory() as tmp:
            history = pathlib.Path(tmp) / "history.sqlite"
            files = [place / name for name in (
                "genkey.txt", "zk-one-bad-selector.json", "doh-google.json")]
            result = run("keys", "import", "--key-history", history, *files)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn(b"zk-one-bad-selector.json: 1 row not used",
                          result.stderr)
            self.assertIn(b"knows 1 name", result.stdout)
            strict = run("keys", "import", "--strict-keys", "--key-history",
                         history, *files)
            self.assertEqual(strict.returncode, 2, strict.stderr)
            self.assertIn(b"refused as a whole", strict.stderr)


class KeyFileFaults(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.tmp = pathlib.Path(self.dir.name)
        self.mail = folder("26-key-files") / "a.eml"
        good = (folder("26-key-files") / "kf" / "spaces.txt").read_text()
        self.record = good.split(" ", 1)[1].strip()
        self.keys = self.tmp / "keys.tsv"

    def test_a_third_column_accuses_nobody(self):
        self.keys.write_text("".join(
            f"s1._domainkey.{name}\t{self.record}\t2024-01-01\n"
            for name in ["example.com"] + [f"d{i}.example" for i in range(999)]))
        out = self.tmp / "audit"
        result = run("verify", "--offline", "--keys", self.keys, "-o", out,
                     self.mail)
        self.assertEqual(result.returncode, 0, result.stderr)
        said = result.stderr.decode()
        self.assertIn("1000 rows read otherwise than written", said)
        self.assertIn("there are more columns than name and record", said)
        self.assertIn("and 980 more", said)
        self.assertLess(len(said.splitlines()), 40)
        self.assertIn(b",ok,", (out / "signatures.csv").read_bytes())
        notes = json.loads((out / "run.json").read_text())["notes"]
        self.assertTrue(any("1000 rows" in note and "980 more" in note
                            for note in notes), notes)
        method = re.sub(r"\s+", " ", (out / "method.txt").read_text())
        self.assertIn("1000 rows read otherwise than written", method)
        strict = run("verify", "--offline", "--strict-keys", "--keys",
                     self.keys, self.mail)
        self.assertEqual(strict.returncode, 2)

    def test_a_key_file_shows_no_copy_of_a_services_key(self):
        """Of a service that wants CNAMEs; the file has no CNAMEs at all."""
        self.keys.write_text("".join(
            f"{selector}._domainkey.example.com\t{self.record}\n"
            for selector in ("s1", "selector1", "selector2")))
        checked = run("keys", "check", "--offline", "--keys", self.keys,
                      "--domain", "example.com", "--selector", "selector1",
                      "--selector", "selector2", self.mail)
        self.assertIn(b"in a file  s1 (rsa 2048)", checked.stdout)
        for words in (b"txt_for_cname", b"publishes  s", b"retired"):
            self.assertNotIn(words, checked.stdout)

    def test_an_unused_file_is_said(self):
        self.keys.write_text(f"s9._domainkey.example.org\t{self.record}\n")
        result = run("verify", "--offline", "--keys", self.keys, self.mail)
        self.assertIn(b"keys.tsv: none of its names is that of a signature",
                      result.stderr)
        self.keys.write_text(f"s1._domainkey.example.com\t{self.record}\n")
        result = run("verify", "--offline", "--keys", self.keys, self.mail)
        self.assertNotIn(b"none of its names", result.stderr)


if __name__ == "__main__":
    unittest.main()
