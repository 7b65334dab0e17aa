"""Pictures, documents, videos and sounds: their formats, and sources that come as a URL.

A block may hold `{"source": {"url": ...}}`, which Converse has not: a data URL becomes bytes, one of S3 an s3Location (R22).
The service fetches nothing from elsewhere; whether such a block is refused (R23) or dropped (D14) is the caller's choice.
Knows file formats by their media types and by their first bytes. Fetches nothing.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, TypeAlias
from urllib.parse import unquote_to_bytes

from bedrock_harness.client.errors import InvalidRequest
from bedrock_harness.client.options import Note
from bedrock_harness.client.requests.draft import Draft
from bedrock_harness.service import model

__all__ = ["Kind", "format_of", "formats", "keep_text", "resolve", "sniffed", "source_of_url"]

Kind: TypeAlias = Literal["image", "document", "video", "audio"]


@cache
def formats(kind: Kind) -> frozenset[str]:
    """The formats of a kind of block, by botocore's enumeration (ImageFormat, DocumentFormat, ...)."""
    return frozenset(model.shape(f"{kind.capitalize()}Format")["enum"])


_ALIASES = {
    "jpg": "jpeg",
    "pjpeg": "jpeg",
    "quicktime": "mov",
    "x-matroska": "mkv",
    "x-flv": "flv",
    "x-ms-wmv": "wmv",
    "3gpp": "three_gp",
    "3gp": "three_gp",
    "plain": "txt",
    "markdown": "md",
    "x-markdown": "md",
    "htm": "html",
    "msword": "doc",
    "vnd.ms-excel": "xls",
    "vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "x-wav": "wav",
    "wave": "wav",
}
"""Subtypes of media types, and file extensions, that are not the name of their format. `image/jpg` is refused as it stands
(NousResearch/hermes-agent#55429)."""

_FIRST_BYTES = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
)

_KINDS: tuple[Kind, ...] = ("image", "document", "video", "audio")


def format_of(media_type: str, kind: Kind) -> str | None:
    """The format that a media type or a file extension names, None for one that the service does not take as this kind.

    >>> format_of("image/JPG; charset=binary", "image")
    'jpeg'
    """
    subtype = media_type.partition(";")[0].strip().lower().rpartition("/")[2].lstrip(".")
    name = _ALIASES.get(subtype, subtype)
    return name if name in formats(kind) else None


def sniffed(data: bytes) -> str | None:
    """The format of a picture by its first bytes: the service compares them too (ziatdinovmax/SciLink#382)."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return next((name for magic, name in _FIRST_BYTES if data.startswith(magic)), None)


def source_of_url(url: str) -> tuple[dict[str, Any] | None, str]:
    """A Converse source out of a URL, with its media type; None in place of the source of a URL that would be fetched.

    Raises InvalidRequest for a data URL that holds no base64.
    """
    if url.startswith("s3://"):
        return {"s3Location": {"uri": url}}, url.rpartition(".")[2]
    if not url.lower().startswith("data:"):
        return None, url.partition("?")[0].rpartition(".")[2]
    head, comma, data = url[len("data:") :].partition(",")
    try:
        if not comma:
            raise ValueError("it has no comma")
        if not head.lower().endswith(";base64"):
            return {"bytes": unquote_to_bytes(data)}, head
        return {"bytes": base64.b64decode("".join(data.split()), validate=True)}, head[: -len(";base64")]
    except (ValueError, binascii.Error) as error:
        raise InvalidRequest(
            f"A data URL cannot be read: {error}.", hint="One looks like data:image/png;base64,iVBORw0KGgo=."
        ) from None


def keep_text(draft: Draft) -> Draft:
    """The conversation without pictures, documents, videos and sounds, where text alone was chosen (A07)."""
    if not draft.options.text_only:
        return draft
    dropped: list[str] = []

    def kept(content: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for block in content:
            if kind := next((kind for kind in _KINDS if kind in block), None):
                dropped.append(kind)
            elif "content" in (result := block.get("toolResult", {})):
                yield {**block, "toolResult": {**result, "content": list(kept(result["content"]))}}
            else:
                yield block

    messages = [{**message, "content": list(kept(message["content"]))} for message in draft.body["messages"]]
    if not dropped:
        return draft
    note = Note(
        "media-dropped", f"Text alone is sent: {len(dropped)} blocks were left out ({', '.join(sorted(set(dropped)))})."
    )
    return draft.with_body(note, messages=messages)


def resolve(draft: Draft) -> Draft:
    """Every source that is a URL, as Converse has sources."""
    notes: list[Note] = []

    def blocks(content: list[dict[str, Any]], path: str) -> Iterator[dict[str, Any]]:
        for index, block in enumerate(content):
            if (result := block.get("toolResult", {})).get("content"):
                inner = list(blocks(result["content"], f"{path}.{index}.toolResult.content"))
                yield {**block, "toolResult": {**result, "content": inner}}
            elif (kind := next((kind for kind in _KINDS if _url(block, kind)), None)) is None:
                yield block
            else:
                yield from resolved(block, kind, f"{path}.{index}")

    def resolved(block: dict[str, Any], kind: Kind, path: str) -> Iterator[dict[str, Any]]:
        source, media_type = source_of_url(_url(block, kind) or "")
        if source is None:
            if draft.options.remote_media == "refuse":
                raise InvalidRequest(
                    f"{path}.{kind} is on the web, and Bedrock fetches none.",
                    hint="Give its bytes, a data URL, or an s3:// URI.",
                )
            notes.append(
                Note("remote-media-dropped", f"{path}.{kind} is on the web and was left out: Bedrock fetches none.")
            )
            return
        member = {name: value for name, value in block[kind].items() if value is not None} | {"source": source}
        if "format" not in member:
            member["format"] = _format(source, media_type, kind, path, draft, notes)
        yield {**block, kind: member}

    messages = [
        {**message, "content": list(blocks(message["content"], f"messages.{index}.content"))}
        for index, message in enumerate(draft.body["messages"])
    ]
    return draft.with_body(*notes, messages=messages)


def _url(block: Mapping[str, Any], kind: Kind) -> str | None:
    member = block.get(kind)
    source = member.get("source") if isinstance(member, dict) else None
    url = source.get("url") if isinstance(source, dict) else None
    return url if isinstance(url, str) else None


def _format(source: Mapping[str, Any], media_type: str, kind: Kind, path: str, draft: Draft, notes: list[Note]) -> str:
    name = (sniffed(source["bytes"]) if kind == "image" and "bytes" in source else None) or format_of(media_type, kind)
    if name is not None:
        return name
    if kind == "image" and draft.options.unknown_image == "jpeg":
        notes.append(Note("image-format-guessed", f"{path}: {media_type or 'no media type'} was sent as jpeg."))
        return "jpeg"
    raise InvalidRequest(
        f"{path}.{kind} is of an unknown format: {media_type or 'no media type'}.",
        hint=f"Bedrock takes {', '.join(sorted(formats(kind)))}.",
    )
