"""The program as its users meet it: archives in, tables, text and exit codes
out.  Counts and sums are made again here, by other code than the program's.
"""
import base64
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import unittest

from support import MAILASSAY, SOURCE, Case, rows, run, verify

MESSAGES = Case.ARCHIVE[0]

# Columns that say where a message lies; all others are the same in every
# container of the same messages.
PLACE = {"file", "offset", "length", "part_path", "archive", "format",
         "envelope_from", "envelope_from_source", "line_endings", "size",
         "example", "received_at", "received_at_source", "first_seen",
         "last_seen"}


def without_place(table):
    return [{k: v for k, v in row.items() if k not in PLACE} for row in table]


class Truth(Case):
    def test_every_verdict_of_the_generated_truth(self):
        out = self.audit(self.archive.mbox)
        messages = {row["offset"]: row for row in rows(out / "messages.csv")}
        signatures = {}
        for row in rows(out / "signatures.csv"):
            signatures.setdefault(row["offset"], []).append(row["reason"])
        truth = [line.split("\t") for line in
                 self.archive.truth.read_text().splitlines()]
        header, truth = truth[0], truth[1:]
        self.assertEqual(len(truth), MESSAGES)
        kinds = set()
        for line in truth:
            said = dict(zip(header, line))
            row = messages[said["offset"]]
            self.assertEqual(row["verdict_class"], said["class"], said)
            self.assertEqual(row["header_from"], said["from_domain"], said)
            reasons = said["reasons"].split(";") if said["reasons"] else []
            self.assertEqual(signatures.get(said["offset"], []), reasons, said)
            kinds.add((said["class"], said["reasons"]))
        self.assertGreater(len(kinds), 12, "the archive shows too little")

    def test_books_add_up(self):
        out = self.audit(self.archive.mbox)
        messages = rows(out / "messages.csv")
        senders = rows(out / "senders.csv")
        self.assertEqual(len(messages), MESSAGES)
        self.assertEqual(sum(int(s["count"]) for s in senders), MESSAGES)
        classes = {}
        for row in messages:
            classes[row["verdict_class"]] = classes.get(row["verdict_class"], 0) + 1
        for name, count in classes.items():
            self.assertEqual(sum(int(s[name]) for s in senders), count, name)
        self.assertEqual(len(rows(out / "signatures.csv")),
                         sum(int(m["sig_count"]) for m in messages))
        exceptions = [m for m in messages if m["verdict_class"] in
                      ("refused", "broken", "body_changed_key_unknown",
                       "unjudged")]
        self.assertEqual(rows(out / "exceptions.csv"), exceptions)
        run_json = json.loads((out / "run.json").read_text())
        self.assertEqual(run_json["program"], "mailassay")
        keys = rows(out / "keys.csv")
        self.assertEqual(len(set((k["header_d"], k["header_s"], k["key_id"])
                                 for k in keys)), len(keys))


class Determinism(Case):
    def test_same_bytes_for_any_jobs_and_block(self):
        reference = self.audit(self.archive.mbox, "-j", 1)
        for i, options in enumerate((["-j", 2], ["-j", 3], ["-j", 8],
                                     ["-j", 2, "--block", "1K"],
                                     ["-j", 8, "--block", "64K"],
                                     ["-j", 3, "--memory", "64M"])):
            out = self.audit(self.archive.mbox, *options,
                             out=self.tmp / f"out{i}")
            for table in ("messages", "signatures", "senders", "keys",
                          "key_findings", "exceptions", "errors"):
                self.assertEqual((out / f"{table}.csv").read_bytes(),
                                 (reference / f"{table}.csv").read_bytes(),
                                 f"{table} {options}")

    def test_same_again_tomorrow(self):
        # Nothing in the tables depends on the clock or the time zone.
        tables = []
        for zone in ("UTC", "Asia/Tokyo"):
            out = self.audit(self.archive.mbox, out=self.tmp / zone[:3],
                             env={**os.environ, "TZ": zone, "LC_ALL": "C"})
            tables.append((out / "signatures.csv").read_bytes())
        self.assertEqual(*tables)


