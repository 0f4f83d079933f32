"""A plain loop over dkimpy: dkimpy_loop.py KEYS.TSV ARCHIVE.MBOX

Prints how many messages there were and how many have a signature that passes;
a time since x= is past for dkimpy.  No DNS.
"""

import re
import sys

import dkim


def main():
    with open(sys.argv[1], "rb") as file:
        keys = dict(line.rstrip(b"\n").split(b"\t", 1) for line in file)
    with open(sys.argv[2], "rb") as file:
        archive = file.read()

    def look_up(name, timeout=5):
        return keys.get(name.rstrip(b"."))

    messages = passing = 0
    for stored in re.split(rb"(?:^|\n\n)From [^\n]*\n", archive)[1:]:
        text = re.sub(rb"(?m)^>(>*From )", rb"\1", stored.rstrip(b"\n") + b"\n")
        messages += 1
        passing += passes(text.replace(b"\n", b"\r\n"), look_up)
    print(f"{messages} messages, {passing} pass")


def passes(text, look_up):
    """Whether one passes; all are looked at, as the others do."""
    message = dkim.DKIM(text)
    count = sum(name.lower() == b"dkim-signature"
                for name, _ in message.headers)
    return any([verifies(message, index, look_up) for index in range(count)])


def verifies(message, index, look_up):
    try:
        return message.verify(idx=index, dnsfunc=look_up)
    except dkim.DKIMException:
        return False


if __name__ == "__main__":
    main()
