"""Cases from public reports (../shared/reports): what is said, and of whom.

Nothing of those folders is copied here; a test whose folder is not there fails.
"""
import json
import sys
import unittest

from support import SOURCE, WORK, rows, run, verify

REPORTS = SOURCE.parent / "shared" / "reports"

# What may not be said of mail that an archive can have damaged.
ACCUSATIONS = (b"never valid anywhere", b"has to be repaired",
               b"breaks a rule", b"sent items and drafts", b"never sent")


class ReportsWords(unittest.TestCase):
    maxDiff = 4000

    def case(self, name, *files):
        folder = REPORTS / name
        self.assertTrue(folder.is_dir(), f"{folder} is not there")
        self.options = ["--keys", folder / "keys.tsv"]
        self.paths = [folder / file for file in files]

    def table(self, name):
        result = verify(*self.options, "--csv", name, *self.paths)
        self.assertEqual(result.returncode, 0, result.stderr)
        return rows(result.stdout)

    def totals(self):
        result = verify(*self.options, "--json", *self.paths)
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def summary(self):
        result = verify(*self.options, *self.paths)
        self.assertEqual(result.returncode, 0, result.stderr)
        for words in ACCUSATIONS:
            self.assertNotIn(words, result.stdout)
        return result.stdout.decode()

    def test_09_mbox_space_escaped(self):
        self.case("09-mbox-space-escaped", "in.mbox")
        signature, = self.table("signatures")
        self.assertEqual((signature["result"], signature["flags"]),
                         ("pass", "from_unspaced"))
        message, = self.table("messages")
        self.assertEqual(message["verdict_class"], "verified_aligned")

    # The same verdicts of a message that is read in pieces.
    def test_09_and_20_in_small_blocks(self):
        for name, file, flag in (("09-mbox-space-escaped", "in.mbox",
                                  "from_unspaced"),
                                 ("20-crcrlf", "a.eml", "crcrlf")):
            self.case(name, file)
            end = {"20-crcrlf": b"\r\r\n", "09-mbox-space-escaped": b"\n"}
            text = self.paths[0].read_bytes()
            large = WORK / f"reports-large-{file}"
            self.addCleanup(large.unlink)
            # Behind what is signed, so that the body is another one.
            large.write_bytes(text + (b"x" * 70 + end[name]) * 200_000)
            self.paths = [large]
            tables = []
            for options in (["--memory", "64M"], ["--memory", "1G"]):
                result = verify(*self.options, *options, "--csv", "signatures",
                                large)
                self.assertEqual(result.returncode, 0, result.stderr)
                tables.append(result.stdout)
            self.assertEqual(tables[0], tables[1])
            signature, = rows(tables[0])
            self.assertEqual(signature["reason"], "body_changed")
            self.assertEqual(flag in signature["flags"], flag == "crcrlf")

    def test_20_crcrlf(self):
        self.case("20-crcrlf", "a.eml")
        signature, = self.table("signatures")
        self.assertEqual((signature["result"], signature["flags"]),
                         ("pass", "crcrlf"))
        message, = self.table("messages")
        self.assertEqual((message["verdict_class"], message["anomalies"]),
                         ("verified_aligned", "crcrlf"))
        self.assertEqual(int(message["length"]), self.paths[0].stat().st_size)

    def test_12_pipermail(self):
        self.case("12-pipermail", "2024-March.txt.gz")
        messages = self.table("messages")
        self.assertEqual([(m["verdict_class"], m["trace"], m["dkim"])
                          for m in messages], [("unsigned", "list_archive", "none")] * 4)
        summary = self.summary()
        self.assertIn("not signed                       4", summary)
        self.assertIn("lists' archives 4", summary)
        self.assertIn("it need not be the senders' doing", summary)
        self.assertEqual([f["code"] for f in self.totals()["findings"]],
                         ["unsigned_archive"])

    def test_28_truncated_l(self):
        self.case("28-truncated-l", "l.eml", "nol.eml")
        cut, changed = self.table("signatures")
        self.assertEqual((cut["result"], cut["reason"]),
                         ("permerror", "l_too_long"))
        self.assertIn("cut after signing", cut["human_result"])
        self.assertEqual((changed["result"], changed["reason"]),
                         ("fail", "body_changed"))
        summary = self.summary()
        self.assertIn("the body is shorter than what was signed (l=)", summary)
        self.assertIn("not the signer's doing", summary)
        self.assertEqual(self.totals()["causes"], {"transit": 2})
        detail = verify(*self.options, self.paths[0]).stdout.decode()
        self.assertIn("NOT JUDGED: the body is shorter", " ".join(detail.split()))
        self.assertIn("changed after it was signed: on the way",
                      " ".join(detail.split()))

    def test_36_whole_export_rewritten(self):
        self.case("36-whole-export-rewritten", "export")
        messages = self.table("messages")
        self.assertEqual([m["reason"] for m in messages], ["body_changed"] * 24)
        finding, = self.totals()["findings"]
        self.assertEqual((finding["code"], finding["count"]),
                         ("input_bodies_changed", 24))
        self.assertTrue(finding["subject"].endswith("export"))
        self.assertIn("24 signers", finding["hint"])
        self.assertIn("not the senders", finding["hint"])
        summary = self.summary()
        self.assertIn("bodies rewritten, headers intact", summary)
        self.assertNotIn("of sender00.example", summary)

    # The same mail as one mbox, and beside a sound directory.
    def test_36_in_other_containers(self):
        self.case("36-whole-export-rewritten", "export")
        mbox = WORK / "reports-36.mbox"
        self.addCleanup(mbox.unlink)
        mbox.write_bytes(b"".join(
            b"From a@example.com Tue Mar  5 10:00:05 2024\n" + path.read_bytes()
            + b"\n" for path in sorted(self.paths[0].iterdir())))
        self.paths = [mbox]
        finding, = self.totals()["findings"]
        self.assertEqual((finding["code"], finding["subject"]),
                         ("input_bodies_changed", str(mbox)))

    # Offline and without a key bh= still tells, and accuses nobody.
    def test_36_without_keys(self):
        self.case("36-whole-export-rewritten", "export")
        self.options = []
        self.assertEqual({m["verdict_class"] for m in self.table("messages")},
                         {"body_changed_key_unknown"})
        self.assertIn("body changed, key unknown       24", self.summary())
        finding, = self.totals()["findings"]
        self.assertEqual(finding["code"], "input_bodies_changed")
        self.assertIn("no key tells of headers", finding["text"])
        senders = self.table("senders")
        self.assertEqual(
            [(s["broken"], s["body_changed_key_unknown"]) for s in senders],
            [("0", "1")] * 24)


