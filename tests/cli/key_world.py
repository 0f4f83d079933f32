"""Domains with mail that keys of theirs have signed, over years, and what is
known of these keys: as archives, key files, and as what must be found of it.
"""
import collections
import dataclasses
import json
import random
import time

import signer

DAY = 86400
YEAR = 365 * DAY
BEGIN = 1_420_070_400  # 2015-01-01
NOW = BEGIN + 7 * YEAR  # the archive ends
CHANGES = ("header", "body", "signature")
REVOKED = "v=DKIM1; p="

Finding = collections.namedtuple(
    "Finding", "domain selector code severity detail")


def date(seconds):
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))


def days(seconds):
    count = seconds // DAY
    return "1 day" if count == 1 else f"{count} days"


def name_of(domain, selector):
    return f"{selector}._domainkey.{domain}"


@dataclasses.dataclass
class Signature:
    name: str
    key: signer.Key
    number: int  # of the message; its copies have the same
    time: int
    change: str | None


@dataclasses.dataclass
class Use:
    """The mail that one key signed under one selector."""
    selector: str
    key: signer.Key
    first: int
    last: int


class Name:
    """What a selector publishes, and what is known of it from earlier."""

    def __init__(self):
        self.status = "nxdomain"
        self.live = []  # texts
        self.earlier = []  # records, as the lines of --keys-out have them
        self.asked = None  # when; None: with all others

    def texts(self):
        return self.live + [record["txt"] for record in self.earlier]

    def line(self, name, asked):
        at = asked if self.asked is None else self.asked
        return json.dumps({
            "name": name, "source": "dns", "status": "found" if self.live else self.status,
            "records": [{"txt": text} for text in self.live] + [
                {**record, "earlier": True} for record in self.earlier],
            "answered_at": at}) + "\n"


