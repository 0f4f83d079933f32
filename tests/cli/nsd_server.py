"""nsd as an authoritative server on the loopback, in a directory of its own."""
import pathlib
import shutil
import socket
import subprocess
import time

NSD = shutil.which("nsd", path="/usr/sbin:/usr/bin:/sbin:/bin")

CONFIG = """server:
  ip-address: 127.0.0.1@{port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "{dir}"
  database: ""
  pidfile: "{dir}/nsd.pid"
  xfrdfile: "{dir}/xfrd.state"
  xfrdir: "{dir}"
  zonelistfile: "{dir}/zone.list"
  logfile: "{dir}/nsd.log"
  rrl-ratelimit: 0
  tcp-count: 200
remote-control:
  control-enable: no
"""

START_OF_ZONE = """$ORIGIN {zone}.
$TTL 300
@ SOA ns.example. admin.example. 1 3600 600 86400 300
@ NS ns.example.
"""


def txt_line(name, text):
    strings = " ".join(f'"{text[i:i + 255]}"'
                       for i in range(0, len(text), 255))
    return f"{name}. TXT {strings}\n"


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port, seconds=0.2):
    """Whether a query for the root is answered in time, with whatever."""
    query = bytes.fromhex("0001 0100 0001 0000 0000 0000 00 0006 0001")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(seconds)
        try:
            probe.sendto(query, ("127.0.0.1", port))
            return bool(probe.recv(512))
        except OSError:
            return False


class NsdServer:
    """Serves `zones`, name -> file, until it is closed."""

    def __init__(self, directory, zones, seconds=60):
        self.dir = pathlib.Path(directory).resolve()
        self.port = free_port()
        self.address = f"127.0.0.1@{self.port}"
        config = CONFIG.format(port=self.port, dir=self.dir)
        for name, path in zones.items():
            config += f'zone:\n  name: "{name}"\n  zonefile: "{path}"\n'
        (self.dir / "nsd.conf").write_text(config)
        self.process = subprocess.Popen(
            [NSD, "-d", "-c", self.dir / "nsd.conf"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.await_answer(seconds)

    def await_answer(self, seconds):
        for _ in range(seconds * 5):
            if self.process.poll() is not None:
                break
            if answers(self.port):
                return
            time.sleep(0.1)
        log = self.dir / "nsd.log"
        self.close()
        raise RuntimeError(
            f"nsd: {log.read_text() if log.exists() else 'does not start'}")

    def close(self):
        self.process.terminate()
        self.process.wait()
