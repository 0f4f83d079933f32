"""kill -9 at any instant, then --resume: the finished audit is that of a run
which nothing disturbed, to the octet (promise P11).
"""
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import unittest

from audit_support import CALLS, AuditCase, contents

SHARDS = 4  # of the exhaustive test, so that each is short


class KillEverywhere:
    """At every system call of a run that changes a file."""

    SHARD = 0

    def test_killed_at_every_call_and_resumed(self):
        self.need_strace()
        expected = self.reference()
        places = self.places()
        self.assertGreater(len(places), 100, "the run does too little")
        for call, at in places[self.SHARD::SHARDS]:
            self.forget()
            killed = self.begin(prefix=self.inject(call, at))
            self.assertEqual(killed.returncode, -signal.SIGKILL, (call, at))
            self.resume()
            self.assert_same(expected, f"killed at {call} {at}")
        # One more call than there are: so all were met.
        call = CALLS[self.SHARD]
        last = max((at for name, at in places if name == call), default=0)
        self.forget()
        self.begin(prefix=self.inject(call, last + 1), code=0)
        self.assert_same(expected, f"not killed at {call} {last + 1}")


class Kill0(KillEverywhere, AuditCase):
    SHARD = 0


class Kill1(KillEverywhere, AuditCase):
    SHARD = 1


class Kill2(KillEverywhere, AuditCase):
    SHARD = 2


class Kill3(KillEverywhere, AuditCase):
    SHARD = 3


class KillAgain(AuditCase):
    """A run that goes on dies as well."""

    def test_killed_twice_in_a_row(self):
        self.need_strace()
        seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
        print(f"SEED={seed}")
        dice = random.Random(seed)
        expected = self.reference()
        places = self.places()
        self.assertGreater(len(places), 100)
        deaths = 0
        for first in dice.sample(places, 25):
            self.forget()
            self.begin(prefix=self.inject(*first), code=-signal.SIGKILL)
            # The rest of the work has fewer places: so some of these end well.
            call = dice.choice(sorted({call for call, _ in places}))
            last = max(at for name, at in places if name == call)
            second = call, dice.randint(1, max(1, last // 2))
            again = self.begin("--resume", prefix=self.inject(*second))
            self.assertIn(again.returncode, (0, -signal.SIGKILL), second)
            deaths += again.returncode != 0
            self.resume()
            self.assert_same(expected, f"seed {seed}: killed at {first}, "
                             f"then at {second}")
        self.assertGreater(deaths, 5)

    def test_killed_at_every_call_of_going_on(self):
        # Stopped near the end: opening what is there, and the end itself.
        self.need_strace()
        expected = self.reference()
        middle = [at for call, at in self.places() if call == "pwrite64"]
        self.forget()
        state = self.tmp / "state"
        self.begin(prefix=self.inject("pwrite64", len(middle) // 2), out=state,
                   code=-signal.SIGKILL)
        shutil.copytree(state, self.out)
        places = self.places("--resume")
        self.assert_same(expected, "nothing killed")
        self.assertGreater(len(places), 50)
        for call, at in places[::4]:
            self.forget()
            shutil.copytree(state, self.out)
            killed = self.begin("--resume", prefix=self.inject(call, at))
            self.assertEqual(killed.returncode, -signal.SIGKILL, (call, at))
            self.resume()
            self.assert_same(expected, f"going on: killed at {call} {at}")


class KillRandom(AuditCase):
    def test_twenty_at_random_times(self):
        seed = int(os.environ.get("SEED", random.randrange(1 << 32)))
        print(f"SEED={seed}")
        dice = random.Random(seed)
        self.inputs = [self.archive.dir / "mbox" / "archive.mbox",
                       self.archive.dir / "mbox-crlf" / "archive.mbox",
                       self.archive.dir / "maildir"]
        began = time.monotonic()
        expected = self.reference(jobs=2)
        duration = time.monotonic() - began
        kills = 0
        self.forget()
        for _ in range(400):
            process = self.start("--resume", jobs=2)
            delay = dice.uniform(0, duration)
            try:
                process.wait(delay)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
            process.communicate()
            if process.returncode == -signal.SIGKILL:
                continue
            self.assertEqual(process.returncode, self.CODE, f"seed {seed}")
            self.assert_same(expected, f"seed {seed} after {kills} kills")
            if kills >= 20:
                return
            self.forget()
        self.fail(f"only {kills} kills")


class KillRemoval(AuditCase):
    """--force removes an audit and begins another."""

    def test_killed_while_the_earlier_audit_is_removed(self):
        self.need_strace()
        expected = self.reference()
        earlier = self.tmp / "earlier"
        finished = earlier / "finished"
        stopped = earlier / "stopped"
        earlier.mkdir()
        # Of another audit, so that what is left of it would show.
        messages = sorted((self.archive.dir / "eml").rglob("*.eml"))[:40]
        self.assertEqual(len(messages), 40)
        inputs, self.inputs = self.inputs, messages
        self.begin(out=finished, code=0)
        middle = self.places(out=self.tmp / "count")
        at = [at for call, at in middle if call == "rename"][-3]
        self.begin(prefix=self.inject("rename", at), out=stopped,
                   code=-signal.SIGKILL)
        self.inputs = inputs
        for before in (finished, stopped):
            (before / "notes.txt").write_text("mine")
            self.removed_and_killed(before, expected)

    def removed_and_killed(self, before, expected):
        def restore():
            self.forget()
            shutil.copytree(before, self.out)

        restore()
        removing = [(call, at) for call, at in self.places("--force")
                    if call in ("unlink", "rename")]
        self.assertGreater(len(removing), 8)
        for call, at in removing:
            for go_on in ("--force", "--resume"):
                what = f"{before.name}: {call} {at}, then {go_on}"
                restore()
                self.begin("--force", prefix=self.inject(call, at),
                           code=-signal.SIGKILL)
                self.assertEqual((self.out / "notes.txt").read_text(), "mine")
                left = contents(self.out)
                result = self.begin(go_on)
                if go_on == "--resume" and result.returncode != 0:
                    # What is left of the earlier audit is not gone on with.
                    self.assertIn(result.returncode, (2, 5), what)
                    self.assertEqual(contents(self.out), left, what)
                    self.begin("--force", code=0)
                self.assertEqual((self.out / "notes.txt").read_text(), "mine")
                (self.out / "notes.txt").unlink()
                self.assert_same(expected, what)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
