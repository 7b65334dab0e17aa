"""What all dialects of configuration have in common: the value they are read into, and tables of documented keys.

Knows that a key which nobody documents is refused, with the nearest known one. Shows types in its errors, and never values:
a value may be a secret.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from bedrock_harness.client.credentials import BearerToken
from bedrock_harness.client.errors import InvalidRequest
from bedrock_harness.client.options import Note, Options
from bedrock_harness.client.retrying import Pauses
from bedrock_harness.client.settings import Colons
from bedrock_harness.client.supply import Role
from bedrock_harness.wire.sigv4 import Credentials

__all__ = ["DEFAULT_REGION", "Config", "Connection", "nearest", "section"]

T = TypeVar("T", bound=Struct)

DEFAULT_REGION = "us-east-1"
"""What all four document where nothing else says."""


class Connection(Struct, frozen=True, kw_only=True):
    """Who calls, and where to, in the Client's own words. None is what the environment says.

    `default_region` is what holds where nothing else names a region (D03); `token_key` names the only variable that a bearer
    token is read from (D02); `precedence` is the order in which credentials are looked for; `colons` is how a model id's are sent
    (P02), `pauses` how long is waited between attempts (R36).
    """

    region: str | None = None
    default_region: str | None = None
    endpoint: str | None = None
    credentials: Credentials | None = None
    bearer_token: BearerToken | None = None
    token_key: str | None = None
    profile: str | None = None
    role: Role | None = None
    precedence: tuple[str, ...] | None = None
    colons: Colons | None = None
    pauses: Pauses | None = None


class Config(Struct, frozen=True, kw_only=True):
    """What a configuration says: whose it is, the model, the connection, the options, and the system prompt."""

    dialect: str
    model: str
    connection: Connection
    options: Options
    system: str | None = None
    notes: tuple[Note, ...] = ()


def section(value: Any, path: str, kind: type[T]) -> T:
    """A table of the file as the structure of its keys. Raises InvalidRequest for a key that is none, and for a wrong type."""
    if not isinstance(value, dict):
        raise InvalidRequest(f"{path or 'The configuration'} is no table of keys.")
    known = {field.encode_name: field.required for field in msgspec.structs.fields(kind)}
    inside = f"{path}." if path else ""
    for name in value:
        if name not in known:
            raise InvalidRequest(f"{inside}{name} is no key of the configuration.", hint=nearest(str(name), known))
    if missing := [name for name, required in known.items() if required and name not in value]:
        raise InvalidRequest(f"{inside}{missing[0]} is missing.", hint="It has no default.")
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        # "Expected `int`, got `str` - at `$.max_tokens`": the message shows types, never values.
        reason, _, place = str(error).partition(" - at ")
        raise InvalidRequest(f"{inside}{place.strip('`').removeprefix('$.')}: {reason.lower()}.") from None


def nearest(name: str, known: Mapping[str, Any]) -> str:
    """A hint at what may have been meant: the nearest known name, or all of them."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean {close[0]}?" if close else f"Known are {', '.join(known)}."