class Containers(Case):
    def tables(self, *args, stdin=None):
        out = self.tmp / "each"
        shutil.rmtree(out, ignore_errors=True)
        self.audit(*args, out=out, stdin=stdin)
        return {t: rows(out / f"{t}.csv")
                for t in ("messages", "signatures", "senders")}

    def assert_same(self, tables, what, by=None):
        for name, table in self.expected.items():
            want, have = without_place(table), without_place(tables[name])
            if by:
                want.sort(key=by)
                have.sort(key=by)
            self.assertEqual(have, want, f"{what}: {name}")

    def setUp(self):
        super().setUp()
        self.expected = self.tables(self.archive.mbox)

    def test_compressed(self):
        for program in ("zstd", "gzip", "xz", "bzip2"):
            self.assert_same(self.tables(self.compress(program)), program)

    def test_zstd_of_many_frames(self):
        path = self.zstd_frames()
        for jobs in (1, 2, 8):
            self.assert_same(self.tables(path, "-j", jobs), "zstd frames")

    def test_stdin(self):
        text = self.archive.mbox.read_bytes()
        self.assert_same(self.tables("-", stdin=text), "stdin")
        packed = self.compress("zstd").read_bytes()
        self.assert_same(self.tables("-", stdin=packed), "compressed stdin")

    def test_crlf_mbox(self):
        path = self.archive.dir / "mbox-crlf" / "archive.mbox"
        self.assert_same(self.tables(path), "CRLF")

    def test_maildir_and_eml_and_tar_and_zip(self):
        def key(row):
            return sorted(row.items())
        maildir = self.archive.dir / "maildir" / "archive"
        eml = self.archive.dir / "eml" / "archive"
        self.assert_same(self.tables(maildir), "maildir", by=key)
        self.assert_same(self.tables(eml), "eml", by=key)
        tar = self.tmp / "m.tar.gz"
        with tarfile.open(tar, "w:gz") as out:
            out.add(maildir, arcname="mail")
        self.assert_same(self.tables(tar), "maildir in tar.gz", by=key)
        with tarfile.open(self.tmp / "b.tar", "w") as out:
            out.add(self.archive.mbox, arcname="box/all.mbox")
        self.assert_same(self.tables(self.tmp / "b.tar"), "mbox in tar")
        zipped = self.tmp / "m.zip"
        subprocess.run(["zip", "-q", "-r", str(zipped), "."], cwd=eml,
                       check=True)
        self.assert_same(self.tables(zipped), "eml in zip", by=key)

    def test_quoted_from_lines(self):
        # An mboxrd does not hold the octets of such a line; what was signed is
        # found all the same, and a flag says how.
        body = b"x\r\nFrom here on\r\n>From there\r\n"
        digest = base64.b64encode(hashlib.sha256(body).digest())
        header = (b"DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple;\n"
                  b"\td=a.example; s=s; h=from; bh=" + digest + b";\n"
                  b"\tb=" + base64.b64encode(b"b" * 128) + b"\n"
                  b"Received: by b.example; Sun, 1 Mar 2026 12:00:00 +0000\n"
                  b"From: a@a.example\n\n")
        lines = body.replace(b"\r\n", b"\n")
        mail = self.tmp / "one.eml"
        mail.write_bytes(header + lines)
        mbox = self.tmp / "one.mbox"
        mbox.write_bytes(b"From a@a.example Sun Mar  1 12:00:00 2026\n" +
                         header + lines.replace(b"\n>From", b"\n>>From")
                         .replace(b"\nFrom", b"\n>From") + b"\n")
        read = {}
        for path in (mail, mbox):
            read[path], = rows(verify("--csv", "signatures", path).stdout)
            self.assertEqual(read[path]["body"], "match", path)
        self.assertNotIn("from_unquoted", read[mail]["flags"])
        self.assertIn("from_unquoted", read[mbox]["flags"])
        # All else that does not name the place is the same, but for the size
        # of the body as it is stored.
        same = [{k: v for k, v in without_place([row])[0].items()
                 if k not in ("flags", "body_bytes", "signed_body_bytes")}
                for row in read.values()]
        self.assertEqual(*same)

    def test_example_opens_again(self):
        for row in self.expected["messages"][:3]:
            place = f"{row['file']}@{row['offset']}"
            result = verify("--keys", self.archive.keys, place)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn(row["header_from"].encode(), result.stdout)
            self.assertIn(b"Message", result.stdout)
        packed = self.compress("zstd")
        result = verify("--keys", self.archive.keys,
                        f"{packed}@{self.expected['messages'][2]['offset']}")
        self.assertEqual(result.returncode, 0, result.stderr)


