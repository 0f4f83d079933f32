"""scripts/slurm against a real Slurm (cluster.py): an archive goes through a
job array and comes out as from a single run.

Exits with 77, and says why, where it can't run.
"""
import gzip
import os
import pathlib
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import unittest

from cluster import Cluster, cannot_run
from name_server import NameServer

MAILASSAY = os.environ["MAILASSAY"]
SOURCE = pathlib.Path(__file__).resolve().parent.parent.parent
SAMPLE = SOURCE / "tests" / "sample"
SUBMIT = SOURCE / "scripts" / "slurm" / "submit"
SKIPPED = 77  # SKIP_RETURN_CODE in CMakeLists.txt
SECONDS = 150  # then the test gives up, and still ends what it started
SHARDS = 4
UNDER_WAY = {"PENDING", "CONFIGURING", "RUNNING", "COMPLETING", "REQUEUED"}

# Programs that do what $REAL, mailassay, does, but for one thing.  A job's
# working directory is the one of the submission.
KILLED = """#!/usr/bin/env bash
case " $* " in
  *" --shard 2/4 "*) dir='100%a audit/shard-2' ;;
  " merge "*) dir='100%a audit/audit' ;;
  *) dir= ;;
esac
if [ -n "$dir" ] && mkdir "killed ${dir##*/}"; then
  "$REAL" "$@" &
  while kill -0 $! && [ -z "$(ls -A "$dir")" ]; do :; done
  kill -9 $!  # no time to end in order
  scontrol requeue "$SLURM_JOB_ID"
  sleep 60  # until Slurm ends this try
fi
exec "$REAL" "$@"
"""
NO_SPACE = """#!/usr/bin/env bash
case " $* " in *" --shard 3/4 "*) exit 6 ;; esac
exec "$REAL" "$@"
"""


