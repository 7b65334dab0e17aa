"""Who may call the simulator: one key pair, one key pair with a session token, one bearer token.

All are made up from the seed and look like AWS's own: an access key id of 20 characters with the prefix of its kind, a secret
of 40. They open nothing but this simulator. Whether a request is signed by one of them is `wire.sigv4`'s business.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from random import Random

from bedrock_harness.wire.sigv4 import Credentials

__all__ = ["Identities", "Login", "make_identities"]


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


@dataclass(frozen=True)
class Identities:
    """The three ways in."""

    keys: Credentials
    session: Credentials
    bearer: Login

    def find(self, access_key_id: str) -> Credentials | None:
        """The credentials with this access key id, or None."""
        return next((known for known in (self.keys, self.session) if known.access_key_id == access_key_id), None)


def make_identities(seed: int, keys: Credentials | None = None) -> Identities:
    """The identities of a simulator with this seed; `keys` takes the place of the plain key pair.

    Prefixes: AKIA for long-term keys, ASIA for temporary ones (IAM user guide, "Unique identifiers"); ABSK for Bedrock API
    keys, without which the service says "Invalid API Key format" (farion1231/cc-switch#1679).
    """
    random = Random(f"identities/{seed}")  # noqa: S311 - made up on purpose, and the same for the same seed
    secret = string.ascii_letters + string.digits + "+/"
    upper = string.ascii_uppercase + "234567"
    plain = Credentials("AKIAHARNESS" + _some(random, upper, 9), _some(random, secret, 40))
    session = Credentials(
        "ASIAHARNESS" + _some(random, upper, 9),
        _some(random, secret, 40),
        "IQoJb3JpZ2lu" + _some(random, secret, 188) + "==",
    )
    bearer = Login(bearer_token="ABSK" + _some(random, string.ascii_letters + string.digits, 128))
    return Identities(keys or plain, session, bearer)


def _some(random: Random, alphabet: str, count: int) -> str:
    return "".join(random.choices(alphabet, k=count))
