"""What goes wrong with keys and their names in DNS: one domain a mistake, with
mail and the records that it publishes, and what keys check must say of it.

  python3 tests/cli/mistakes.py PROGRAM [DIR]

shows it: writes the mail to DIR, serves the records on the loopback, and runs
`PROGRAM keys check`.
"""
import base64
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from dns_server import SERVFAIL, DnsServer, Script, cut
from signer import SHA256_INFO, signed, write_mbox

DAY = 86400
SHA1_INFO = bytes.fromhex("3021300906052b0e03021a05000414")


def openssl(*words, octets=None):
    return subprocess.run(["openssl", *words], input=octets, check=True,
                          capture_output=True).stdout


class RsaKey:
    def __init__(self, bits=2048, algorithm="rsa-sha256"):
        self.algorithm = algorithm
        pem = openssl("genrsa", str(bits))
        text = openssl("rsa", "-noout", "-text", octets=pem).decode()

        def number(name):
            digits = re.search(name + r":\s+((?:[0-9a-f]{2}:?\s*)+)", text)
            return int(re.sub(r"[:\s]", "", digits[1]), 16)

        self.n, self.d = number("modulus"), number("privateExponent")
        self.size = (self.n.bit_length() + 7) // 8
        self.spki = openssl("rsa", "-pubout", "-outform", "DER", octets=pem)

    def sign(self, digest):
        info = SHA1_INFO if self.algorithm == "rsa-sha1" else SHA256_INFO
        tail = b"\0" + info + digest
        block = b"\0\1" + b"\xff" * (self.size - 2 - len(tail)) + tail
        s = pow(int.from_bytes(block, "big"), self.d, self.n)
        return s.to_bytes(self.size, "big")

    @property
    def p(self):
        return base64.b64encode(self.spki).decode()

    def record(self):
        return "v=DKIM1; k=rsa; p=" + self.p


class Ed25519Key:
    algorithm = "ed25519-sha256"

    def __init__(self):
        self.pem = openssl("genpkey", "-algorithm", "ed25519")
        self.public = openssl("pkey", "-pubout", "-outform", "DER",
                              octets=self.pem)[-32:]

    def sign(self, digest):
        with tempfile.NamedTemporaryFile() as key, \
                tempfile.NamedTemporaryFile() as text:
            key.write(self.pem)
            key.flush()
            text.write(digest)
            text.flush()
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", key.name,
                           "-in", text.name)

    def record(self):
        return ("v=DKIM1; k=ed25519; p=" +
                base64.b64encode(self.public).decode())


class World:
    """Mail and names, as they are put there."""

    def __init__(self, now):
        self.now = now
        self.messages = []  # (time, octets)
        self.scripts = {}   # name -> Script
        self.passive = []   # lines of passive DNS
        self.expected = {}  # domain -> {(selector, code, severity)}

    def mail(self, keys, days, sender=None):
        """A message signed by each (key, selector, domain), `days` ago each."""
        sender = sender or keys[0][2]
        names = [(key, f"{s}._domainkey.{d}") for key, s, d in keys]
        for ago in days:
            at = self.now - int(ago * DAY)
            self.messages.append(
                (at, signed(names, sender, len(self.messages), at)))

    def publish(self, selector, domain, *texts, **how):
        self.scripts[f"{selector}._domainkey.{domain}"] = Script(texts, **how)

    def cname(self, selector, domain, target, *texts):
        """Without texts: the target is not there."""
        there = {"texts": texts, "rcode": 0 if texts else 3}
        self.scripts[f"{selector}._domainkey.{domain}"] = Script(
            cnames=(target,), **there)
        self.scripts[target] = Script(**there)

    def microsoft(self, selector, domain, key):
        self.cname(selector, domain,
                   f"{selector}-{domain.replace('.', '-')}._domainkey."
                   f"{domain.split('.')[0]}.onmicrosoft.com", key.record())

    def was_published(self, selector, domain, text, first, last):
        self.passive.append({
            "rrname": f"{selector}._domainkey.{domain}.", "rrtype": "TXT",
            "time_first": self.now - first * DAY,
            "time_last": self.now - last * DAY, "rdata": [text]})

    def expect(self, domain, *findings):
        self.expected[domain] = {tuple(f.split()) for f in findings}

    # ---- Where the world is used.

    def write(self, directory):
        """mail.mbox and passive.jsonl."""
        self.messages.sort()
        write_mbox(directory / "mail.mbox", [text for _, text in self.messages])
        (directory / "passive.jsonl").write_text(
            "".join(json.dumps(line) + "\n" for line in self.passive))

    def serve(self):
        server = DnsServer()
        for name, script in self.scripts.items():
            server.set(name, script)
        return server