class Outputs(Case):
    def test_summary_is_narrow_and_short(self):
        result = verify("--keys", self.archive.keys, self.archive.mbox)
        lines = result.stdout.decode().splitlines()
        self.assertLessEqual(max(map(len, lines)), 100)
        self.assertLessEqual(len(lines), 40)
        self.assertIn("verified and aligned", result.stdout.decode())

    def test_one_table_to_stdout_is_the_file(self):
        out = self.audit(self.archive.mbox)
        for table in ("messages", "signatures", "senders", "keys",
                      "key_findings", "exceptions", "errors"):
            result = verify("--keys", self.archive.keys, "--csv", table,
                            self.archive.mbox)
            self.assertEqual(result.stdout, (out / f"{table}.csv").read_bytes())

    def test_detail_says_what_the_tables_say(self):
        out = self.audit(self.archive.mbox)
        seen = set()
        verdicts = {"verified_aligned": "verified and aligned",
                    "broken": "broken", "unsigned": "not signed",
                    "refused": "holds, refused by a rule",
                    "unjudged": "can't be judged"}
        for row in rows(out / "messages.csv"):
            verdict = verdicts.get(row["verdict_class"])
            if verdict is None or verdict in seen:
                continue
            seen.add(verdict)
            detail = verify("--keys", self.archive.keys,
                            f"{row['file']}@{row['offset']}").stdout.decode()
            line, = [l for l in detail.splitlines() if l.startswith("Verdict")]
            self.assertTrue(line[12:].startswith(verdict), (line, row))
        self.assertEqual(len(seen), len(verdicts))

    def test_json_totals(self):
        result = verify("--keys", self.archive.keys, "--json",
                        self.archive.mbox)
        totals = json.loads(result.stdout)
        self.assertIn(MESSAGES, [v for v in walk(totals)])

    def test_keys_out_repeats_the_run(self):
        keys = self.tmp / "keys.jsonl"
        first = self.audit(self.archive.mbox, "--keys-out", keys)
        second = self.tmp / "second"
        result = run("verify", "--offline", "--keys", keys, "-o", second,
                     self.archive.mbox)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((first / "messages.csv").read_bytes(),
                         (second / "messages.csv").read_bytes())

    def test_from_restricts(self):
        domain = rows(self.audit(self.archive.mbox) / "messages.csv")[0][
            "header_from"]
        result = verify("--keys", self.archive.keys, "--csv", "messages",
                        "--from", domain, self.archive.mbox)
        found = rows(result.stdout)
        self.assertTrue(found)
        for row in found:
            self.assertTrue(row["header_from"] == domain or
                            row["header_from"].endswith("." + domain))

    def test_hostile_text_is_safe(self):
        # O1-O3: formulas, escape sequences, invalid UTF-8, quotes.
        message = (b"From: \"=cmd|x\" <a@b.example>\n"
                   b"Message-ID: =HYPERLINK(\"x\")\x1b[2J\x9b\xff\xe2\x80\xae\n"
                   b"Received: by x; Sun, 1 Mar 2026 12:00:00 +0000\n"
                   b"Return-Path: <@SUM(1)>\n\nhi\n")
        name = self.tmp / "a\x1b]0;x\nb.eml"
        name.write_bytes(message)
        result = verify("--csv", "messages", name)
        self.assertEqual(result.returncode, 0, result.stderr)
        row, = rows(result.stdout)
        self.assertEqual(row["message_id"][0], "'")
        self.assertTrue(row["envelope_from"].startswith("'@"))
        for text in (result.stdout, result.stderr,
                     verify(name).stdout):
            for byte in (b"\x1b", b"\x9b[", b"\xff", "\u202e".encode()):
                self.assertNotIn(byte, text)
        raw = verify("--csv", "messages", "--raw-csv", name)
        self.assertEqual(rows(raw.stdout)[0]["message_id"][0], "=")

    def test_closed_pipe_is_a_clean_end(self):
        command = (f"'{MAILASSAY}' verify --offline --csv signatures "
                   f"'{self.archive.mbox}' '{self.archive.mbox}'")
        result = subprocess.run(
            ["bash", "-o", "pipefail", "-c", f"{command} | head -n 1"],
            capture_output=True, timeout=60)
        self.assertEqual(result.returncode, 0, result.stderr)


