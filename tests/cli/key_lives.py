"""Archives of domains whose keys have lived, drawn from a seed.  Each domain
is one story: its key stays, is rotated, replaced, taken back, shared, weak or
lost.

  python3 tests/cli/key_lives.py SEED DIR

writes DIR/mail, DIR/keys.jsonl and DIR/truth.tsv.
"""
import pathlib
import sys

from key_world import CHANGES, DAY, REVOKED, Use, World, date, days

SELECTORS = ("a", "mail", "key-2", "x", "dkim", "out", "b1", "news")


def draw_selectors(domain, count):
    return domain.chance.sample(SELECTORS, count)


def chain(domain, lengths, steps):
    """Spans one after the other, the last until the domain's end.  steps[i] is
    how long after span i the next begins; less than 0: before."""
    spans, last = [], domain.end
    for length, step in reversed(list(zip(lengths, [*steps, 0]))):
        spans.insert(0, (last - step - length, last - step))
        last -= step + length
    return spans


def rotate(domain, selector, span, to, next_span):
    """Tells of a rotation."""
    step = next_span[0] - span[1]
    how = ("overlapping by " if step <= 0 else "after a gap of ")
    domain.tell("rotation", selector, f"to {to} on {date(next_span[0])}, "
                + how + days(abs(step)))


def leave(domain, use):
    """What becomes of a record when its key signs no more, all in good time."""
    how = domain.chance.choice(("live", "gone", "seldom", "watched", "asked"))
    if how == "live":
        domain.publish(use.selector, use.key.record())
    elif how == "gone":
        domain.remember(use.selector, use.key)
    elif how == "seldom":
        # A source that has not looked since says nothing of when it went.
        domain.remember(use.selector, use.key, use.first,
                        use.last - domain.days(1, 40))
        domain.at(use.selector).asked = use.last + domain.days(31, 60)
    else:
        domain.seen_to_go(use, use.last + domain.days(31, 60), how == "asked")


def steady(world):
    domain = world.domain("steady")
    selector, = draw_selectors(domain, 1)
    key = world.key()
    length = domain.chance.choice((domain.days(1, 100), domain.days(100, 364),
                                   domain.days(366, 1500)))
    domain.use(selector, key, domain.end - length, domain.end)
    domain.publish(selector, key.record())


def once(world):
    domain = world.domain("once")
    selector, = draw_selectors(domain, 1)
    key = world.key()
    domain.use_at(selector, key, domain.end)
    domain.publish(selector, key.record())


def paused(world):
    """No mail for months, and then the same key again."""
    domain = world.domain("paused")
    selector, = draw_selectors(domain, 1)
    key = world.key()
    first, last = domain.end - domain.days(350, 700), domain.end
    domain.use(selector, key, first, last,
               quiet=((first + 20 * DAY, last - 20 * DAY),))
    domain.publish(selector, key.record())


def rotated(world):
    """Once or more often, overlapping or after a gap."""
    domain = world.domain("rotated")
    count = domain.chance.randrange(2, 5)
    most = 25 if count == 2 else 10
    steps = [domain.chance.choice((domain.days(0, most), -domain.days(0, most)))
             for _ in range(count - 1)]
    spans = chain(domain, [domain.days(60, 500) for _ in range(count)], steps)
    selectors = draw_selectors(domain, count)
    for i, (selector, span) in enumerate(zip(selectors, spans)):
        key = world.key()
        domain.use(selector, key, *span)
        if i + 1 < count:
            leave(domain, domain.uses[-1])
            rotate(domain, selector, span, selectors[i + 1], spans[i + 1])
        else:
            domain.publish(selector, key.record())


def monthly(world):
    domain = world.domain("monthly")
    count = domain.chance.randrange(5, 9)
    spans = chain(domain, [domain.days(28, 34) for _ in range(count)],
                  [-domain.days(0, 4) for _ in range(count - 1)])
    for i, span in enumerate(spans):
        selector, key = f"m{i + 1}", world.key(1024)
        domain.use(selector, key, *span)
        domain.publish(selector, key.record())
        if i + 1 < count:
            rotate(domain, selector, span, f"m{i + 2}", spans[i + 1])


