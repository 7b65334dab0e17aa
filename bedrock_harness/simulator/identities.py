"""Who may call the simulator: a key pair, a key pair with a session token, a bearer token, and who was let in since.

All are made up from the seed and look like AWS's own: an access key id of 20 characters with the prefix of its kind, a secret
of 40. They open nothing but this simulator. Whether a request is signed by one of them is `wire.sigv4`'s business; that a
right signature came too late for its session is said here.
"""

from __future__ import annotations

import string
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from random import Random
from typing import Literal, TypeAlias

from bedrock_harness.wire.sigv4 import Credentials

__all__ = ["Identities", "Known", "Login", "Means", "make_identities"]

Means: TypeAlias = Literal["bearer", "container", "keys", "session"]
"""By what a client says who it is: an API key, credentials that it asks its container for, a key pair, one with a token."""


@dataclass(frozen=True, repr=False, eq=False)
class Login(Mapping[str, str | None]):
    """Credentials as a mapping of their four members, so that `Client(**simulator.credentials)` works.

    Either a key pair, perhaps with a session token, or a bearer token; members of the other kind are None.
    """

    access_key_id: str | None = None
    secret_access_key: str | None = None
    session_token: str | None = None
    bearer_token: str | None = None

    def __getitem__(self, key: str) -> str | None:
        if key not in _MEMBERS:
            raise KeyError(key)
        value: str | None = getattr(self, key)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(_MEMBERS)

    def __len__(self) -> int:
        return len(_MEMBERS)

    def __repr__(self) -> str:
        kind = "bearer" if self.bearer_token else "session" if self.session_token else "keys"
        return f"Login({kind})"


_MEMBERS = tuple(member.name for member in fields(Login))


_MOST_ISSUED = 1_000
"""Temporary credentials remembered: the oldest are forgotten, as if they had been revoked."""


@dataclass(frozen=True)
class Known:
    """Credentials that are accepted, until `expires` by the simulator's clock where that is set, and whose they are."""

    credentials: Credentials
    arn: str
    expires: datetime | None = None


@dataclass
class Identities:
    """The three ways in, and the temporary credentials that were handed out."""

    account: str
    keys: Credentials
    session: Credentials
    bearer: Login
    container_token: str
    """What the container's credentials endpoint wants in its Authorization header."""
    random: Random = field(repr=False)
    expires: datetime | None = None
    """When the session token and the bearer token cease to be accepted; None is never."""
    issued: OrderedDict[str, Known] = field(default_factory=OrderedDict, repr=False)

    def find(self, access_key_id: str) -> Known | None:
        """Whose access key id this is, or None."""
        if access_key_id == self.keys.access_key_id:
            return Known(self.keys, f"arn:aws:iam::{self.account}:user/harness")
        if access_key_id == self.session.access_key_id:
            return Known(self.session, f"arn:aws:sts::{self.account}:assumed-role/harness/session", self.expires)
        return self.issued.get(access_key_id)

    def variables(self, means: Means, container_uri: str) -> dict[str, str]:
        """What to export so that an AWS SDK finds these credentials; the container's endpoint is at this address."""
        if means == "bearer":
            return {"AWS_BEARER_TOKEN_BEDROCK": self.bearer.bearer_token or ""}
        if means == "container":
            return {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": container_uri,
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": self.container_token,
            }
        pair = self.session if means == "session" else self.keys
        token = {"AWS_SESSION_TOKEN": pair.session_token} if pair.session_token else {}
        return {"AWS_ACCESS_KEY_ID": pair.access_key_id, "AWS_SECRET_ACCESS_KEY": pair.secret_access_key, **token}

    def issue(self, arn: str, *, at: datetime, lifetime: timedelta) -> Known:
        """Hand out new temporary credentials for a role's session."""
        known = Known(_temporary(self.random), arn, at + lifetime)
        self.issued[known.credentials.access_key_id] = known
        while len(self.issued) > _MOST_ISSUED:
            self.issued.popitem(last=False)
        return known


def make_identities(seed: int, keys: Credentials | None = None) -> Identities:
    """The identities of a simulator with this seed; `keys` takes the place of the plain key pair.

    Prefixes: AKIA for long-term keys, ASIA for temporary ones (IAM user guide, "Unique identifiers"); ABSK for Bedrock API
    keys, without which the service says "Invalid API Key format" (farion1231/cc-switch#1679).
    """
    random = Random(f"identities/{seed}")  # noqa: S311 - made up on purpose, and the same for the same seed
    plain = Credentials("AKIAHARNESS" + _some(random, _UPPER, 9), _some(random, _SECRET, 40))
    session = _temporary(random)
    bearer = Login(bearer_token="ABSK" + _some(random, string.ascii_letters + string.digits, 128))
    container_token = _some(random, string.ascii_letters + string.digits, 40)
    return Identities("123456789012", keys or plain, session, bearer, container_token, random)


_SECRET = string.ascii_letters + string.digits + "+/"
_UPPER = string.ascii_uppercase + "234567"


def _temporary(random: Random) -> Credentials:
    key, secret = "ASIAHARNESS" + _some(random, _UPPER, 9), _some(random, _SECRET, 40)
    return Credentials(key, secret, "IQoJb3JpZ2lu" + _some(random, _SECRET, 188) + "==")


def _some(random: Random, alphabet: str, count: int) -> str:
    return "".join(random.choices(alphabet, k=count))
