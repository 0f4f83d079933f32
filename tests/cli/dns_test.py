"""DNS that lies and limps, case by case (D and N of tests/cases/README.md):
the program against a server on the loopback that does what each case says.
The mail is sound, so with its true key each message passes; no answer may turn
that into another verdict of the mathematics.
"""
import collections
import itertools
import json
import os
import random
import resource
import shutil
import socket
import struct
import subprocess
import sys
import time
import unittest

from dns_server import (FORMERR, NXDOMAIN, REFUSED, SERVFAIL, DnsServer, Script,
                        cut, header, record, records_of, txt, wire_name)
from support import MAILASSAY, Case, rows, run, verify

TEMPORARY = {"dns_servfail", "dns_refused", "dns_timeout", "dns_network",
             "dns_malformed"}
# Of one name until it is given up: tries before the end of the mail.
TRIES = 3

SIGNED = """DKIM-Signature: v=1; a=rsa-sha256; d=%s; s=%s; h=from;\r
 bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=YWJjZA==\r
From: a@a.example\r
\r
"""


class DnsCase(Case):
    ARCHIVE = (500, 600, 900)
    sound = {}  # name of a key -> a message that passes with it alone

    def setUp(self):
        super().setUp()
        self.records = records_of(self.archive.keys)
        mail = self.archive.dir / "eml" / "archive"
        if not DnsCase.sound:
            judged = rows(verify("--keys", self.archive.keys, "--csv",
                                 "signatures", mail).stdout)
            count = collections.Counter(row["file"] for row in judged)
            for row in judged:
                name = f"{row['header_s']}._domainkey.{row['header_d']}"
                if count[row["file"]] == 1 and row["reason"] == "ok" and \
                        len(self.records[name]) == 1:
                    DnsCase.sound[name] = row["file"]
        self.names = sorted(DnsCase.sound)
        self.server = None

    def serve(self, **kwargs):
        self.server = DnsServer(**kwargs)
        self.addCleanup(self.server.close)
        return self.server

    def true(self, name, **script):
        """What an honest server says, but for how it says it."""
        return Script(list(self.records[name]), **script)

    def judge(self, scripts, *args, code=0, resolver=None):
        """Serves a script for each name and verifies a message for each.
        name -> row; a name that stands for its true answer is one of `scripts`
        with None."""
        server = self.server or self.serve()
        for name, script in scripts.items():
            server.set(name, script or self.true(name))
        return self.verify(scripts, *args, code=code, resolver=resolver)

    def verify(self, names, *args, code=0, resolver=None):
        mail = self.tmp / "mail"
        shutil.rmtree(mail, ignore_errors=True)
        mail.mkdir()
        for name in names:
            shutil.copy(DnsCase.sound[name], mail / f"{name}.eml")
        began = time.monotonic()
        self.result = run(
            "verify", "--csv", "signatures", "--dns-rate", "0", "--resolver",
            resolver or self.server.address, *args, mail)
        self.seconds = time.monotonic() - began
        self.assertEqual(self.result.returncode, code, self.result.stderr)
        found = {}
        for row in rows(self.result.stdout):
            name = f"{row['header_s']}._domainkey.{row['header_d']}"
            if name not in DnsCase.sound:
                continue
            found[name] = row
            # What no lie may do.
            self.assertNotEqual(row["result"], "fail", row)
            self.assertEqual(row["body"], "match")
        self.assertEqual(set(found), set(names))
        return found

    def assert_rows(self, found, *verdict):
        for name, row in found.items():
            self.assertEqual((row["result"], row["reason"]), verdict, name)

    def assert_row(self, row, result, reasons):
        self.assertEqual(row["result"], result, row)
        self.assertIn(row["reason"], reasons, row)

    def said(self, text):
        """How often standard error says so."""
        return self.result.stderr.decode().count(text)