def replaced(world):
    """Under one selector, maybe by one of another size; the old key is
    lost."""
    domain = world.domain("replaced")
    selector, = draw_selectors(domain, 1)
    old, new = world.key(), world.key()
    spans = chain(domain, [domain.days(20, 600), domain.days(20, 600)],
                  [domain.days(0, 100)])
    before = len(world.signatures)
    for key, span in zip((old, new), spans):
        domain.use(selector, key, *span, changes=("header", "body"))
    domain.publish(selector, new.record())
    count = sum(s.key is old for s in world.signatures[before:])
    domain.tell("key_replaced", selector,
                f"another key until {date(spans[0][1])}, that of today since "
                f"{date(spans[1][0])}; {count} messages by the old one")


def mismatched(world):
    """Another key is published than the one that signs, maybe of another
    size."""
    domain = world.domain("mismatched")
    selector, = draw_selectors(domain, 1)
    domain.use(selector, world.key(), domain.end - domain.days(50, 300),
               domain.end)
    domain.publish(selector, world.key().record())


def reused(world):
    """One selector with two or three keys, all known; there may be one more
    that signs nothing."""
    domain = world.domain("reused")
    selector, = draw_selectors(domain, 1)
    count = domain.chance.choice((2, 2, 3))
    spans = chain(domain, [domain.days(40, 600) for _ in range(count)],
                  [domain.chance.choice((domain.days(0, 200),
                                         -domain.days(0, 3)))
                   for _ in range(count - 1)])
    for i, span in enumerate(spans):
        key = world.key()
        domain.use(selector, key, *span)
        if i + 1 < count:
            domain.remember(selector, key, span[0], span[1] + domain.days(0, 9))
        else:
            domain.publish(selector, key.record())
    if domain.chance.random() < 0.3:
        domain.publish(selector, world.key().record())


def returned(world):
    """Back to a selector of earlier, with a new key."""
    domain = world.domain("returned")
    one, other = draw_selectors(domain, 2)
    spans = chain(domain, [domain.days(70, 300) for _ in range(3)],
                  [domain.chance.choice((domain.days(0, 10),
                                         -domain.days(0, 10)))
                   for _ in range(2)])
    for selector, span in zip((one, other, one), spans):
        domain.use(selector, world.key(), *span)
    first, second, third = domain.uses
    domain.remember(one, first.key, first.first, first.last)
    domain.publish(one, third.key.record())
    leave(domain, second)
    rotate(domain, one, spans[0], other, spans[1])
    rotate(domain, other, spans[1], one, spans[2])


def rewrite(domain, selector, key):
    domain.remember(selector, key)
    domain.publish(selector, key.record().replace("p=", "t=y; p="))


def rewritten(world):
    """The record's text is another one now, the key is the same."""
    domain = world.domain("rewritten")
    selector, = draw_selectors(domain, 1)
    key = world.key()
    domain.use(selector, key, domain.end - domain.days(100, 350), domain.end)
    rewrite(domain, selector, key)


def renamed(world):
    """A rotation that changes the name alone."""
    domain = world.domain("renamed")
    selectors = draw_selectors(domain, 2)
    key = world.key()
    spans = chain(domain, [domain.days(60, 300), domain.days(60, 300)],
                  [domain.days(0, 20)])
    for selector, span in zip(selectors, spans):
        domain.use(selector, key, *span)
        publish_somehow(domain, selector, key)
    rotate(domain, selectors[0], spans[0], selectors[1], spans[1])


def publish_somehow(domain, selector, key):
    """With one record, or another one before it."""
    if domain.chance.random() < 0.5:
        rewrite(domain, selector, key)
    else:
        domain.publish(selector, key.record())


def one_key_for_all(world):
    """Domains of one service that have the same key."""
    key = world.key()
    for _ in range(world.chance.randrange(2, 5)):
        domain = world.domain("customer")
        domain.use("svc", key, domain.end - domain.days(50, 300), domain.end)
        domain.publish("svc", key.record())


def weak_primes(world, lost=0):
    """Keys of two or three domains that were made with one prime; the last ones
    may be lost."""
    keys = [world.key(1024)]
    for _ in range(world.chance.choice((1, 2)) + lost):
        keys.append(world.key(1024, p=keys[0].p))
    for i, key in enumerate(keys):
        domain = world.domain("weak")
        selector, = draw_selectors(domain, 1)
        domain.use(selector, key, domain.end - domain.days(50, 300), domain.end)
        if i < len(keys) - lost:
            publish_somehow(domain, selector, key)


def weak_prime_of_a_lost_key(world):
    weak_primes(world, lost=1)