def walk(value):
    if isinstance(value, dict):
        for v in value.values():
            yield from walk(v)
    elif isinstance(value, list):
        for v in value:
            yield from walk(v)
    else:
        yield value


class Errors(Case):
    def test_damage_is_named_and_the_rest_is_done(self):
        packed = subprocess.run(["gzip", "-c", str(self.archive.mbox)],
                                capture_output=True, check=True).stdout
        damaged = self.tmp / "damaged.mbox.gz"
        damaged.write_bytes(packed[:len(packed) // 2])
        out = self.audit(damaged, self.archive.mbox, code=3)
        errors = rows(out / "errors.csv")
        self.assertEqual([e["code"] for e in errors], ["damaged"])
        files = [r["file"] for r in rows(out / "messages.csv")]
        self.assertEqual(files.count(str(self.archive.mbox)), MESSAGES)
        self.assertGreater(files.count(str(damaged)), MESSAGES // 4)

    def test_not_mail_is_advised_about(self):
        box = self.tmp / "box"
        box.mkdir()
        (box / "a.pst").write_bytes(b"!BDN" + bytes(600))
        (box / "b.pst").write_bytes(b"!BDN" + bytes(600))
        (box / "c.mbox").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
        (box / "d").write_bytes(b"")
        shutil.copy(self.archive.mbox, box / "e.png")
        out = self.audit(box)
        errors = rows(out / "errors.csv")
        self.assertEqual([e["code"] for e in errors],
                         ["not_mail", "not_mail", "not_mail", "empty"])
        self.assertEqual([e["kind"] for e in errors[:3]],
                         ["pst", "pst", "image"])
        self.assertEqual(len(rows(out / "messages.csv")), MESSAGES)

    def test_unreadable_and_special_files(self):
        box = self.tmp / "box"
        box.mkdir()
        os.mkfifo(box / "fifo")
        (box / "link").symlink_to("/etc/passwd")
        shutil.copy(self.archive.mbox, box / "z.mbox")
        out = self.audit(box)
        self.assertEqual({e["code"] for e in rows(out / "errors.csv")},
                         {"not_regular"})
        self.assertEqual(len(rows(out / "messages.csv")), MESSAGES)

    def test_output_faults(self):
        with open("/dev/full", "wb") as full:
            result = subprocess.run(
                [MAILASSAY, "verify", "--offline", "--csv", "messages",
                 str(self.archive.mbox)], stdout=full,
                stderr=subprocess.PIPE, timeout=60)
        self.assertEqual(result.returncode, 6, result.stderr)
        self.assertIn(b"standard output", result.stderr)
        result = verify("--keys-out", "/nonexistent/keys", self.archive.mbox)
        self.assertEqual(result.returncode, 6)
        self.assertIn(b"/nonexistent/keys", result.stderr)

    def test_existing_output_is_not_touched(self):
        out = self.audit(self.archive.mbox)
        before = (out / "run.json").read_bytes()
        self.audit(self.archive.mbox, code=2)
        self.assertEqual((out / "run.json").read_bytes(), before)
        (out / "notes.txt").write_text("mine")
        self.audit(self.archive.mbox, "--force")
        self.assertEqual((out / "notes.txt").read_text(), "mine")
        foreign = self.tmp / "foreign"
        foreign.mkdir()
        (foreign / "thesis.txt").write_text("years of work")
        self.audit(self.archive.mbox, "--force", out=foreign, code=2)


class Limits(Case):
    def test_message_over_the_limit_has_rows(self):
        big = self.tmp / "big.mbox"
        text = b"From a Sun Mar  1 12:00:00 2026\nFrom: a@b.example\n" \
               b"DKIM-Signature: v=1; a=rsa-sha256; d=b.example; s=s; " \
               b"h=from; bh=" + b"A" * 43 + b"=; b=AAAA\n\n"
        big.write_bytes(text + b"x" * 300_000 + b"\n\n" +
                        text + b"small\n")
        for block in ("8M", "64K"):
            out = self.audit("--max-message", "200K", "--block", block, big,
                             code=3, out=self.tmp / block)
            self.assertEqual([e["code"] for e in rows(out / "errors.csv")],
                             ["limit_message"])
            self.assertEqual(
                [s["reason"] for s in rows(out / "signatures.csv")],
                ["limit_message", "key_not_asked"])
            self.assertEqual([m["length"] for m in rows(out / "messages.csv")],
                             [str(len(text) - 32 + 300_001),
                              str(len(text) - 32 + 6)])

    def test_header_over_the_limit_has_a_row(self):
        path = self.tmp / "h.mbox"
        sep = b"From a Sun Mar  1 12:00:00 2026\n"
        path.write_bytes(sep + b"From: a@b.example\n" +
                         b"X-Long: y\n" * 200_000 + b"\nbody\n\n" +
                         sep + b"From: c@d.example\n\nbody\n")
        for block in ("8M", "64K"):
            out = self.audit("--block", block, path, code=3,
                             out=self.tmp / block)
            self.assertEqual([e["code"] for e in rows(out / "errors.csv")],
                             ["limit_header_bytes"])
            self.assertEqual(
                [m["header_from"] for m in rows(out / "messages.csv")],
                ["b.example", "d.example"])


    def test_memory_holds_against_hostile_mail(self):
        # P13: facts that are forty times their text are deferred, in order.
        path = self.tmp / "hostile.mbox"
        hostile = (b"From a Sun Mar  1 12:00:00 2026\nFrom: a@b.example\n" +
                   b"DKIM-Signature:\n" * 4000 + b"\nx\n\n")
        good = self.archive.mbox.read_bytes()
        with open(path, "wb") as out:
            for part in (good, hostile * 300, good):
                out.write(part)
        usage = []
        tables = []
        for block in ("8M", "64K"):
            out = self.tmp / block
            process = subprocess.Popen(
                [MAILASSAY, "verify", "--offline", "-q", "--keys",
                 str(self.archive.keys), "-o", str(out), "-j", "2", "--block",
                 block, str(path)])
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(process.returncode, 0)
            usage.append(used.ru_maxrss)
            tables.append((out / "messages.csv").read_bytes())
            shutil.rmtree(out)
        self.assertLess(max(usage), 512 << 10)
        self.assertEqual(*tables)
        messages = rows(tables[0])
        self.assertEqual(len(messages), 2 * MESSAGES + 300)
        offsets = [int(m["offset"]) for m in messages]
        self.assertEqual(offsets, sorted(offsets))


class Sizes(Case):
    def test_a_limit_says_the_same_streamed_and_whole(self):
        signature = (b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;"
                     b" d=a.example; s=s;\n\th=from:to:to; bh=" +
                     base64.b64encode(bytes(32)) + b"; b=YmJi\n")
        line = b"From a@a.example Sun Mar  1 12:00:00 2026\n"
        author = b"From: a@a.example\n"
        body = b"\n" + b"abc\xff\n" * 600_000
        fields = b"X: y\n" * 5_001
        long = b"X-Long: " + b"y" * (2 << 20) + b"\n"
        mbox = self.tmp / "large.mbox"
        mbox.write_bytes(b"\n".join(
            line + head + body for head in
            (signature + author, signature, fields + signature + author,
             b"DKIM-Signature: v=2\n" + author, author + signature + long)))
        for limit in ("1M", "256M"):
            tables = []
            for block in ("64K", "16M"):
                out = self.audit("--max-message", limit, "--block", block,
                                 mbox, code=3, out=self.tmp / (limit + block))
                tables.append({path.name: path.read_bytes()
                               for path in out.glob("*.csv")})
            self.assertEqual(len(rows(out / "messages.csv")), 5)
            for name, table in tables[0].items():
                self.assertEqual(table, tables[1][name], (limit, name))


class Options(Case):
    def test_usage_is_one_line_and_2(self):
        for args in ([], ["verify"], ["verify", "/nonexistent"],
                     ["verify", "--at", "soon", "x"], ["verify", "--nope", "x"],
                     ["frobnicate"],
                     ["verify", "--keys", "/nonexistent", self.archive.mbox],
                     ["verify", "--resolver", "not an address",
                      self.archive.mbox],
                     ["verify", "--offline", "--resolver", "127.0.0.1", "x"]):
            result = run(*args)
            self.assertEqual(result.returncode, 2, (args, result.stderr))
            lines = result.stderr.decode().strip().splitlines()
            self.assertEqual(len(lines), 1, (args, lines))
            self.assertTrue(lines[0].startswith("mailassay: "), lines)

    def test_bad_key_file_says_where(self):
        keys = self.tmp / "keys.tsv"
        keys.write_text("s._domainkey.a.example\tv=DKIM1; p=\nbroken line\n")
        result = verify("--keys", keys, self.archive.mbox)
        self.assertEqual(result.returncode, 0)
        self.assertIn(b"keys.tsv: 1 row not used:", result.stderr)
        self.assertIn(b"keys.tsv:2: expected name, TAB, record", result.stderr)
        strict = verify("--strict-keys", "--keys", keys, self.archive.mbox)
        self.assertEqual(strict.returncode, 2)
        self.assertIn(b"keys.tsv:2: expected", strict.stderr)
        keys.write_text("s._domainkey.a.example\tv=DKIM1; p=\n")
        strict = verify("--strict-keys", "--keys", keys, self.archive.mbox)
        self.assertEqual(strict.returncode, 0, strict.stderr)
        keys.write_text("s._domainkey.a.example\tv=DKIM1; p=%%%%\n")
        for options, code in (([], 0), (["--strict-keys"], 2)):
            result = verify(*options, "--keys", keys, self.archive.mbox)
            self.assertEqual(result.returncode, code, result.stderr)
        keys.write_text("broken line\n")
        result = verify("--keys", keys, self.archive.mbox)
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"keys.tsv:1: expected", result.stderr)

    def test_what_a_key_file_says_is_not_said_of_dns(self):
        names = [line.split("\t")[0] for line in
                 self.archive.keys.read_text().splitlines() if "\t" in line]
        keys = self.tmp / "keys.tsv"
        for said, code in (("!NXDOMAIN", "no_key"), ("v=DKIM1; p=", "revoked"),
                           ("!TIMEOUT", "dns_temporary")):
            keys.write_text("".join(f"{name}\t{said}\n" for name in names))
            result = verify("--json", "--keys", keys, self.archive.mbox)
            self.assertEqual(result.returncode, 0, result.stderr)
            totals = json.loads(result.stdout)
            codes = {finding["code"] for finding in totals["findings"]}
            self.assertIn(f"{code}_at_hand", codes)
            self.assertNotIn(code, codes)
            for finding in totals["findings"]:
                self.assertNotIn("is published", finding["text"])
                self.assertNotIn("run again later", finding["hint"])

    def test_version_and_help(self):
        self.assertIn(b"mailassay", run("--version").stdout)
        self.assertIn(b"--offline", run("verify", "--help").stdout)

    def test_gate(self):
        args = ("--keys", self.archive.keys, self.archive.mbox)
        self.assertEqual(verify("--fail-under", 10, *args).returncode, 0)
        self.assertEqual(verify("--fail-under", 99.9, *args).returncode, 1)


class Policies(Case):
    def test_sha1_refused_by_policy_accuses_no_one(self):
        body = b"x\r\n"
        digest = base64.b64encode(hashlib.sha1(body).digest())
        mail = self.tmp / "one.eml"
        mail.write_bytes(
            b"DKIM-Signature: v=1; a=rsa-sha1; c=simple/simple; d=a.example;"
            b" s=s;\r\n\th=from; bh=" + digest + b"; b=YmJi\r\n"
            b"From: a@a.example\r\n\r\n" + body)
        policy = self.tmp / "openssl.cnf"
        policy.write_text("openssl_conf = a\n[a]\nalg_section = b\n"
                          "[b]\ndefault_properties = fips=yes\n")
        for conf, said in ((None, "match"), (policy, "not_run")):
            env = {**os.environ, **({"OPENSSL_CONF": str(conf)} if conf else {})}
            row, = rows(verify("--csv", "signatures", mail, env=env).stdout)
            self.assertEqual(row["body"], said)
            self.assertEqual(row["reason"], "key_not_asked")


class Kernels(Case):
    FAMILIES = ("scan", "facts", "body", "sha256", "rsa")

    def test_same_bytes_by_every_kernel(self):
        def outputs(*kernels):
            out = self.tmp / "out"
            shutil.rmtree(out, ignore_errors=True)
            summary = verify("--keys", self.archive.keys, "-o", out, *kernels,
                             self.archive.mbox).stdout
            tables = {path.name: path.read_bytes()
                      for path in out.glob("*.csv")}
            self.assertEqual(len(tables), 7)
            # The first line tells the time it took.
            return tables, summary.split(b"\n", 1)[1]

        expected = outputs()
        for kernels in self.all_choices():
            self.assertEqual(outputs("--kernels", kernels), expected, kernels)

    def all_choices(self):
        levels = ["portable"]
        for level in ("avx2", "avx512"):
            if run("--kernels", level, "--version").returncode == 0:
                levels.append(level)
        yield from levels
        for family in self.FAMILIES:
            for level in levels:
                yield f"{family}={level}"
                yield f"portable,{family}={level}"

    def test_version_lists_what_runs(self):
        def listed(*args, **kwargs):
            result = run(*args, "--version", **kwargs)
            self.assertEqual(result.returncode, 0, result.stderr)
            line = result.stdout.decode().splitlines()[-1]
            self.assertTrue(line.startswith("kernels: "), line)
            return dict(word.split(" ") for word in line[9:].split(", "))

        self.assertLessEqual(set(self.FAMILIES), set(listed()))
        self.assertEqual(set(listed("--kernels", "portable").values()),
                         {"portable"})
        forced = {**os.environ, "MAILASSAY_KERNELS": "portable"}
        self.assertEqual(set(listed(env=forced).values()), {"portable"})
        option = ("--kernels", "rsa=portable")  # wins over the environment
        self.assertEqual(listed(*option, env=forced), listed(*option))

    def test_what_makes_no_sense(self):
        for wish in ("sse2", "rsa=", "=avx2", "nonsense=avx2", "avx2,,"):
            result = verify("--kernels", wish, self.archive.mbox)
            self.assertEqual(result.returncode, 2, wish)
            lines = result.stderr.decode().splitlines()
            self.assertEqual(len(lines), 1, lines)
            self.assertTrue(lines[0].startswith("mailassay: --kernels: "))


class Signals(Case):
    COMMAND = ("verify", "--offline", "--block", "64K")

    def test_interrupt_ends_cleanly_and_says_partial(self):
        for number, expected in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            out_dir = self.tmp / str(expected)
            code, out, err = self.signalled(number, *self.COMMAND, "-o",
                                            out_dir)
            self.assertEqual(code, expected, err)
            self.assertTrue(out.startswith(b"PARTIAL: first "), out[:80])
            self.assertTrue((out_dir / "run.json").exists())

    def test_progress_on_request(self):
        code, _, err = self.signalled(signal.SIGUSR1, *self.COMMAND,
                                      "--progress", "never")
        self.assertEqual(code, 0)
        self.assertRegex(err.decode(), r"messages, \d+ MB/s.*, at -@\d+")


class Dns(Case):
    """A name server that never answers, on loopback, and one that is not
    there."""

    def silent_server(self):
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        self.addCleanup(server.close)
        return server.getsockname()[1]

    def test_silent_resolver_ends_with_temperror(self):
        small = self.tmp / "small.mbox"
        text = self.archive.mbox.read_bytes()
        small.write_bytes(text[:text.index(b"\n\nFrom ", 60_000) + 2])
        port = self.silent_server()
        keys = self.archive.keys.read_text().splitlines()
        # Half of the keys from a file, the others from nobody.
        half = self.tmp / "half.tsv"
        half.write_text("\n".join(keys[::2]) + "\n")
        out = self.tmp / "out"
        result = run("verify", "--resolver", f"127.0.0.1@{port}", "--keys",
                     half, "-o", out, "--strict-dns", small)
        self.assertEqual(result.returncode, 4, result.stderr)
        self.assertIn(b"--offline asks no one", result.stderr)
        messages = rows(out / "messages.csv")
        offsets = [int(m["offset"]) for m in messages]
        self.assertEqual(offsets, sorted(offsets), "archive order")
        signatures = rows(out / "signatures.csv")
        reasons = {s["reason"] for s in signatures}
        self.assertTrue(reasons & {"dns_timeout", "dns_servfail"}, reasons)
        self.assertIn("ok", reasons)
        # What the file had is judged as without the resolver.
        offline = self.tmp / "offline"
        verify("--keys", half, "-o", offline, small)
        for ours, theirs in zip(signatures, rows(offline / "signatures.csv")):
            if theirs["reason"] != "key_not_asked":
                self.assertEqual(ours, theirs)


class Sample(Case):
    def test_the_sample_shows_every_class(self):
        sample = SOURCE / "tests" / "sample"
        result = verify("--keys", sample / "keys.tsv", "--csv", "messages",
                        sample / "sample.mbox")
        self.assertEqual(result.returncode, 0, result.stderr)
        truth = [line.split("\t") for line in
                 (sample / "truth.tsv").read_text().splitlines()[1:]]
        self.assertEqual([(row["offset"], row["verdict_class"])
                          for row in rows(result.stdout)],
                         [(line[2], line[3]) for line in truth])
        self.assertEqual(
            {row["verdict_class"] for row in rows(result.stdout)},
            {"verified_aligned", "verified_unaligned", "refused", "broken",
             "unjudged", "unsigned", "never_sent"})


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