RECENT = (9, 6, 3)


def of_the_articles(world):
    """The mistakes that the article on Microsoft 365's selectors and the one
    on DKIM in general name."""
    a, b, c, d = RsaKey(), RsaKey(), RsaKey(), RsaKey()

    # Microsoft 365: the CNAME was never added; it leads to another domain's; it
    # leads where nothing is.
    domain = "cname-missing.example"
    world.microsoft("selector2", domain, d)
    world.mail([(d, "selector2", domain)], (20, 15))
    world.mail([(b, "selector1", domain)], RECENT)
    world.expect(domain, "selector1 cname_missing error")

    domain = "cname-target.example"
    world.cname("selector1", domain,
                "selector1-other-example._domainkey.other.onmicrosoft.com",
                RsaKey().record())
    world.mail([(a, "selector1", domain)], RECENT)
    world.expect(domain, "selector1 cname_wrong_target error",
                 "selector1 key_mismatch error")

    domain = "cname-dangling.example"
    world.cname("selector1", domain,
                "selector1-cname-dangling-example._domainkey."
                "cname-dangling.onmicrosoft.com")
    world.mail([(a, "selector1", domain)], RECENT)
    world.expect(domain, "selector1 cname_dangling error")

    # A service of earlier still signs, or another service beside it.
    domain = "third-party.example"
    world.microsoft("selector1", domain, RsaKey())
    world.mail([(a, "google", domain)], RECENT)
    world.mail([(a, "spf", domain)], RECENT)
    world.expect(domain, "google other_provider_selector error",
                 "spf other_provider_selector error")

    domain = "second.example"
    key = RsaKey()
    world.microsoft("selector1", domain, key)
    world.mail([(key, "selector1", domain), (b, "gateway", domain)], RECENT)
    world.expect(domain, "gateway second_signature_unpublished warning")

    # The selector names no key.
    domain = "mismatch.example"
    world.publish("google", domain, RsaKey().record())
    world.mail([(a, "mail2026", domain)], RECENT)
    world.expect(domain, "mail2026 selector_mismatch error")

    domain = "no-key.example"
    world.mail([(a, "s1", domain)], RECENT)
    world.expect(domain, "s1 no_record error")

    # Signed by the service's own domain alone.
    domain = "tenant.onmicrosoft.com"
    key = RsaKey()
    world.publish("selector1-tenant-onmicrosoft-com", domain, key.record())
    world.mail([(key, "selector1-tenant-onmicrosoft-com", domain)], RECENT,
               sender="tenant.example")
    world.expect(domain, "selector1-tenant-onmicrosoft-com default_signing "
                 "warning")

    # Algorithms and sizes.
    domain = "short-key.example"
    key = RsaKey(1024)
    world.publish("s1", domain, key.record())
    world.mail([(key, "s1", domain)], RECENT)
    world.expect(domain, "s1 key_weak warning")

    domain = "sha1.example"
    key = RsaKey(algorithm="rsa-sha1")
    world.publish("s1", domain, key.record())
    world.mail([(key, "s1", domain)], RECENT)
    world.expect(domain, "s1 sha1_only error")

    domain = "ed25519.example"
    key = Ed25519Key()
    world.publish("s1", domain, key.record())
    world.mail([(key, "s1", domain)], RECENT)
    world.expect(domain, "s1 ed25519_only warning")

    # Rotation: signed before it was published; taken away too soon, and by
    # deleting; one selector for two keys; one key for two selectors.
    domain = "too-early.example"
    world.was_published("s1", domain, a.record(), 40, 2)
    world.mail([(a, "s1", domain)], (50, 45, 40, 9, 6))
    world.expect(domain, "s1 no_record error", "s1 signed_before_published info",
                 "s1 removed_early warning")

    domain = "deleted.example"
    world.publish("s2", domain, c.record())
    world.was_published("s1", domain, b.record(), 300, 90)
    world.mail([(b, "s1", domain)], (150, 120, 100))
    world.mail([(c, "s2", domain)], (99, 50, 9, 3))
    world.expect(domain, "s1 record_gone info", "s1 rotation info")

    domain = "reused.example"
    old, new = RsaKey(), RsaKey()
    world.publish("s1", domain, new.record())
    world.was_published("s1", domain, old.record(), 200, 30)
    world.mail([(old, "s1", domain)], (190, 100, 40))
    world.mail([(new, "s1", domain)], RECENT)
    world.expect(domain, "s1 selector_reused warning")

    domain = "old-key.example"
    key = RsaKey()
    world.publish("s1", domain, key.record())
    world.publish("s2", domain, key.record())
    world.mail([(key, "s1", domain)], (60, 50, 40))
    world.mail([(key, "s2", domain)], (39, 20, 9, 3))
    world.expect(domain, "s1 same_key warning", "s1 rotation info")

    # The key that is published is not that which signs, or not whole.
    domain = "wrong-key.example"
    world.publish("s1", domain, RsaKey().record())
    world.mail([(a, "s1", domain)], RECENT)
    world.expect(domain, "s1 key_mismatch error")

    domain = "cut-short.example"
    world.publish("s1", domain, RsaKey().record()[:255])
    world.mail([(a, "s1", domain)], RECENT)
    world.expect(domain, "s1 txt_truncated error")

    domain = "split.example"
    world.publish("s1", domain, *cut(RsaKey().record()))
    world.mail([(a, "s1", domain)], RECENT)
    world.expect(domain, "s1 txt_split error")

    domain = "damaged.example"
    p = RsaKey().p
    world.publish("s1", domain, f"v=DKIM1; k=rsa; p={p[:100]}%{p[101:]}")
    world.mail([(a, "s1", domain)], RECENT)
    world.expect(domain, "s1 bad_base64 error")

    domain = "conflict.example"
    key = RsaKey()
    world.publish("s1", domain, key.record(),
                  own_cname="s1.domainkey.u1.wl.sendgrid.net")
    world.mail([(key, "s1", domain)], RECENT)
    world.expect(domain, "s1 cname_and_records error")