def make_archives(folder):
    """A mailbox that is cut, small ones, and a damaged one; a blank of some
    kind in every name."""
    text = (SAMPLE / "sample.mbox").read_bytes()
    (folder / "all mail.mbox").write_bytes(text * 4)
    small = folder / "small ones"
    small.mkdir()
    for i in range(6):
        end = text.index(b"\n\nFrom ", 9000 * (i + 1)) + 2
        (small / f"{i} $x'.mbox").write_bytes(text[:end])
    (small / "formula.eml").write_bytes(
        b"Message-ID: =1+1\nFrom: a@a.example\n\nx\n")
    packed = gzip.compress(text)
    (folder / "cut\toff.mbox.gz").write_bytes(packed[:len(packed) // 2])
    return ["all mail.mbox", "small ones", "cut\toff.mbox.gz"]


class Slurm(unittest.TestCase):
    maxDiff = 2000
    cluster = None

    def setUp(self):
        self.tmp = pathlib.Path(tempfile.mkdtemp(prefix="mailassay 100% "))
        self.addCleanup(shutil.rmtree, self.tmp, ignore_errors=True)
        self.archives = make_archives(self.tmp)
        shutil.copy(SAMPLE / "keys.tsv", self.tmp / "the keys.tsv")

    def submit(self, *args, program=MAILASSAY, code=0):
        result = self.cluster.run(SUBMIT, *args, cwd=self.tmp,
                                  env={"MAILASSAY": str(program), "REAL": MAILASSAY})
        self.assertEqual(result.returncode, code, result.stderr.decode())
        return (result.stderr if code else result.stdout).decode()

    def jobs(self, text):
        """The job ids that submit printed."""
        watch, = [line for line in text.splitlines()
                  if line.startswith("watch:")]
        return watch.partition("=")[2].split(",")

    def wait(self, jobs):
        """Waits for the end of all jobs; job -> its states."""
        while True:
            states = {}
            for line in self.cluster.run(
                    "squeue", "--noheader", "--states=all", "--array",
                    "--format=%F %T", "--jobs", ",".join(jobs)
            ).stdout.decode().splitlines():
                job, state = line.split()
                states.setdefault(job, set()).add(state)
            if not any(UNDER_WAY & said for said in states.values()):
                return [states.get(job, set()) for job in jobs]
            time.sleep(0.2)

    def exit_code(self, job):
        shown = self.cluster.run("scontrol", "--oneliner", "show", "job", job)
        for word in shown.stdout.decode().split():
            if word.startswith("ExitCode="):
                return int(word[len("ExitCode="):].split(":")[0])

    def logs(self, out):
        return "".join(f"-- {log.name}\n{log.read_text(errors='replace')}"
                       for log in sorted((self.tmp / out / "log").iterdir()))

    def single_run(self, *args):
        """The tables of one run over everything; the damage makes it 3."""
        result = subprocess.run(
            [MAILASSAY, "verify", "--offline", "-o", "single", *args, "--",
             *self.archives], cwd=self.tmp, capture_output=True, timeout=60)
        self.assertEqual(result.returncode, 3, result.stderr.decode())
        return self.tables("single")

    def tables(self, audit):
        return {path.name: path.read_bytes()
                for path in (self.tmp / audit).glob("*.csv")}

    def assert_same(self, audit, expected):
        tables = self.tables(audit)
        self.assertEqual(sorted(tables), sorted(expected))
        self.assertGreater(len(tables), 1)
        for name, table in tables.items():
            self.assertEqual(table, expected[name], name)

    def program(self, text):
        program = self.tmp / "another program"
        program.write_text(text)
        program.chmod(0o755)
        return program

    def test_killed_and_requeued_comes_out_as_one_run(self):
        keys = ("--keys", "the keys.tsv")
        jobs = self.jobs(self.submit(
            "-n", SHARDS, "-o", "100%a audit", *keys, "--", "--raw-csv",
            *self.archives, program=self.program(KILLED)))
        shards, _ = self.wait(jobs)
        self.assertEqual(shards, {"COMPLETED"}, self.logs("100%a audit"))
        self.assertEqual(self.exit_code(jobs[1]), 3, self.logs("100%a audit"))
        for job in ("shard-2", "audit"):
            self.assertTrue((self.tmp / f"killed {job}").exists(), job)
        expected = self.single_run(*keys, "--raw-csv")
        self.assertIn(b",=1+1,", expected["messages.csv"])
        self.assert_same("100%a audit/audit", expected)
        for i in range(1, SHARDS + 1):
            rows = (self.tmp / f"100%a audit/shard-{i}/messages.csv").read_bytes()
            self.assertGreater(rows.count(b"\n"), 1, f"shard {i} has no mail")

    def test_failed_shard_ends_the_chain_and_resumes(self):
        keys = ("--keys=the keys.tsv",)  # behind "--" will do as well
        args = ("-n", SHARDS, "-o", "out", "--", *keys, "--", *self.archives)
        jobs = self.jobs(self.submit(*args, program=self.program(NO_SPACE)))
        shards, merge = self.wait(jobs)
        self.assertEqual(shards, {"COMPLETED", "FAILED"}, self.logs("out"))
        self.assertEqual(merge, {"CANCELLED"}, self.logs("out"))
        self.assertFalse((self.tmp / "out/audit").exists())
        self.assertIn("--resume", self.submit(*args, code=2))
        jobs = self.jobs(self.submit("--resume", *args))
        shards, _ = self.wait(jobs)
        self.assertEqual(shards, {"COMPLETED"}, self.logs("out"))
        self.assert_same("out/audit", self.single_run(*keys))

    def test_keys_are_asked_once_and_kept(self):
        with NameServer(SAMPLE / "keys.tsv") as server:
            jobs = self.jobs(self.submit(
                "-n", 2, "--fetch-keys", "--resolver",
                f"127.0.0.1@{server.port}", "-o", "out", "--", *self.archives))
            self.assertEqual(len(jobs), 3)
            fetch, shards, _ = self.wait(jobs)
        self.assertEqual((fetch, shards), ({"COMPLETED"}, {"COMPLETED"}),
                         self.logs("out"))
        self.assertGreater(len(server.asked), 40)
        self.assertEqual(set(server.asked.values()), {1})
        said = (self.tmp / "out/log/merge.txt").read_text()
        self.assertIn("keys: 1 key file, offline; judged", said)
        keys = self.tmp / "out/keys.jsonl"
        self.assertEqual(stat.S_IMODE(keys.stat().st_mode) & 0o222, 0)
        self.assert_same("out/audit",
                         self.single_run("--keys", "out/keys.jsonl"))

    def test_fetch_reads_what_the_shards_read(self):
        reading = ("--from", "news-0.example", "--max-message=1M")
        with NameServer(SAMPLE / "keys.tsv") as server:
            self.wait(self.jobs(self.submit(
                "-n", 2, "--fetch-keys", "--resolver",
                f"127.0.0.1@{server.port}", "-o", "out", "--", *reading, "-qL",
                *self.archives)))
        self.assertIn(len(server.asked), range(1, 20), server.asked)
        self.assert_same("out/audit", self.single_run(
            *reading, "-L", "--keys", "out/keys.jsonl"))

    def test_refuses_in_one_line(self):
        mail = self.archives[0]
        for args, why in (
                (("-o", "x", "--"), "no archive"),
                (("-o", "x", "--", "nowhere.mbox"), "nowhere.mbox"),
                (("-o", "x", "--", "nowhere.mbox", mail, "--", "no"), "no can't"),
                (("--", mail), "-o DIR"),
                (("-n", "0", "-o", "x", "--", mail), "-n"),
                (("-n",), "-n takes"),
                (("-x", "--", mail), "unknown option -x"),
                (("--keys", "gone", "-o", "x", "--", mail), "gone"),
                (("--keys", mail, "--fetch-keys", "-o", "x", "--", mail), "either"),
                (("--resolver", "::1", "-o", "x", "--", mail), "--resolver"),
                (("-o", "x", "--", "-j4", mail), "-j4"),
                (("-o", "small ones", "--", mail), "not empty")):
            said = self.submit(*args, code=2).splitlines()
            self.assertIn(why, said[-1], args)
            self.assertFalse((self.tmp / "x").exists(), args)
        self.submit("-o", "x", "-p", "nowhere", "--", mail, code=1)
        waiting = self.cluster.run("squeue", "--noheader").stdout
        self.assertEqual(waiting, b"")


def interrupt(number, _):
    # unittest passes this on, and Cluster ends what runs.
    raise KeyboardInterrupt(signal.strsignal(number))


def main():
    reason = cannot_run()
    if reason:
        print(f"SKIPPED: {reason}")
        sys.exit(SKIPPED)
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    signal.alarm(SECONDS)
    with Cluster() as cluster:
        Slurm.cluster = cluster
        unittest.main(argv=sys.argv)


if __name__ == "__main__":
    main()
