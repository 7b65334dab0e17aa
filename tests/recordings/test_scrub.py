"""Scrubbing as a pure function: whatever the encoding, the secret is gone and everything keeps its place."""

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_harness.recordings.scrub import ACCOUNT, DROPPED, Scrubber
from bedrock_harness.wire.frames import Frame, FrameDecoder, encode
from tests.recordings.searching import spellings

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY=EXAMPLE:KEY"
ACCOUNT_ID = "998877665544"
ARN = f"arn:aws:bedrock:us-east-1:{ACCOUNT_ID}:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0"

ENCODINGS = {
    "plainly": lambda text: text,
    "percent-encoded": lambda text: quote(text, safe=""),
    "percent-encoded but for slashes": quote,
    "percent-encoded in small letters": lambda text: quote(text, safe="").replace("%2F", "%2f").replace("%3A", "%3a"),
    "percent-encoded twice": lambda text: quote(quote(text, safe=""), safe=""),
    "in JSON": lambda text: json.dumps(text),
    "in JSON with slashes escaped": lambda text: json.dumps(text).replace("/", "\\/"),
    "in JSON with everything escaped": lambda text: "".join(c if c.isalnum() else f"\\u{ord(c):04x}" for c in text),
    "in JSON in JSON": lambda text: json.dumps(json.dumps({"a": text}).replace("/", "\\/")),
    "in base64": lambda text: b64encode(text.encode()).decode(),
    "in base64, off by one": lambda text: b64encode(b"x" + text.encode()).decode(),
    "in base64, off by two, unpadded": lambda text: b64encode(b"xy" + text.encode() + b"\xff\xfe").decode().rstrip("="),
    "in base64 for URLs": lambda text: urlsafe_b64encode(b"\xfb\xff\xfe" + text.encode() + b"\xff\xff").decode(),
    "in base64 in base64": lambda text: b64encode(b"." + b64encode(text.encode())).decode(),
    "in base64 behind base64 letters": lambda text: "data/x/" + b64encode(text.encode()).decode(),
    "in base64 of JSON": lambda text: b64encode(json.dumps({"key": text}).encode()).decode(),
}

every_encoding = pytest.mark.parametrize("encoded", ENCODINGS.values(), ids=ENCODINGS)


@every_encoding
@pytest.mark.parametrize(
    "around", ["{}", '{{"text":"<{}>"}}', "GET /?a={}&b=c"], ids=["alone", "in a body", "in a URL"]
)
def test_a_given_secret_is_found_in_every_encoding(encoded, around):
    """A secret that is known is taken out, whatever it is wrapped in, and the length stays."""
    data = around.format(encoded(SECRET)).encode()
    scrubbed = Scrubber([SECRET]).data(data)
    assert SECRET in spellings(data)
    assert SECRET not in spellings(scrubbed)
    assert len(scrubbed) == len(data)


@every_encoding
def test_an_account_id_is_found_in_every_encoding(encoded):
    """The account in an ARN becomes the one of AWS's documents, with nothing given."""
    data = encoded(ARN).encode()
    scrubbed = Scrubber().data(data)
    assert ACCOUNT_ID in spellings(data)
    assert ACCOUNT_ID not in spellings(scrubbed)
    assert ACCOUNT.decode() in spellings(scrubbed)
    assert len(scrubbed) == len(data)


