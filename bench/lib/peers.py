"""Other verifiers, where they are installed."""

import pathlib
import subprocess
import sys

SOURCES = pathlib.Path(__file__).resolve().parent.parent / "peers"


def opendkim(directory):
    """The command of the loop over libopendkim, compiled when it is out of
    date; None: libopendkim-dev is not installed."""
    installed = subprocess.run(
        ["cc", "-E", "-x", "c", "-"], input=b"#include <opendkim/dkim.h>\n",
        capture_output=True).returncode == 0
    if not installed:
        return None
    source = SOURCES / "opendkim_loop.c"
    program = directory / "opendkim_loop"
    if (not program.exists()
            or program.stat().st_mtime < source.stat().st_mtime):
        directory.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cc", "-O2", "-o", program, source, "-lopendkim"],
                       check=True)
    return [str(program)]


def dkimpy():
    """The command of the loop over dkimpy; None: python3-dkim is not
    installed."""
    for python in (sys.executable, "/usr/bin/python3"):
        try:
            found = subprocess.run([python, "-c", "import dkim"],
                                   stderr=subprocess.DEVNULL)
        except FileNotFoundError:
            continue
        if found.returncode == 0:
            return [python, str(SOURCES / "dkimpy_loop.py")]
    return None


def passing(contestant):
    """How many messages it says pass."""
    words = subprocess.run(contestant.commands[0], capture_output=True,
                           text=True, check=True).stdout.split()
    return int(words[2])  # "20 messages, 10 pass"
