"""What the tests of the program share: running it, reading its tables, and
archives that the generator makes.
"""
import csv
import fcntl
import io
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

MAILASSAY = os.environ["MAILASSAY"]
GENERATOR = os.environ["GENERATOR"]
WORK = pathlib.Path(os.environ["WORK"])
SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent


def run(*args, stdin=None, **kwargs):
    return subprocess.run([MAILASSAY, *map(str, args)], input=stdin,
                          capture_output=True, timeout=240, **kwargs)


def verify(*args, **kwargs):
    return run("verify", "--offline", *args, **kwargs)


def rows(text):
    if isinstance(text, pathlib.Path):
        text = text.read_bytes()
    return list(csv.DictReader(io.StringIO(text.decode("utf-8"), newline="")))


class Archive:
    """One generated archive in every form, made once for all tests."""

    def __init__(self, messages, median_body, mean_body):
        self.dir = WORK / f"archive-{messages}-{median_body}-{mean_body}"
        with open(WORK / "archive.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (self.dir / "done").exists():
                shutil.rmtree(self.dir, ignore_errors=True)
                for form in ("mbox", "mbox-crlf", "maildir", "eml"):
                    subprocess.run(
                        [GENERATOR, "--messages", str(messages), "--seed", "7",
                         "--median-body", str(median_body), "--mean-body",
                         str(mean_body), "--format", form, "--out",
                         str(self.dir / form)],
                        check=True, capture_output=True)
                (self.dir / "done").touch()
        self.mbox = self.dir / "mbox" / "archive.mbox"
        self.keys = self.dir / "mbox" / "keys.tsv"
        self.truth = self.dir / "mbox" / "truth.tsv"


class Case(unittest.TestCase):
    """A test with an archive and a directory of its own."""

    maxDiff = 2000
    ARCHIVE = (400, 2000, 5000)
    made = {}

    def setUp(self):
        if self.ARCHIVE not in Case.made:
            Case.made[self.ARCHIVE] = Archive(*self.ARCHIVE)
        self.archive = Case.made[self.ARCHIVE]
        self.tmp = pathlib.Path(tempfile.mkdtemp(dir=WORK))
        self.addCleanup(shutil.rmtree, self.tmp, ignore_errors=True)

    def compress(self, program, *args):
        """The archive as one compressed file."""
        path = self.tmp / f"archive.{program}"
        with open(path, "wb") as out:
            subprocess.run([program, *args, "-c", str(self.archive.mbox)],
                           stdout=out, check=True)
        return path

    def zstd_frames(self):
        """The archive as many frames, one behind the other."""
        text = self.archive.mbox.read_bytes()
        path = self.tmp / "frames.zst"
        with open(path, "wb") as out:
            for i in range(0, len(text), 100_000):
                out.write(subprocess.run(
                    ["zstd", "-c"], input=text[i:i + 100_000],
                    capture_output=True, check=True).stdout)
        return path

    def audit(self, *args, code=0, out=None, **kwargs):
        out = out or self.tmp / "out"
        result = verify("--keys", self.archive.keys, "-o", out, *args, **kwargs)
        self.assertEqual(result.returncode, code, result.stderr)
        return out

    def signalled(self, number, *args):
        """Runs the program with the archive from a pipe, which is still open
        when the signal comes.  Its exit code, and what it wrote."""
        process = subprocess.Popen(
            [MAILASSAY, *map(str, args), "-"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        process.stdin.write(self.archive.mbox.read_bytes())
        process.stdin.flush()
        time.sleep(1)
        process.send_signal(number)
        try:
            process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            pass  # reads on
        out, err = process.communicate(timeout=10)
        return process.returncode, out, err
