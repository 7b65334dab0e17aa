"""Replies of the real service out of the shared recordings, read without any code of ours."""

import json
import struct

import yaml

from tests.shared import shared

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, where there is one: ten times as fast


def exchanges():
    """Each recorded request's URI with the reply as vcrpy kept it."""
    for path in sorted(shared("recordings").rglob("*.yaml")):
        for interaction in yaml.load(path.read_text("utf-8"), Loader=_LOADER)["interactions"]:
            yield interaction["request"]["uri"], interaction["response"]


def streams():
    """The frames of each recorded stream: pairs of header list and payload."""
    for uri, response in exchanges():
        if uri.endswith("/converse-stream") and response["status"]["code"] == 200:
            yield split(response["body"]["string"])


def replies():
    """The body of each recorded unary reply with status 200, as text that JSON keys keep their order in, and its length."""
    for uri, response in exchanges():
        if uri.endswith("/converse") and response["status"]["code"] == 200 and "parsed_body" in response:
            yield response["parsed_body"], response["headers"]


def split(data):
    """Frames as the specification lays them out, checksums unread: pairs of header list and payload."""
    found = []
    while data:
        total, headers = struct.unpack(">II", data[:8])
        found.append((header_list(data[12 : 12 + headers]), data[12 + headers : total - 4]))
        data = data[total:]
    return found


def header_list(block):
    """Names and values in wire order; all recorded headers are strings (type 7)."""
    pairs = []
    while block:
        name_end = 1 + block[0]
        assert block[name_end] == 7
        size = int.from_bytes(block[name_end + 1 : name_end + 3])
        value_at = name_end + 3
        pairs.append((block[1:name_end].decode(), block[value_at : value_at + size].decode()))
        block = block[value_at + size :]
    return pairs


def keys_of(payload):
    """The keys of a payload in their order."""
    return list(json.loads(payload))
