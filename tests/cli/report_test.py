"""report: the tables of a finished audit again, whole, in part and in groups;
and method.txt, the page beside them.
"""
import collections
import datetime
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import unittest

from audit_support import AuditCase, FinishedCase, contents
from support import MAILASSAY, rows

CLASSES = ["verified_aligned", "verified_unaligned", "refused", "broken",
           "body_changed_key_unknown", "unjudged", "unsigned", "never_sent"]


def received(row):
    return row["received_at"]


class Report(FinishedCase):
    def messages(self, path=None):
        return rows((path or self.out) / "messages.csv")

    def test_makes_the_same_octets_again(self):
        expected = self.outcome()
        for path in self.out.iterdir():
            if path.name != "audit.sqlite":
                path.unlink()
        for options in ([], ["-j", 8], ["--memory", "64M"]):
            self.again("report", self.out, *options)
            found = {p.name: p.read_bytes() for p in self.out.iterdir()}
            self.assertEqual(sorted(found), sorted(expected), options)
            for name in expected:
                if name != "run.json":
                    self.assertTrue(found[name] == expected[name],
                                    (name, options))
            books = json.loads(found["run.json"])
            for name in ("totals", "accounting", "evaluation_time", "keys",
                         "key_sources", "public_suffix_list", "limits",
                         "inputs", "names_asked"):
                self.assertEqual(books[name], expected["run.json"][name], name)

    def test_elsewhere_are_the_same_tables(self):
        before = contents(self.out)
        other = self.tmp / "other"
        self.again("report", self.out, "-o", other)
        self.assert_same_tables(other, self.out)
        self.assertEqual(contents(self.out), before)
        # It is an audit's: --force replaces it, nothing else does.
        self.refused(2, [other, "--force"], "report", self.out, "-o", other,
                     kept=[other, self.out])
        self.again("report", self.out, "-o", other, "--force")
        self.assert_same_tables(other, self.out)

    def test_rules_of_the_audit_are_the_report_s(self):
        # Whatever decided the verdicts is stored with them.
        for options in (["--min-rsa-bits", "2048"],
                        ["--at", "2026-03-01T00:00:00Z"], ["--at", "now"],
                        ["--raw-csv"], ["--from", "example"]):
            self.forget()
            self.begin(*options, code=0)
            expected = self.outcome()
            self.again("report", self.out)
            found = self.outcome()
            found["run.json"] = expected["run.json"]
            self.assertTrue(found == expected, options)

    def filtered(self, keep, *options):
        """A report of the messages that `keep` admits, by each way out."""
        expected = [row for row in self.messages() if keep(row)]
        self.assertGreater(len(expected), 0, options)
        self.assertLess(len(expected), len(self.messages()), options)
        table = self.again("report", self.out, "--csv", "messages", *options)
        self.assertEqual(rows(table.stdout), expected, options)
        part = self.tmp / "part"
        shutil.rmtree(part, ignore_errors=True)
        before = contents(self.out)
        self.again("report", self.out, "-o", part, *options)
        self.assertEqual(contents(self.out), before)
        self.assertEqual(self.messages(part), expected, options)
        places = {(m["file"], m["offset"]) for m in expected}
        self.assertEqual(
            rows(part / "signatures.csv"),
            [s for s in rows(self.out / "signatures.csv")
             if (s["file"], s["offset"]) in places])
        self.assertEqual(sum(int(s["count"])
                             for s in rows(part / "senders.csv")),
                         len(expected))
        self.assertIn("SELECTION:", (part / "method.txt").read_text())
        totals = json.loads(self.again("report", self.out, "--json",
                                       *options).stdout)
        self.assertEqual(totals["messages"], len(expected), options)

    def test_filters(self):
        self.filtered(lambda m: m["verdict_class"] == "broken",
                      "--class", "broken")
        self.filtered(lambda m: m["verdict_class"] in ("broken", "refused"),
                      "--class", "broken", "--class", "refused")
        self.filtered(lambda m: m["reason"] == "body_changed",
                      "--reason", "body_changed")
        domain = collections.Counter(
            m["header_from_org"] for m in self.messages()).most_common(1)[0][0]
        self.filtered(lambda m: m["header_from"] == domain or
                      m["header_from"].endswith("." + domain),
                      "--from", domain)
        middle = sorted(filter(None, map(received, self.messages())))[250]
        self.filtered(lambda m: received(m) and received(m) >= middle,
                      "--since", middle)
        self.filtered(lambda m: received(m) and received(m) < middle,
                      "--until", middle)
        self.filtered(lambda m: m["verdict_class"] == "verified_aligned" and
                      received(m) and received(m) < middle,
                      "--class", "verified_aligned", "--until", middle)

    def test_each_table_to_standard_output(self):
        before = contents(self.out)
        for table in ("messages", "signatures", "senders", "keys",
                      "key_findings", "exceptions", "errors"):
            result = self.again("report", self.out, "--csv", table)
            self.assertEqual(result.stdout,
                             (self.out / f"{table}.csv").read_bytes(), table)
        self.assertEqual(contents(self.out), before)


