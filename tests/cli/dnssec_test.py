"""--dnssec against zones that are really signed, served by nsd: what is
validated, what is told of it, and what the anchor is.
"""
import shutil
import subprocess
import sys
import time
import unittest

from dns_server import Script, records_of
from dns_test import DnsCase, TEMPORARY
from nsd_server import NSD, START_OF_ZONE, NsdServer, txt_line
from support import run

SIGN = shutil.which("ldns-signzone")


class Dnssec(DnsCase):
    """The zone "example" is signed, with all keys; that of one signer is
    delegated from it without a signature, of another forged."""

    def setUp(self):
        super().setUp()
        if NSD is None or SIGN is None:
            self.skipTest("nsd or ldnsutils is not installed")
        self.secure, self.insecure, self.bogus, self.absent = [
            name for name in self.names
            if name.split("._domainkey.")[1].count(".") == 1 and
            "k=rsa" in self.records[name][0]][:4]
        self.dir = self.tmp / "zones"
        self.dir.mkdir()
        self.anchor = self.dir / "anchor.key"
        child = self.insecure.split("._domainkey.")[1]
        self.signed_zone(child)
        self.zone_file(child, [self.insecure])
        self.nsd = NsdServer(self.dir, {
            "example": self.dir / "example.zone.signed",
            child: self.dir / f"{child}.zone"})
        self.addCleanup(self.nsd.close)
        self.asked = [self.secure, self.insecure, self.bogus, self.absent]

    def zone_file(self, zone, names, more=""):
        path = self.dir / f"{zone}.zone"
        path.write_text(START_OF_ZONE.format(zone=zone) + more + "".join(
            txt_line(name, text) for name in names
            for text in self.records[name]))
        return path

    def keygen(self, *args):
        made = subprocess.run(["ldns-keygen", *args, "-a", "ECDSAP256SHA256",
                               "example"], cwd=self.dir, check=True,
                              capture_output=True)
        return made.stdout.decode().strip()

    def signed_zone(self, child):
        signing, zone_key = self.keygen("-k"), self.keygen()
        path = self.zone_file(
            "example", [self.secure, self.bogus],
            f"ns A 127.0.0.1\n{child}. NS ns.example.\n")
        subprocess.run([SIGN, path, zone_key, signing], cwd=self.dir,
                       check=True, capture_output=True)
        shutil.copy(self.dir / f"{signing}.key", self.anchor)
        # A forgery, of which the key is none the worse.
        signed = path.with_name("example.zone.signed")
        text = signed.read_text()
        forged = [line.replace("k=rsa", "n=rsa")
                  if line.startswith(self.bogus) and "\tTXT\t" in line else line
                  for line in text.splitlines(keepends=True)]
        self.assertNotEqual("".join(forged), text)
        signed.write_text("".join(forged))

    def told(self, *args):
        """name -> (result, reason, key_dnssec)"""
        found = self.verify(self.asked, *args, resolver=self.nsd.address)
        return {name: (row["result"], row["reason"], row["key_dnssec"])
                for name, row in found.items()}

    def test_D15_told_only_when_asked_for(self):
        self.assertEqual(self.told(), {
            self.secure: ("pass", "ok", "unknown"),
            self.insecure: ("pass", "ok", "unknown"),
            self.bogus: ("pass", "ok", "unknown"),
            self.absent: ("permerror", "no_key", "unknown")})

    def test_secure_insecure_bogus(self):
        keys = self.tmp / "keys.jsonl"
        told = self.told("--dnssec", "--dnssec-anchor", self.anchor,
                         "--keys-out", keys)
        self.assertEqual(told, {
            self.secure: ("pass", "ok", "secure"),
            self.insecure: ("pass", "ok", "insecure"),
            self.bogus: ("temperror", "dnssec_bogus", "bogus"),
            self.absent: ("permerror", "no_key", "secure")})
        # The key file keeps it.
        again = self.verify(self.asked, "--dnssec", "--keys", keys,
                            "--dnssec-anchor", self.anchor,
                            resolver=self.nsd.address)
        self.assertEqual({name: (row["result"], row["reason"],
                                 row["key_dnssec"])
                          for name, row in again.items()}, told)

    def test_another_anchor(self):
        # One that this zone is not signed with.
        other = self.keygen("-k")
        told = self.told("--dnssec", "--dnssec-anchor",
                         self.dir / f"{other}.key")
        for name in (self.secure, self.bogus):
            self.assertEqual(told[name], ("temperror", "dnssec_bogus", "bogus"))

    def test_usage(self):
        nonsense = self.dir / "nonsense"
        nonsense.write_text("no record\n")
        for args, word in (
                (("--dnssec", "--dnssec-anchor", self.dir / "none"), "none"),
                (("--dnssec", "--dnssec-anchor", nonsense), "nonsense"),
                (("--dnssec-anchor", self.anchor), "--dnssec"),
                (("--dnssec", "--offline"), "--offline")):
            result = run("verify", *args, self.archive.mbox)
            self.assertEqual(result.returncode, 2, (args, result.stderr))
            lines = result.stderr.decode().splitlines()
            self.assertEqual(len(lines), 1, lines)
            self.assertIn(word, lines[0])

    def test_D16_validation_keeps_the_deadline(self):
        # The keys of the zone never come.
        server = self.serve()
        server.set("example", Script(missing=-1))
        began = time.monotonic()
        found = self.judge({name: None for name in self.names[:5]}, "--dnssec",
                           "--dnssec-anchor", self.anchor)
        self.assertLess(time.monotonic() - began, 60)
        for row in found.values():
            self.assert_row(row, "temperror", TEMPORARY | {"dnssec_bogus"})


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
