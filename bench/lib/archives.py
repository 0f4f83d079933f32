"""Generated archives: mail of a known shape whose every verdict is known."""

import array
import csv
import pathlib
import shlex
import subprocess
import sys
import tempfile


class Archive:
    """An mbox of the generator, with its keys, its truth and what is cut from
    it; made when it is not there."""

    def __init__(self, build, directory, shape, messages, seed):
        self.build = build
        self.shape = shape
        self.directory = directory / f"{shape}-{messages}-{seed}"
        self.keys = self.directory / "keys.tsv"
        self.mbox = self.directory / "archive.mbox"
        if not self.keys.exists():  # written last
            subprocess.run(
                [build / "bench" / "mailassay-generate-archive", "--shape",
                 shape, "--out", self.directory, "--messages", str(messages),
                 "--seed", str(seed)], check=True)
        self.octets = self.mbox.stat().st_size
        self.offsets = array.array("Q")  # of the messages
        self.signatures = 0
        for row in self.truth():
            self.offsets.append(int(row["offset"]))
            self.signatures += len(row["reasons"].split(";"))
            self.signatures -= not row["reasons"]

    def __len__(self):
        return len(self.offsets)

    def truth(self):
        """The rows of what a verifier must say, a message each."""
        with open(self.directory / "truth.tsv", newline="") as file:
            yield from csv.DictReader(file, delimiter="\t",
                                      quoting=csv.QUOTE_NONE)

    def verify(self, jobs, *archives, kernels=None):
        """The command that verifies the mbox, or other archives of its
        signers."""
        return [str(self.build / "cmd" / "mailassay"),
                *(["--kernels", kernels] if kernels else []),
                "verify", "--offline", "--keys", str(self.keys),
                "-j", str(jobs), *map(str, archives or [self.mbox])]

    def check(self):
        """Every message's class and every signature's reason, or an end; how
        many messages pass."""
        reasons = {}
        with tempfile.TemporaryDirectory(dir=self.directory) as scratch:
            out = pathlib.Path(scratch) / "audit"
            subprocess.run([*self.verify(2), "-q", "--rows", "-o", str(out)],
                           stdout=subprocess.DEVNULL, check=True)
            with open(out / "messages.csv", newline="") as file:
                rows = {row["offset"]: row for row in csv.DictReader(file)}
            with open(out / "signatures.csv", newline="") as file:
                for row in csv.DictReader(file):
                    reasons.setdefault(row["offset"], []).append(row["reason"])
        wrong = [
            row["offset"] for row in self.truth()
            if row["offset"] not in rows
            or rows[row["offset"]]["verdict_class"] != row["class"]
            or ";".join(reasons.get(row["offset"], [])) != row["reasons"]
        ]
        if wrong or len(rows) != len(self):
            sys.exit(f"{len(wrong)} of {len(self)} messages judged "
                     f"wrongly, {len(rows)} found; first at offsets "
                     f"{wrong[:5]}")
        return sum(row["dkim"] == "pass" for row in rows.values())

    def message(self, number):
        """The octets of one message, as the mbox has them."""
        with open(self.mbox, "rb") as file:
            file.seek(self.offsets[number])
            return file.read(self._from_line(number + 1) - file.tell())

    def halves(self):
        """The archive in two files, cut at the message nearest to the
        middle."""
        middle = min(
            range(1, len(self)),
            key=lambda number: abs(self.offsets[number] - self.octets // 2))
        cut = self._from_line(middle)
        return [self._part("half1.mbox", 0, cut),
                self._part("half2.mbox", cut, self.octets)]

    def head(self, messages):
        """The first messages."""
        return self._part(f"head-{messages}.mbox", 0, self._from_line(messages))

    def compressed(self):
        """The archive as zstd frames of 8 MiB of mail each."""
        path = self.directory / "archive.mbox.zst"
        if not path.exists():
            part = path.with_suffix(".part")
            part.unlink(missing_ok=True)
            subprocess.run(
                ["split", "-b", "8M",
                 "--filter", f"zstd -3 -q -c >> {shlex.quote(str(part))}",
                 str(self.mbox)], check=True)
            part.rename(path)
        return path

    def _from_line(self, number):
        """Where the From_ line of a message begins; the end behind the
        last."""
        if number >= len(self):
            return self.octets
        offset = self.offsets[number]
        with open(self.mbox, "rb") as file:
            file.seek(max(0, offset - 4096))
            before = file.read(offset - file.tell())
        return offset - (len(before) - before[:-1].rfind(b"\n") - 1)

    def _part(self, name, begin, end):
        path = self.directory / name
        if not path.exists() or path.stat().st_size != end - begin:
            with open(self.mbox, "rb") as file, open(path, "wb") as out:
                file.seek(begin)
                while file.tell() < end:
                    out.write(file.read(min(1 << 22, end - file.tell())))
        return path