class Domain:
    def __init__(self, world, name):
        self.world, self.name = world, name
        self.chance = world.chance
        self.uses = []
        self.names = {}  # selector: Name
        self.told = []  # findings that are part of the story
        still = self.chance.random() < 0.6
        self.end = NOW - self.days(1, 10) if still else (
            BEGIN + self.days(1600, 2300))
        self.damaged = set()  # selectors

    def days(self, least, most):
        """A span of time, whose seconds are anyone's."""
        return self.chance.randrange(least * DAY, most * DAY)

    # ---- Mail.

    def use(self, selector, key, first, last, changes=CHANGES, quiet=()):
        """Mail from first to last, none of it in the quiet spans.  Some of what
        is between is changed on its way; some is archived twice."""
        self.sign(selector, key, first)
        self.sign(selector, key, last)
        for _ in range(self.chance.randrange(7)):
            at = self.chance.randrange(first + 1, last)
            if any(begin <= at <= end for begin, end in quiet):
                continue
            change = self.draw_change(selector, changes)
            number = self.sign(selector, key, at, change)
            if self.chance.random() < 0.1:
                self.world.copy(number, change)
        # Two that are close: if the key is lost, they give it at once.
        self.sign(selector, key, min(first + 600, last - 1))
        self.uses.append(Use(selector, key, first, last))
        self.at(selector)

    def use_at(self, selector, key, *times):
        for at in times:
            self.sign(selector, key, at)
        self.uses.append(Use(selector, key, min(times), max(times)))
        self.at(selector)

    def draw_change(self, selector, changes):
        """At most one damaged signature a selector, for two cost a search."""
        if self.chance.random() < 0.7:
            return None
        change = self.chance.choice(changes)
        if change == "signature":
            if selector in self.damaged:
                return None
            self.damaged.add(selector)
        return change

    def sign(self, selector, key, at, change=None):
        return self.world.sign(name_of(self.name, selector), key, at, change)

    # ---- Names.

    def at(self, selector):
        return self.names.setdefault(selector, Name())

    def publish(self, selector, text):
        self.at(selector).live.append(text)

    def remember(self, selector, key, first=0, last=0, source="import:pdns"):
        """The record was seen there, and is there no more."""
        self.at(selector).earlier.append({
            "txt": key.record(), "source": source,
            **({"first_seen": first} if first else {}),
            **({"last_seen": last} if last else {})})

    def seen_to_go(self, use, gone, by_dns):
        """The record was known; it was gone at `gone`."""
        name = self.at(use.selector)
        name.status = self.chance.choice(("nxdomain", "nodata"))
        if by_dns:
            self.remember(use.selector, use.key, use.first - self.days(1, 50),
                          min(gone, use.last), "dns")
            name.asked = gone
        else:
            self.remember(use.selector, use.key, use.first - self.days(1, 50),
                          gone)

    # ---- The truth.

    def tell(self, code, selector="", detail="", severity="info"):
        self.told.append(Finding(self.name, selector, code, severity, detail))

    def last_of(self, selector):
        return max(use.last for use in self.uses if use.selector == selector)

    def in_use(self, selector, last, asked):
        """`last`: mail of the selector, or of a key of it."""
        now = asked or self.at(selector).asked or self.end
        return last >= now - 30 * DAY

    def is_known(self, use):
        return use.key.record() in [
            normal(text) for text in self.at(use.selector).texts()]

    def findings(self, asked, published):
        """`asked`: when the names were, 0: that is not known.  `published`:
        it is known what is published now."""
        yield from self.told
        for use in self.uses:
            if (use.last - use.first >= YEAR and self.is_known(use) and
                    self.in_use(use.selector, use.last, asked)):
                yield Finding(self.name, use.selector, "key_old", "info",
                              f"in use for {days(use.last - use.first)}; M3AAWG"
                              " advises six months")
        for selector, name in self.names.items():
            yield from self.reused(selector, asked)
            last = self.last_of(selector)
            known = any(self.is_known(use) for use in self.uses
                        if use.selector == selector)
            live = [text for text in name.live if text != REVOKED]
            if published and live and self.end - last >= 90 * DAY:
                yield Finding(self.name, selector, "retired_published", "info",
                              f"last mail {date(last)}, and the domain's "
                              f"{date(self.end)}")
            if published and live and not known:
                yield Finding(self.name, selector, "key_mismatch", "error",
                              "no signature fits the published key")

    def reused(self, selector, asked):
        uses = sorted((use.first, use.last) for use in self.uses
                      if use.selector == selector and self.is_known(use))
        if len(uses) < 2:
            return
        spans = "; ".join(f"{date(a)} to {date(b)}" for a, b in uses)
        yield Finding(self.name, selector, "selector_reused",
                      "warning" if self.in_use(
                          selector, self.last_of(selector), asked) else "info",
                      f"{len(uses)} keys: {spans}")


def normal(text):
    """A record without what says nothing of its key."""
    return text.replace("t=y; ", "")


