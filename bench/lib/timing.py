"""Commands timed in turns, so that a noisy machine treats all alike."""

import dataclasses
import multiprocessing
import os
import statistics
import subprocess
import sys
import time


class Run:
    """Wall and CPU seconds and peak memory of processes run at once."""

    def __init__(self, commands, allowed=(0,)):
        begin = time.monotonic()
        children = [
            subprocess.Popen(command, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
            for command in commands
        ]
        self.cpu = 0.0
        self.peak_bytes = 0
        for child, command in zip(children, commands):
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode not in allowed:
                sys.exit(f"exit {child.returncode}: {' '.join(command)}")
            self.cpu += usage.ru_utime + usage.ru_stime
            self.peak_bytes = max(self.peak_bytes, usage.ru_maxrss * 1024)
        self.wall = time.monotonic() - begin


def apart(function, *arguments):
    """Calls it in a process of its own: Linux counts what a process was before
    exec to its peak, so what starts the contestants has to stay small."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(function, arguments)


@dataclasses.dataclass
class Contestant:
    """What is run on an archive, and how its runs went."""

    name: str
    commands: list  # run at once
    octets: int  # of mail, uncompressed
    messages: int
    allowed: tuple = (0,)  # exit codes
    runs: list = dataclasses.field(default_factory=list)

    def take(self):
        self.runs.append(Run(self.commands, self.allowed))

    @property
    def wall(self):
        return statistics.median(run.wall for run in self.runs)

    @property
    def best(self):
        return min(run.wall for run in self.runs)

    @property
    def cpu(self):
        return statistics.median(run.cpu for run in self.runs)

    @property
    def peak_bytes(self):
        return max(run.peak_bytes for run in self.runs)


def take_rounds(groups, rounds):
    """All contestants in turns; before the rounds each group's first one,
    which brings the group's archive into the page cache."""
    for number in range(rounds):
        for group in groups:
            if number == 0:
                Run(group[0].commands, group[0].allowed)
            for contestant in group:
                contestant.take()
        print(f"round {number + 1} of {rounds}", file=sys.stderr)


@dataclasses.dataclass
class Ratio:
    """How many times as much one takes as the other, an octet."""

    median: float  # of the ratios within each round
    best: float  # of the quickest runs

    def __str__(self):
        return f"{self.median:6.2f}   (quickest runs {self.best:.2f})"


def ratio(ours, theirs, measure="wall"):
    scale = theirs.octets / ours.octets
    mine = [getattr(run, measure) for run in ours.runs]
    others = [getattr(run, measure) for run in theirs.runs]
    return Ratio(
        scale * statistics.median(a / b for a, b in zip(mine, others)),
        scale * min(mine) / min(others))
