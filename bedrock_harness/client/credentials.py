"""Who is calling: the sources of an identity, which of them wins, and the account of it that can be shown.

Knows what each source reads and in which order they are asked, as a tuple of names. The last sources are botocore's, which
`supply` asks when something is to be sent. What a source gives is taken whole: keys never meet a session token of another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from bedrock_harness.client.errors import InvalidRequest, MissingCredentials
from bedrock_harness.client.supply import Role, Supply
from bedrock_harness.wire.sigv4 import Credentials

__all__ = [
    "BEARER_VARIABLE",
    "PRECEDENCE",
    "PRECEDENCE_PRX",
    "PRECEDENCE_REQ_LLM",
    "SOURCES",
    "Asked",
    "BearerToken",
    "Chosen",
    "Identity",
    "asked",
    "choose",
    "keys_in",
    "report",
]

BEARER_VARIABLE = "AWS_BEARER_TOKEN_BEDROCK"

_MEMBERS = ("access_key_id", "secret_access_key", "session_token")
_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_SPELLINGS = (_MEMBERS, tuple(f"aws_{name}" for name in _MEMBERS), _VARIABLES)
"""How a mapping may name its keys: as this client does, as boto3 does, and as the environment does (L07)."""


@dataclass(frozen=True, slots=True)
class BearerToken:
    """A Bedrock API key."""

    value: str

    def __repr__(self) -> str:
        return "BearerToken(...)"


Identity: TypeAlias = Credentials | BearerToken


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller gave to be known by, and the environment. `token_key` names the variable of the bearer token."""

    credentials: Credentials | None = None
    bearer_token: str | None = field(default=None, repr=False)
    token_key: str | None = None
    profile: str | None = None
    role: Role | None = None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The identity, or the supply that will have one, and the name of the source; None of them where there is none."""

    identity: Identity | None = None
    supply: Supply | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    reads: Callable[[Asked], str]
    gives: Callable[[Asked], Identity | Supply | None]


def _variable(asked: Asked) -> str:
    """A named variable is read in place of the usual one, not before it (D02)."""
    return asked.token_key or BEARER_VARIABLE


def _token(value: str | None) -> BearerToken | None:
    return BearerToken(value) if value else None


SOURCES: Mapping[str, _Source] = MappingProxyType(
    {
        "bearer_token": _Source(lambda _: "the argument bearer_token", lambda asked: _token(asked.bearer_token)),
        "credentials": _Source(lambda _: "the argument credentials", lambda asked: asked.credentials),
        "bearer_variable": _Source(_variable, lambda asked: _token(asked.environment.get(_variable(asked)))),
        "profile": _Source(
            lambda asked: f"the profile {asked.profile}" if asked.profile else "the argument profile",
            lambda asked: Supply(profile=asked.profile, role=asked.role) if asked.profile else None,
        ),
        "environment": _Source(
            lambda _: "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
            lambda asked: keys_in(asked.environment, _VARIABLES),
        ),
        "default_profile": _Source(
            lambda _: "the profile default", lambda asked: Supply(profile="default", role=asked.role)
        ),
        "chain": _Source(
            lambda _: "botocore's chain: profile, role, SSO, web identity, process, container, instance",
            lambda asked: Supply(role=asked.role),
        ),
    }
)
"""Every source by its name: what it reads, and how."""

PRECEDENCE = ("bearer_token", "credentials", "bearer_variable", "profile", "environment", "chain")
"""The client's own order. The AWS SDKs too take the bearer token before keys, and a profile that the caller names before the
environment's keys (aws-sdk-go-v2, resolveCredentialChain; boto3 leaves the environment out then)."""

PRECEDENCE_REQ_LLM = ("bearer_token", "credentials", "bearer_variable", "environment")
"""ReqLLM's four levels (R01): here both arguments may be given."""

PRECEDENCE_PRX = ("environment", "default_profile")
"""PRX's code reads the default profile behind the environment (P01). Its documentation says that it does not."""


def asked(
    *,
    credentials: Credentials | Mapping[str, str | None] | None = None,
    bearer_token: str | None = None,
    token_key: str | None = None,
    profile: str | None = None,
    role: Role | None = None,
    environment: Mapping[str, str],
) -> Asked:
    """The arguments as one value. A mapping of keys may hold a `bearer_token` as well."""
    if isinstance(credentials, Mapping):
        bearer_token = bearer_token or credentials.get("bearer_token")
        found = (keys_in(credentials, names) for names in _SPELLINGS)
        credentials = next((keys for keys in found if keys), None)
    return Asked(credentials, bearer_token or None, token_key, profile, role, environment)


def choose(asked: Asked, precedence: tuple[str, ...] | None = None) -> Chosen:
    """The first source that has something, as a whole.

    Without a precedence of the caller's both arguments at once are refused, since one of them is not meant. Keys become those
    of the role, where there is one; a bearer token needs none. Raises MissingCredentials for half a key pair.
    """
    if precedence is None and asked.credentials is not None and asked.bearer_token:
        raise InvalidRequest("Both credentials and a bearer token were given.", hint="Give the one that is meant.")
    if unknown := [name for name in precedence or () if name not in SOURCES]:
        raise InvalidRequest(f"{unknown[0]!r} is no source of credentials.", hint=f"Known are {', '.join(SOURCES)}.")
    for name in PRECEDENCE if precedence is None else precedence:
        given = SOURCES[name].gives(asked)
        if isinstance(given, Supply):
            return Chosen(supply=given, source=name)
        if isinstance(given, Credentials) and asked.role:
            return Chosen(supply=Supply(role=asked.role, keys=given), source=name)
        if given is not None:
            return Chosen(identity=given, source=name)
    return Chosen()


def keys_in(given: Mapping[str, str | None], names: tuple[str, ...]) -> Credentials | None:
    """A key pair with its session token, by these names; None without any. Half a pair is an error."""
    key, secret, token = (given.get(name) or None for name in names)
    if key and secret:
        return Credentials(key, secret, token)
    if key or secret:
        missing = names[1] if key else names[0]
        raise MissingCredentials(f"{missing} is not set, though the other half of the key pair is.", hint="Set both.")
    return None


def report(asked: Asked, chosen: Chosen, precedence: tuple[str, ...] | None = None) -> str:
    """Which source won and why, a line a source, in the order in which they are asked. No secret is in it."""
    lines, won = [], False
    for name in PRECEDENCE if precedence is None else precedence:
        if won:
            outcome = "not asked"
        elif name == chosen.source:
            won, outcome = True, f"used: {_kind(chosen)}"
        else:
            outcome = "has nothing"
        lines.append(f"{name:<15} {outcome} ({SOURCES[name].reads(asked)})")
    return "\n".join(lines)


def _kind(chosen: Chosen) -> str:
    if chosen.supply is not None:
        return chosen.supply.state
    if isinstance(chosen.identity, BearerToken):
        return "bearer token"
    temporary = isinstance(chosen.identity, Credentials) and chosen.identity.session_token
    return "temporary keys" if temporary else "keys"
