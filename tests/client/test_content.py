"""Content blocks, and sources that come as a URL."""

import base64

import pytest

from bedrock_harness.client import InvalidRequest, Options, prepare
from bedrock_harness.client.requests import content
from bedrock_harness.service import shapes

CLAUDE = "anthropic.claude-sonnet-4-20250514-v1:0"
PNG = b"\x89PNG\r\n\x1a\n..."
JPEG = b"\xff\xd8\xff\xe0..."
WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 "


def sent(*blocks, role="user", **options):
    """The blocks of one message, as they are sent."""
    return prepared(*blocks, role=role, **options).body["messages"][0]["content"]


def prepared(*blocks, role="user", **options):
    return prepare("Converse", CLAUDE, [{"role": role, "content": list(blocks)}], options=Options(**options))


EVERY_KIND = {
    "text": content.text("Hello"),
    "image": content.image(PNG),
    "image in s3": content.image("s3://bucket/a.webp", bucket_owner="123456789012"),
    "document": content.document(b"%PDF", name="report.pdf", context="A report.", cited=True),
    "video": content.video("s3://bucket/a.mp4"),
    "audio": content.audio(b"RIFF", format="audio/x-wav"),
    "tool use": content.tool_use("1", "weather", {"city": "Oslo"}),
    "failed tool": content.tool_result("1", "no such city", error=True),
    "tool result": content.tool_result("1", {"c": 3}),
    "tool result with media": content.tool_result("1", [content.text("Seen:"), content.image(PNG)]),
    "reasoning": content.reasoning(" Hm.\n", "c2ln"),
    "redacted reasoning": content.redacted_reasoning(b"secret"),
    "cache point": content.cache_point("1h"),
    "guarded text": content.guarded_text("Is it safe?", ["query"]),
    "guarded image": content.guarded_image(JPEG),
    "citations": content.citations("It says so.", [{"title": "A report"}]),
    "search result": content.search_result("https://example.com", "An example", ["Words."], cited=True),
}


@pytest.mark.parametrize("block", EVERY_KIND.values(), ids=EVERY_KIND)
def test_every_kind_of_block_has_the_shape_of_the_service(block):
    """Each helper makes a block that botocore's model accepts."""
    body = shapes.encode("Converse", {"messages": [{"role": "user", "content": [block]}]})
    assert shapes.validate("Converse", body) == ()


def test_a_tool_result_says_that_it_failed():
    """An error has its status, and an answer none."""
    assert EVERY_KIND["failed tool"]["toolResult"]["status"] == "error"
    assert "status" not in EVERY_KIND["tool result"]["toolResult"]


@pytest.mark.parametrize(("data", "name"), [(PNG, "png"), (JPEG, "jpeg"), (b"GIF89a..", "gif"), (WEBP, "webp")])
def test_the_format_of_a_picture_is_told_by_its_bytes(data, name):
    """A picture without a format has the one of its first bytes."""
    assert content.image(data)["image"]["format"] == name


@pytest.mark.parametrize("given", ["jpg", ".JPG", "image/jpg", "image/JPEG; q=1"])
def test_jpg_is_jpeg(given):
    """Media types and extensions become the format's name."""
    assert content.image(b"...", format=given)["image"]["format"] == "jpeg"


@pytest.mark.parametrize(
    "make",
    [
        lambda: content.image(b"<svg/>"),
        lambda: content.image(PNG, format="svg"),
        lambda: content.video(b"..."),
        lambda: content.document(b"...", name="archive.zip"),
        lambda: content.guarded_image(WEBP),
        lambda: content.guarded_text(" "),
        lambda: content.tool_result("1", [content.cache_point()]),
        lambda: content.tool_result("1", [content.guarded_text("x")]),
    ],
)
def test_what_cannot_be_a_block_is_refused(make):
    """Unknown formats, empty guarded text, and what no tool result holds are refused at once."""
    with pytest.raises(InvalidRequest):
        make()


def test_a_data_url_becomes_bytes():
    """A data URL is sent as its bytes, encoded once, in the format that it names or that its bytes are."""
    url = f"data:image/gif;base64,{base64.b64encode(b'...').decode()}"
    assert sent(content.text("a"), content.image(url))[1] == {
        "image": {"format": "gif", "source": {"bytes": base64.b64encode(b"...").decode()}}
    }
    mislabelled = f"data:image/jpeg;base64,{base64.b64encode(PNG).decode()}"
    assert sent(content.image(mislabelled))[0]["image"]["format"] == "png"


def test_a_data_url_inside_a_tool_result_becomes_bytes():
    """A tool may return a data URL too."""
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    result = sent(content.tool_result("1", [content.image(url)]))[0]["toolResult"]
    assert result["content"][0]["image"]["source"] == {"bytes": base64.b64encode(PNG).decode()}


def test_a_place_in_s3_is_named():
    """An s3:// URI becomes an s3Location, its format from its extension."""
    assert content.image("s3://bucket/a.jpg") == {
        "image": {"format": "jpeg", "source": {"s3Location": {"uri": "s3://bucket/a.jpg"}}}
    }
    given = {"image": {"format": "png", "source": {"url": "s3://bucket/a"}}}
    assert sent(given)[0]["image"]["source"] == {"s3Location": {"uri": "s3://bucket/a"}}


def test_a_picture_on_the_web_is_refused_here():
    """Bedrock fetches nothing: a picture on the web is refused by its place, before anything is sent."""
    with pytest.raises(InvalidRequest, match=r"messages\.0\.content\.1\.image is on the web"):
        sent(content.text("a"), content.image("https://example.com/a.png"))


def test_a_picture_on_the_web_can_be_dropped():
    """Dropped pictures leave a note."""
    made = prepared(content.text("a"), content.image("https://example.com/a.png"), remote_media="drop")
    assert made.body["messages"][0]["content"] == [{"text": "a"}]
    assert [note.code for note in made.notes] == ["remote-media-dropped"]


def test_a_picture_of_an_unknown_type_is_refused_or_called_a_jpeg():
    """Which of the two is the caller's choice; a guess is noted."""
    picture = content.image("data:image/tiff;base64,AAAA")
    with pytest.raises(InvalidRequest, match="unknown format"):
        sent(picture)
    made = prepared(picture, unknown_image="jpeg")
    assert made.body["messages"][0]["content"][0]["image"]["format"] == "jpeg"
    assert [note.code for note in made.notes] == ["image-format-guessed"]


@pytest.mark.parametrize("url", ["data:image/png;base64,???", "data:image/png;base64"])
def test_a_broken_data_url_is_refused(url):
    """A data URL that holds no base64 is an InvalidRequest, never empty bytes."""
    with pytest.raises(InvalidRequest, match="data URL"):
        sent(content.image(url))


def test_text_alone_can_be_sent():
    """Media go out of messages and tool results with a note, and what they leave empty is mended as ever."""
    made = prepared(
        content.image(PNG),
        content.tool_result("1", [content.image(PNG)]),
        content.text("a"),
        content.image("https://example.com/a.png"),
        text_only=True,
    )
    sent_blocks = made.body["messages"][0]["content"]
    assert [next(iter(block)) for block in sent_blocks] == ["toolResult", "text"]
    assert [next(iter(block)) for block in sent_blocks[0]["toolResult"]["content"]] == ["text"]
    assert made.notes[0].code == "media-dropped"
    assert prepared(content.text("a"), text_only=True).notes == ()
