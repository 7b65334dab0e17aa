import json

import pytest
import vcr.request
import yaml
from vcr.serialize import serialize
from vcr.serializers import yamlserializer

from bedrock_harness.recordings import cassette
from bedrock_harness.recordings.cassette import CassetteError, find, read

URI = "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.amazon.nova-micro-v1%3A0/converse"
ASK = {"messages": [{"role": "user", "content": [{"text": "こんにちは"}]}]}
ANSWER = {"stopReason": "end_turn"}


def interaction(request=None, response=None):
    return {
        "request": {"method": "POST", "uri": URI, "headers": {}, "body": None} | (request or {}),
        "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": ""}}
        | (response or {}),
    }


@pytest.fixture
def write(tmp_path):
    def write(content, name="one.yaml"):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(content if isinstance(content, str) else yaml.dump(content, allow_unicode=True), "utf-8")
        return path

    return write


def one(path):
    (recorded,) = read(path)
    return recorded


@pytest.mark.parametrize("body", [json.dumps(ASK), json.dumps(ASK).encode(), [b'{"messages"', b":[]}"], None])
@pytest.mark.parametrize("reply", [json.dumps(ANSWER).encode(), b"\x00\xff\r\n\x85", b"a\r\nb\x85"])
def test_what_vcrpy_writes_is_read(write, body, reply):
    """A cassette of vcrpy's own serializer gives back method, address, headers and bodies as they were."""
    body = iter(body) if isinstance(body, list) else body
    request = vcr.request.Request("POST", URI, body, {"Content-Type": "application/json", "X-Raw": b"bytes"})
    response = {"status": {"code": 200, "message": "OK"}, "headers": {"A": ["1", "2"]}, "body": {"string": reply}}
    text = serialize({"requests": [request], "responses": [response]}, yamlserializer)
    recorded = one(write(text))
    sent = None if body is None else ASK if isinstance(body, (str, bytes)) else {"messages": []}
    assert (recorded.method, recorded.uri) == ("POST", URI)
    assert (recorded.operation, recorded.model) == ("Converse", "us.amazon.nova-micro-v1:0")
    assert recorded.request_headers == (("Content-Type", "application/json"), ("X-Raw", "bytes"))
    assert recorded.request_body == sent
    assert recorded.reply_headers == (("A", "1"), ("A", "2"))
    assert (recorded.status, recorded.reply_body, recorded.accepted) == (200, reply, True)


@pytest.mark.parametrize(
    "request_",
    [
        {"body": json.dumps(ASK)},
        {"body": json.dumps(ASK).encode()},
        {"body": [json.dumps(ASK)[:10], json.dumps(ASK)[10:].encode()]},
        {"parsed_body": ASK, "body": None},
        {"parsed_body": ASK},
    ],
    ids=["text", "bytes", "pieces", "parsed beside null", "parsed"],
)
@pytest.mark.parametrize(
    "response",
    [
        {"body": {"string": json.dumps(ANSWER)}},
        {"body": {"string": json.dumps(ANSWER).encode()}},
        {"body": json.dumps(ANSWER)},
        {"parsed_body": ANSWER, "body": None},
    ],
    ids=["text under string", "bytes under string", "text", "parsed"],
)
def test_every_form_of_a_body_is_read(write, request_, response):
    """Text, bytes, pieces and parsed JSON, plainly or under `string`, are one and the same body."""
    recorded = one(write({"interactions": [interaction(request_, response)]}))
    assert recorded.request_body == ASK
    assert json.loads(recorded.reply_body) == ANSWER


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"a": "1"}, (("a", "1"),)),
        ({"a": b"1"}, (("a", "1"),)),
        ({"a": ["1", b"2", 3]}, (("a", "1"), ("a", "2"), ("a", "3"))),
        ({"a": []}, ()),
        (None, ()),
    ],
)
def test_every_form_of_a_header_is_read(write, headers, expected):
    """Text, bytes, numbers and lists of these are header values."""
    recorded = one(write({"interactions": [interaction({"headers": headers}, {"headers": headers})]}))
    assert recorded.request_headers == recorded.reply_headers == expected


def test_tags_of_python_that_vcrpy_accepts_are_read(write):
    """Old cassettes hold a request body as a pickled buffer, and tuples."""
    text = yaml.dump({"interactions": [interaction()]}).replace(
        "body: null",
        "body: !!python/object/new:_io.BytesIO\n      state: !!python/tuple\n"
        "      - !!binary |\n        e30=\n      - 0\n      - null",
    )
    assert one(write(text)).request_body == {}


def test_an_empty_object_is_a_body(write):
    """`parsed_body: {}` is a body, and not the lack of one."""
    recorded = one(write({"interactions": [interaction({"parsed_body": {}}, {"parsed_body": {}, "body": None})]}))
    assert (recorded.request_body, recorded.reply_body) == ({}, b"{}")


