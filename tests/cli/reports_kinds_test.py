"""What is mail, and what is not: the cases of public reports
(../shared/reports) and their kinds, as users meet them.
"""
import io
import os
import pathlib
import pty
import subprocess
import sys
import tarfile
import unittest
import zipfile

from support import MAILASSAY, SOURCE, Case, rows, run, verify

REPORTS = SOURCE.parent / "shared" / "reports"
MESSAGE = (b"Received: from a by b; Tue, 5 Mar 2024 10:00:00 +0000\r\n"
           b"From: <a@b.example>\r\nMessage-ID: <1@b.example>\r\n"
           b"Subject: x\r\n\r\ntext\r\n")


class Kinds(Case):
    ARCHIVE = (100, 200, 400)

    def report(self, name):
        """The input of a report."""
        path = REPORTS / name
        self.assertTrue(path.exists(), f"{path} is missing")
        return path

    def verified(self, *inputs, keys=None, code=0, args=(), **kwargs):
        """The audit of the inputs: messages, signatures, errors, text."""
        out = self.tmp / "out"
        keys = ("--keys", keys) if keys else ()
        result = verify(*keys, "-o", out, "--force", *args, *inputs, **kwargs)
        self.assertEqual(result.returncode, code, result.stderr)
        text = (result.stdout + result.stderr).decode()
        return (rows(out / "messages.csv"), rows(out / "signatures.csv"),
                rows(out / "errors.csv"), text)

    def write(self, name, content):
        path = self.tmp / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def test_K1_mh_folder_and_what_lies_beside(self):
        case = self.report("13-mh-folder-sidecars")
        messages, _, errors, _ = self.verified(case / "mh",
                                               keys=case / "keys.tsv")
        self.assertEqual([m["verdict_class"] for m in messages],
                         ["verified_aligned"] * 2)
        self.assertEqual(
            {pathlib.Path(e["file"]).name: e["kind"] for e in errors},
            {".DS_Store": "desktop_file", ".mh_sequences": "mbox_index",
             ".xmhcache": "mbox_index", "1.txt.sig": "", "README.txt": "text",
             "Thumbs.db": "ole", "bag-info.txt": "bagit", "bagit.txt": "bagit",
             "desktop.ini": "desktop_file", "export.yaml": "text",
             "manifest-md5.txt": "bagit"})

    def test_K1_etc_passwd_is_no_message(self):
        result = verify("/etc/passwd")
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn(b"No messages were found.", result.stdout)
        self.assertIn(b"/etc/passwd: no mail was read: text that does not "
                      b"begin as mail does", result.stderr)

    def test_K2_odd_starts(self):
        case = self.report("21-bom-blank-utf16")
        names = ["blank.eml", "blank2.eml", "bom.eml", "sp.eml"]
        messages, _, errors, _ = self.verified(
            *[case / name for name in names], keys=case / "keys.tsv")
        self.assertEqual([m["dkim"] for m in messages], ["pass"] * 4)
        self.assertEqual([m["offset"] for m in messages], ["2", "4", "3", "0"])
        self.assertEqual(errors, [])
        for message in messages:
            place = message["file"] + "@" + message["offset"]
            detail = verify("--keys", case / "keys.tsv", place).stdout
            self.assertIn(b"PASS", detail, place)

    def test_K3_utf16_is_named(self):
        case = self.report("21-bom-blank-utf16")
        messages, _, errors, text = self.verified(case / "u16.eml", code=3)
        self.assertEqual(messages, [])
        self.assertEqual(errors[0]["kind"], "utf16_mail")
        self.assertIn("iconv -f UTF-16", text)

    def test_K3_mail_of_other_programs_is_named(self):
        folder = self.tmp / "d"
        mail = {
            "u.1": (b"2 M1e C5f9a1b2c\n\x01\x02N" + b" " * 26 + b"10\n" +
                    MESSAGE, "dbox", "doveadm backup"),
            "a.mbx": (b"*mbx*\r\n5f9a1b2c00000003\r\n" + MESSAGE, "uw_mbx",
                      "mailutil copy"),
            "mmdf": (b"\x01\x01\x01\x01\n" + MESSAGE, "mmdf", "mutt -f"),
            "RMAIL": (b"BABYL OPTIONS: -*- rmail -*-\nVersion: 5\n" + MESSAGE,
                      "babyl", "unrmail"),
            "a.dbx": (b"\xcf\xad\x12\xfe\xc5\xfd\x74\x6f", "dbx", "undbx"),
            "a.pst": (b"!BDN\x01\x02\x03\x04SM", "pst", "readpst"),
            "a.nsf": (b"\x1a\x00\x00\x04\x00\x00", "nsf", "Notes"),
            "1.olk15Message": (b"\xd0\x0d\x00\x00\x01", "olk",
                               "Outlook for Mac"),
        }
        for name, (content, kind, words) in mail.items():
            path = self.write(f"d/{name}", content)
            messages, _, errors, text = self.verified(path, code=3)
            self.assertEqual(messages, [], name)
            self.assertEqual([e["kind"] for e in errors], [kind], name)
            self.assertIn(words, errors[0]["text"], name)
            self.assertIn(f"{path}: no mail was read: ", text)
        # Met beside mail they are counted.
        self.write("d/z.eml", MESSAGE)
        messages, _, errors, _ = self.verified(folder)
        self.assertEqual((len(messages), len(errors)), (1, len(mail)))
        olm = self.tmp / "a.zip"
        with zipfile.ZipFile(olm, "w") as archive:
            archive.writestr("Accounts/a/com.microsoft.__Messages/1.xml", "<x/>")
        self.assertEqual(self.verified(olm, code=3)[2][0]["kind"], "olm")

    def test_K4_apple_mail(self):
        case = self.report("14-apple-emlx")
        messages, _, errors, _ = self.verified(
            case / "V10", case / "Export.mbox", keys=case / "keys.tsv")
        self.assertEqual([(m["format"], m["dkim"], m["offset"])
                          for m in messages],
                         [("emlx", "pass", "11"),
                          ("emlx_partial", "pass", "11"),
                          ("mbox_rd", "pass", messages[2]["offset"])])
        self.assertEqual([e["kind"] for e in errors], ["xml", "mbox_index"])
        self.assertEqual(messages[0]["length"], "828")
        detail = verify("--keys", case / "keys.tsv",
                        messages[0]["file"] + "@11").stdout
        self.assertIn(b"PASS", detail)

    def test_K4_partial_message_accuses_nobody(self):
        case = self.report("14-apple-emlx")
        whole = (case / "V10/INBOX.mbox/Data/Messages/1.emlx").read_bytes()
        _, text = whole.split(b"\n", 1)
        part = text[:828].replace(b"This is message 1.", b"")
        emlx = b"%d\n" % len(part) + part + text[828:]
        keys = case / "keys.tsv"
        for name, expected, body in (
                ("7.partial.emlx", ("policy", "incomplete", "unjudged"),
                 "not_run"),
                ("7.emlx", ("fail", "body_changed", "broken"), "mismatch")):
            path = self.write(name, emlx)
            messages, signatures, _, text_shown = self.verified(path, keys=keys)
            self.assertEqual(
                [(m["dkim"], m["reason"], m["verdict_class"])
                 for m in messages], [expected])
            self.assertEqual(signatures[0]["body"], body)
        _, _, _, shown = self.verified(self.tmp / "7.partial.emlx", keys=keys)
        self.assertIn("only a part of the message is in its file", shown)

    def test_K5_names_in_archives(self):
        case = self.report("16b-zip-utf8-names")
        archives = ["a.zip", "gnu.tar", "pax.tar"]
        for locale in ("C", "POSIX", "C.UTF-8", "xx_YY.none"):
            messages, _, errors, _ = self.verified(
                *[case / name for name in archives], case / "dir",
                keys=case / "keys.tsv",
                env={**os.environ, "LC_ALL": locale, "LANG": locale})
            self.assertEqual(errors, [])
            files = [m["file"] for m in messages]
            for name in archives:
                self.assertIn(f"{case / name}!Ünï.eml", files, locale)
            self.assertFalse([f for f in files if "member" in f], locale)
            self.assertEqual({m["dkim"] for m in messages}, {"pass"})
            for message in messages:
                detail = verify("--keys", case / "keys.tsv",
                                f"{message['file']}@{message['offset']}",
                                env={**os.environ, "LC_ALL": locale})
                self.assertIn(b"PASS", detail.stdout, message["file"])

    def test_K5_places_of_odd_names(self):
        names = [b"a!b@7.eml", b"bad\xff\xfe.eml", b"nl\n\x1b[31m.eml",
                 "\u202ertl.eml".encode(), b"@1", b"d!/x\\x41.eml"]
        path = self.tmp / "t@1!.tar"
        with tarfile.open(path, "w", format=tarfile.PAX_FORMAT,
                          encoding="utf-8", errors="surrogateescape") as tar:
            for name in names:
                member = tarfile.TarInfo(name.decode("utf-8",
                                                     "surrogateescape"))
                member.size = len(MESSAGE)
                tar.addfile(member, io.BytesIO(MESSAGE))
        messages, _, _, _ = self.verified(path)
        self.assertEqual(len(messages), len(names))
        for message in messages:
            place = f"{message['file']}@{message['offset']}"
            again, _, _, _ = self.verified(place)
            self.assertEqual([(m["file"], m["offset"], m["archive"])
                              for m in again],
                             [(message["file"], message["offset"], str(path))])

    def test_K6_named_inputs_without_mail(self):
        empty = self.write("empty", b"")
        folder = self.tmp / "folder"
        folder.mkdir()
        self.write("other/1.pdf", b"%PDF-1.7")
        archive = self.tmp / "a.zip"
        with zipfile.ZipFile(archive, "w") as out:
            out.writestr("1.pdf", "%PDF-1.7")
        mail = self.write("mail.eml", MESSAGE)
        for path, words in ((empty, "empty"), (folder, "none was found in it"),
                            (self.tmp / "other", "none was found in it"),
                            (archive, "none was found in it")):
            line = f"mailassay: {path}: no mail was read: {words}"
            for inputs in ([path], [mail, path], [f"{path}/", mail]
                           if path.is_dir() else [path, mail]):
                result = verify(*inputs)
                self.assertEqual(result.returncode, 3, inputs)
                self.assertIn(words, result.stderr.decode())
                self.assertEqual(result.stderr.decode().count("no mail was "
                                                              "read"), 1)
            self.assertIn(line, verify(path).stderr.decode())
        # Beside mail, met on a walk.
        self.write("folder2/1.eml", MESSAGE)
        self.write("folder2/empty", b"")
        self.assertEqual(verify(self.tmp / "folder2").returncode, 0)
        # Filtered or sampled mail is mail.
        self.assertEqual(verify("--from", "c.example", mail).returncode, 0)
        self.assertEqual(verify(self.tmp / "folder2", "--sample",
                                "1%").returncode, 0)
        # Also with -o, and when the run is gone on with.
        out = self.tmp / "kept"
        self.assertEqual(verify("-o", out, mail, empty).returncode, 3)
        self.assertEqual(verify(mail, stdin=b"").returncode, 0)
        result = verify("-", stdin=b"")
        self.assertEqual(result.returncode, 3)
        self.assertIn(b"standard input: no mail was read: empty",
                      result.stderr)

    def test_K6_commands_of_keys_tell_inputs_without_mail(self):
        empty = self.write("empty", b"")
        mail = self.write("mail.eml", MESSAGE)
        out = self.tmp / "keys.jsonl"
        for command in (["list"], ["check"], ["fetch", "-o", out],
                        ["recover", "-o", self.tmp / "recovered.jsonl"]):
            offline = ["--offline"] if command[0] == "check" else []
            for inputs, code in (([mail], 0), ([empty, mail], 3)):
                result = run("keys", *command, *offline, *inputs)
                self.assertEqual(result.returncode, code,
                                 (command, result.stderr))
                self.assertEqual(
                    result.stderr.decode().count(
                        f"{empty}: no mail was read: empty"),
                    1 if code else 0, command)

    def test_K6_fifo(self):
        fifo = self.tmp / "fifo"
        os.mkfifo(fifo)
        with subprocess.Popen(["sh", "-c", f": > '{fifo}'"]):
            result = verify(fifo)
        self.assertEqual(result.returncode, 3)
        self.assertIn(b"no mail was read: empty", result.stderr)

    def test_K7_exchange_journal(self):
        case = self.report("19-exchange-journal")
        out = self.tmp / "out"
        result = verify("--keys", case / "keys.tsv", "-o", out,
                        case / "journal.eml")
        self.assertEqual(result.returncode, 0, result.stderr)
        line = b"1 message carries 1 attached message that was not looked at"
        self.assertIn(line, result.stdout)
        messages = rows(out / "messages.csv")
        self.assertEqual([m["attached_messages"] for m in messages], ["1"])
        self.assertIn("1 message carries 1 attached message",
                      (out / "method.txt").read_text())
        detail = verify("--keys", case / "keys.tsv", case / "journal.eml")
        self.assertIn(b"Carries     1 attached message that was not looked at",
                      detail.stdout)
        again = run("report", out)
        self.assertIn(line, again.stdout)
        rejudged = self.tmp / "rejudged"
        self.assertEqual(run("recheck", out, "--offline", "-o",
                             rejudged).returncode, 0)
        self.assertEqual([m["attached_messages"]
                          for m in rows(rejudged / "messages.csv")], ["1"])

    def test_K7_long_messages_in_small_blocks(self):
        part = (b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + MESSAGE +
                b"x" * 70 + b"\r\n")
        message = (b"From: a@b.example\r\nContent-Type: multipart/mixed;\r\n"
                   b"\tboundary=\"b\"\r\n\r\n" + part * 20_000 + b"--b--\r\n")
        path = self.write("long.eml", message)
        mbox = self.write("long.mbox", b"From a@b Thu Jan  1 00:00:00 1970\n" +
                          message.replace(b"\r\n", b"\n") + b"\n")
        for inputs in ([path], [mbox]):
            for block in ("16K", "1M", "64M"):
                messages, _, _, _ = self.verified(*inputs,
                                                  args=("--block", block))
                self.assertEqual([m["attached_messages"] for m in messages],
                                 ["20000"], block)

    def test_K8_the_same_file_by_any_name(self):
        a = self.write("a.eml", MESSAGE)
        hard, soft = self.tmp / "hard.eml", self.tmp / "soft.eml"
        os.link(a, hard)
        soft.symlink_to(a)
        for other in (a, hard, soft):
            messages, _, _, text = self.verified(a.name, other.name,
                                                 cwd=self.tmp)
            self.assertEqual([m["file"] for m in messages], [a.name])
            line = f"from {a.name}, {other.name} (again: read once)\n"
            self.assertIn(line, text)
            note = (f"{a.name} was given twice; read once" if other == a
                    else f"{other.name} is the same as {a.name}; read once")
            self.assertIn(f"note: {note}\n", text)
            method = (self.tmp / "out" / "method.txt").read_text()
            self.assertIn(f"Note: {note}.", " ".join(method.split()))
            shown = run("report", self.tmp / "out").stdout.decode()
            self.assertIn(line, shown)
            self.assertIn(note, shown)

    def test_K9_links_and_fifos_on_a_walk(self):
        self.write("box/cur/1", MESSAGE)
        (self.tmp / "box/new").mkdir()
        outside = self.write("elsewhere/2", MESSAGE)
        (self.tmp / "box/cur/2").symlink_to(outside)
        (self.tmp / "box/cur/gone").symlink_to("nothing")
        (self.tmp / "box/cur/up").symlink_to("..")
        os.mkfifo(self.tmp / "box/cur/fifo")
        messages, _, errors, _ = self.verified(self.tmp / "box")
        self.assertEqual(len(messages), 1)
        self.assertEqual({e["code"] for e in errors}, {"not_regular"})
        self.assertIn("-L follows links", errors[0]["text"])
        messages, _, errors, text = self.verified(self.tmp / "box",
                                                  args=("-L",))
        self.assertEqual([pathlib.Path(m["file"]).name for m in messages],
                         ["1", "2"])
        self.assertEqual([pathlib.Path(e["file"]).name for e in errors],
                         ["fifo", "gone"])
        self.assertIn("read once", text)

    def test_K9_addresses_sizes_and_terminals(self):
        for address, words in (("https://a.example/x.mbox", "curl"),
                               ("imap://a@b.example/INBOX", "mbsync")):
            result = verify(address)
            self.assertEqual(result.returncode, 2)
            self.assertIn("is an address, not a file", result.stderr.decode())
            self.assertIn(words, result.stderr.decode())
        result = verify("--memory", "1", self.archive.mbox)
        self.assertEqual(result.returncode, 2)
        self.assertIn(b"at least 64M is needed", result.stderr)
        main, terminal = pty.openpty()
        with subprocess.Popen([MAILASSAY, "verify", "--offline", "-"],
                              stdin=terminal, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as process:
            line = process.stderr.readline()
            self.assertIn(b"waiting for mail on standard input", line)
            os.write(main, MESSAGE.replace(b"\r\n", b"\n") + b"\x04")
            out, _ = process.communicate(timeout=20)
        os.close(main)
        os.close(terminal)
        self.assertEqual(process.returncode, 0)
        self.assertIn(b"<1@b.example>", out)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
