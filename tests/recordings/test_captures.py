"""Captured requests: raw text, curl commands and cassettes give the request as it was sent."""

import shlex
import subprocess
import sys

import pytest
import yaml

from bedrock_harness.recordings import CassetteError
from bedrock_harness.recordings.captures import CaptureError, read_capture, read_cassette_request
from bedrock_harness.wire.sigv4 import Request, verify
from tests.wire.made import CONVERSE, CREDENTIALS, NOON, TEMPORARY, signed

SIGNED = signed(credentials=TEMPORARY).request
URL = f"https://bedrock-runtime.us-east-1.amazonaws.com{SIGNED.target}"


def raw(request, *, newline="\r\n", more=b"", target=None):
    lines = [f"{request.method} {target or request.target} HTTP/1.1", *(f"{n}: {v}" for n, v in request.headers)]
    return newline.join([*lines, "", ""]).encode() + request.body + more


def curl(request, *, data="--data-raw", quoted=shlex.quote, method="-X POST"):
    headers = " \\\n  ".join(f"-H {shlex.quote(f'{n}: {v}')}" for n, v in request.headers if n != "Host")
    return f"curl -sS {method} {shlex.quote(URL)} \\\n  {headers} \\\n  {data} {quoted(request.body.decode())}".encode()


def cassette(path, request, uri=URL):
    headers = {name: [value] for name, value in request.headers}
    exchange = {
        "request": {"method": request.method, "uri": uri, "headers": headers, "body": request.body.decode()},
        "response": {"status": {"code": 403, "message": "Forbidden"}, "headers": {}, "body": {"string": "{}"}},
    }
    path.write_text(yaml.safe_dump({"version": 1, "interactions": [exchange, exchange]}))
    return path


def is_valid(request):
    return verify(request, TEMPORARY, region="us-east-1", at=NOON).valid


CAPTURES = {
    "raw": raw(SIGNED),
    "raw with plain newlines": raw(SIGNED, newline="\n"),
    "raw with a newline that an editor added": raw(SIGNED, more=b"\n"),
    "raw with the URL in full": raw(SIGNED, target=URL),
    "raw behind empty lines": b"\r\n\n" + raw(SIGNED),
    "curl": curl(SIGNED),
    "curl after a prompt": b"$ " + curl(SIGNED),
    "curl --data-binary, no method": curl(SIGNED, data="--data-binary", method=""),
    "curl --data=": curl(SIGNED).replace(b"--data-raw ", b"--data-raw="),
    "curl -d": curl(SIGNED).replace(b"--data-raw ", b"-d"),
    "curl --request": curl(SIGNED, method="--request POST --max-time 3 -o out.json"),
    "curl as browsers copy it": curl(
        SIGNED, quoted=lambda text: "$'" + text.replace('"', '\\"').replace("'", "\\'") + "'"
    ),
}


@pytest.mark.parametrize("name", CAPTURES)
def test_a_capture_is_the_request_that_was_sent(name):
    """Each form gives a request whose signature is valid, and whose body is the one that was sent."""
    request = read_capture(CAPTURES[name])
    assert (request.method, request.target, request.body) == (SIGNED.method, SIGNED.target, SIGNED.body)
    assert is_valid(request)


def test_escapes_in_a_copied_command_are_read_as_bash_reads_them():
    """`$'...'` may hold escapes of every kind, and they come out as bash has them."""
    text = r"""$'\u00e9\n\t\'\"\\ \x41 \101'"""
    request = read_capture(f"curl https://example.com/ -d {text}".encode())
    if sys.platform != "win32":
        said = subprocess.run(["bash", "-c", f"LC_ALL=C.UTF-8; printf %s {text}"], capture_output=True, check=True)
        assert request.body == said.stdout
    assert request.body == "é\n\t'\"\\ A A".encode()


def test_curl_fills_in_what_curl_sends():
    """Host comes from the URL without the default port; data mean POST and a content type."""
    request = read_capture(b"curl https://example.com:443/model/x?a=1#top --json '{}'")
    assert request == Request(
        "POST", "/model/x?a=1", (("Host", "example.com"), ("Content-Type", "application/json")), b"{}"
    )
    assert read_capture(b"curl http://127.0.0.1:8080").headers == (("Host", "127.0.0.1:8080"),)


def test_header_values_keep_their_blanks():
    """Blanks that belong to the mistake are not trimmed away."""
    request = read_capture(b"GET / HTTP/1.1\r\nx-note:  a  b \r\n\r\n")
    assert request.headers == (("x-note", " a  b "),)


def test_a_chunked_body_is_taken_out_of_its_chunks():
    """What is signed is the body, not its chunks."""
    head = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert read_capture(head + b"2;x=y\r\n{}\r\n3\r\nabc\r\n0\r\n\r\n").body == b"{}abc"
    assert read_capture(head + b"{}").body == b"{}"


def test_content_length_says_where_the_body_ends():
    """A newline that belongs to the body stays."""
    head = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n"
    assert read_capture(head + b"{}\n").body == b"{}\n"
    assert read_capture(head + b"{}\n\n").body == b"{}\n"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "neither a request line nor curl"),
        (b"interactions: []", "neither a request line nor curl"),
        (b"GET / HTTP/1.1\r\nno colon here\r\n\r\n", "no name and colon"),
        (b"curl -H 'a: b'", "no URL"),
        (b"curl https://example.com -d @body.json", "from a file"),
        (b"curl https://example.com -H", "without its value"),
        (b"curl 'https://example.com", "No closing quotation"),
        (b"curl https://[::1", "URL cannot be read"),
    ],
)
def test_what_is_no_capture_is_refused_in_words(data, says):
    """The error says what is missing and what to do."""
    with pytest.raises(CaptureError, match=says) as caught:
        read_capture(data)
    assert caught.value.hint


def test_an_exchange_of_a_cassette(tmp_path):
    """A cassette's request has the body as it was recorded, byte for byte."""
    path = cassette(tmp_path / "one.yaml", SIGNED)
    for number in (None, 1, 2):
        assert read_cassette_request(path, number).body == SIGNED.body
        assert is_valid(read_cassette_request(path, number))
    with pytest.raises(CaptureError, match="2 exchanges"):
        read_cassette_request(path, 3)
    path.write_text("a: b")
    with pytest.raises(CassetteError):
        read_cassette_request(path)


def test_a_request_with_long_term_keys():
    """A capture without a session token is read alike."""
    assert verify(read_capture(raw(signed(CONVERSE).request)), CREDENTIALS, region="us-east-1", at=NOON).valid