@pytest.mark.parametrize(
    "text",
    [
        "Credential=AKIAIOSFODNN7EXAMPL2/20261121/us-east-1/bedrock/aws4_request",
        f"Signature={'0123456789abcdef' * 4}",
        f"X-Amz-Signature%3D{'0123456789abcdef' * 4}",
        "x-amz-date:20261121T004500Z",
        '"X-Amz-Date": "20261121T004500Z"',
        "X-Amz-Date%3D20261121T004500Z",
        "x-amz-security-token:FQoDYXdzEJr//////////wEaDExample",
        "X-Amz-Security-Token=abcdefghijklmnop%2Bqrst%3D%3D&X",
        "Authorization: Bearer abcdefghijklmnopqrstuvwxyz",
        f"IQoJb3JpZ2lu{'aB3+/' * 20}",
        f"ABSK{'aB3+' * 20}",
        "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t",
        f'{{"s3Location":{{"bucketOwner":"{ACCOUNT_ID}","uri":"s3://b/k"}}}}',
        f"Your account {ACCOUNT_ID} is not authorized.",
        f"User: arn:aws:sts::{ACCOUNT_ID}:assumed-role/r/s is not authorized",
    ],
)
def test_what_gives_itself_away_needs_no_telling(text):
    """Keys, signatures, dates of signing, tokens and account ids are known by their looks."""
    scrubbed = Scrubber().text(text)
    assert scrubbed != text
    assert len(scrubbed) == len(text)
    for part in (
        "IOSFODNN7EXAMPL2",
        "0123456789abcdef",
        "20261121T",
        "wEaDExample",
        "ghijklmnop",
        "aB3+",
        "YmVk",
        ACCOUNT_ID,
    ):
        assert part not in scrubbed


@pytest.mark.parametrize(
    "text",
    [
        "The account of what happened in 1912 is long.",
        "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-micro-v1:0",
        "1234567890123 and 123456789012, a date 20261121T004500Z",
        f"data:image/png;base64,{b64encode(bytes(range(256)) * 4).decode()}",
        "Signature=short",
        f'"bytes":"iVBORw0KABSK{"aB3+" * 20}"',
        "",
    ],
)
def test_what_is_no_secret_stays(text):
    """Ordinary text, images and ids of models are kept byte for byte."""
    assert Scrubber([SECRET]).text(text) == text


def test_headers_with_secrets_are_left_out():
    """Headers that carry nothing else are dropped in any case of letters, the others are scrubbed."""
    headers = [(name.title(), "x") for name in sorted(DROPPED)] + [("X-Model", ARN)]
    assert Scrubber().headers(headers) == (("X-Model", ARN.replace(ACCOUNT_ID, ACCOUNT.decode())),)


def test_frames_stay_whole():
    """A secret in an event's payload or header goes, the frame keeps its length, and its checksums fit again."""
    frames = [
        Frame(
            {":event-type": "metadata", "x": ARN},
            json.dumps({"trace": {"promptRouter": {"invokedModelId": ARN}}}).encode(),
        ),
        Frame({":event-type": "messageStop"}, b'{"stopReason":"end_turn"}'),
    ]
    body = b"".join(map(encode, frames))
    scrubbed = Scrubber().stream(body)
    first, second = FrameDecoder().feed(scrubbed)
    assert ACCOUNT_ID.encode() not in scrubbed
    assert json.loads(first.payload)["trace"]["promptRouter"]["invokedModelId"] == first.headers["x"]
    assert ACCOUNT.decode() in first.headers["x"]
    assert second == frames[1]
    assert len(scrubbed) == len(body)


def test_a_broken_stream_stays_as_broken():
    """What was cut or had a wrong checksum is scrubbed as bytes, and its fault can still be seen."""
    frame = encode(Frame({":event-type": "metadata"}, ARN.encode()))
    wrong = frame[:-1] + bytes((frame[-1] ^ 1,))
    cut = frame[: len(frame) - 10]
    for body in (wrong, cut, frame + cut):
        scrubbed = Scrubber().stream(body)
        assert ACCOUNT_ID.encode() not in scrubbed
        assert len(scrubbed) == len(body)
    assert Scrubber().stream(wrong)[-4:] == wrong[-4:]


@given(st.binary(max_size=40), st.binary(max_size=40), st.sampled_from(sorted(ENCODINGS)))
@settings(max_examples=150, deadline=None)
def test_nothing_around_a_secret_hides_it(before, after, encoding):
    """Arbitrary bytes before and behind, in one base64 text with it or not, make no difference."""
    inner = before + ENCODINGS[encoding](SECRET).encode() + after
    for data in (inner, b64encode(inner)):
        scrubbed = Scrubber([SECRET]).data(data)
        assert SECRET not in spellings(scrubbed)
        assert len(scrubbed) == len(data)
