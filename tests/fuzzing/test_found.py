"""What fuzzing has found, and what was done about it: each input in hexadecimal, or written out where that is plainer."""

from importlib.util import find_spec

import pytest

from bedrock_harness.fuzzing.oracles import awscrt_authorization
from bedrock_harness.fuzzing.seeds import CREDENTIALS
from bedrock_harness.fuzzing.targets import check_cassettes
from bedrock_harness.recordings.cassette import CassetteError, read
from bedrock_harness.wire.canonical import Request, canonical_target
from bedrock_harness.wire.signing import sign
from tests.wire.made import NOON


@pytest.mark.parametrize(
    ("data", "escaped"),
    [
        ("2121626f6f6c2078", "KeyError for `!!bool x`"),
        ("2121696e742027270a", "IndexError for `!!int ''`"),
        ("2121666c6f617420270a27", "IndexError for a `!!float` of a blank"),
        ("212174696d657374616d702078", "AttributeError for `!!timestamp x`"),
        (
            b"!!python/object/apply:builtins.iter {args: {a: b}}".hex(),
            "KeyError for `args` that are a mapping",
        ),
    ],
)
def test_a_value_that_does_not_fit_its_tag_is_a_cassette_error(data, escaped, tmp_path):
    """PyYAML's constructors raise errors of their own for such values, which used to leave `read`."""
    check_cassettes(bytes.fromhex(data))
    file = tmp_path / "cassette.yaml"
    file.write_bytes(bytes.fromhex(data))
    with pytest.raises(CassetteError):
        read(file)


def doubled(form, last):
    """A file of half a kilobyte whose last line stands for a million values."""
    lines = [form.format(number, number - 1) for number in range(1, 21)]
    return "\n".join(["a0: &a0 {x: 1}" if "<<" in form else "a0: &a0 [x, x]", *lines, last])


EXCHANGE = "interactions:\n- {request: {method: P, uri: u, headers: {%s}}, response: {status: {code: 1}}}"


@pytest.mark.parametrize(
    "text",
    [
        doubled("a{0}: &a{0} {{<<: [*a{1}, *a{1}]}}", "interactions: []"),
        doubled("a{0}: &a{0} [*a{1}, *a{1}]", EXCHANGE % "a: [*a20]"),
        doubled("a{0}: &a{0} !!python/tuple [*a{1}, *a{1}]", EXCHANGE % "? *a20 : b"),
    ],
    ids=["merge keys", "a header's value", "a header's name"],
)
def test_a_small_file_that_unfolds_is_refused_at_once(text, tmp_path):
    """551 bytes of aliases took eleven seconds, and twice as long for every 29 bytes more."""
    file = tmp_path / "cassette.yaml"
    file.write_text(text)
    with pytest.raises(CassetteError, match="repeats more than 100000 values by aliases"):
        read(file)


@pytest.mark.skipif(find_spec("awscrt") is None, reason="awscrt is not installed: tox -e fuzz has it")
def test_a_path_is_a_path_where_awscrt_sees_a_scheme():
    """awscrt takes `/x://y` for a URI with the authority y, and signs the path `/`. RFC 9112, 3.2.1: it begins with a slash."""

    def both(target):
        request = Request("GET", target, (("Host", "h"),))
        ours = sign(request, CREDENTIALS, region="r", service="s", at=NOON).request
        return dict(ours.headers)["Authorization"], awscrt_authorization(request, CREDENTIALS, "r", "s", NOON)

    assert canonical_target("/x://y") == ("/x%3A/y", "")
    ours, theirs = both("/x://y")
    assert ours != theirs
    assert both("/")[1] == theirs
    with pytest.raises(Exception, match="AWS_ERROR_MALFORMED_INPUT_STRING"):
        both("/a:/b")