class World:
    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.seed = seed
        self.domains = []
        self.signatures = []
        self.messages = []
        self.made = 0  # keys
        self.numbers = 0

    def domain(self, word):
        made = Domain(self, f"{word}{len(self.domains)}.example")
        self.domains.append(made)
        return made

    def key(self, bits=None, e=3, p=None):
        """Of a size that may sign, unless another is asked for."""
        self.made += 1
        return signer.Key(f"{self.seed} {self.made}",
                          bits or self.chance.choice((1024, 1152)), e, p)

    def lost_key(self):
        """Of those that are quickly found."""
        return self.key(self.chance.choice((512, 640, 768, 896, 1024)),
                        self.chance.choice((3, 3, 5, 17, 257)))

    def sign(self, name, key, at, change=None):
        self.numbers += 1
        self.put(Signature(name, key, self.numbers, at, change))
        return self.numbers

    def copy(self, number, change):
        """The message once more, as it has come on another way."""
        of = next(s for s in self.signatures if s.number == number)
        self.put(dataclasses.replace(of, change=change))

    def put(self, s):
        self.signatures.append(s)
        self.messages.append(
            signer.message(s.key, s.name, s.number, s.time, s.change))

    def sign_both(self, domain, keys, at):
        """One message with a signature by each (selector, key)."""
        self.numbers += 1
        named = [(key, name_of(domain.name, selector))
                 for selector, key in keys]
        self.signatures += [Signature(name, key, self.numbers, at, None)
                            for key, name in named]
        self.messages.append(
            signer.signed(named, domain.name, self.numbers, at))

    # ---- What is written.

    def write(self, folder, asked=0):
        """mail/ and keys.jsonl: what was answered, at `asked`; later.jsonl: at
        the end what was gone is still not there."""
        mail = folder / "mail"
        mail.mkdir()
        for i in range(3):
            signer.write_mbox(mail / f"{i}.mbox", self.messages[i::3])
        (folder / "keys.jsonl").write_text("".join(
            name.line(name_of(domain.name, selector), asked)
            for domain in self.domains
            for selector, name in domain.names.items()
            if name.status != "not_asked"))
        (folder / "later.jsonl").write_text("".join(json.dumps({
            "source": "dns",
            "name": name_of(domain.name, selector), "status": name.status,
            "answered_at": NOW}) + "\n"
            for domain in self.domains
            for selector, name in domain.names.items() if name.asked))

    # ---- The truth.

    def findings(self, asked=0, published=True):
        return collections.Counter(
            finding for domain in self.domains
            for finding in domain.findings(asked, published)) + (
                collections.Counter(self.kin()))

    def places(self):
        """Where keys that are known signed: key: names, in byte order."""
        places = collections.defaultdict(list)
        for domain in sorted(self.domains, key=lambda d: d.name):
            for use in sorted(domain.uses, key=lambda u: u.selector):
                if domain.is_known(use):
                    places[use.key].append((domain.name, use.selector))
        return places

    def kin(self, more=()):
        """Findings of keys and those like them.  `more`: (key, domain,
        selector) beside those that are known."""
        places = self.places()
        for key, *place in more:
            places[key].append(tuple(place))
        for key in places:
            places[key].sort()
        order = sorted(places, key=places.get)
        for key in order:
            domain, selector = places[key][0]
            if len(places[key]) > 1:
                one = len({d for d, _ in places[key]}) == 1
                yield Finding(domain, selector, "same_key",
                              "warning" if one else "info", "also " + ", ".join(
                                  name_of(*place) for place in places[key][1:]))
            others = [other for other in order
                      if other is not key and other.p == key.p]
            for domain, selector in places[key] if others else ():
                yield Finding(domain, selector, "shared_factor", "error",
                              "with the key of " +
                              name_of(*places[others[0]][0]))

    def passes(self):
        """What verifies, (domain, selector, key): times, one a signature."""
        known = {name_of(domain.name, selector): [
            normal(text) for text in name.texts()]
            for domain in self.domains
            for selector, name in domain.names.items()}
        times = collections.defaultdict(list)
        for s in self.signatures:
            if s.change is None and s.key.record() in known.get(s.name, ()):
                times[s.name, s.key].append(s.time)
        return times

    def mail_of(self, finding):
        """Number of signatures that a selector's finding touches, the first and
        the last."""
        name = name_of(finding.domain, finding.selector)
        times = [s.time for s in self.signatures if s.name == name]
        return len(times), min(times), max(times)

    def silent(self):
        return {name_of(domain.name, selector) for domain in self.domains
                for selector, name in domain.names.items()
                if name.status == "servfail"}

    def lost(self):
        """name: {key: numbers of the intact messages}, of keys that nobody
        knows."""
        known = {name_of(domain.name, selector): name.texts()
                 for domain in self.domains
                 for selector, name in domain.names.items()}
        lost = collections.defaultdict(lambda: collections.defaultdict(set))
        for s in self.signatures:
            if s.change is None and s.key.record() not in map(
                    normal, known.get(s.name, ())):
                lost[s.name][s.key].add(s.number)
        return lost

    def recoverable(self):
        """name: {key: intact signatures}: two of one name give a key; where
        there are only two, its length must be a usual one.  One is enough of a
        key that another name gives."""
        lost, silent = self.lost(), self.silent()
        proved = {
            key for name, keys in lost.items() if name not in silent
            for key, numbers in keys.items()
            if len(numbers) > (1 if key.n.bit_length() % 128 == 0 else 2)}
        return {name: of for name, keys in lost.items() if name not in silent
                if (of := {key: len(numbers) for key, numbers in keys.items()
                           if key in proved})}
