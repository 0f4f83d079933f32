"""A name server on loopback that knows the TXT records of a keys.tsv."""
import collections
import pathlib
import socket
import struct
import threading

TXT = 16
NXDOMAIN = 3


def text(name):
    """A name of a query, as text, and where it ends."""
    labels, at = [], 12
    while name[at]:
        labels.append(name[at + 1:at + 1 + name[at]].decode())
        at += 1 + name[at]
    return ".".join(labels).lower(), at + 1


def strings(record):
    """A TXT record's data: strings of at most 255 octets."""
    parts = [record[i:i + 255] for i in range(0, len(record), 255)]
    return b"".join(bytes([len(part)]) + part for part in parts)


class NameServer:
    """with NameServer(keys) as server: ... server.port, server.asked (a
    Counter of names)."""

    def __init__(self, keys: pathlib.Path):
        self.records = dict(line.split(b"\t", 1)
                            for line in keys.read_bytes().splitlines())
        self.asked = collections.Counter()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def serve(self):
        while True:
            try:
                query, sender = self.socket.recvfrom(4096)
                self.socket.sendto(self.answer(query), sender)
            except OSError:
                return  # closed

    def answer(self, query):
        name, end = text(query)
        question = query[12:end + 4]
        self.asked[name] += 1
        record = self.records.get(name.encode())
        kind = struct.unpack(">H", query[end:end + 2])[0]
        if record is None or kind != TXT:
            return query[:2] + struct.pack(
                ">HHHHH", 0x8180 | (NXDOMAIN if record is None else 0),
                1, 0, 0, 0) + question
        data = strings(record)
        return (query[:2] + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0) +
                question + struct.pack(">HHHIH", 0xc00c, TXT, 1, 300,
                                       len(data)) + data)
