"""Authors and alignment in mail as people have it: the folders of
../shared/reports, each with the answer that every file of it must get.
"""
import pathlib
import shutil
import sqlite3
import tempfile
import unittest

from support import SOURCE, WORK, rows, run, verify

REPORTS = SOURCE.parent / "shared" / "reports"


class Folder(unittest.TestCase):
    """A test with a directory of its own."""

    maxDiff = None

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(dir=WORK))
        self.addCleanup(shutil.rmtree, self.tmp, ignore_errors=True)

    def audit(self, folder, inputs, *more):
        """The tables of the inputs, read with the keys of their folder."""
        folder = REPORTS / folder
        keys = folder / "keys.tsv"
        self.assertTrue(keys.exists(), f"{keys} is missing: it is an input")
        out = self.tmp / "out"
        result = verify("--keys", keys, "-o", out, "--raw-csv", *more,
                        *(folder / name for name in inputs))
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        self.summary = result.stdout.decode()
        self.tables = {name: rows(out / f"{name}.csv")
                       for name in ("messages", "signatures", "senders")}
        return self.tables["messages"]


ALIGNED = ("example.com", "none", "verified_aligned", False)
REPAIRED = ("example.com", "none", "verified_aligned", True)


def unaligned(domain, defect="none", repaired=False):
    return (domain, defect, "verified_unaligned", repaired)


class ReportsFromForms(Folder):
    # Author domain, defect, class, from_repaired.
    ANSWERS = {
        "00": ALIGNED,   # Alice <alice@example.com>
        "01": ALIGNED,   # alice@example.com
        "02": ALIGNED,   # "alice@example.com" <alice@example.com>
        "03": REPAIRED,  # alice@example.com <alice@example.com>
        "04": REPAIRED,  # Doe, Alice <alice@example.com>
        "05": REPAIRED,  # [EXT] Alice <alice@example.com>
        "06": REPAIRED,  # Alice @ Example <alice@example.com>
        "07": REPAIRED,  # Alice: Example <alice@example.com>
        "08": ALIGNED,   # "\"Medtronic, Inc.\"" <alice@example.com>
        "09": ALIGNED,   # "'X, Y' via Z" <alice@example.com>
        "10": ALIGNED,   # "Someone <someone@junk.example>"@example.com
        "11": ALIGNED,   # J. R. Doe <alice@example.com>
        "12": ALIGNED,   # Alice (Sales) <alice@example.com>
        "13": ALIGNED,   # alice@example.com (Alice)
        "14": ALIGNED,   # an encoded word
        "15": ALIGNED,   # an encoded word that holds another address
        "16": ALIGNED,   # 8-bit
        "17": ALIGNED,   # <alice@example.com>
        "18": ALIGNED,   # Alice <alice@EXAMPLE.COM>
        "19": REPAIRED,  # Alice <alice@example.com.>
        "20": ALIGNED,   # two of one domain
        "21": unaligned("example.com", "multi_author"),
        "22": ALIGNED,   # Alice <alice@example.com>,
        "23": unaligned("", "syntax"),  # undisclosed-recipients:;
        "24": ALIGNED,   # Team: Alice <alice@example.com>;
        "25": ALIGNED,   # a route
        "26": ALIGNED,   # Alice <"alice b"@example.com>
        "27": REPAIRED,  # Alice <alice..b@example.com>
        "28": REPAIRED,  # Alice <alice.@example.com>
        "29": REPAIRED,  # Alice alice@example.com
        "30": REPAIRED,  # Alice <alice@example.com
        "31": REPAIRED,  # Alice alice@example.com>
        "32": REPAIRED,  # "Alice <alice@example.com>
        "33": ALIGNED,   # Alice <alice @example.com>
        "34": ALIGNED,   # Alice <alice@ example.com>
        "35": ("xn--bcher-kva.example", "none", "verified_aligned", False),
        "36": ("xn--bcher-kva.example", "none", "verified_aligned", False),
        "37": unaligned("", "bad_domain"),  # alice@[192.0.2.1]
        "38": unaligned("localhost"),
        "39": unaligned("", "syntax"),  # Alice <MAILER-DAEMON>
        "40": unaligned("", "syntax"),  # MAILER-DAEMON
        "41": REPAIRED,  # Alice <mailto:alice@example.com>
        "42": REPAIRED,  # <Alice> <alice@example.com>
        "43": REPAIRED,  # Alice <<alice@example.com>>
        "44": ALIGNED,   # Alice <alice@example.com> (via x)
        "45": ALIGNED,   # "Alice" alice <alice@example.com>
        "46": ALIGNED,   # "Alice""B" <alice@example.com>
        "47": ALIGNED,   # folded
        "48": ALIGNED,   # encoded words, folded
        "49": REPAIRED,  # Alice <alice@example.com>;
        "50": REPAIRED,  # "A" <alice@example.com> "B"
        "51": ALIGNED,   # Alice O'Neil <alice@example.com>
        "52": ALIGNED,   # Alice | Example <alice@example.com>
        "53": ALIGNED,   # Alice & Co. <alice@example.com>
        "54": REPAIRED,  # Alice, Inc. <alice@example.com>
        "55": ALIGNED,   # Alice/Bob <alice@example.com>
        "56": ALIGNED,   # a blank of no width, 8-bit
        "57": REPAIRED,  # .Alice <alice@example.com>
        "58": ALIGNED,   # Alice. <alice@example.com>
        "59": REPAIRED,  # @Alice <alice@example.com>
        "60": unaligned("example_x.com"),
        "61": unaligned("", "bad_domain"),  # alice@-example.com
        "62": unaligned("", "syntax"),      # empty
    }

    def test_H36_every_form(self):
        messages = self.audit("23-from-forms", ["input"])
        answers = {
            pathlib.Path(row["file"]).stem:
                (row["header_from"], row["header_from_defect"],
                 row["verdict_class"],
                 "from_repaired" in row["anomalies"].split(";"))
            for row in messages}
        self.assertEqual(answers, self.ANSWERS)
        repaired = sum(answer[3] for answer in answers.values())
        self.assertEqual(
            {row["header_from"]: row["dkim_aligned_repaired"]
             for row in self.tables["senders"]}["example.com"], str(repaired))
        self.assertIn(f"{repaired} aligned messages by a From field that RFC "
                      "5322 does not allow", " ".join(self.summary.split()))
        for row in messages:
            if "from_repaired" in row["anomalies"]:
                self.assertIn("from_syntax", row["anomalies"].split(";"))


