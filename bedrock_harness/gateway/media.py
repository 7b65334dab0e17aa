"""Images, documents and sound: media types and data URLs as callers write them, blocks as Converse has them.

Nothing is fetched. A gateway that opened the URLs of its callers would open those of its own network for them.
"""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import PurePosixPath
from typing import Any

from bedrock_harness.gateway.fields import Refused

__all__ = [
    "AUDIO_FORMATS",
    "DOCUMENT_FORMATS",
    "IMAGE_FORMATS",
    "audio_block",
    "checked_base64",
    "document_block",
    "document_format",
    "image_block",
    "image_from_url",
    "parse_data_url",
]

IMAGE_FORMATS = {
    "image/gif": "gif",
    "image/jpeg": "jpeg",
    "image/jpg": "jpeg",
    "image/png": "png",
    "image/webp": "webp",
}
"""Media types to the formats of Converse's ImageBlock (botocore's model)."""

DOCUMENT_FORMATS = {
    "application/msword": "doc",
    "application/pdf": "pdf",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/csv": "csv",
    "text/html": "html",
    "text/markdown": "md",
    "text/plain": "txt",
}
"""Media types to the formats of Converse's DocumentBlock (botocore's model)."""

AUDIO_FORMATS = {"mp3": "mp3", "wav": "wav"}
"""OpenAI's words for sound, which are Converse's too."""

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w.+-]+=[^;,]*)*(;base64)?,(.*)", re.DOTALL)


def parse_data_url(url: str, field: str) -> tuple[str, str]:
    """The media type and the base64 text of a data URL (RFC 2397)."""
    match = _DATA_URL.fullmatch(url)
    if match is None or match[2] is None:
        raise Refused(field, "must be a data: URL in base64; the gateway fetches nothing")
    return (match[1] or "text/plain").lower(), checked_base64(match[3], field)


def checked_base64(text: str, field: str) -> str:
    """The text, if it is base64: what is not would be refused by Bedrock as a body that it cannot read."""
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused(field, "is no base64") from None
    return text


def image_from_url(url: str, field: str) -> dict[str, Any]:
    """An image block from a data URL, or from a place in S3, which some models read by themselves."""
    if url.startswith("s3://"):
        kind = PurePosixPath(url).suffix.lstrip(".").lower()
        return {"image": {"format": _image_format(f"image/{kind}", field), "source": {"s3Location": {"uri": url}}}}
    media_type, data = parse_data_url(url, field)
    return image_block(media_type, data, field)


def image_block(media_type: str, data: str, field: str) -> dict[str, Any]:
    """An image block from base64."""
    return {"image": {"format": _image_format(media_type, field), "source": {"bytes": checked_base64(data, field)}}}


def document_block(name: str | None, kind: str | None, source: dict[str, Any]) -> dict[str, Any]:
    """A document block. The client makes its name legal and unique (`client.requests.documents`)."""
    known = {"format": kind} if kind else {}
    return {"document": {**known, "name": name or "document", "source": source}}


def document_format(media_type: str, file_name: str | None, field: str) -> str:
    """The format of a document: by its media type, and where that says nothing by the ending of its name."""
    kind = DOCUMENT_FORMATS.get(media_type)
    ending = PurePosixPath(file_name or "").suffix.lstrip(".").lower()
    if kind is None and media_type == "application/octet-stream" and ending in DOCUMENT_FORMATS.values():
        kind = ending
    if kind is None:
        raise Refused(field, f"Converse takes no document of type {media_type[:60]}")
    return kind


def audio_block(kind: str, data: str, field: str) -> dict[str, Any]:
    """A block of sound."""
    return {"audio": {"format": kind, "source": {"bytes": checked_base64(data, field)}}}


def _image_format(media_type: str, field: str) -> str:
    kind = IMAGE_FORMATS.get(media_type.lower())
    if kind is None:
        raise Refused(field, f"Converse takes no image of type {media_type[:60]}")
    return kind