class Words(unittest.TestCase):
    SAMPLE = SOURCE / "tests" / "sample"

    def table(self, name, *options):
        result = verify("--keys", self.SAMPLE / "keys.tsv", "--csv", name,
                        *options, self.SAMPLE / "sample.mbox")
        self.assertEqual(result.returncode, 0, result.stderr)
        return rows(result.stdout)

    def test_a_key_that_does_not_fit_is_never_a_failure(self):
        seen = set()
        for row in self.table("signatures"):
            if row["reason"] in ("wrong_key", "signature_mismatch",
                                 "sig_length"):
                seen.add((row["result"], row["crypto"]))
        self.assertEqual(seen, {("neutral", "fail")})
        for row in self.table("messages"):
            self.assertEqual(row["dkim"] == "fail",
                             row["verdict_class"] == "broken", row)
            if row["reason"] == "wrong_key":
                self.assertEqual(row["dkim"], "neutral")

    def test_senders_add_up(self):
        classes = ("verified_aligned", "verified_unaligned", "refused",
                   "broken", "body_changed_key_unknown", "unjudged",
                   "unsigned", "never_sent")
        outcomes = ("dkim_pass", "dkim_fail_body", "dkim_fail_signature",
                    "dkim_fail_both", "dkim_wrong_key", "dkim_no_key",
                    "dkim_revoked", "dkim_policy", "dkim_temperror",
                    "dkim_permerror")
        for row in self.table("senders"):
            total = lambda names: sum(int(row[name]) for name in names)
            self.assertEqual(total(classes), int(row["count"]))
            self.assertEqual(total(outcomes), int(row["signed"]))

    # On the screen, too: the shares of a row are those of all its messages.
    def test_senders_on_the_screen_add_up(self):
        result = run("verify", "--offline", "--keys",
                     self.SAMPLE / "keys.tsv", self.SAMPLE / "sample.mbox")
        lines = result.stdout.decode().splitlines()
        head = next(i for i, line in enumerate(lines)
                    if line.startswith("sender "))
        self.assertTrue(lines[head].endswith("other"))
        shares = [[float(cell) for cell in line.replace("%", " ").split()[2:]]
                  for line in lines[head + 1:head + 6]]
        for row in shares:
            self.assertEqual(len(row), 6)
            self.assertAlmostEqual(sum(row), 100, delta=0.31)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
