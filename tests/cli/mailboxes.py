"""Mailboxes as many programs write them, drawn from a seed, each with its
truth: which messages lie in it, in which order, and which of them verify.

    python3 mailboxes.py PROGRAM COUNT [SEED]

makes COUNT mailboxes in batches, verifies them with PROGRAM and compares;
nothing is kept but what differs.
"""
import base64
import bz2
import csv
import gzip
import io
import lzma
import pathlib
import random
import subprocess
import sys
import tarfile
import tempfile
import zipfile

import signer

DOMAIN = "boxes.example"
SELECTOR = "s1"
KEY = signer.Key("mailboxes", 1024, 65537)

# The date of a From_ line, as programs have written it.
DATED = [
    "From {a} Tue Mar  5 10:00:05 2024",
    "From - Tue Mar 05 10:00:05 2024",
    "From {a} Tue Mar 5 10:00:05 2024",
    "From {a} Tue Mar  5 10:00 2024",
    "From {a} Tue Mar  5 10:00:05 2024 +0100",
    "From {a} Tue Mar  5 10:00:05 +0000 2024",
    "From {a} Tue Mar  5 10:00:05 CET 2024",
    "From {a} Tue Mar  5 10:00:05 MET DST 2024",
    "From {a} Tue Mar  5 10:00:05 2024 (CET)",
    "From {a} Tue, 5 Mar 2024 10:00:05 +0100",
    "From {a} Tue, 5 Mar 2024 10:00:05 GMT",
    "From {a} Tue Mar 5 2024 10:00:05",
    "From {a} 2024-03-05T10:00:05Z",
    "From {a} 2024-03-05 10:00:05",
    "From {a} Tue Mar  5 10:00:05 2024 remote from uucphost",
    "From {a} Di 05 M\u00e4r 2024 10:00:05",
    "From {a} mar. mars  5 10:00:05 2024",
    "From {a} mar mar  5 10:00:05 2024",
    "From MAILER-DAEMON Tue Mar  5 10:00:05 2024",
    "From {u} at boxes.example  Tue Mar  5 10:00:05 2024",
    "From 1791234567890123456@xxx Tue Mar 05 10:00:05 +0000 2024",
    "From \"a b\"@boxes.example Tue Mar  5 10:00:05 2024",
]
UNDATED = ["From ", "From {a}", "From <{a}>"]
# What a body may hold that is no separator, though it looks a little like one.
PROSE = [
    "From the beginning we knew.\r\n",
    "From here on\r\nSubject: to change\r\n",
    ">From me to you\r\n",
    "From bob@example.org Tue Mar  5 10:00:05 2024\r\nis what the log says\r\n",
    "\r\nFrom bob@example.org Tue Mar  5 10:00:05 2024\r\n\r\nis in the log\r\n",
    "From: Bob <bob@example.org>\r\nSubject: quoted\r\nDate: today\r\n",
    "> From bob@example.org Tue Mar  5 10:00:05 2024\r\n> Subject: x\r\n",
    "\r\nFrom Monday to Friday: closed\r\n",
    "\r\nFrom " + "0123456789" * 4 + " Mon Sep 17 00:00:00 2001\r\n"
    "From: Bob <bob@example.org>\r\nSubject: [PATCH] mend\r\n\r\n---\r\n diff\r\n",
]
# What only a signature shows to be text.
DOUBTFUL = [
    "See:\r\nFrom bob@example.org Tue Mar  5 10:00:05 2024\r\n"
    "Received: from a by b\r\nSubject: x\r\n\r\nquoted\r\n",
    "See:\r\n\r\nFrom bob@example.org\r\nReturn-Path: <b@example.org>\r\n"
    "Received: from a by b\r\nSubject: x\r\n\r\nquoted\r\n",
    "See:\r\nFrom \r\nReceived: from a by b\r\nSubject: x\r\n\r\nquoted\r\n",
]
TEXT = ["Hello,\r\n", "\r\n", "This is text.\r\n", "Regards\r\n", "=20\r\n",
        "caf\u00e9\r\n", "x" * 300 + "\r\n", "-- \r\n", "\tindented\r\n"]
CONTAINERS = ["", "", "", "", ".gz", ".zst", ".xz", ".bz2", ".tar", ".zip"]


class Message:
    def __init__(self, chance, name, signed, body):
        self.id = f"<{name}@boxes.example>"
        self.signed = signed
        fields = [
            f"From: Alice <a{chance.randrange(9)}@{DOMAIN}>\r\n",
            "To: Bob <bob@example.org>\r\n",
            f"Subject: message {name}\r\n",
        ]
        head = ("Received: from mx.boxes.example by mail.example.org;\r\n"
                "\tTue, 05 Mar 2024 10:00:05 +0000\r\n")
        if signed:
            unsigned, b = signer.signature(
                KEY, f"{SELECTOR}._domainkey.{DOMAIN}", fields, body, 1709632800)
            head += unsigned + base64.b64encode(b).decode() + "\r\n"
        fields.insert(1, f"Message-ID: {self.id}\r\n")
        self.header = head + "".join(fields)
        self.body = body

    def text(self):
        return self.header + "\r\n" + self.body