@pytest.mark.parametrize("body", ["not json", b"\xff\xfe", "", None, "[" * 100_000])
def test_a_body_that_is_no_json_is_none(write, body):
    """Whether a request's body is JSON is not for the reader to refuse."""
    assert one(write({"interactions": [interaction({"body": body})]})).request_body is None


@pytest.mark.parametrize("uri", ["https://example.com/", "https://[", "/", "", "https://x/model/a/b/converse"])
def test_traffic_that_is_not_bedrocks_has_no_operation(write, uri):
    """Any address is read; only the path of an operation on a model makes one."""
    recorded = one(write({"interactions": [interaction({"uri": uri})]}))
    assert (recorded.operation, recorded.model) == (None, None)


def test_exchanges_are_numbered_from_one(write):
    """The order of a cassette is kept."""
    assert [recorded.number for recorded in read(write({"interactions": [interaction()] * 3}))] == [1, 2, 3]


BOMB = "a: &a [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 10)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "interactions of the file must be a list"),
        ("- request: 1", "interactions of the file must be a list"),
        ("interactions: {}", "interactions of the file must be a list"),
        ("interactions: [5]", "uri of request of interaction 1 must be a text"),
        ({"interactions": [{"request": {"uri": "x"}}]}, "method of request of interaction 1 must be a text|status"),
        (
            {"interactions": [interaction(), interaction(response={"status": None})]},
            "code of status of response of interaction 2",
        ),
        ({"interactions": [interaction({"headers": ["a"]})]}, "headers of request of interaction 1 must be a mapping"),
        ({"interactions": [interaction({"body": 5})]}, "body of request of interaction 1 must be text, bytes"),
        (
            {"interactions": [interaction(response={"body": {"string": [1]}})]},
            "string of body of response of interaction 1",
        ),
        (
            {"interactions": [interaction({"parsed_body": {"x": b"1"}})]},
            "parsed_body of request of interaction 1 must be JSON",
        ),
        ("interactions: [", "not the YAML of a cassette"),
        ("a: \x00", "not the YAML of a cassette"),
        (b"\xff\xfe\x00", "not the YAML of a cassette"),
        (b"\x89PNG\r\n", "not the YAML of a cassette"),
        ("interactions: !!python/object/apply:os.system [ls]", "could not determine a constructor"),
        ("interactions: !!python/name:os.system ''", "could not determine a constructor"),
        ("? [a, {b: c}]\n: 1", "not the YAML of a cassette|makes no values"),
        ("a: 2026-99-99", "makes no values"),
        ("[" * 1_000_000, "nests deeper than 200 levels"),
        ("- " * 1_000_000, "nests deeper than 200 levels"),
        ("interactions: " + "{a: " * 300_000, "nests deeper than 200 levels"),
        (
            "interactions:\n- request: &x {uri: u, method: m, parsed_body: *x}\n  response: {}",
            "not the YAML|must be JSON",
        ),
    ],
)
def test_a_broken_file_is_a_cassette_error(write, content, expected):
    """Whatever is wrong with a file, the error names it, what was required and what to do."""
    path = write(content)
    with pytest.raises(CassetteError, match=expected) as caught:
        read(path)
    assert caught.value.file == path
    assert str(caught.value).startswith(f"{path}: ")
    assert str(caught.value).endswith(caught.value.hint)


def test_a_small_file_cannot_describe_a_vast_body(write):
    """Aliases that unfold to gigabytes are refused while they unfold."""
    text = f"{BOMB}interactions:\n- request: {{method: POST, uri: u, parsed_body: *i}}\n  response: {{status: {{code: 200}}}}\n"
    with pytest.raises(CassetteError, match="repeats more than 100000 values by aliases"):
        read(write(text))


def test_a_vast_file_is_not_read(write, monkeypatch):
    """A file beyond the limit is refused by its size."""
    path = write({"interactions": []})
    monkeypatch.setattr(cassette, "MAX_FILE", 3)
    with pytest.raises(CassetteError, match="of this size is not read"):
        read(path)


def test_a_file_that_cannot_be_opened_is_a_cassette_error(tmp_path):
    """A folder given for a file, or a file that went away, is named with what the system says."""
    for path in (tmp_path, tmp_path / "gone.yaml"):
        with pytest.raises(CassetteError, match="it cannot be read: "):
            read(path)


def test_folders_are_searched_at_any_depth(tmp_path):
    """Cassettes are found by their endings, files named outright whatever theirs, each once and in order."""
    for name in ("b.yaml", "deep/er/a.yml", "deep/notes.txt", "c.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    found = find([tmp_path, tmp_path / "b.yaml", tmp_path / "c.json"])
    assert [str(path.relative_to(tmp_path)) for path in found] == ["b.yaml", "c.json", "deep/er/a.yml"]


def test_a_path_that_does_not_exist_is_named(tmp_path):
    """A misspelt folder is not an empty one."""
    with pytest.raises(CassetteError, match="no such file or folder"):
        find([tmp_path / "nowhere"])
