"""Messages signed for tests by keys of any size, made from a seed: a signer of
its own, without the program's code, in Python's integers.  Small exponents make
recovery take milliseconds.
"""
import base64
import email.utils
import hashlib
import math
import random

SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
SMALL_PRIMES = math.prod(n for n in range(2, 2000)
                         if all(n % p for p in range(2, math.isqrt(n) + 1)))


def is_prime(n):
    return math.gcd(n, SMALL_PRIMES) == 1 and all(
        pow(base, n - 1, n) == 1 for base in (2, 3, 5, 7))


def der(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        head = bytes([size])
    else:
        octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
        head = bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + head + body


def integer(value):
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


class Key:
    """`p`: a prime that it shares with another key."""

    def __init__(self, seed, bits=512, e=3, p=None):
        chance = random.Random(f"{seed} {bits} {e}")

        def prime():
            while True:
                top = 3 << (bits // 2 - 2)
                n = chance.getrandbits(bits // 2) | top | 1
                if (n - 1) % e and is_prime(n):
                    return n

        self.p, q = p or prime(), prime()
        self.n, self.e = self.p * q, e
        self.d = pow(e, -1, (self.p - 1) * (q - 1))
        self.size = (self.n.bit_length() + 7) // 8

    def sign(self, digest):
        tail = b"\0" + SHA256_INFO + digest
        block = b"\0\1" + b"\xff" * (self.size - 2 - len(tail)) + tail
        s = pow(int.from_bytes(block, "big"), self.d, self.n)
        return s.to_bytes(self.size, "big")

    def record(self):
        rsa = der(0x30, der(6, bytes.fromhex("2a864886f70d010101")), der(5))
        bits = der(3, b"\0", der(0x30, integer(self.n), integer(self.e)))
        spki = base64.b64encode(der(0x30, rsa, bits)).decode()
        return "v=DKIM1; k=rsa; p=" + spki


def signature(key, name, fields, body, time):
    """A DKIM-Signature field (simple/simple) by `key`, which signs a digest;
    key.algorithm says how, rsa-sha256 unless it is there."""
    selector, domain = name.split("._domainkey.")
    algorithm = getattr(key, "algorithm", "rsa-sha256")
    digest = getattr(hashlib, algorithm.split("-")[1])
    bh = base64.b64encode(digest(body.encode()).digest()).decode()
    unsigned = (f"DKIM-Signature: v=1; a={algorithm}; c=simple/simple; "
                f"d={domain};\r\n\ts={selector}; t={time}; h=from:to:subject;"
                f"\r\n\tbh={bh};\r\n\tb=")
    b = key.sign(digest(("".join(fields) + unsigned).encode()).digest())
    return unsigned, b


def signed(keys, sender, number, time):
    """One message from `sender` with a signature by each (key, name), the
    first on top."""
    body = f"This is message {number}.\r\n"
    fields = [f"From: news@{sender}\r\n", "To: reader@example.net\r\n",
              f"Subject: number {number}\r\n"]
    top = ("Received: from mx.example.com by mx.example.net; " +
           email.utils.formatdate(time) + "\r\n")
    for key, name in keys:
        unsigned, b = signature(key, name, fields, body, time)
        top += unsigned + base64.b64encode(b).decode() + "\r\n"
    return (top + "".join(fields) + "\r\n" + body).encode()


def message(key, name, number, time, change=None):
    """One message as octets, signed under the name s._domainkey.d at `time`.
    `change`: "header", "body" or "signature", which something on its way has
    changed."""
    domain = name.split("._domainkey.")[1]
    body = f"This is message {number}.\r\n"
    fields = [f"From: news@{domain}\r\n", "To: reader@example.net\r\n",
              f"Subject: number {number} of {name}\r\n"]
    unsigned, b = signature(key, name, fields, body, time)
    b = bytearray(b)
    if change == "signature":
        b[len(b) // 2] ^= 0x20
    elif change == "header":
        fields[2] = f"Subject: [list] number {number}\r\n"
    elif change == "body":
        body += "-- \r\nsent by a list\r\n"
    field = unsigned + base64.b64encode(bytes(b)).decode() + "\r\n"
    received = ("Received: from mx.example.com by mx.example.net; " +
                email.utils.formatdate(time) + "\r\n")
    return (received + field + "".join(fields) + "\r\n" + body).encode()


def write_mbox(path, messages):
    with open(path, "wb") as out:
        for text in messages:
            out.write(b"From news@example.com Thu Jan  1 00:00:00 2024\n")
            out.write(text.replace(b"\r\n", b"\n") + b"\n")