def parallel(world):
    """Two keys for months, in turn or both on each message; one may end
    before the other."""
    domain = world.domain("parallel")
    selectors = draw_selectors(domain, 2)
    keys = [world.key(), world.key()]
    first = domain.end - domain.days(300, 700)
    seconds = (first + domain.days(0, 100), domain.chance.choice(
        (domain.end, domain.end - domain.days(20, 130))))
    spans = [(first, domain.end), seconds]
    for selector, key, span in zip(selectors, keys, spans):
        domain.use(selector, key, *span)
        domain.publish(selector, key.record())
    for _ in range(domain.chance.randrange(4)):
        world.sign_both(domain, list(zip(selectors, keys)),
                        domain.chance.randrange(*seconds))
    domain.tell("parallel_keys", "", "2 selectors for over 60 days: " +
                ", ".join(selectors))


def tried_out(world):
    """A second key signs some mail for weeks, and is given up."""
    domain = world.domain("tried")
    selectors = draw_selectors(domain, 2)
    first = domain.end - domain.days(200, 360)
    begin = first + domain.days(40, 100)
    spans = [(first, domain.end), (begin, begin + domain.days(3, 55))]
    for selector, span in zip(selectors, spans):
        key = world.key()
        domain.use(selector, key, *span)
        domain.publish(selector, key.record())


def two_streams(world):
    """Two servers, each with keys of its own, that are rotated apart."""
    domain = world.domain("streams")
    selectors = draw_selectors(domain, 4)
    begin = domain.end - domain.days(900, 1000)
    spans = []
    for step in (domain.days(200, 300), domain.days(500, 600)):
        first = begin + domain.days(0, 20)
        last = first + step
        again = last + domain.chance.choice((1, -1)) * domain.days(0, 10)
        spans += [(first, last), (again, domain.end)]
    for selector, span in zip(selectors, spans):
        key = world.key()
        domain.use(selector, key, *span)
        domain.publish(selector, key.record())
    for i in (0, 2):
        rotate(domain, selectors[i], spans[i], selectors[i + 1], spans[i + 1])
    order = sorted(range(4), key=lambda i: spans[i][0])
    domain.tell("parallel_keys", "", "4 selectors for over 60 days: " +
                ", ".join(selectors[i] for i in order))


def removed_early(world, by_dns=True):
    """The record is gone while mail may still be under way."""
    domain = world.domain("early")
    selectors = draw_selectors(domain, 2)
    spans = chain(domain, [domain.days(30, 300), domain.days(60, 300)],
                  [domain.days(0, 20)])
    for selector, span in zip(selectors, spans):
        domain.use(selector, world.key(), *span)
    old, new = domain.uses
    domain.publish(new.selector, new.key.record())
    domain.seen_to_go(old, old.last + domain.days(0, 7), by_dns)
    rotate(domain, selectors[0], spans[0], selectors[1], spans[1])
    # A watcher of others' queries does not see that it is gone.
    if by_dns:
        domain.tell("removed_early", old.selector,
                    f"last mail {date(old.last)}; gone within 7 days of it",
                    "warning")


def seen_last(world):
    """As removed_early, and only a watcher of others' queries tells."""
    removed_early(world, by_dns=False)


def forgotten(world):
    """Rotated, and the old key is lost: nobody can say when."""
    domain = world.domain("forgotten")
    selectors = draw_selectors(domain, 2)
    spans = chain(domain, [domain.days(60, 300), domain.days(60, 300)],
                  [domain.days(0, 20)])
    for selector, span in zip(selectors, spans):
        domain.use(selector, world.key(), *span)
    domain.publish(selectors[1], domain.uses[1].key.record())
    domain.at(selectors[0])


# ---- Lost keys: those that can be had at once ...

def lose(domain, selector):
    """What a lost name answers."""
    name = domain.at(selector)
    name.status = domain.chance.choice(
        ("nxdomain", "nodata", "not_asked", "found"))
    if name.status == "found":
        name.live.append(REVOKED)


def lost(world):
    """One to three keys, one after the other, each with two or more intact
    signatures."""
    domain = world.domain("lost")
    selector, = draw_selectors(domain, 1)
    spans = chain(domain, [domain.days(2, 100) for _ in range(3)],
                  [domain.days(10, 200) for _ in range(2)])
    for first, last in spans[domain.chance.randrange(3):]:
        key = world.lost_key()
        domain.use_at(selector, key, first, first + 600)
        for _ in range(domain.chance.randrange(4)):
            domain.sign(selector, key, domain.chance.randrange(first, last),
                        domain.chance.choice((None, "header", "body")))
    lose(domain, selector)


