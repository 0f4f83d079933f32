"""A DNS server on the loopback for tests: UDP and TCP on one port, and for each
name a script of what it does.  It answers what is right, or lies and limps as
the script says, and counts what it is asked.

  server = DnsServer()
  server.set("s._domainkey.a.example", Script(["v=DKIM1; p=..."]))
  ... "--resolver", server.address ...
  server.queries["s._domainkey.a.example"]
"""
import collections
import dataclasses
import heapq
import itertools
import socket
import struct
import threading
import time

TXT, CNAME = 16, 5
FORMERR, SERVFAIL, NXDOMAIN, REFUSED = 1, 2, 3, 5


def wire_name(name):
    """RFC 1035 3.1; a dot ends a label, whatever else is in it."""
    return b"".join(bytes([len(label)]) + label for label in
                    name.encode("latin-1").split(b".") if label) + b"\0"


def cut(text, size=255):
    """The character-strings of one TXT record."""
    octets = text if isinstance(text, bytes) else text.encode()
    return [octets[i:i + size] for i in range(0, max(1, len(octets)), size)]


def record(owner, rtype, data, ttl=300, length=None):
    return owner + struct.pack(">HHIH", rtype, 1, ttl,
                               len(data) if length is None else length) + data


def txt(strings, owner=b"\xc0\x0c", ttl=300):
    return record(owner, TXT, b"".join(bytes([len(s)]) + s for s in strings),
                  ttl)


@dataclasses.dataclass
class Script:
    """What is done with the queries for one name.

    texts: the TXT records, each as text, octets, or a list of its strings.
    cnames: a chain that starts at the name; the texts are those of its last
      link.  A chain whose last link is the name loops.
    missing: so many first queries are lost; -1: all.
    delay: seconds before the answer.
    limit: at most so many answers a second, the rest are lost.
    truncate: TC=1 over UDP.  tcp: "answer", "close", "stall" (takes the query,
      says nothing) or "drip" (an octet of the answer each second).
    spoof: sent before the answer: "id" (another id), "source" (from another
      port), "name" (another question), each with the record `lie`.
    raw: makes the whole packet from the query; nothing else counts.
    extra: octets of records behind the answers: (answers, additional).
    own_cname: the target of a CNAME that stands beside the texts: only a query
      for it shows it.
    """
    texts: list = ()
    cnames: tuple = ()
    rcode: int = 0
    ttl: int = 300
    missing: int = 0
    delay: float = 0.0
    limit: float = 0.0
    truncate: bool = False
    tcp: str = "answer"
    spoof: tuple = ()
    lie: str = "v=DKIM1; p="
    raw: object = None
    authentic: bool = False
    own_answer: bool = True
    extra: tuple = ((), ())
    own_cname: str = ""


class Query:
    def __init__(self, packet):
        self.packet = packet
        labels, at = [], 12
        while packet[at]:
            labels.append(packet[at + 1:at + 1 + packet[at]])
            at += 1 + packet[at]
        self.id = packet[:2]
        self.question = packet[12:at + 5]
        self.qtype, = struct.unpack_from(">H", packet, at + 1)
        self.name = b".".join(labels).decode("latin-1").lower()


def header(query, flags, questions, answers, additional=0):
    return query.id + struct.pack(">HHHHH", flags, questions, answers, 0,
                                  additional)


