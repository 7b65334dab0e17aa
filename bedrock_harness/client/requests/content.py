"""Content blocks in Converse's shape, one small function a kind.

Knows the members of each kind (botocore, ContentBlock and SystemContentBlock) and what the service says of them that the
model does not. The blocks are plain dicts with bytes where Converse has blobs; a URL waits in `source.url` for `media`.
Raises InvalidRequest for what cannot be a block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from bedrock_harness.client.errors import InvalidRequest
from bedrock_harness.client.options import Ttl
from bedrock_harness.client.requests.documents import legal_name
from bedrock_harness.client.requests.media import Kind, format_of, formats, sniffed

__all__ = [
    "audio",
    "cache_point",
    "citations",
    "document",
    "guarded_image",
    "guarded_text",
    "image",
    "reasoning",
    "redacted_reasoning",
    "search_result",
    "text",
    "tool_result",
    "tool_use",
    "video",
]

Block: TypeAlias = dict[str, Any]
Source: TypeAlias = bytes | str
"""Bytes, or a URL: of data, of S3, or of the web, which `Options.remote_media` decides about."""


def text(words: str) -> Block:
    """Text."""
    return {"text": words}


def image(source: Source, *, format: str | None = None, bucket_owner: str | None = None) -> Block:  # noqa: A002
    """A picture: png, jpeg, gif or webp, told by its first bytes unless `format` is given (an extension or a media type)."""
    named = format or (sniffed(source) if isinstance(source, bytes) else None)
    return {"image": _media("image", source, named, bucket_owner)}


def video(source: Source, *, format: str | None = None, bucket_owner: str | None = None) -> Block:  # noqa: A002
    """A video; its bytes do not tell its format."""
    return {"video": _media("video", source, format, bucket_owner)}


def audio(source: Source, *, format: str | None = None, bucket_owner: str | None = None) -> Block:  # noqa: A002
    """A sound; its bytes do not tell its format."""
    return {"audio": _media("audio", source, format, bucket_owner)}


def document(
    source: Source,
    *,
    name: str,
    format: str | None = None,  # noqa: A002
    context: str | None = None,
    cited: bool | None = None,
    bucket_owner: str | None = None,
) -> Block:
    """A document. Its name becomes a legal one; `format` is told by the name's extension unless given.

    `cited` lets the model cite it. A text is sent as bytes: the service takes `source.text` only with citations
    (maximhq/bifrost#7072). A message with a document needs a text beside it.
    """
    media = _media("document", source, format or (name.rpartition(".")[2] if "." in name else None), bucket_owner)
    optional = {"context": context, "citations": None if cited is None else {"enabled": cited}}
    return {
        "document": {
            "name": legal_name(name),
            **media,
            **{key: given for key, given in optional.items() if given is not None},
        }
    }


def tool_use(tool_use_id: str, name: str, arguments: Mapping[str, Any]) -> Block:
    """A tool call of the model's, as it goes back in the history."""
    return {"toolUse": {"toolUseId": tool_use_id, "name": name, "input": dict(arguments)}}


def tool_result(
    tool_use_id: str, content: str | Mapping[str, Any] | Sequence[Block] = (), *, error: bool = False
) -> Block:
    """What a tool returned: a text, a JSON object, or blocks of text, json, image, document and video.

    `error` says that it failed. What the service has no place for within a result is refused: cache points stand behind the
    result (maximhq/bifrost#7614), and guarded content stands outside of tools.
    """
    if isinstance(content, str):
        blocks: list[Block] = [{"text": content}]
    elif isinstance(content, Mapping):
        blocks = [{"json": dict(content)}]
    else:
        blocks = list(content)
    for block in blocks:
        if not block.keys() & _IN_RESULTS:
            raise InvalidRequest(
                f"A tool result cannot hold {', '.join(block) or 'an empty block'}.",
                hint=f"It holds {', '.join(sorted(_IN_RESULTS))}.",
            )
    status = {"status": "error"} if error else {}
    return {"toolResult": {"toolUseId": tool_use_id, "content": blocks, **status}}


_IN_RESULTS = frozenset({"document", "image", "json", "searchResult", "text", "video"})
"""The members of botocore's ToolResultContentBlock."""


def reasoning(words: str, signature: str | None = None) -> Block:
    """Reasoning that the model showed, with its signature byte for byte. Claude takes none back without one."""
    signed = {} if signature is None else {"signature": signature}
    return {"reasoningContent": {"reasoningText": {"text": words, **signed}}}


def redacted_reasoning(data: bytes | str) -> Block:
    """Reasoning that the model hid: bytes, or the base64 of a reply."""
    return {"reasoningContent": {"redactedContent": data}}


def cache_point(ttl: Ttl | None = None) -> Block:
    """The end of a prefix to cache, for five minutes or an hour."""
    return {"cachePoint": {"type": "default"} | ({} if ttl is None else {"ttl": ttl})}


Qualifier: TypeAlias = Literal["grounding_source", "query", "guard_content"]


def guarded_text(words: str, qualifiers: Sequence[Qualifier] = ()) -> Block:
    """Text for the guardrail to assess, and nothing beside it (R20)."""
    if not words.strip():
        raise InvalidRequest("Guarded text holds no text.", hint="Leave the block out.")
    return {"guardContent": {"text": {"text": words} | ({"qualifiers": list(qualifiers)} if qualifiers else {})}}


def guarded_image(data: bytes, *, format: str | None = None) -> Block:  # noqa: A002
    """A picture for the guardrail to assess: a png or a jpeg (strands-agents/harness-sdk#2552)."""
    found = sniffed(data) if format is None else format_of(format, "image")
    if found not in {"jpeg", "png"}:
        raise InvalidRequest("A guarded picture is neither png nor jpeg.", hint="A guardrail assesses no other.")
    return {"guardContent": {"image": {"format": found, "source": {"bytes": data}}}}


def citations(words: str, cited: Sequence[Mapping[str, Any]]) -> Block:
    """Text of the model's with its citations, as it goes back in the history."""
    return {"citationsContent": {"content": [{"text": words}], "citations": [dict(each) for each in cited]}}


def search_result(source: str, title: str, texts: Sequence[str], *, cited: bool | None = None) -> Block:
    """What a search found, for the model to answer from and to cite."""
    enabled = {} if cited is None else {"citations": {"enabled": cited}}
    return {
        "searchResult": {"source": source, "title": title, "content": [{"text": each} for each in texts], **enabled}
    }


def _media(kind: Kind, source: Source, named: str | None, bucket_owner: str | None) -> Block:
    """A block's format and source. The format may be left to `media` where a URL names it."""
    found = None if named is None else format_of(named, kind)
    if found is None and (named is not None or isinstance(source, bytes)):
        raise InvalidRequest(
            f"{named or 'An unknown one'} is no format of Bedrock's for {kind}.",
            hint=f"Bedrock takes {', '.join(sorted(formats(kind)))}.",
        )
    given: Block = {} if found is None else {"format": found}
    if isinstance(source, bytes):
        return {**given, "source": {"bytes": source}}
    if source.startswith("s3://"):
        owner = {} if bucket_owner is None else {"bucketOwner": bucket_owner}
        extension = format_of(source.rpartition(".")[2], kind)
        given = given or ({} if extension is None else {"format": extension})
        return {**given, "source": {"s3Location": {"uri": source, **owner}}}
    return {**given, "source": {"url": source}}