class DnsAnswers(DnsCase):
    """Answers that come."""

    def test_D1_no_key(self):
        absent, empty = self.names[:2]
        found = self.judge({absent: Script(rcode=NXDOMAIN), empty: Script()})
        self.assert_rows(found, "permerror", "no_key")
        self.assertEqual(self.server.queries, {absent: 1, empty: 1})

    def test_D6_large(self):
        large, huge, sets = self.names[:3]
        record = self.records[large][0]
        found = self.judge({
            # 8131 + 8192 octets, one of them a key.
            large: Script([record, "v=spf1 " + "a" * 8124, "b" * 8192],
                          truncate=True),
            huge: Script([self.records[huge][0] + "; n=" + "x" * 64_000],
                         truncate=True),
            sets: Script([self.records[sets][0]] + ["v=spf1 " + "c" * 2000] * 30,
                         truncate=True)})
        self.assert_row(found[large], "pass", {"ok"})
        self.assert_row(found[huge], "policy", {"limit_key_txt"})
        self.assert_row(found[sets], "pass", {"ok"})
        self.assertEqual(dict(self.server.tcp_queries),
                         {large: 1, huge: 1, sets: 1})

    def test_D7_strings(self):
        sizes = (1, 7, 100, 255)
        scripts = {name: Script([cut(self.records[name][0], size)])
                   for name, size in zip(self.names, sizes)}
        broken = self.names[len(sizes)]
        strings = cut(self.records[broken][0], 10)
        scripts[broken] = Script(
            [[b""] + [s for pair in zip(strings, [b""] * len(strings))
                      for s in pair]])
        self.assert_rows(self.judge(scripts), "pass", "ok")
        # A record of nothing.
        for strings in ([b""], [b"", b""], [b"v"]):
            found = self.judge({broken: Script([strings])})
            self.assertEqual(found[broken]["result"], "permerror", strings)

    def test_D8_several(self):
        spf, two, fifty, other = self.names[:4]
        record = {name: self.records[name][0] for name in self.names}
        found = self.judge({
            spf: Script(["v=spf1 -all", record[spf]]),
            two: Script([record[other], record[two]]),
            fifty: Script(["v=spf1"] * 499 + [record[fifty]], truncate=True)})
        self.assert_row(found[spf], "pass", {"ok"})
        self.assertNotIn("several_keys", found[spf]["flags"])
        self.assert_row(found[two], "pass", {"ok"})
        self.assertIn("several_keys", found[two]["flags"])
        self.assert_row(found[fifty], "policy", {"limit_key_txt"})

    def test_D9_aliases(self):
        links = {1: self.names[0], 8: self.names[1], 9: self.names[2],
                 30: self.names[3]}
        for length, name in links.items():
            chain = [f"c{i}.of{length}.example" for i in range(length)]
            self.chain(name, chain, self.true(name))
        loop, itself = self.names[4:6]
        self.chain(loop, ["there.example", loop], Script())
        self.chain(itself, [itself], Script())
        dangling = self.names[6]
        self.chain(dangling, ["gone.example"], Script(rcode=NXDOMAIN))
        found = self.verify([*links.values(), loop, itself, dangling])
        self.assert_row(found[links[1]], "pass", {"ok"})
        self.assert_row(found[links[8]], "pass", {"ok"})
        self.assert_row(found[links[9]], "policy", {"limit_cname"})
        for name in (links[30], loop, itself):
            self.assertIn(found[name]["reason"],
                          TEMPORARY | {"limit_cname", "cname_loop"})
        self.assert_row(found[dangling], "permerror", {"no_key"})

    def chain(self, name, targets, script):
        """A resolver asks for each link anew; all say what follows it."""
        server = self.server or self.serve()
        names = [name, *targets]
        for i, link in enumerate(names[:-1]):
            server.set(link, Script(script.texts, tuple(names[i + 1:]),
                                    rcode=script.rcode))
        if names[-1] not in names[:-1]:
            server.set(names[-1], script)

    def test_D12_D13_unusable(self):
        cases = {"v=DKIM1; p=": {"revoked"}, "v=DKIM1; p=!!!!": {"key_parse"},
                 "": {"key_syntax", "no_key", "key_parse"},
                 'v=DKIM1; p="QUJD"': {"key_parse"}}
        scripts = {name: Script([text])
                   for name, text in zip(self.names, cases)}
        found = self.judge(scripts)
        for name, reasons in zip(self.names, cases.values()):
            self.assertEqual(found[name]["result"], "permerror", found[name])
            if reasons & {"revoked"}:
                self.assertIn(found[name]["reason"], reasons)

    def test_D14_one_answer_a_run(self):
        # Its TTL is over before the second message, and it has changed then.
        name, other = self.names[:2]
        server = self.serve()
        for ttl in (0, 0x7FFFFFFF, 0x80000000):
            server.queries.clear()
            server.set(name, self.true(name, ttl=ttl))
            lines = self.many(name, 300, then=Script(self.records[other]))
            self.assertEqual({row["reason"] for row in lines}, {"ok"})
            self.assertEqual(server.queries[name], 1)
        # The next run sees the change, which is no forgery.
        server.set(name, Script(self.records[other]))
        lines = self.many(name, 10)
        self.assertEqual(len({row["reason"] for row in lines}), 1)
        self.assertNotIn(lines[0]["reason"], {"ok", "header_changed"})

    def many(self, name, count, then=None):
        """The rows of so many copies of a message; with `then` the script
        changes as soon as the name is asked."""
        with open(DnsCase.sound[name], "rb") as file:
            text = file.read()
        path = self.tmp / "many.mbox"
        path.write_bytes(b"".join(
            b"From a Thu Jan  1 00:00:00 2024\n" + text.replace(b"\r\n", b"\n") +
            b"\n\n" for _ in range(count)))
        if then is not None:
            answer = self.server.answer

            def change(query, script, tcp):
                self.server.set(name, then)
                return answer(query, script, tcp)
            self.server.answer = change
            self.addCleanup(setattr, self.server, "answer", answer)
        result = run("verify", "--csv", "signatures", "--block", "16K", "-j",
                     "4", "--resolver", self.server.address, path)
        if then is not None:
            self.server.answer = answer
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = rows(result.stdout)
        self.assertEqual(len(lines), count)
        return lines

    def test_D15_nobody_is_believed(self):
        scripts = {name: self.true(name, authentic=True)
                   for name in self.names[:3]}
        for row in self.judge(scripts).values():
            self.assertEqual((row["reason"], row["key_dnssec"]),
                             ("ok", "unknown"))

    def test_D18_one_query(self):
        name = self.names[0]
        self.serve().set(name, self.true(name, delay=0.5))
        self.assertEqual({row["reason"] for row in self.many(name, 20_000)},
                         {"ok"})
        self.assertEqual(self.server.queries, {name: 1})

    def ask(self, domain, selectors, *args):
        """An archive with a signature for each selector; reason -> number."""
        path = self.tmp / "selectors.mbox"
        with open(path, "w", newline="") as file:
            for selector in selectors:
                at = domain(selector) if callable(domain) else domain
                file.write("From a Thu Jan  1 00:00:00 2024\n" +
                           SIGNED % (at, selector) + "\n")
        self.result = run("verify", "--csv", "signatures", "--dns-rate", "0",
                          "--resolver", self.server.address, *args, path)
        self.assertEqual(self.result.returncode, 0, self.result.stderr)
        return rows(self.result.stdout)

    def test_D17_D19_one_zone(self):
        # Subdomains don't help: the owner is the same.
        self.serve()
        several = [f"s{i}" for i in range(3000)]
        first = None
        for args in (("-j", "1"), ("-j", "4", "--block", "16K")):
            self.server.queries.clear()
            lines = self.ask(lambda s: f"{s}.victim.example", several,
                             "--dns-zone-limit", "100", *args)
            self.assertEqual(
                collections.Counter((r["result"], r["reason"]) for r in lines),
                {("permerror", "no_key"): 100, ("policy", "limit_zone"): 2900})
            self.assertEqual({r["reason"] for r in lines[:100]}, {"no_key"})
            self.assertEqual(set(self.server.queries.values()), {1})
            self.assertEqual(len(self.server.queries), 100)
            first = first or lines
            self.assertEqual(lines, first)
        # Others are asked all the same.
        lines = self.ask(lambda s: f"{s}.example", several[:300],
                         "--dns-zone-limit", "100")
        self.assertEqual({r["reason"] for r in lines}, {"no_key"})
        lines = self.ask("victim.example", several, "--dns-zone-limit", "0")
        self.assertEqual({r["reason"] for r in lines}, {"no_key"})

    def test_D17_a_million_names_within_the_memory(self):
        self.serve()
        process = subprocess.Popen(
            [MAILASSAY, "verify", "-q", "--json", "--dns-rate", "0",
             "--resolver", self.server.address, "-o", self.tmp / "million",
             "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(process.kill)
        with process.stdin as mail:
            for i in range(1_000_000):
                mail.write(b"From a Thu Jan  1 00:00:00 2024\n" + (
                    SIGNED % ("victim.example", f"s{i}")).encode() + b"\n")
        totals = json.loads(process.stdout.read())
        process.stdout.close()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(totals["messages"], 1_000_000)
        self.assertEqual(sum(self.server.queries.values()), 10_000)
        self.assertEqual(set(self.server.queries.values()), {1})
        self.assertLess(used.ru_maxrss / 1024, 512)

    def test_D19_default_limit(self):
        self.serve()
        lines = self.ask("victim.example", [f"s{i}" for i in range(10_050)])
        self.assertEqual(
            collections.Counter(r["reason"] for r in lines),
            {"no_key": 10_000, "limit_zone": 50})
        self.assertEqual(sum(self.server.queries.values()), 10_000)

    def test_few_open_files(self):
        """Without a socket for its query a name would get no answer."""
        self.serve()
        self.server.script_for = lambda name: Script(rcode=NXDOMAIN, delay=0.4)
        path = self.tmp / "many.mbox"
        with open(path, "w", newline="") as file:
            for i in range(3000):
                file.write("From a Thu Jan  1 00:00:00 2024\n" +
                           SIGNED % (f"d{i % 150}.example", f"s{i}") + "\n")
        for files in (200, 1024):
            limit = (files, files)
            result = run("verify", "--csv", "signatures", "--dns-rate", "0",
                         "--resolver", self.server.address, path,
                         preexec_fn=lambda: resource.setrlimit(
                             resource.RLIMIT_NOFILE, limit))
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual({row["reason"] for row in rows(result.stdout)},
                             {"no_key"})
        # Where it may, the program makes room.
        result = run("verify", "--csv", "signatures", "--dns-rate", "0",
                     "--resolver", self.server.address, path,
                     preexec_fn=lambda: resource.setrlimit(
                         resource.RLIMIT_NOFILE, (200, 6000)))
        self.assertEqual({row["reason"] for row in rows(result.stdout)},
                         {"no_key"})

    def test_N1_N2_N3_N4_not_asked(self):
        self.serve()
        long = "a" * 63
        domains = ["example.com(.attack.example", '"a.example"', "a@b.example",
                   "a\\.example", "a.exam\0ple", "a." + "b" * 64,
                   ".".join([long] * 4) + ".example"]
        selectors = ["sel\0.attack.example", "../../etc", "*", "a b", "", "a..b",
                     ".a", "a.", "-", "a" * 64, ".".join([long] * 4)]
        for domain, selector in [(d, "s") for d in domains] + \
                [("a.example", s) for s in selectors]:
            lines = self.ask(domain, [selector])
            for row in lines:
                self.assertEqual(row["result"], "permerror", (domain, selector))
        self.assertEqual(self.server.queries, {})


class DnsFailures(DnsCase):
    """Answers that don't come, or make no sense."""

    def test_D2_failures_are_temporary(self):
        names = self.names[:4]
        codes = dict(zip(names, (SERVFAIL, REFUSED, FORMERR, 4)))
        silent = self.names[4]
        found = self.judge({
            silent: Script(missing=-1),
            **{name: Script(rcode=code) for name, code in codes.items()}})
        for row in found.values():
            self.assert_row(row, "temperror", TEMPORARY)
        self.assert_row(found[silent], "temperror", {"dns_timeout"})
        # Three tries, and as many at the end; where the server understands
        # nothing, each with EDNS and without.
        formerr = names[2]
        self.assertEqual(self.server.queries[formerr], 4 * TRIES)
        for name in set(found) - {formerr, names[3]}:
            self.assertEqual(self.server.queries[name], 2 * TRIES, name)

    def test_D2_nobody_there(self):
        # ICMP says that the port is closed.
        found = self.judge({name: None for name in self.names[:3]},
                           resolver=f"127.0.0.1@{self.closed_port()}")
        for row in found.values():
            self.assert_row(row, "temperror", TEMPORARY)

    def closed_port(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def test_D2_asked_once_more_at_the_end(self):
        # Sick until all else is answered.
        names = self.names[:20]
        sick = set(names[:10])
        server = self.serve()
        healed = time.monotonic() + 4

        def script(name):
            if name in sick and time.monotonic() < healed:
                return Script(missing=-1)
            return self.true(name)
        server.script_for = script
        found = self.verify(names)
        self.assert_rows(found, "pass", "ok")

    def test_D4_losses(self):
        # 30 %, of each name by itself, so that the order doesn't matter.
        dice = random.Random(2)
        lost = {name: next(i for i in itertools.count() if dice.random() > 0.3)
                for name in self.names}
        self.assertIn(max(lost.values()), range(3, 2 * TRIES))
        found = self.judge({name: self.true(name, missing=n)
                            for name, n in lost.items()})
        self.assert_rows(found, "pass", "ok")
        self.assertEqual(self.server.queries,
                         {name: n + 1 for name, n in lost.items()})

    def test_D4_slow(self):
        found = self.judge({name: self.true(name, delay=3)
                            for name in self.names})
        self.assert_rows(found, "pass", "ok")

    def test_D4_limited_rate(self):
        found = self.judge({name: self.true(name, limit=40)
                            for name in self.names})
        self.assert_rows(found, "pass", "ok")

    def test_D5_truncated(self):
        modes = ("answer", "close", "stall", "drip")
        names = dict(zip(modes, self.names))
        found = self.judge({name: self.true(name, truncate=True, tcp=mode)
                            for mode, name in names.items()})
        self.assert_row(found[names["answer"]], "pass", {"ok"})
        for mode in modes[1:]:
            self.assert_row(found[names[mode]], "temperror", TEMPORARY)
        self.assertLess(self.seconds, 60)

    def test_D5_no_tcp_at_all(self):
        self.serve(tcp=False)
        found = self.judge({name: self.true(name, truncate=True)
                            for name in self.names[:3]})
        for row in found.values():
            self.assert_row(row, "temperror", TEMPORARY)

    def test_D10_forged(self):
        ways = [("id",) * 20, ("source",) * 20, ("name",) * 20,
                ("id", "source", "name")]
        # The lie is a revoked key, or that of another.
        found = self.judge({
            name: self.true(name, spoof=way, lie=lie)
            for name, (way, lie) in zip(self.names, [
                (way, lie) for way in ways
                for lie in ("v=DKIM1; p=", self.records[self.names[-1]][0])])})
        for name, row in found.items():
            # libunbound hears no more of a name after answers that are forged.
            if row["result"] != "temperror":
                self.assert_row(row, "pass", {"ok"})
            self.assertIn(row["reason"], {"ok"} | TEMPORARY)

    def test_D10_answers_to_another_question(self):
        other, kind, behind, both = self.names[:4]
        lie = txt(cut("v=DKIM1; p="), wire_name("x.example"))
        a = record(b"\xc0\x0c", 1, b"\x7f\0\0\1")
        found = self.judge({
            other: Script(own_answer=False, extra=((lie,), ())),
            kind: Script(own_answer=False, extra=((a,), ())),
            behind: self.true(behind, extra=((), (txt(cut("v=DKIM1; p=")),))),
            both: self.true(both, extra=((lie, a), ()))})
        for name in (other, kind):
            self.assertIn(found[name]["reason"], TEMPORARY | {"no_key"})
        for name in (behind, both):
            self.assertIn(found[name]["reason"], TEMPORARY | {"ok"})

    def test_D11_malformed(self):
        flags, question = 0x8180, lambda q: q.question

        def packet(query, answers, body):
            return header(query, flags, 1, answers) + question(query) + body
        key = txt(cut("v=DKIM1; p="))
        here = lambda q: struct.pack(">H", 0xC000 | 12 + len(q.question))
        ways = {
            "a pointer to itself": lambda q: packet(
                q, 1, record(here(q), 16, b"\1a")),
            "pointers in a ring": lambda q: packet(
                q, 2, record(struct.pack(
                    ">H", 0xC000 | 14 + len(q.question)), 16, b"\1a")),
            "a record past the end": lambda q: packet(
                q, 1, record(b"\xc0\x0c", 16, b"\1a", length=4000)),
            "65535 answers": lambda q: packet(q, 65535, key),
            "label type 01": lambda q: packet(
                q, 1, record(b"\x40abc\0", 16, b"\1a")),
            "label type 10": lambda q: packet(
                q, 1, record(b"\x80abc\0", 16, b"\1a")),
            "a string past its record": lambda q: packet(
                q, 1, record(b"\xc0\x0c", 16, b"\x20ab")),
            "no data": lambda q: packet(q, 1, record(b"\xc0\x0c", 16, b"")),
            "cut in the header": lambda q: q.id + b"\x81\x80",
            "cut in the question": lambda q: header(q, flags, 1, 1) + b"\3ab",
            "two questions": lambda q: header(q, flags, 2, 1) +
            q.question * 2 + key,
            "no question": lambda q: header(q, flags, 0, 1) + key,
            "a query": lambda q: header(q, 0x0100, 1, 1) + q.question + key,
        }
        names = dict(zip(ways, self.names))
        found = self.judge({names[way]: Script(raw=raw)
                            for way, raw in ways.items()})
        for way, name in names.items():
            self.assertIn(found[name]["reason"], TEMPORARY | {"no_key",
                                                              "key_syntax"},
                          way)
            self.assertEqual(found[name]["crypto"], "not_run", way)


LINE = "does not answer"


class DnsDown(DnsCase):
    """A resolver that is not there for the whole run."""

    def test_D3_down_for_the_whole_run(self):
        # Thousands of names, of which each would take its eight seconds.
        server = self.serve()
        server.script_for = lambda name: Script(missing=-1)
        path = self.tmp / "names.mbox"
        with open(path, "w", newline="") as file:
            for i in range(20_000):
                file.write("From a Thu Jan  1 00:00:00 2024\n" +
                           SIGNED % (f"d{i}.example", "s") + "\n")
        began = time.monotonic()
        self.result = run("verify", "--csv", "signatures", "--resolver",
                          server.address, path)
        self.assertEqual(self.result.returncode, 0, self.result.stderr)
        self.assertLess(time.monotonic() - began, 120)
        lines = rows(self.result.stdout)
        self.assertEqual({r["reason"] for r in lines}, {"dns_timeout"})
        self.assertEqual(len(lines), 20_000)
        self.assertEqual(self.said(LINE), 1, self.result.stderr)
        # A few thousand names were asked in the time that it took to see.
        self.assertLess(len(server.queries), 8_000)


class DnsUpAgain(DnsCase):
    def test_D3_up_again(self):
        names = self.names
        server = self.serve()
        up = time.monotonic() + 20
        server.script_for = lambda name: (
            self.true(name) if time.monotonic() > up else Script(missing=-1))
        found = self.verify(names)
        self.assert_rows(found, "pass", "ok")
        self.assertEqual(self.said(LINE), 1, self.result.stderr)
        self.assertEqual(self.said("answers again"), 1, self.result.stderr)


class DnsBadZone(DnsCase):
    def test_D3_one_bad_zone(self):
        # Many names of one zone don't answer, nor do they later.
        server = self.serve()
        dead = [f"s{i}" for i in range(70)]
        server.script_for = lambda name: (
            Script(missing=-1) if name.endswith(".dead.example")
            else self.true(name))
        path = self.tmp / "zone.mbox"
        with open(path, "w", newline="") as file:
            for selector in dead:
                file.write("From a Thu Jan  1 00:00:00 2024\n" +
                           SIGNED % ("dead.example", selector) + "\n")
        found = self.verify(self.names, path)
        self.assert_rows(found, "pass", "ok")
        self.assertEqual(self.said(LINE), 0, self.result.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