class ReportRefusals(FinishedCase):
    def test_no_audit(self):
        nothing = self.tmp / "nothing"
        self.refused(2, [nothing], "report", nothing)
        nothing.mkdir()
        (nothing / "notes.txt").write_text("mine")
        self.refused(2, [nothing], "report", nothing, kept=[nothing])
        self.refused(2, [self.archive.mbox], "report", self.archive.mbox)

    def test_not_finished(self):
        out = self.unfinished()
        self.refused(2, [out, "--resume"], "report", out, kept=[out])

    def test_foreign_and_damaged(self):
        file = self.out / "audit.sqlite"
        octets = file.read_bytes()
        file.unlink()
        foreign = sqlite3.connect(file)
        foreign.execute("CREATE TABLE audit(name, value)")
        foreign.commit()
        foreign.close()
        self.refused(3, [file], "report", self.out, kept=[self.out])
        for damaged in (b"", octets[:100], octets[:len(octets) // 2],
                        b"x" * 20000):
            file.write_bytes(damaged)
            self.refused(3, [file], "report", self.out, kept=[self.out])
        file.write_bytes(octets)
        later = sqlite3.connect(file)
        later.execute("PRAGMA user_version = 99")
        later.close()
        self.refused(3, [file, "99"], "report", self.out, kept=[self.out])

    def test_options_that_make_no_sense(self):
        for words, options in (
                (["--class"], ["--class", "nonsense"]),
                (["--reason"], ["--reason", "nonsense"]),
                (["--since"], ["--since", "yesterday"]),
                (["--until"], ["--until", "never"]),
                (["--from"], ["--from", "not a domain"]),
                (["--by"], ["--by", "colour"]),
                (["--period", "--by"], ["--period", "day"]),
                (["--period"], ["--by", "org", "--period", "century"]),
                (["groups", "--by"], ["--csv", "groups"]),
                (["--csv"], ["--csv", "changes"])):
            self.refused(2, words, "report", self.out, *options,
                         kept=[self.out])


class Groups(FinishedCase):
    SAME = ["count", *CLASSES, "signed", "dkim_pass", "dkim_fail_body",
            "dkim_no_key", "dkim_aligned", "weak_key_count"]

    def groups(self, *options):
        return rows(self.again("report", self.out, "--csv", "groups",
                               *options).stdout)

    def period(self, time, kind):
        if not time:
            return ""
        day = datetime.date.fromisoformat(time[:10])
        if kind == "week":
            year, week, _ = day.isocalendar()
            return f"{year:04}-W{week:02}"
        return time[:{"day": 10, "month": 7, "year": 4}[kind]]

    def group(self, message, by):
        if by == "org":
            return message["header_from_org"]
        return message["header_from"]

    def expected(self, by, kind=None):
        """Messages by group, period and class, counted from messages.csv."""
        counts = collections.defaultdict(collections.Counter)
        for message in rows(self.out / "messages.csv"):
            key = (self.group(message, by),)
            if kind:
                key += (self.period(message["received_at"], kind),)
            counts[key][message["verdict_class"]] += 1
            counts[key]["count"] += 1
        return counts

    def test_exact_is_senders(self):
        senders = rows(self.out / "senders.csv")
        groups = self.groups("--by", "exact")
        self.assertEqual(
            [{"header_from": g.pop("group"), **g} for g in groups], senders)

    def test_sums_are_those_of_the_messages(self):
        for by in ("org", "exact"):
            for kind in (None, "day", "week", "month", "year"):
                options = ["--by", by] + (["--period", kind] if kind else [])
                groups = self.groups(*options)
                columns = ["group"] + (["period"] if kind else [])
                self.assertEqual(list(groups[0])[:len(columns) + 1],
                                 columns + ["header_from_org"])
                found = {tuple(g[c] for c in columns): g for g in groups}
                keys = [tuple(g[c] for c in columns) for g in groups]
                self.assertEqual(keys, sorted(keys), options)
                expected = self.expected(by, kind)
                self.assertEqual(set(found), set(expected), options)
                for key, counts in expected.items():
                    for name in ["count", *CLASSES]:
                        self.assertEqual(int(found[key][name]), counts[name],
                                         (options, key, name))

    def test_addresses_add_up_to_their_domains(self):
        groups = self.groups("--by", "address")
        sums = collections.defaultdict(collections.Counter)
        for group in groups:
            domain = group["group"].rpartition("@")[2]
            for name in self.SAME:
                sums[domain][name] += int(group[name])
        for sender in rows(self.out / "senders.csv"):
            for name in self.SAME:
                self.assertEqual(sums[sender["header_from"]][name],
                                 int(sender[name]),
                                 (sender["header_from"], name))
        self.assertGreater(len(groups),
                           len(rows(self.out / "senders.csv")))

    def test_an_address_is_the_mailbox_not_the_name(self):
        mail = self.tmp / "two.mbox"
        text = b""
        for author in (b"Ann <ann@Shop.Example>", b"ann@shop.example",
                       b"Bob <bob@shop.example>", b"=formula@shop.example"):
            text += (b"From x Sun Mar  1 12:00:00 2026\nFrom: " + author +
                     b"\nSubject: x\n\nbody\n\n")
        mail.write_bytes(text)
        self.inputs = [mail]
        self.forget()
        self.begin(code=0)
        self.assertEqual(
            [(g["group"], g["count"]) for g in
             self.groups("--by", "address")],
            [("'=formula@shop.example", "1"), ("ann@shop.example", "2"),
             ("bob@shop.example", "1")])

    def test_weeks_of_the_turn_of_the_year(self):
        # ISO 8601: a week belongs to the year of its Thursday.
        mail = self.tmp / "weeks.mbox"
        expected = {}
        text = b""
        for day, week in ((b"Thu, 31 Dec 2020 23:59:59 +0000", "2020-W53"),
                          (b"Sun, 3 Jan 2021 23:59:59 +0000", "2020-W53"),
                          (b"Mon, 4 Jan 2021 00:00:00 +0000", "2021-W01"),
                          (b"Sun, 3 Jan 2021 23:30:00 -0100", "2021-W01"),
                          (b"Mon, 31 Dec 2018 12:00:00 +0000", "2019-W01"),
                          (b"Fri, 31 Dec 1999 12:00:00 +0000", "1999-W52"),
                          (b"Sun, 1 Mar 2026 12:00:00 +0000", "2026-W09")):
            text += (b"From x Thu Jan  1 00:00:00 1970\nReceived: by b; " +
                     day + b"\nFrom: a@shop.example\n\nbody\n\n")
            expected[week] = expected.get(week, 0) + 1
        mail.write_bytes(text)
        self.inputs = [mail]
        self.forget()
        self.begin(code=0)
        self.assertEqual(
            {g["period"]: int(g["count"]) for g in
             self.groups("--by", "org", "--period", "week")}, expected)

    def test_file_beside_the_others(self):
        expected = self.outcome()
        self.again("report", self.out, "--by", "org", "--period", "month")
        stdout = self.again("report", self.out, "--by", "org", "--period",
                            "month", "--csv", "groups").stdout
        self.assertEqual((self.out / "groups.csv").read_bytes(), stdout)
        found = self.outcome()
        found.pop("groups.csv")
        found["run.json"] = expected["run.json"]
        self.assertTrue(found == expected)
        # It goes with the audit that it belongs to.
        self.begin("--force", code=0)
        self.assertFalse((self.out / "groups.csv").exists())

    def test_of_a_part(self):
        groups = self.groups("--by", "org", "--class", "broken")
        self.assertEqual(sum(int(g["count"]) for g in groups),
                         len([m for m in rows(self.out / "messages.csv")
                              if m["verdict_class"] == "broken"]))
        self.assertTrue(all(g["count"] == g["broken"] for g in groups))

    def test_little_memory_gives_the_same(self):
        for by in ("org", "address"):
            options = ["--by", by, "--period", "day"]
            self.assertEqual(self.groups(*options),
                             self.groups(*options, "--memory", "64M", "-j", 4))


class Method(AuditCase):
    def page(self, path=None):
        return ((path or self.out) / "method.txt").read_text()

    def joined(self, text):
        return re.sub(r"\s+", " ", text)

    def command_of(self, page):
        """The words of the first command, as a shell takes them."""
        text = page[page.index("How to repeat it"):]
        lines = text[text.index("\n  mailassay"):].splitlines()[1:]
        command = ""
        for line in lines:
            command += line.removesuffix("\\")
            if not line.endswith("\\"):
                break
        return shlex.split(command)

    def test_says_what_the_tables_say(self):
        self.begin(code=0)
        page = self.joined(self.page())
        for name, count in collections.Counter(
                m["verdict_class"] for m in
                rows(self.out / "messages.csv")).items():
            self.assertRegex(page, rf" {count} [0-9.]+ % {name} ")
        size = os.path.getsize(self.archive.mbox)
        self.assertIn(f"{size:,} octets, last changed", page)
        self.assertIn("nothing is missing", page)
        keys = subprocess.run(["sha256sum", self.archive.keys],
                              capture_output=True, check=True).stdout
        self.assertIn(keys.decode().split()[0], page)
        self.assertIn("DNS was not asked", page)
        self.assertIn("when the message was received", page)
        for line in self.page().splitlines():
            # Only paths may be longer: they are to be copied.
            if "/" not in line:
                self.assertLessEqual(len(line), 80)

    def test_its_command_repeats_the_audit(self):
        odd = self.tmp / "it's an \u00e4rchive $x.mbox"
        shutil.copy(self.archive.mbox, odd)
        self.inputs = [odd]
        self.begin("--at", "now", code=0)
        command = self.command_of(self.page())
        self.assertEqual(command[0], "mailassay")
        self.assertNotIn("now", command)
        command[0] = MAILASSAY
        command[command.index("DIR")] = str(self.tmp / "again")
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        for path in self.out.glob("*.csv"):
            self.assertEqual(path.read_bytes(),
                             (self.tmp / "again" / path.name).read_bytes())

    def test_what_was_not_read_is_said(self):
        box = self.tmp / "box"
        box.mkdir()
        packed = subprocess.run(["gzip", "-c", self.archive.mbox],
                                capture_output=True, check=True).stdout
        (box / "a.mbox.gz").write_bytes(packed[:len(packed) // 2])
        (box / "c.pst").write_bytes(b"!BDN" + bytes(600))
        (box / "e").symlink_to("/etc/passwd")
        shutil.copy(self.archive.mbox, box / "d.mbox")
        self.inputs = [box]
        self.begin("--max-message", "40K", code=3)
        page = self.joined(self.page())
        errors = collections.Counter(
            e["code"] for e in rows(self.out / "errors.csv"))
        self.assertLessEqual({"damaged", "not_mail", "not_regular"},
                             set(errors))
        for code, count in errors.items():
            self.assertIn(f"{code}: {count} ", page)
        self.assertIn(str(box / "c.pst"), page)

    def test_many_files_are_not_all_listed(self):
        self.inputs = [self.archive.dir / "maildir" / "archive"]
        self.begin(code=0)
        page = self.joined(self.page())
        self.assertIn("Mail was found in 500 files", page)
        self.assertIn("And 450 more", page)
        self.assertLess(len(self.page().splitlines()), 340)

    def test_hostile_names_do_nothing(self):
        mail = self.tmp / "a\x1b[2J\nb\u202ec.mbox"
        shutil.copy(self.archive.mbox, mail)
        self.inputs = [mail]
        self.begin(code=0)
        page = self.page()
        self.assertNotIn("\x1b", page)
        self.assertNotIn("\u202e", page)
        # The command is still the one that was given.
        command = self.page()
        command = command[command.index("\n  mailassay"):]
        command = command[:command.index("\n\n")].replace("\\\n", " ")
        printed = subprocess.run(
            ["bash", "-c", "mailassay() { printf '%s\\0' \"$@\"; };" + command],
            capture_output=True, check=True).stdout
        self.assertIn(str(mail).encode(), printed.split(b"\0"))

    def test_same_for_a_run_that_was_killed(self):
        self.need_strace()
        self.begin(code=0)
        expected = self.page()
        self.forget()
        self.begin(prefix=self.inject("pwrite64", 40), code=-9)
        self.resume(jobs=2)
        self.assertEqual(self.page(), expected)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
