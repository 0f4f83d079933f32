"""Mailboxes of all dialects, containers, line ends and damages that programs
and their accidents have left: each message is found, and none is made up."""
import io
import itertools
import mailbox
import os
import pathlib
import random
import shutil
import tempfile
import unittest

import mailboxes
from support import MAILASSAY, WORK, rows, verify

SEED = os.environ.get("SEED", "1")
COUNT = 600


class Mailboxes(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(dir=WORK))
        self.addCleanup(shutil.rmtree, self.tmp, ignore_errors=True)

    def test_each_message_of_each_mailbox(self):
        wrong = mailboxes.compare(MAILASSAY, self.tmp, SEED, range(COUNT))
        self.assertEqual("\n".join(wrong[:10]), "", f"{len(wrong)} mailboxes")

    def test_whatever_the_blocks_and_jobs(self):
        """Small blocks: each mailbox goes through all readers."""
        numbers = range(COUNT, COUNT + 100)
        first = self.tmp / "first"
        first.mkdir()
        self.assertEqual(mailboxes.compare(MAILASSAY, first, SEED, numbers), [])
        whole = self.csv(first, "-j", "1")
        for options in (["-j", "3"], ["--block", "16K", "-j", "2"]):
            self.assertEqual(self.csv(first, *options), whole)

    def csv(self, folder, *options):
        result = verify("--keys", folder / "keys.tsv", "--csv", "messages",
                        *options, folder / "mail")
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def test_place_of_each_message(self):
        """FILE@OFFSET opens the message that the table names."""
        numbers = range(COUNT + 100, COUNT + 110)
        self.assertEqual(
            mailboxes.compare(MAILASSAY, self.tmp, SEED, numbers), [])
        for row in rows(self.csv(self.tmp)):
            result = verify("--keys", self.tmp / "keys.tsv",
                            f"{row['file']}@{row['offset']}")
            self.assertEqual(result.returncode, 0, result.stderr)
            text = " ".join(result.stdout.decode().split())
            self.assertIn(row["message_id"], text)
            self.assertIn(f"{int(row['length']):,} octets", text)
            if row["dkim"] == "pass":
                self.assertIn("verified", text)


class PythonMailboxes(unittest.TestCase):
    """What Python's mailbox module writes: 18 forms of an mbox, and the other
    forms that it shares with us."""

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(dir=WORK))
        self.addCleanup(shutil.rmtree, self.tmp, ignore_errors=True)
        mailboxes.write_keys(self.tmp / "keys.tsv")
        chance = random.Random(7)
        self.messages = [
            mailboxes.Message(chance, f"py.{i}", True, body)
            for i, body in enumerate([
                "plain\r\n", "From the start\r\n", "\r\n\r\nFrom x\r\n",
                ">From y\r\n", "Subject: x\r\n\r\nFrom a@b Tue\r\n"])]

    def check(self, path):
        result = verify("--keys", self.tmp / "keys.tsv", "--csv", "messages",
                        path)
        self.assertEqual(result.returncode, 0, result.stderr)
        found = [(row["message_id"], row["dkim"])
                 for row in rows(result.stdout)]
        self.assertEqual(sorted(found),
                         sorted((m.id, "pass") for m in self.messages))

    def fill(self, box, make):
        for message in self.messages:
            box.add(make(message.text().replace("\r\n", "\n").encode()))
        box.flush()
        box.close()

    def test_18_forms_of_an_mbox(self):
        """The From_ line by default, of a sender with a date, and without one;
        with the flags of a reader or none; as octets, as a message, as a file."""
        forms = 0
        for sender, flags, kind in itertools.product(
                ("default", "dated", "undated"), ("", "RO"),
                ("message", "octets", "file")):
            def make(text):
                message = mailbox.mboxMessage(text)
                if sender == "dated":
                    message.set_from("u@boxes.example", True)
                elif sender == "undated":
                    message.set_from("u@boxes.example")
                if flags and kind == "message":
                    message.set_flags(flags)
                line = b"From " + message.get_from().encode() + b"\n"
                return {"message": message, "octets": line + text,
                        "file": io.BytesIO(line + text)}[kind]
            with self.subTest(sender=sender, flags=flags, kind=kind):
                path = self.tmp / f"{sender}-{flags}-{kind}"
                self.fill(mailbox.mbox(path), make)
                self.check(path)
                forms += 1
        self.assertEqual(forms, 18)

    def test_maildir(self):
        path = self.tmp / "maildir"
        self.fill(mailbox.Maildir(path), mailbox.MaildirMessage)
        self.check(path)

    def test_mh(self):
        path = self.tmp / "mh"
        self.fill(mailbox.MH(path), mailbox.MHMessage)
        self.check(path)


if __name__ == "__main__":
    unittest.main()
