"""Looks for secrets the way somebody who has found a file would: undoing every encoding, one inside the other.

Written without any code of the scrubber's, and slower: it decodes everything that can be decoded, wherever it begins.
"""

import re
from base64 import b64decode
from urllib.parse import unquote_to_bytes

import yaml

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")


def spellings(data, depth=4):
    """All that can be read out of these bytes, decoded again and again, as one text."""
    return b"\n".join(_readings(data, depth)).decode("utf-8", "replace")


def _readings(data, depth):
    yield data
    if not depth:
        return
    plain = re.sub(rb"\\+u00([0-9a-fA-F]{2})", lambda match: bytes.fromhex(match[1].decode()), data)
    plain = re.sub(rb"\\+(?=[^A-Za-z0-9])", b"", unquote_to_bytes(plain))
    if plain != data:
        yield from _readings(plain, depth - 1)
    for run in _BASE64.findall(data):
        letters = run.replace(b"-", b"+").replace(b"_", b"/")
        for skipped in range(4):
            rest = letters[skipped:]
            rest = rest[: len(rest) - (len(rest) % 4 == 1)]
            decoded = b64decode(rest + b"=" * (-len(rest) % 4))
            if any(char >= 32 for char in decoded):
                yield from _readings(decoded, depth - 1) if _promising(decoded) else [decoded]


def _promising(decoded):
    """Whether there may be another encoding inside: mostly printable, somewhere."""
    return bool(re.search(rb"[A-Za-z0-9+/%\\:]{8,}", decoded))


def in_file(path):
    """All that can be read out of a YAML file: its text, and every value in it, `!!binary` ones as the bytes they are."""
    text = path.read_bytes()
    values = []

    def walk(value):
        if isinstance(value, dict):
            for key, inside in value.items():
                walk(key)
                walk(inside)
        elif isinstance(value, list):
            for inside in value:
                walk(inside)
        elif isinstance(value, (str, bytes)):
            values.append(value.encode() if isinstance(value, str) else value)

    walk(yaml.safe_load(text))
    return "\n".join(spellings(value) for value in (text, *values))