class Mailbox:
    """One mailbox.  `name` is its file's; `octets` as stored."""

    def __init__(self, seed, number):
        chance = self.chance = random.Random(f"{seed} {number}")
        self.number = number
        undated = chance.random() < 0.25
        self.empty_line = chance.random() < 0.8
        self.blank_behind = chance.random() < 0.1
        self.line_end = chance.choice(["\n", "\n", "\n", "\r\n", "\r"])
        self.damage = chance.choice(
            ["", "", "", "", "bom", "ctrl-z", "nul", "nul-end", "blanks",
             "bom-inside", "no-last-line-end", "first-bare"])
        if not self.empty_line and self.damage in ("blanks", "first-bare"):
            self.damage = ""
        self.form = chance.choice(UNDATED if undated else DATED)
        if "{a}" in self.form and undated:
            # With neither a date nor an empty line nothing but the head of the
            # file tells; see test_addresses_without_empty_lines.
            self.empty_line = True
        # A mailbox without empty lines has no quoted separators; its program
        # must have quoted them.
        count = chance.randint(1, 7)
        # So must that of a mailbox whose only From_ line is bare.
        bare = count == 1 and self.damage == "first-bare"
        self.plain = self.empty_line and not undated and not bare
        self.messages = [self.make(i) for i in range(count)]
        self.pack(self.write())

    def make(self, i):
        chance = self.chance
        signed = chance.random() < 0.7
        parts = [chance.choice(TEXT) for _ in range(chance.randint(0, 6))]
        if self.plain and chance.random() < 0.5:
            parts.insert(chance.randint(0, len(parts)), chance.choice(PROSE))
        if self.plain and signed and chance.random() < 0.3:
            for _ in range(chance.randint(1, 3)):
                parts.insert(chance.randint(0, len(parts)),
                             chance.choice(DOUBTFUL))
        body = "".join(parts) + "end\r\n"
        return Message(chance, f"{self.number}.{i}", signed, body)

    def from_line(self, i):
        form = "From " if i == 0 and self.damage == "first-bare" else self.form
        return form.format(a=f"u{i}@{DOMAIN}", u=f"u{i}")

    def write(self):
        text = "\ufeff" if self.damage == "bom" else ""
        for i, message in enumerate(self.messages):
            last = i == len(self.messages) - 1
            text += self.from_line(i) + "\r\n"
            text += "\r\n" if self.blank_behind else ""
            text += message.text()
            if self.empty_line:
                text += "  \r\n" if self.damage == "blanks" and not last \
                    else "\r\n"
            if self.damage == "nul" and i == 0:
                text += "\0" * self.chance.choice([1, 100, 4096, 70000])
            if self.damage == "bom-inside" and not last:
                text += "\ufeff"
        if self.damage == "no-last-line-end":
            text = text.rstrip("\r\n")
        if self.damage == "ctrl-z":
            text += "\x1a"
        if self.damage == "nul-end":
            text += "\0" * 5000
        return text.replace("\r\n", self.line_end).encode()

    def pack(self, octets):
        suffix = self.chance.choice(CONTAINERS)
        self.name = f"{self.number}.mbox{suffix}"
        self.file = self.name
        inner = f"{self.number}.mbox"
        if suffix == ".gz":
            octets = gzip.compress(octets)
        elif suffix == ".xz":
            octets = lzma.compress(octets, preset=0)
        elif suffix == ".bz2":
            octets = bz2.compress(octets)
        elif suffix == ".zst":
            octets = subprocess.run(["zstd", "-qc"], input=octets, check=True,
                                    capture_output=True).stdout
        elif suffix == ".tar":
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode="w") as tar:
                info = tarfile.TarInfo(inner)
                info.size = len(octets)
                tar.addfile(info, io.BytesIO(octets))
            octets = out.getvalue()
        elif suffix == ".zip":
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as zipped:
                zipped.writestr(inner, octets)
            octets = out.getvalue()
        if suffix in (".tar", ".zip"):
            self.file += "!" + inner
        self.octets = octets

    def truth(self):
        return [(m.id, "pass" if m.signed else "none") for m in self.messages]

    def story(self):
        return (f"{self.name}: {self.form!r} empty_line={self.empty_line} "
                f"blank_behind={self.blank_behind} line_end={self.line_end!r} "
                f"damage={self.damage!r}")


def write_keys(path):
    path.write_text(f"{SELECTOR}._domainkey.{DOMAIN}\t{KEY.record()}\n")


def found_in(program, folder, keys, *options):
    """What the program finds: (Message-ID, result) by file, in order."""
    result = subprocess.run(
        [program, "verify", "--offline", "--keys", keys, "--csv", "messages",
         *options, folder], capture_output=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(result.stderr.decode())
    found = {}
    for row in csv.DictReader(io.StringIO(result.stdout.decode())):
        file = row["file"][len(str(folder)) + 1:]
        found.setdefault(file, []).append((row["message_id"], row["dkim"]))
    return found


def compare(program, folder, seed, numbers, *options):
    """Makes the mailboxes in `folder`, and tells which are read otherwise."""
    boxes = [Mailbox(seed, number) for number in numbers]
    mail = folder / "mail"
    mail.mkdir()
    for box in boxes:
        (mail / box.name).write_bytes(box.octets)
    write_keys(folder / "keys.tsv")
    found = found_in(program, mail, folder / "keys.tsv", *options)
    return [f"{box.story()}\n  is    {box.truth()}\n"
            f"  found {found.get(box.file, [])}"
            for box in boxes if found.get(box.file, []) != box.truth()]


def main():
    program, count = sys.argv[1], int(sys.argv[2])
    seed = sys.argv[3] if len(sys.argv) > 3 else "1"
    wrong = 0
    for first in range(0, count, 500):
        numbers = range(first, min(first + 500, count))
        with tempfile.TemporaryDirectory() as folder:
            for line in compare(program, pathlib.Path(folder), seed, numbers):
                wrong += 1
                print(line)
    print(f"{count} mailboxes of seed {seed}, {wrong} read otherwise")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
