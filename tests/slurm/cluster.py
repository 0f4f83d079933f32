"""A Slurm of one node, private to a test: its own munged, slurmctld and slurmd
on free ports of the loopback address, with all they keep in one directory.
Nothing of the machine's own Slurm is read, written or spoken to.
"""
import ctypes
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scancel", "scontrol",
            "sinfo", "squeue")
PR_SET_CHILD_SUBREAPER = 36

# No accounting, no cgroups, no plugin that needs more than a kernel; more
# cores than the machine may have, so that tasks run beside one another.
# cred_expire is also how long Slurm keeps a requeued task back.
CONF = """
ClusterName=mailassay-test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket={dir}/munge.socket,cred_expire=5
CredType=cred/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={dir}/state
SlurmdSpoolDir={dir}/spool
SlurmctldPidFile={dir}/slurmctld.pid
SlurmdPidFile={dir}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SlurmdParameters=config_overrides
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=8192
PartitionName=all Nodes={host} Default=YES State=UP
"""


def cannot_run():
    """Why no Slurm can be started here, or None."""
    missing = [p for p in PROGRAMS if shutil.which(p, path=PATH) is None]
    if missing:
        return (f"no {', '.join(missing)}; scripts/setup test installs "
                "slurm-wlm and munge")
    try:
        pwd.getpwuid(os.getuid())
        free_port()
    except KeyError:
        return f"user {os.getuid()} has no name"
    except OSError as error:
        return f"no socket on 127.0.0.1: {error.strerror}"
    return None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children():
    """The processes whose parent is this one."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(fields[1]) == os.getpid():
            found.append(int(stat.parent.name))
    return found


class Cluster:
    """with Cluster() as cluster: cluster.run("squeue").

    Leaving the block ends every process that it started, those of jobs too.
    """

    def __init__(self):
        self.dir = None
        self.daemons = []

    def __enter__(self):
        # What a dying slurmd leaves behind becomes a child of this process and
        # can be ended; ctest, too, finds it here when it kills the test.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        for _ in range(3):  # another process may take a port first
            # Not below the build folder: a socket's path is short.
            self.dir = pathlib.Path(tempfile.mkdtemp(prefix="mailassay-slurm-"))
            self.daemons = []
            self.configure()
            self.start_daemons()
            if self.comes_up():
                return
            logs = self.logs()
            self.stop()
        raise RuntimeError("Slurm does not start:\n" + logs)

    def configure(self):
        key = self.dir / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        (self.dir / "state").mkdir()
        (self.dir / "spool").mkdir()
        host = socket.gethostname().split(".")[0]
        (self.dir / "slurm.conf").write_text(CONF.format(
            dir=self.dir, host=host, user=pwd.getpwuid(os.getuid()).pw_name,
            controller_port=free_port(), node_port=free_port()))
        (self.dir / "cgroup.conf").touch()
        self.environment = {
            name: value for name, value in os.environ.items()
            if not name.startswith(("SLURM", "SBATCH", "SQUEUE"))}
        self.environment["PATH"] = PATH
        self.environment["SLURM_CONF"] = str(self.dir / "slurm.conf")

    def start_daemons(self):
        # --force: munged as root, and below a directory of any mode.
        self.daemon("munged", "--foreground", "--force",
                    f"--key-file={self.dir}/munge.key",
                    f"--socket={self.dir}/munge.socket",
                    f"--pid-file={self.dir}/munged.pid",
                    f"--log-file={self.dir}/munged.log",
                    f"--seed-file={self.dir}/munged.seed")
        self.wait_until(lambda: (self.dir / "munge.socket").exists())
        self.daemon("slurmctld", "-D")
        self.daemon("slurmd", "-D")

    def daemon(self, name, *args):
        with open(self.dir / f"{name}.out", "wb") as log:
            self.daemons.append(subprocess.Popen(
                [shutil.which(name, path=PATH), *args], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env=self.environment,
                start_new_session=True))

    def wait_until(self, condition):
        """Whether it came true while all daemons live, within 20 s."""
        for _ in range(200):
            if any(daemon.poll() is not None for daemon in self.daemons):
                return False
            if condition():
                return True
            time.sleep(0.1)
        return False

    def comes_up(self):
        return self.wait_until(
            lambda: b"idle" in self.run("sinfo", "--noheader").stdout)

    def logs(self):
        return "".join(
            f"-- {path.name}\n{path.read_text(errors='replace')[-2000:]}"
            for path in sorted([*self.dir.glob("*.out"), *self.dir.glob("*.log")]))

    def run(self, *args, **kwargs):
        """A command with this cluster as its Slurm."""
        env = {**self.environment, **kwargs.pop("env", {})}
        return subprocess.run(list(map(str, args)), env=env, timeout=60,
                              capture_output=True, stdin=subprocess.DEVNULL,
                              **kwargs)

    def stop(self):
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            try:
                daemon.wait(5)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        # Jobs: each generation that is killed hands its children to us.
        while orphans := children():
            for pid in orphans:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)
