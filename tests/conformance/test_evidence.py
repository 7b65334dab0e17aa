"""What findings show, and what they never show."""

from __future__ import annotations

import pytest

from bedrock_harness.conformance import evidence
from bedrock_harness.conformance.secrets import leaked, masked, spellings
from tests.conformance.made import exchange

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


@pytest.mark.parametrize(
    ("header", "value", "shown"),
    [
        ("Authorization", f"Bearer {SECRET}", "Authorization: Bearer ..."),
        ("Authorization", SECRET, "Authorization: ..."),
        ("x-amz-security-token", SECRET, "x-amz-security-token: ..."),
        ("X-Amz-Security-Token", f"{SECRET} tail", "X-Amz-Security-Token: ..."),
        ("X-Api-Key", SECRET, "X-Api-Key: ..."),
    ],
)
def test_a_request_is_shown_without_credentials(header: str, value: str, shown: str) -> None:
    """Of an authorization only the scheme is shown, of a token nothing."""
    lines = evidence.request(exchange({"messages": []}, headers=((header, value), ("Host", "localhost")))).lines
    assert "Host: localhost" in lines
    assert shown in lines
    assert not any(SECRET in line for line in lines)


def test_a_long_body_is_cut() -> None:
    """Evidence stays short, and says how much is missing."""
    lines = evidence.request(exchange({"text": "x" * 5000})).lines
    assert lines[-1].endswith("characters more")
    assert len(lines[-1]) < 2_100


@pytest.mark.parametrize(
    "text",
    [
        f"key={SECRET}.",
        "key=wJalrXUtnFEMI%2FK7MDENG%2BbPxRfiCYEXAMPLEKEY",
        "d0phbHJYVXRuRkVNSS9LN01ERU5HK2JQeFJmaUNZRVhBTVBMRUtFWQ==",
        "eHdKYWxyWFV0bkZFTUkvSzdNREVORytiUHhSZmlDWUVYQU1QTEVLRVk=",
        "eHh3SmFsclhVdG5GRU1JL0s3TURFTkcrYlB4UmZpQ1lFWEFNUExFS0VZeA==",
    ],
)
def test_a_secret_is_found_in_any_spelling(text: str) -> None:
    """As it is, percent-encoded, and in base64 at each of its three alignments."""
    assert leaked([text], [SECRET])
    assert leaked([text.encode()], [SECRET])


def test_what_is_no_secret_is_not_found() -> None:
    """A part of a secret, another text and an empty secret leak nothing."""
    assert not leaked(["wJalrXUtnFEMI", "nothing", ""], [SECRET, ""])


@pytest.mark.parametrize("spelling", [spelling.decode() for spelling in spellings(SECRET)])
def test_a_secret_is_masked_whole_or_cut(spelling: str) -> None:
    """Where a text was cut within a secret, neither what is left of its beginning nor of its end is shown."""
    assert masked(f"key {spelling}. key {spelling}", [SECRET]) == "key ***. key ***"
    for kept in range(8, len(spelling)):
        assert (
            masked(f"key={spelling[:kept]} ... {spelling[-kept:]} and so on", [SECRET]) == "key=*** ... *** and so on"
        )


def test_words_that_a_secret_begins_with_are_left() -> None:
    """Fewer letters than tell a secret are left as they are."""
    assert masked(f"{SECRET[:7]} {SECRET[-7:]}", [SECRET]) == f"{SECRET[:7]} {SECRET[-7:]}"