def lost_with_one(world):
    """One intact signature of a key, whatever else there is of it."""
    domain = world.domain("one")
    selectors = draw_selectors(domain, 4)
    for selector in selectors[:3]:
        key = world.lost_key()
        domain.use_at(selector, key, domain.end)
        number = world.numbers
        # The same message, as it has come on other ways.
        way = domain.chance.choice(CHANGES)
        for _ in range(domain.chance.randrange(4)):
            world.copy(number, domain.chance.choice((None, way)))
        for _ in range(domain.chance.randrange(3)):
            domain.sign(selector, key, domain.end - domain.days(0, 90), "body")
        lose(domain, selector)
    # Beside a key that has more of them.
    selector = selectors[3]
    domain.use_at(selector, world.lost_key(), domain.end, domain.end - 600)
    domain.use_at(selector, world.lost_key(), domain.end - 200 * DAY)
    lose(domain, selector)


def lost_and_shared(world):
    """One key under several names, of which one gives it."""
    key = world.lost_key()
    for count in (4, 1, 1, 2):
        domain = world.domain("shared")
        domain.use_at("svc", key, *(domain.end - i * 600 for i in range(count)))
        lose(domain, "svc")


def odd_lengths(world):
    """Two signatures are not enough for a length that no program makes."""
    for count in (2, 3):
        domain = world.domain("odd")
        key = world.key(domain.chance.choice((520, 600, 1000)))
        domain.use_at("s", key, *(domain.end - i * 600 for i in range(count)))
        lose(domain, "s")


def silent(world):
    """The name's servers may have the key."""
    domain = world.domain("silent")
    domain.use("s", world.lost_key(), domain.end - 90 * DAY, domain.end)
    domain.at("s").status = "servfail"


# ... and those that cost a long search, or have none.

def costly(world, mail, e):
    """A letter for the key that signed each message, an hour before the one
    named first; behind it that of a change."""
    domain = world.domain("costly")
    changes = {change[0]: change for change in CHANGES}
    keys = {}
    for hours, (which, *change) in enumerate(mail.split()):
        at = domain.end - hours * 3600
        if which not in keys:
            keys[which] = world.key(512, e)
            domain.uses.append(Use("s", keys[which], at, at))
        domain.sign("s", keys[which], at, changes.get("".join(change)))
    lose(domain, "s")


# With the exponent, and the number of searches at most.
COSTLY = (("a a", 65537, 1), ("a ah", 3, 1), ("ah ah", 3, 1), ("a as", 3, 1),
          ("a b", 3, 1), ("a b a", 3, 2), ("a ah a", 3, 2),
          ("a as a ab a", 3, 2), ("a ah b a b", 3, 9))
LIVES = (steady, once, paused, rotated, rotated, monthly, replaced, mismatched,
         reused, returned, rewritten, renamed, one_key_for_all, weak_primes,
         weak_prime_of_a_lost_key, parallel, tried_out, two_streams,
         removed_early, seen_last, forgotten, lost, lost, lost_with_one,
         lost_and_shared, odd_lengths, silent)


def make(seed, searches=3):
    """The world of a seed.  `searches`: how many there may be that find no key,
    or one with the usual exponent; each takes five seconds of a core."""
    world = World(seed)
    for life in LIVES:
        for _ in range(world.chance.choice((1, 1, 2))):
            life(world)
    for mail, e, cost in world.chance.sample(COSTLY, len(COSTLY)):
        if cost <= searches:
            costly(world, mail, e)
            searches -= cost
    world.chance.shuffle(world.messages)
    return world


def show(seed, folder):
    world = make(seed)
    folder.mkdir(parents=True)
    world.write(folder)
    with open(folder / "truth.tsv", "w", encoding="ascii") as out:
        for finding in sorted(world.findings().elements()):
            print(*finding, sep="\t", file=out)
        for name, keys in sorted(world.recoverable().items()):
            for key, count in keys.items():
                print(name, "recovered from", count, key.record(), sep="\t",
                      file=out)


if __name__ == "__main__":
    show(int(sys.argv[1]), pathlib.Path(sys.argv[2]))
