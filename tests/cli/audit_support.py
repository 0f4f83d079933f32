"""What the tests of kept audits share: an audit of its own command, all that
its directory holds, and death at a chosen system call.
"""
import collections
import json
import os
import re
import shutil
import signal
import subprocess

from support import MAILASSAY, Case

STRACE = shutil.which("strace")

# All system calls that change a file or what a directory holds.  None of them
# may be missing here: strace counts them before a test kills at each.
CALLS = ("write", "pwrite64", "fsync", "fdatasync", "rename", "unlink",
         "ftruncate")


def contents(path):
    """All that a directory holds: name -> kind, octets and time of change.
    But for an empty log, which says nothing and may come and go."""
    found = {}
    for name in sorted(os.listdir(path)):
        file = path / name
        octets = file.read_bytes() if file.is_file() else None
        if name == "audit.sqlite-wal" and octets == b"":
            continue
        found[name] = (file.lstat().st_mode, file.lstat().st_mtime_ns, octets)
    return found


class AuditCase(Case):
    """500 messages; small ones, for a test runs the program many times."""

    ARCHIVE = (500, 600, 900)
    CODE = 0  # of an audit that nothing disturbs

    def setUp(self):
        super().setUp()
        self.out = self.tmp / "out"
        self.inputs = [self.archive.mbox]

    def command(self, *extra, out=None, jobs=1):
        """The audit.  `extra` is told apart from it: all that decides the
        audit is the same each time."""
        return [MAILASSAY, "verify", "--offline", "-q", "--keys",
                str(self.archive.keys), "--block", "64K", "-j", str(jobs),
                *map(str, self.inputs), "-o", str(out or self.out),
                *map(str, extra)]

    def start(self, *extra, prefix=(), **kwargs):
        command = self.command(*extra, **kwargs)
        process = subprocess.Popen([*map(str, prefix), *command],
                                   stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE,
                                   start_new_session=True)
        self.addCleanup(self.end, process)
        return process

    def end(self, process):
        """With all that it has started."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        process.stdout.close()
        process.stderr.close()

    def begin(self, *extra, prefix=(), code=None, **kwargs):
        """The audit, or what is done with it."""
        result = subprocess.run(
            [*map(str, prefix), *self.command(*extra, **kwargs)],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=240)
        if code is not None:
            self.assertEqual(result.returncode, code, result.stderr)
        return result

    def resume(self, *extra, code=None, **kwargs):
        return self.begin("--resume", *extra,
                          code=self.CODE if code is None else code, **kwargs)

    def outcome(self, out=None):
        """All files of a finished audit.  run.json without what differs from
        run to run."""
        out = out or self.out
        files = {path.name: path.read_bytes() for path in out.iterdir()}
        books = json.loads(files["run.json"])
        self.assertGreaterEqual(books.pop("seconds"),
                                books.pop("seconds_reading"))
        options = books["options"]
        if "-o" in options:  # report, in its place, has none
            at = options.index("-o")
            del options[at:at + 2]
        books["options"] = [o for o in options
                            if o not in ("--resume", "--force")]
        books["jobs"] = None
        files["run.json"] = books
        return files

    def reference(self, **kwargs):
        """What comes of the audit when nothing disturbs it."""
        out = self.tmp / "reference"
        self.begin(out=out, code=self.CODE, **kwargs)
        files = self.outcome(out)
        self.assertLessEqual({"audit.sqlite", "messages.csv", "signatures.csv",
                              "run.json"}, set(files))
        return files

    def assert_same(self, expected, what, out=None):
        found = self.outcome(out)
        self.assertEqual(sorted(found), sorted(expected), what)
        for name in expected:
            if found[name] != expected[name]:
                self.fail(f"{name} differs: {what}")

    def forget(self, out=None):
        shutil.rmtree(out or self.out, ignore_errors=True)

    def need_strace(self):
        if STRACE is None:
            self.skipTest("strace is not installed")

    def inject(self, call, at, what="signal=KILL"):
        return [STRACE, "-f", "-qq", "-o", "/dev/null", "-e",
                f"trace={call}", "-e", f"inject={call}:{what}:when={at}"]

    def count_calls(self, *extra, calls=CALLS, **kwargs):
        """How often a run makes each of the calls."""
        trace = self.tmp / "trace"
        self.begin(*extra, code=self.CODE, prefix=[
            STRACE, "-f", "-qq", "-o", trace, "-e",
            "trace=" + ",".join(calls)], **kwargs)
        return collections.Counter(
            re.findall(r"^\d+ +(\w+)\(", trace.read_text(), re.MULTILINE))

    def places(self, *extra, **kwargs):
        """(call, number) of each place where a run can be killed."""
        counts = self.count_calls(*extra, **kwargs)
        return [(call, at) for call in CALLS
                for at in range(1, counts[call] + 1)]

    def one_line(self, result, code, *words):
        """A refusal or fault: its exit code, and one line that says why."""
        self.assertEqual(result.returncode, code, result.stderr)
        lines = result.stderr.decode().splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith("mailassay: "), lines)
        for word in words:
            self.assertIn(str(word), lines[0])


class FinishedCase(AuditCase):
    """A finished audit in `out`, for the commands that look at it again."""

    def setUp(self):
        super().setUp()
        self.begin(code=0)

    def again(self, *args, code=0):
        """Another command of the program."""
        result = subprocess.run([MAILASSAY, *map(str, args)],
                                stdin=subprocess.DEVNULL, capture_output=True,
                                timeout=120)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def csv_files(self, path):
        return {p.name: p.read_bytes() for p in path.glob("*.csv")}

    def assert_same_tables(self, found, expected, what=""):
        """All CSV files but changes.csv, to the octet."""
        found, expected = self.csv_files(found), self.csv_files(expected)
        found.pop("changes.csv", None)
        expected.pop("changes.csv", None)
        self.assertEqual(sorted(found), sorted(expected), what)
        self.assertIn("messages.csv", found)
        for name in expected:
            self.assertTrue(found[name] == expected[name], (name, what))

    def refused(self, code, words, *args, kept=()):
        """One line that has the words; what is in `kept` stays as it is."""
        before = [contents(path) for path in kept]
        result = self.again(*args, code=code)
        self.one_line(result, code, *words)
        self.assertEqual(result.stdout, b"")
        self.assertEqual([contents(path) for path in kept], before, words)

    def unfinished(self):
        """An audit that was killed before its end."""
        self.need_strace()
        out = self.tmp / "unfinished"
        self.begin(prefix=self.inject("rename", 2), out=out,
                   code=-signal.SIGKILL)
        self.assertNotIn("run.json", os.listdir(out))
        return out