class DnsServer:
    def __init__(self, tcp=True):
        self.scripts = {}
        self.default = Script(rcode=NXDOMAIN)
        self.script_for = None  # name -> Script; before `scripts`
        self.asked = []  # the name of each query, UDP and TCP
        self.queries = collections.Counter()  # the same by name
        self.tcp_queries = collections.Counter()
        self.late, self.order = [], itertools.count()  # answers that wait
        self.answered_at = collections.deque()
        self.lock = threading.Lock()
        self.wakes = threading.Condition(self.lock)
        self.closed = False
        self.open_sockets()
        if not tcp:
            self.listener.close()
        self.address = f"127.0.0.1@{self.port}"
        for loop in (self.serve_udp, self.send_late,
                     *([self.serve_tcp] if tcp else [])):
            threading.Thread(target=loop, daemon=True).start()

    def open_sockets(self):
        """One port for both, and another to lie from."""
        while True:
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            self.udp.bind(("127.0.0.1", 0))
            self.port = self.udp.getsockname()[1]
            self.listener = socket.socket()
            try:
                self.listener.bind(("127.0.0.1", self.port))
            except OSError:
                self.udp.close()
                self.listener.close()
                continue
            self.listener.listen(64)
            break
        self.stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.stranger.bind(("127.0.0.1", 0))

    def close(self):
        with self.lock:
            self.closed = True
            self.wakes.notify_all()
        for each in (self.udp, self.stranger, self.listener):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()

    def set(self, name, script):
        self.scripts[name.lower()] = script

    # ---- What is said.

    def script(self, name):
        if self.script_for is not None:
            return self.script_for(name)
        return self.scripts.get(name, self.default)

    def answer(self, query, script, tcp):
        if script.raw is not None:
            return script.raw(query)
        flags = 0x8180 | script.rcode | (0x20 if script.authentic else 0)
        if script.truncate and not tcp:
            return header(query, flags | 0x200, 1, 0) + query.question
        owner, answers = query.name, []
        for target in script.cnames:
            answers.append(record(wire_name(owner), CNAME, wire_name(target),
                                  script.ttl))
            owner = target
        if script.own_answer and query.qtype == TXT:
            answers += [txt(t if isinstance(t, list) else cut(t),
                            wire_name(owner), script.ttl)
                        for t in script.texts]
        if script.own_cname and query.qtype == CNAME:
            answers.append(record(wire_name(query.name), CNAME,
                                  wire_name(script.own_cname), script.ttl))
        more, additional = script.extra
        answers += more
        return (header(query, flags, 1, len(answers), len(additional)) +
                query.question + b"".join(answers) + b"".join(additional))

    def spoofed(self, query, script, how):
        lie = dataclasses.replace(script, texts=[script.lie], spoof=(),
                                  cnames=())
        packet = self.answer(query, lie, tcp=False)
        if how == "id":
            return bytes([packet[0] ^ 0x55]) + packet[1:]
        if how == "name":
            other = wire_name("x" + query.name[1:]) + query.question[-4:]
            return packet[:12] + other + packet[12 + len(query.question):]
        return packet

    # ---- How it is said.

    def is_lost(self, script):
        """Of a query that has been counted."""
        now = time.monotonic()
        with self.lock:
            if script.missing != 0:
                script.missing -= script.missing > 0
                return True
            if script.limit:
                while self.answered_at and now - self.answered_at[0] > 1:
                    self.answered_at.popleft()
                if len(self.answered_at) >= script.limit:
                    return True
                self.answered_at.append(now)
        return False

    def count(self, query, tcp):
        with self.lock:
            self.asked.append(query.name)
            self.queries[query.name] += 1
            self.tcp_queries[query.name] += tcp

    def serve_udp(self):
        while True:
            try:
                packet, peer = self.udp.recvfrom(65535)
            except OSError:
                return
            if self.closed or len(packet) < 17:
                continue
            query = Query(packet)
            self.count(query, tcp=False)
            script = self.script(query.name)
            if self.is_lost(script):
                continue
            for how in script.spoof:
                self.send(self.stranger if how == "source" else self.udp,
                          self.spoofed(query, script, how), peer)
            answer = self.answer(query, script, tcp=False)
            if answer is None:
                continue
            if script.delay:
                self.send_later(script.delay, answer, peer)
            else:
                self.send(self.udp, answer, peer)

    def send(self, sender, packet, peer):
        try:
            sender.sendto(packet, peer)
        except OSError:
            pass  # closed, or too long for UDP

    def send_later(self, delay, packet, peer):
        with self.lock:
            heapq.heappush(self.late, (time.monotonic() + delay,
                                       next(self.order), packet, peer))
            self.wakes.notify_all()

    def send_late(self):
        with self.lock:
            while not self.closed:
                now = time.monotonic()
                while self.late and self.late[0][0] <= now:
                    _, _, packet, peer = heapq.heappop(self.late)
                    self.send(self.udp, packet, peer)
                self.wakes.wait(self.late[0][0] - now if self.late else None)

    def serve_tcp(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve_connection, args=(connection,),
                             daemon=True).start()

    def serve_connection(self, connection):
        with connection:
            connection.settimeout(30)
            try:
                while self.serve_tcp_query(connection):
                    pass
            except (OSError, struct.error):
                pass

    def serve_tcp_query(self, connection):
        """False: the connection ends."""
        length, = struct.unpack(">H", self.receive(connection, 2))
        query = Query(self.receive(connection, length))
        self.count(query, tcp=True)
        script = self.script(query.name)
        if script.tcp == "close":
            return False
        if script.tcp == "stall":
            connection.recv(1)
            return False
        packet = self.answer(query, script, tcp=True)
        packet = struct.pack(">H", len(packet)) + packet
        if script.tcp == "drip":
            for i in range(len(packet)):
                connection.sendall(packet[i:i + 1])
                time.sleep(1)
        else:
            connection.sendall(packet)
        return True

    def receive(self, connection, size):
        octets = b""
        while len(octets) < size:
            more = connection.recv(size - len(octets))
            if not more:
                raise OSError("closed")
            octets += more
        return octets


def records_of(path):
    """name -> records, of a file of lines "name TAB record"."""
    records = {}
    for line in path.read_text().splitlines():
        name, _, text = line.partition("\t")
        if name and not name.startswith("#"):
            records.setdefault(name.lower(), []).append(text)
    return records


class NameServer(DnsServer):
    """Answers from a key file; silent about names for which `answers` is
    false."""

    def __init__(self, keys, answers=lambda name: True):
        self.records = records_of(keys)
        self.answers = answers
        super().__init__()
        self.script_for = self.script_of_file

    def script_of_file(self, name):
        if not self.answers(name):
            return Script(missing=-1)
        texts = self.records.get(name, [])
        return Script(texts, rcode=0 if texts else NXDOMAIN)
