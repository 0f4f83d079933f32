"""Archives made to cost a verifier more than their size.

Some go over the limits that the README states; others stay just below them,
where the work still has to be done.  All but the tiny messages carry the header
of a message that verifies.
"""

import re

FROM_LINE = b"From a@b.example Sun Mar  1 12:00:00 2026\n"
SIGNATURE = re.compile(rb"^DKIM-Signature:.*\n(?:[ \t].*\n)*", re.MULTILINE)


def make(archive, directory, scale):
    """Name -> path; each file is some tens of MB times `scale`."""
    header = signed_header(archive)
    makers = {
        "one line of 50 million spaces": spaces,
        "100,000 header fields": fields,
        "100,000 signatures": signatures,
        "4,900 fields a message": fields_below_limit,
        "4,900 bare signatures a message": signatures_below_limit,
        "a million tiny messages": tiny_messages,
        "64 signatures over a large header": large_header,
    }
    directory = directory / f"hostile-{archive.directory.name}-{scale}"
    directory.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name, maker in makers.items():
        paths[name] = directory / f"{maker.__name__}.mbox"
        if not paths[name].exists():
            part = paths[name].with_suffix(".part")
            with open(part, "wb") as out:
                out.writelines(maker(header, scale))
            part.rename(paths[name])
    return paths


def signed_header(archive):
    """The header of the first message that verifies by RSA, relaxed."""
    for number, row in enumerate(archive.truth()):
        if row["reasons"] != "ok" or row["class"] != "verified_aligned":
            continue
        header = archive.message(number).split(b"\n\n", 1)[0] + b"\n"
        if (b"c=relaxed/relaxed" in header and b"a=rsa-sha256" in header):
            return header
    raise LookupError("no such message in the archive")


def times(count, scale):
    return max(1, round(count * scale))


def spaces(header, scale):
    yield FROM_LINE + header + b"\n"
    yield b" " * times(50_000_000, scale)
    yield b"\n\n"


def fields(header, scale):
    """Short, so that the header stays below 1 MiB."""
    for _ in range(times(40, scale)):
        yield FROM_LINE + b"X-A: b\n" * 100_000 + header + b"\ntext\n\n"


def fields_below_limit(header, scale):
    for _ in range(times(800, scale)):
        yield FROM_LINE + b"X-A: b\n" * 4_900 + header + b"\ntext\n\n"


def signatures(header, scale):
    yield FROM_LINE
    yield SIGNATURE.search(header)[0] * times(100_000, scale)
    yield header + b"\ntext\n\n"


def signatures_below_limit(header, scale):
    for _ in range(times(400, scale)):
        yield FROM_LINE + b"DKIM-Signature:\n" * 4_900 + header
        yield b"\ntext\n\n"


def tiny_messages(header, scale):
    yield (FROM_LINE + b"From: a@b.example\n\nx\n\n") * times(1_000_000, scale)


def large_header(header, scale):
    """Each signs 63 KB of header, together just below the limit of 4 MiB, and
    has a time of its own, so that none is like another."""
    names = [b"X-%d" % number for number in range(16)]
    lines = b"".join(name + b": " + b"words " * 645 + b"\n" for name in names)
    template = SIGNATURE.search(header)[0]
    signed = re.sub(rb"h=[^;]*", b"h=From:\n\t" + b":\n\t".join(names),
                    template, count=1)
    time = re.compile(rb"t=\d+")
    many = b"".join(time.sub(b"t=%d" % (1_700_000_000 + number), signed)
                    for number in range(64))
    rest = SIGNATURE.sub(b"", header)
    for _ in range(times(300, scale)):
        yield FROM_LINE + many + lines + rest + b"\ntext\n\n"