class ReportsAlignment(Folder):
    def expect_aligned(self, messages, count, strict=None):
        self.assertEqual(len(messages), count)
        for row in messages:
            self.assertEqual(row["verdict_class"], "verified_aligned", row)
        for row in self.tables["signatures"]:
            self.assertEqual(row["aligned_relaxed"], "true", row)
            self.assertEqual(row["aligned_strict"], "true", row)

    def test_N7_public_suffixes(self):
        folder = "34b-exact-match-public-suffix"
        messages = self.audit(folder, ["input"])
        self.assertEqual(len(messages), 15)
        signatures = {row["file"]: row for row in self.tables["signatures"]}
        seen = set()
        for row in messages:
            signature = signatures[row["file"]]
            author, d = row["header_from"], signature["header_d"]
            aligned = author == d and "." in author
            seen.add((author, aligned))
            self.assertEqual(signature["result"], "pass", row)
            self.assertEqual(signature["aligned_strict"],
                             str(aligned).lower(), row)
            if author == d:
                self.assertEqual(signature["aligned_relaxed"],
                                 str(aligned).lower(), row)
        for author in ("gov.in", "nic.in", "nhs.uk", "k12.ca.us"):
            self.assertIn((author, True), seen)
        self.assertIn(("localhost", False), seen)

    def test_N7_private_section(self):
        self.expect_aligned(
            self.audit("51-private-suffix", ["1.eml"], "--at", "now"), 1)

    def test_T42_folds_in_auid(self):
        messages = self.audit("50-fold-in-auid", [
            "folded_after_at.eml", "folded_in_domain.eml"])
        self.expect_aligned(messages, 2)
        self.assertEqual({row["header_i"] for row in self.tables["signatures"]},
                         {"n@mailer.example.com"})


