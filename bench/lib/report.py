"""Results as text: tables of contestants, and the machine they ran on."""

import datetime
import os
import platform
import subprocess

from lib.timing import ratio


def head(root):
    return (f"# {datetime.date.today()}, commit {commit(root)}\n"
            f"machine: {cpu_name()}, {os.cpu_count()} CPUs, "
            f"{platform.system()} {platform.release()}, "
            f"load {os.getloadavg()[0]:.1f}")


def record(root, name, text):
    """Keeps a result in bench/runs/."""
    runs = root / "bench" / "runs"
    runs.mkdir(exist_ok=True)
    stamp = datetime.datetime.now().strftime("%Y-%m-%d-%H%M")
    path = runs / f"{stamp}-{name}.txt"
    path.write_text(text)
    print(f"written to {path}")


def cpu_name():
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def commit(root):
    git = ["git", "-C", str(root)]
    name = subprocess.run([*git, "rev-parse", "--short", "HEAD"],
                          capture_output=True, text=True).stdout.strip()
    changed = subprocess.run([*git, "status", "--porcelain", "-uno"],
                             capture_output=True, text=True).stdout
    return name + (" with changes" if changed else "")


def table(contestants, unit):
    """The time of each, and against `unit` its time for an octet; what one
    core does in a second is by CPU time."""
    lines = [f"{'':28}{'wall s':>8}{'least':>8}{'CPU s':>8}{'MB/s':>8}"
             f"{'mess./s':>9}{'peak':>9}{'openssl':>9}",
             f"{'':28}{'median':>8}{'':>8}{'':>8}{'a core':>8}{'a core':>9}"
             f"{'MiB':>9}{'= 1':>9}"]
    for each in contestants:
        lines.append(
            f"{each.name:28}{each.wall:8.3f}{each.best:8.3f}{each.cpu:8.3f}"
            f"{each.octets / each.cpu / 1e6:8.0f}"
            f"{each.messages / each.cpu:9.0f}{each.peak_bytes / 2**20:9.0f}"
            f"{ratio(each, unit).median:9.2f}")
    return lines


def hostile_table(contestants, plain):
    lines = [f"{'':36}{'MB':>8}{'ns/octet':>10}{'least':>8}{'peak MiB':>10}"
             f"{'plain = 1':>11}"]
    for each in [plain, *contestants]:
        lines.append(
            f"{each.name:36}{each.octets / 1e6:8.1f}"
            f"{each.wall / each.octets * 1e9:10.2f}"
            f"{each.best / each.octets * 1e9:8.2f}"
            f"{each.peak_bytes / 2**20:10.0f}"
            f"{ratio(each, plain).median:11.2f}")
    return lines
