"""An audit that is kept in a directory: what stops it, what refuses it, and
that --resume goes on to the audit of an undisturbed run.
"""
import os
import pathlib
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
import unittest

from audit_support import AuditCase, contents
from dns_server import NameServer
from support import WORK, rows

GOES_ON = b"the same command with --resume goes on"


class AuditSignals(AuditCase):
    def test_stops_and_says_how_to_go_on(self):
        self.need_strace()
        expected = self.reference()
        last = self.count_calls()["pwrite64"]
        self.forget()
        for name, code in (("INT", 130), ("TERM", 143)):
            for at in (12, last // 3, last // 2):
                began = time.monotonic()
                result = self.begin(prefix=self.inject("pwrite64", at,
                                                       f"signal={name}"))
                self.assertLess(time.monotonic() - began, 5)
                self.one_line(result, code, self.out, GOES_ON.decode())
                self.assertFalse((self.out / "run.json").exists())
                self.resume()
                self.assert_same(expected, f"{name} at {at}")
                self.forget()

    def test_second_signal_ends_at_once(self):
        self.need_strace()
        expected = self.reference()
        last = self.count_calls()["pwrite64"]
        for at in (12, last // 2, last - 2):
            self.forget()
            result = self.begin(prefix=self.inject(
                "pwrite64", f"{at}..{at + 1}", "signal=TERM"))
            self.assertEqual(result.returncode, 143)
            self.resume()
            self.assert_same(expected, f"two signals at {at}")

    def test_while_it_concludes(self):
        # All is read; the tables are being made.
        self.need_strace()
        expected = self.reference()
        for call in ("rename", "write"):
            last = self.count_calls(out=self.tmp / call)[call]
            for at in (1, last // 2, last):
                self.forget()
                result = self.begin(prefix=self.inject(call, at, "signal=INT"))
                self.assertEqual(result.returncode, 130, (call, at))
                self.resume()
                self.assert_same(expected, f"INT at {call} {at}")


class AuditDisk(AuditCase):
    """A file system of our own that is too small; limits; I/O errors."""

    def command(self, *extra, **kwargs):
        return super().command(*extra, **kwargs) + ["--ignore-space"]

    def fault(self, result, what):
        """Exit 6; one line names a file, and one says how to go on."""
        self.assertEqual(result.returncode, 6, (what, result.stderr))
        lines = result.stderr.decode().splitlines()
        self.assertIn(len(lines), (1, 2), (what, lines))
        self.assertIn(f"{self.out}", lines[0], what)
        for line in lines[1:]:
            self.assertIn(GOES_ON.decode(), line, what)

    def test_full(self):
        if os.geteuid() != 0:
            self.skipTest("only root can mount a small tmpfs")
        expected = self.reference()
        disk = self.tmp / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64K",
                                  "none", disk], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest(f"no tmpfs can be mounted: {mounted.stderr}")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        self.out = disk / "out"
        full = 0
        for k in range(1, 200):
            self.remount(disk, k * 64)
            result = self.begin()
            if result.returncode == 0:
                break
            full += 1
            self.fault(result, f"{k * 64} KiB")
            self.remount(disk, 64 << 10)
            self.resume()
            self.assert_same(expected, f"{k * 64} KiB")
            self.forget()
        else:
            self.fail("never enough")
        self.assertGreater(full, 10)
        self.assert_same(expected, "enough")

    def remount(self, disk, kib):
        subprocess.run(["mount", "-o", f"remount,size={kib}K", disk],
                       check=True)

    def test_room_is_estimated(self):
        # Without --ignore-space nothing is begun on a disk that is too small.
        if os.geteuid() != 0:
            self.skipTest("only root can mount a small tmpfs")
        disk = self.tmp / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256K", "none",
                        disk], check=True)
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        self.out = disk / "out"
        command = [c for c in self.command() if c != "--ignore-space"]
        result = subprocess.run(command, capture_output=True)
        self.one_line(result, 6, self.out, "--ignore-space")
        self.assertEqual(os.listdir(self.out), [])

    def test_file_size_limit(self):
        # SIGXFSZ must not end the program: write() fails, and that is said.
        expected = self.reference()
        largest = max(len(octets) for name, octets in expected.items()
                      if name != "run.json")
        limits = [4 << 10, 20 << 10, 100 << 10, largest // 2, largest - 1]
        for limit in limits:
            self.forget()
            result = subprocess.run(
                self.command(), capture_output=True,
                preexec_fn=lambda: resource.setrlimit(
                    resource.RLIMIT_FSIZE, (limit, limit)))
            self.fault(result, f"{limit} octets")
            self.resume()
            self.assert_same(expected, f"{limit} octets")

    def test_every_io_error(self):
        self.need_strace()
        expected = self.reference()
        calls = ("pwrite64", "fsync", "fdatasync", "write", "rename")
        counts = self.count_calls(calls=calls)
        self.forget()
        done = 0
        for call in calls:
            # Some evenly; each of the few.
            for at in range(1, counts[call] + 1, max(1, counts[call] // 16)):
                # Once, and from then on.
                for more in ("", "+"):
                    # The line that says so is written, too.
                    if call == "write" and more:
                        continue
                    what = f"{call} {at}{more}"
                    result = self.begin(prefix=self.inject(call, f"{at}{more}",
                                                           "error=EIO"))
                    if result.returncode == 0:
                        # Of a sync that is none of the data's.
                        self.assert_same(expected, what)
                    else:
                        self.fault(result, what)
                        done += 1
                    self.resume()
                    self.assert_same(expected, what)
                    self.forget()
        self.assertGreater(done, 40)

    def test_archive_that_cannot_be_read(self):
        self.need_strace()
        result = self.begin(prefix=[
            *self.inject("pread64", "12", "error=EIO"), "-P",
            self.archive.mbox])
        self.assertEqual(result.returncode, 3, result.stderr)
        errors = rows(self.out / "errors.csv")
        self.assertEqual([e["code"] for e in errors], ["unreadable"])
        self.assertGreater(len(rows(self.out / "messages.csv")), 0)


class AuditRefusals(AuditCase):
    """One line that says why, and no octet changed."""

    def refused(self, result, before, code, *words):
        self.one_line(result, code, *words)
        self.assertEqual(contents(self.out), before, words)

    def stop(self, **kwargs):
        """Leaves an audit that is not finished."""
        self.need_strace()
        self.forget()
        self.begin(prefix=self.inject("rename", 2), **kwargs,
                   code=-signal.SIGKILL)
        before = contents(self.out)
        self.assertIn("audit.sqlite", before)
        self.assertNotIn("run.json", before)
        return before

    def test_a_second_run_into_the_same_directory(self):
        before = self.stop()
        self.refused(self.begin(), before, 2, "--resume", "--force")
        self.resume()
        before = contents(self.out)
        self.refused(self.begin(), before, 2, "--force")

    def test_a_finished_audit_stays_as_it_is(self):
        self.begin(code=0)
        before = contents(self.out)
        result = self.resume()
        self.assertIn(b"finished", result.stderr)
        self.assertEqual(contents(self.out), before)

    def at_work(self, *extra):
        """A run that waits for its archive."""
        fifo = self.tmp / "fifo"
        os.mkfifo(fifo)
        inputs, self.inputs = self.inputs, [fifo]
        process = self.start(*extra)
        self.inputs = inputs
        feed = open(fifo, "wb", buffering=0)
        self.addCleanup(feed.close)
        feed.write(self.archive.mbox.read_bytes()[:300_000])
        self.await_file(self.out / "audit.sqlite")
        return process, feed

    def await_file(self, path):
        for _ in range(500):
            if path.exists():
                return
            time.sleep(0.02)
        self.fail(f"{path} does not appear")

    def names_and_kinds(self):
        return sorted((p.name, p.stat().st_ino) for p in self.out.iterdir())

    def test_while_a_run_is_at_work(self):
        process, feed = self.at_work()
        time.sleep(0.5)
        before = contents(self.out)
        self.refused(self.begin(), before, 2)
        self.refused(self.begin("--force"), before, 2, "at work")
        self.refused(self.begin("--resume"), before, 5, "at work")
        feed.close()
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        self.outcome()

    def test_while_a_run_goes_on(self):
        # Stopped where it has opened all and writes its first batch.
        self.stop_early()
        process = self.start("--resume", prefix=self.inject(
            "pwrite64", 1, "signal=STOP"))
        stopped = self.await_stopped(process)
        time.sleep(0.2)
        before = contents(self.out)
        self.refused(self.begin("--resume"), before, 5, "at work")
        self.refused(self.begin("--force"), before, 2, "at work")
        self.refused(self.begin(), before, 2)
        os.kill(stopped, signal.SIGCONT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        found = self.outcome()
        self.forget()
        self.begin(code=0)
        self.assertEqual(self.outcome(), found)

    def stop_early(self):
        self.need_strace()
        last = self.count_calls(out=self.tmp / "count")["pwrite64"]
        self.begin(prefix=self.inject("pwrite64", last // 3),
                   code=-signal.SIGKILL)

    def await_stopped(self, process):
        """The process that a signal has stopped.  strace stops it for a moment
        at each call, too: only what lasts counts."""
        children = pathlib.Path(
            f"/proc/{process.pid}/task/{process.pid}/children")
        seen = 0
        for _ in range(500):
            stopped = [
                int(child) for child in children.read_text().split()
                if pathlib.Path(f"/proc/{child}/stat").read_text()
                .rsplit(")", 1)[1].split()[0] in "tT"]
            seen = seen + 1 if stopped else 0
            if seen == 20:
                return stopped[0]
            time.sleep(0.02)
        self.fail("the run does not stop")

    def test_force_leaves_what_is_not_ours(self):
        self.out.mkdir()
        (self.out / "thesis.txt").write_text("years of work")
        before = contents(self.out)
        self.refused(self.begin("--force"), before, 2, self.out)
        self.refused(self.begin("--resume"), before, 2, self.out)
        self.refused(self.begin(), before, 2, self.out)
        # Nor beside an audit.
        self.forget()
        self.begin(code=0)
        mine = {"thesis.txt": b"1", "messages.csv.bak": b"2",
                "audit.sqlite.bak": b"3", "my-run.json": b"4"}
        for name, octets in mine.items():
            (self.out / name).write_bytes(octets)
        (self.out / "letters").mkdir()
        (self.out / "letters" / "messages.csv").write_bytes(b"5")
        self.begin("--force", code=0)
        for name, octets in mine.items():
            self.assertEqual((self.out / name).read_bytes(), octets)
        self.assertEqual((self.out / "letters/messages.csv").read_bytes(), b"5")

    def test_changed_options(self):
        before = self.stop()
        for words, change in (
                (("--at",), ["--at", "2026-03-01T00:00:00Z"]),
                (("--from",), ["--from", "example.com"]),
                (("--min-rsa-bits",), ["--min-rsa-bits", "2048"]),
                (("--rows",), ["--rows"]),
                (("--raw-csv",), ["--raw-csv"]),
                (("--follow",), ["-L"]),
                (("--max-message",), ["--max-message", "1M"]),
                (("--keys",), ["--keys", self.archive.truth.parent /
                               "keys.tsv"])):
            self.refused(self.begin("--resume", *change), before, 5, *words)
        command = [c for c in self.command("--resume") if c != "--offline"]
        result = subprocess.run([*command, "--resolver", "127.0.0.1@1"],
                                capture_output=True, timeout=60)
        self.refused(result, before, 5, "--offline")

    def test_keys_with_other_content(self):
        keys = self.tmp / "keys.tsv"
        shutil.copy(self.archive.keys, keys)
        self.archive = Changed(self.archive, keys=keys)
        before = self.stop()
        text = keys.read_bytes()
        keys.write_bytes(text.replace(b"\n", b"\n\n", 1))
        self.refused(self.begin("--resume"), before, 5, "--keys")
        # In another place, but the same.
        keys.write_bytes(text)
        moved = self.tmp / "moved.tsv"
        keys.rename(moved)
        self.archive = Changed(self.archive, keys=moved)
        self.resume()

    def test_what_decides_nothing_may_change(self):
        before = self.stop()
        self.assertTrue(before)
        tables = None
        for change in ([], ["-j", "2"], ["--memory", "128M"]):
            self.forget()
            self.begin(prefix=self.inject("pwrite64", 40),
                       code=-signal.SIGKILL)
            command = [c for c in self.command("--resume")]
            for option, value in zip(change[::2], change[1::2]):
                if option in command:
                    command[command.index(option) + 1] = value
                else:
                    command += [option, value]
            result = subprocess.run(command, capture_output=True, timeout=60)
            self.assertEqual(result.returncode, 0, result.stderr)
            found = {p.name: p.read_bytes() for p in self.out.glob("*.csv")}
            tables = tables or found
            self.assertTrue(found == tables, change)

    def test_other_inputs(self):
        before = self.stop()
        inputs = self.inputs
        copy = self.tmp / "copy.mbox"
        shutil.copy(self.archive.mbox, copy)
        for others in ([copy], [*inputs, copy], [copy, *inputs]):
            self.inputs = others
            self.refused(self.begin("--resume"), before, 5, "copy.mbox")
        self.inputs = ["-"]
        self.refused(self.begin("--resume"), before, 2, "standard input")
        self.inputs = [self.tmp / "nowhere"]
        self.refused(self.begin("--resume"), before, 2, "nowhere")
        self.inputs = inputs
        self.resume()

    def test_an_archive_that_was_a_pipe(self):
        process, feed = self.at_work()
        time.sleep(0.5)
        process.kill()
        process.wait()
        before = contents(self.out)
        self.inputs = [self.tmp / "fifo"]
        # Opened by nobody else: a refusal comes without waiting for a writer.
        self.refused(self.begin("--resume"), before, 2, "pipe")

    def test_directory_that_is_an_input(self):
        box = self.tmp / "box"
        box.mkdir()
        shutil.copy(self.archive.mbox, box)
        self.inputs = [box]
        for out in (box, box / "out"):
            for go_on in ((), ("--force",), ("--resume",)):
                result = self.begin(*go_on, out=out)
                self.one_line(result, 2, out)
                self.assertEqual(os.listdir(box), ["archive.mbox"])

    def test_output_that_is_no_directory(self):
        for out in ("/dev/full", "/dev/null", self.archive.mbox):
            for go_on in ((), ("--force",), ("--resume",)):
                self.one_line(self.begin(*go_on, out=out), 2, out)


class Changed:
    """An archive with other files in place of some."""

    def __init__(self, archive, **files):
        self.__dict__.update(archive.__dict__)
        self.__dict__.update(files)


class AuditChangedArchive(AuditCase):
    """An archive that is no longer what it was when the audit began."""

    def setUp(self):
        super().setUp()
        self.need_strace()
        self.mbox = self.tmp / "archive.mbox"
        shutil.copy(self.archive.mbox, self.mbox)
        self.inputs = [self.mbox]
        self.begin(prefix=self.inject("pwrite64", 40), code=-signal.SIGKILL)
        self.before = contents(self.out)

    def refused(self):
        self.one_line(self.begin("--resume"), 5, self.mbox)
        self.assertEqual(contents(self.out), self.before)

    def test_grown(self):
        with open(self.mbox, "ab") as mbox:
            mbox.write(b"\nFrom a Sun Mar  1 12:00:00 2026\nFrom: a@b\n\nx\n")
        self.refused()

    def test_cut(self):
        os.truncate(self.mbox, os.path.getsize(self.mbox) - 1000)
        self.refused()

    def test_touched(self):
        os.utime(self.mbox, (1, 1))
        self.refused()

    def test_edited_in_place(self):
        # The same size, and the time of change put back.
        was = os.stat(self.mbox)
        with open(self.mbox, "r+b") as mbox:
            mbox.seek(100)
            mbox.write(b"#")
        os.utime(self.mbox, ns=(was.st_atime_ns, was.st_mtime_ns))
        self.refused()

    def test_replaced(self):
        octets = self.mbox.read_bytes()
        self.mbox.unlink()
        self.mbox.write_bytes(octets[::-1])
        self.refused()

    def test_a_maildir_with_a_new_message(self):
        box = self.tmp / "box"
        box.mkdir()
        for i, name in enumerate("bcd"):
            (box / f"{name}.eml").write_bytes(
                self.archive.mbox.read_bytes()[:200_000])
        self.inputs = [box]
        self.forget()
        self.begin(prefix=self.inject("pwrite64", 20), code=-signal.SIGKILL)
        self.before = contents(self.out)
        (box / "a.eml").write_bytes(b"From: a@b.example\n\nx\n")
        self.mbox = box
        self.refused()

    def test_gone(self):
        self.mbox.unlink()
        self.one_line(self.begin("--resume"), 2, self.mbox)
        self.assertEqual(contents(self.out), self.before)


class AuditDamage(AuditCase):
    """An audit.sqlite that is damaged, foreign, or none."""

    def setUp(self):
        super().setUp()
        self.need_strace()
        self.expected = self.reference()
        # All read but nothing concluded; and everything in one file.
        self.stopped = self.tmp / "stopped"
        self.begin(prefix=self.inject("rename", 2), out=self.stopped,
                   code=-signal.SIGKILL)
        log = sqlite3.connect(self.stopped / "audit.sqlite")
        log.execute("SELECT count(*) FROM batch").fetchall()
        log.close()
        for path in self.stopped.glob("*.partial*"):
            path.unlink()
        self.assertEqual(os.listdir(self.stopped), ["audit.sqlite"])
        self.octets = (self.stopped / "audit.sqlite").read_bytes()
        self.file = self.out / "audit.sqlite"

    def put(self, octets):
        self.forget()
        self.out.mkdir()
        self.file.write_bytes(octets)

    def refused(self, code=5, *words):
        before = contents(self.out)
        self.one_line(self.begin("--resume"), code, "audit.sqlite", *words)
        self.assertEqual(contents(self.out), before)

    def test_as_it_was_it_goes_on(self):
        self.put(self.octets)
        self.resume()
        self.assert_same(self.expected, "not damaged")

    def test_cut_anywhere(self):
        size = len(self.octets)
        self.assertGreater(size, 100_000)
        places = [0, 1, 15, 16, 99, 100, 511, 512, 4096, 16383, 16384, 16385,
                  size // 2, size - 16384, size - 1]
        places += range(32768, size, size // 12)
        for place in places:
            with self.subTest(place):
                self.put(self.octets[:place])
                if place < size - 1:
                    self.refused()
                    continue
                # The last octet may be one that means nothing.
                result = self.begin("--resume")
                if result.returncode == 0:
                    self.assert_same(self.expected, place)
                else:
                    self.assertIn(result.returncode, (3, 5))
                    self.assertIn(b"audit.sqlite", result.stderr)
                    self.assertFalse((self.out / "run.json").exists())

    def flip(self):
        """Resumes with one bit flipped, many times; gives the places where
        that made an audit, and another one."""
        seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
        print(f"SEED={seed}")
        dice = random.Random(seed)
        places = [*range(0, 100, 7)]
        places += dice.sample(range(100, len(self.octets)), 60)
        refused, other = 0, []
        for place in places:
            damaged = bytearray(self.octets)
            damaged[place] ^= 1 << dice.randrange(8)
            self.put(bytes(damaged))
            result = self.begin("--resume")
            what = f"{place}, seed {seed}"
            if result.returncode == 0:
                if self.outcome() != self.expected:
                    other.append(place)
                continue
            refused += 1
            self.assertIn(result.returncode, (3, 5), (what, result.stderr))
            self.assertIn(b"audit.sqlite", result.stderr, what)
            self.assertFalse((self.out / "run.json").exists(), what)
        self.assertGreater(refused, 5)
        return other

    def test_flipped_octets_are_noticed(self):
        self.assertEqual(self.flip(), [])

    def test_random_octets(self):
        dice = random.Random(1)
        for size in (1, 100, 16384, 100_000):
            self.put(dice.randbytes(size))
            self.refused()
            self.put(self.octets[:100] + dice.randbytes(size))
            self.refused()

    def test_foreign_database(self):
        self.forget()
        self.out.mkdir()
        foreign = sqlite3.connect(self.file)
        foreign.execute("CREATE TABLE audit(name, value)")
        foreign.execute("INSERT INTO audit VALUES('state', 'reading')")
        foreign.commit()
        foreign.close()
        self.refused(5, "no audit of mailassay")
        before = contents(self.out)
        self.one_line(self.begin("--force"), 2, self.out)
        self.one_line(self.begin(), 2, self.out)
        self.assertEqual(contents(self.out), before)

    def test_another_format(self):
        for version in (0, 1, 2, 99, -1):
            self.put(self.octets)
            log = sqlite3.connect(self.file)
            log.execute(f"PRAGMA user_version = {version}")
            log.close()
            self.refused(5, f"format {version}")
            # Ours to replace all the same.
            self.begin("--force", code=0)
            self.assert_same(self.expected, "replaced")

    def test_tables_that_are_not_there(self):
        for change in ("DROP TABLE batch", "DROP TABLE audit",
                       "DROP TABLE answer",
                       "ALTER TABLE batch RENAME COLUMN facts TO other",
                       "DELETE FROM audit WHERE name = 'state'",
                       "UPDATE audit SET value = 'x' WHERE name = 'state'",
                       "UPDATE batch SET facts = 'x' WHERE id = 3",
                       "UPDATE batch SET notes = 'x' WHERE id = 1",
                       "UPDATE batch SET facts = NULL",
                       "UPDATE batch SET file = NULL",
                       "INSERT INTO answer VALUES('a', 'b', 'c')"):
            with self.subTest(change):
                self.put(self.octets)
                log = sqlite3.connect(self.file, isolation_level=None)
                try:
                    log.execute(change)
                except sqlite3.IntegrityError:
                    continue
                finally:
                    log.close()
                result = self.begin("--resume")
                self.assertIn(result.returncode, (3, 5), result.stderr)
                lines = result.stderr.decode().splitlines()
                self.assertIn("audit.sqlite", lines[0])
                self.assertFalse((self.out / "run.json").exists())
                if result.returncode == 5:
                    self.assertEqual(len(lines), 1, lines)

    def test_no_file_at_all(self):
        for make in (os.mkdir, os.mkfifo, lambda p: p.symlink_to("nowhere")):
            self.forget()
            self.out.mkdir()
            make(self.file)
            before = contents(self.out)
            result = self.begin("--resume")
            self.assertIn(result.returncode, (2, 5))
            self.one_line(result, result.returncode, self.out)
            self.one_line(self.begin("--force"), 2, self.out)
            self.one_line(self.begin(), 2, self.out)
            self.assertEqual(contents(self.out), before)

    def test_not_readable(self):
        if os.geteuid() != 0 or shutil.which("setpriv") is None:
            self.skipTest("needs root and setpriv to be somebody else")
        nobody = ["setpriv", "--reuid=65534", "--regid=65534",
                  "--clear-groups"]
        reachable = subprocess.run([*nobody, "test", "-r", self.archive.mbox])
        if reachable.returncode != 0:
            self.skipTest(f"nobody can't read {WORK}")
        self.tmp.chmod(0o755)
        for mode in (0o000, 0o444):
            self.put(self.octets)
            self.file.chmod(mode)
            before = contents(self.out)
            result = self.begin("--resume", prefix=nobody)
            self.assertIn(result.returncode, (5, 6), result.stderr)
            self.one_line(result, result.returncode, "audit.sqlite")
            self.assertEqual(contents(self.out), before)


class AuditForms(AuditCase):
    """Every form of archive is gone on with where it was left."""

    def killed_and_resumed(self, *inputs, code=0):
        self.need_strace()
        self.inputs = inputs
        self.CODE = code
        self.forget()
        shutil.rmtree(self.tmp / "reference", ignore_errors=True)
        expected = self.reference()
        last = self.count_calls()["pwrite64"]
        self.assertGreater(last, 50)
        for at in (last // 7, last // 4, last // 3, last // 2):
            self.forget()
            self.begin(prefix=self.inject("pwrite64", at),
                       code=-signal.SIGKILL)
            result = self.resume()
            self.assertNotIn(b"begins now", result.stderr)
            self.assert_same(expected, f"{inputs}: killed at {at}")

    def test_maildir(self):
        self.killed_and_resumed(self.archive.dir / "maildir" / "archive")

    def test_eml(self):
        self.killed_and_resumed(self.archive.dir / "eml" / "archive")

    def test_zstd(self):
        self.killed_and_resumed(self.compress("zstd"))

    def test_zstd_of_many_frames(self):
        self.killed_and_resumed(self.zstd_frames())

    def test_gzip(self):
        self.killed_and_resumed(self.compress("gzip"))

    def test_tar(self):
        tar = self.tmp / "m.tar.gz"
        with tarfile.open(tar, "w:gz") as out:
            out.add(self.archive.dir / "maildir" / "archive", arcname="mail")
            out.add(self.archive.mbox, arcname="box/all.mbox")
        self.killed_and_resumed(tar)

    def test_several_inputs_with_errors_between(self):
        box = self.tmp / "box"
        box.mkdir()
        packed = self.compress("gzip").read_bytes()
        (box / "a.mbox.gz").write_bytes(packed[:len(packed) // 2])
        os.mkfifo(box / "b")
        (box / "c.pst").write_bytes(b"!BDN" + bytes(600))
        shutil.copy(self.archive.mbox, box / "d.mbox")
        (box / "e").symlink_to("/etc/passwd")
        (box / "f").write_bytes(b"")
        self.killed_and_resumed(self.compress("zstd"), box, self.archive.mbox,
                                code=3)
        # An audit that ended so says so again.
        self.assertEqual(
            [e["code"] for e in rows(self.out / "errors.csv")],
            ["damaged", "not_regular", "not_mail", "not_regular", "empty"])


class AuditDns(AuditCase):
    def setUp(self):
        super().setUp()
        self.need_strace()

    def server(self, answers=lambda name: True):
        server = NameServer(self.archive.keys, answers)
        self.addCleanup(server.close)
        self.port = server.port
        return server

    def command(self, *extra, **kwargs):
        command = super().command(*extra, **kwargs)
        command.remove("--offline")
        at = command.index("--keys")
        command[at:at + 2] = ["--dns-rate", "0", "--resolver",
                              f"127.0.0.1@{self.port}"]
        return command

    def tables(self):
        return {p.name: p.read_bytes() for p in self.out.glob("*.csv")}

    def assert_tables(self, expected):
        found = self.tables()
        self.assertEqual(sorted(found), sorted(expected))
        for name in expected:
            self.assertTrue(found[name] == expected[name], name)

    def answers(self):
        """What the log of a stopped run knows; read from a copy."""
        copy = self.tmp / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.out, copy)
        log = sqlite3.connect(copy / "audit.sqlite")
        names = dict(log.execute("SELECT name, answer FROM answer"))
        batches, = log.execute("SELECT count(*) FROM batch").fetchone()
        log.close()
        return names, batches

    def test_only_names_not_yet_answered_are_asked(self):
        server = self.server()
        self.begin(code=0)
        everything = set(server.asked)
        self.assertGreater(len(everything), 50)
        expected = self.tables()
        last = self.count_calls(out=self.tmp / "count")["pwrite64"]
        spared = 0
        # The last of these is after the end of reading, when all is answered;
        # how many writes there are before it depends on when DNS answers.
        for call, at in (("pwrite64", last // 4), ("pwrite64", last // 3),
                         ("pwrite64", last // 2), ("rename", 2)):
            self.forget()
            self.begin(prefix=self.inject(call, at), code=-signal.SIGKILL)
            names, batches = self.answers()
            self.assertGreater(batches, 0)
            known = {name for name, answer in names.items() if answer}
            server.asked.clear()
            self.resume()
            self.assertEqual(set(server.asked) & known, set())
            self.assertLessEqual(everything - known, set(server.asked))
            spared += len(known)
            self.assert_tables(expected)
            # An answer says when it was given: so not all of the audit is
            # the same, but what was there is kept to the octet.
            kept, _ = self.answers()
            self.assertEqual(set(kept), everything)
            for name in known:
                self.assertEqual(kept[name], names[name])
        self.assertGreater(spared, 20)

    def test_killed_while_it_waits_for_answers(self):
        self.stopped_while_it_waits(signal.SIGKILL, -signal.SIGKILL)

    def test_terminated_while_it_waits_for_answers(self):
        self.stopped_while_it_waits(signal.SIGTERM, 143)

    def stopped_while_it_waits(self, number, code):
        """Half of the names have no answer yet when the run is stopped.  They
        are asked again, and nothing of the waiting shows."""
        server = self.server()
        self.begin(code=0)
        expected = self.tables()
        self.forget()
        server.answers = lambda name: len(name) % 2 == 0
        process = self.start()
        self.await_quiet(server)
        process.send_signal(number)
        _, err = process.communicate(timeout=5)
        self.assertEqual(process.returncode, code, err)
        server.answers = lambda name: True
        self.resume()
        self.assert_tables(expected)

    def await_quiet(self, server):
        """Everything is read: no new name is asked."""
        seen, since = 0, time.monotonic()
        while time.monotonic() - since < 1.5:
            if len(set(server.asked)) != seen:
                seen, since = len(set(server.asked)), time.monotonic()
            time.sleep(0.05)
        server.asked.clear()


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