def of_records(world):
    """What else is wrong with records and their names."""
    def one(domain, *texts, by, code=None, severity="error", **how):
        world.publish("s9", domain, *texts, **how)
        world.mail([(by, "s9", domain)], RECENT)
        world.expect(domain, *([f"s9 {code} {severity}"] if code else []))

    key = RsaKey()
    one("sound.example", key.record(), by=key)
    one("revoked.example", "v=DKIM1; p=", by=key, code="revoked")
    one("several.example", RsaKey().record(), "v=spf1 -all", by=key,
        code="several_records", severity="warning")
    world.expected["several.example"].add(("s9", "key_mismatch", "error"))
    one("tags.example", key.record().replace("v=DKIM1", "v=DKIM2"), by=key,
        code="bad_tags")
    one("quotes.example", f'\\"{key.record()}\\"', by=key, code="txt_quotes")
    spaced = RsaKey()
    one("blanks.example",
        f"v=DKIM1; k=rsa; p={spaced.p[:200]} {spaced.p[200:]}", by=spaced,
        code="txt_blanks", severity="warning")
    one("no-key-in-it.example", "v=DKIM1; p=AAAA", by=key, code="bad_key")
    short = RsaKey(768)
    one("too-short.example", short.record(), by=short, code="key_too_short")
    one("not-answered.example", by=key, code="no_answer", severity="warning",
        rcode=SERVFAIL)
    world.publish("s9", "loop.example", cnames=("s9._domainkey.loop.example",))
    world.mail([(key, "s9", "loop.example")], RECENT)
    world.expect("loop.example", "s9 cname_loop error")

    # t=y for weeks; a wildcard, which names no other selector.
    tried = RsaKey()
    world.publish("s9", "testing.example", tried.record() + "; t=y")
    world.mail([(tried, "s9", "testing.example")], (40, 20, 10, 3))
    world.expect("testing.example", "s9 testing warning")

    world.publish("mailassay-asks-what-nobody-made", "wildcard.example",
                  "v=spf1 -all")
    world.publish("google", "wildcard.example", "v=spf1 -all")
    world.mail([(key, "s9", "wildcard.example")], RECENT)
    world.expect("wildcard.example", "s9 no_record error",
                 "- wildcard warning")

    # Nothing to mend: Microsoft 365's idle selector is not there.
    other = RsaKey()
    world.microsoft("selector1", "idle.example", other)
    world.mail([(other, "selector1", "idle.example")], RECENT)
    world.expect("idle.example")


def world_of_mistakes():
    world = World(int(time.time()) - 3600)
    of_the_articles(world)
    return world


def show(program, directory):
    world = world_of_mistakes()
    world.write(directory)
    server = world.serve()
    history = ["--key-history", "history.sqlite"]
    try:
        for words in (["import", "-q", *history, "passive.jsonl"],
                      ["check", "-q", *history, "--resolver", server.address,
                       "mail.mbox"]):
            print("$ mailassay keys", *words, flush=True)
            subprocess.run([pathlib.Path(program).resolve(), "keys", *words],
                           cwd=directory, timeout=240)
    finally:
        server.close()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        show(sys.argv[1], pathlib.Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as made:
            show(sys.argv[1], pathlib.Path(made))