class ReportsQuotedFrom(Folder):
    def test_H38_backup_tool(self):
        messages = self.audit("11-imap-backup-gt-from-header", ["INBOX.mbox"])
        self.assertEqual(
            [(row["header_from"], row["verdict_class"], row["anomalies"])
             for row in messages],
            [("example.com", "verified_aligned", "from_quoted")] * 3)
        self.assertEqual(
            [(row["result"], row["flags"])
             for row in self.tables["signatures"]],
            [("pass", "from_unquoted")] * 3)


LIST = """From: {author}
{more}List-Id: Talk <talk.lists.example.org>
List-Post: <mailto:talk@lists.example.org>
Received: from a by b; Mon, 2 Mar 2026 10:00:05 +0000
Date: Mon, 2 Mar 2026 10:00:00 +0000
Subject: x
Message-ID: <{number}@example.org>

hi
"""


class ReportsLists(Folder):
    """Lists that stand in From instead of the author."""

    def setUp(self):
        super().setUp()
        self.archive = self.tmp / "archive"
        self.archive.mkdir()
        via = "{} via Talk <talk@lists.example.org>"
        messages = [
            ("Ann <ann@example.com>", ""),
            (via.format("Ann"), "Reply-To: Ann <ann@example.com>\n"),
            (via.format("Ann"), "X-Original-From: Ann <ann@example.com>\n"),
            (via.format("Bob"), "Cc: Bob <bob@example.net>, c@example.com\n"),
            ("Bob <bob=40example.net@dmarc.lists.example.org>", ""),
            (via.format("Eve"), ""),
        ]
        for number, (author, more) in enumerate(messages):
            (self.archive / f"{number}.eml").write_text(
                LIST.format(author=author, more=more, number=number))

    def test_columns_and_groups(self):
        out = self.tmp / "out"
        result = verify(self.archive, "-o", out)
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        self.assertIn("5 messages with a list in From",
                      " ".join(result.stdout.decode().split()))
        messages = rows(out / "messages.csv")
        talk = "talk.lists.example.org"
        self.assertEqual(
            [(row["via_list"], row["author_original"],
              row["author_original_source"]) for row in messages],
            [("", "", "none"),
             (talk, "ann@example.com", "reply_to"),
             (talk, "ann@example.com", "x_original_from"),
             (talk, "bob@example.net", "cc"),
             (talk, "bob@example.net", "wrapped_from"),
             (talk, "", "none")])
        self.assertEqual(
            {row["header_from"]: row["via_list"]
             for row in rows(out / "senders.csv")},
            {"example.com": "0", "lists.example.org": "4",
             "dmarc.lists.example.org": "1"})
        for by, groups in (
                ("author", {"example.com": "3", "example.net": "2",
                            "lists.example.org": "1"}),
                ("author_address", {"ann@example.com": "3",
                                    "bob@example.net": "2",
                                    "talk@lists.example.org": "1"}),
                ("list", {talk: "6"})):
            result = run("report", out, "--by", by, "--csv", "groups")
            self.assertEqual(result.returncode, 0, result.stderr.decode())
            self.assertEqual({row["group"]: row["count"]
                              for row in rows(result.stdout)}, groups, by)

    def test_the_same_in_the_database(self):
        out = self.tmp / "out"
        self.assertEqual(verify(self.archive, "-o", out).returncode, 0)
        with sqlite3.connect(out / "audit.sqlite") as database:
            stored = database.execute(
                "SELECT coalesce(via_list, ''), coalesce(author_original, ''), "
                "author_original_source FROM messages ORDER BY file").fetchall()
        self.assertEqual(stored, [
            (row["via_list"], row["author_original"],
             row["author_original_source"])
            for row in rows(out / "messages.csv")])


if __name__ == "__main__":
    unittest.main()
