"""Credentials that botocore finds and keeps fresh: profiles, login sessions, metadata services, and assumed roles.

Knows how botocore is asked and when again. How each of its sources works is botocore's. It blocks: an event loop lets a thread
ask. Its files, its metadata services and `AWS_ENDPOINT_URL_STS` are found by the process's environment.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock, local
from typing import Any

from bedrock_harness.client.errors import BedrockError, ConnectionFailed, MissingCredentials
from bedrock_harness.wire.sigv4 import Credentials

__all__ = ["DEFAULT_SESSION_NAME", "Role", "Supply", "profile_region"]

DEFAULT_SESSION_NAME = "bedrock-harness"
"""The service asks for 2 to 64 characters of `[\\w+=,.@-]` (botocore, STS, RoleSessionName)."""

_STS_REGION = "us-east-1"
"""Where a role is assumed when no region is known: the home of STS's global endpoint."""


@dataclass(frozen=True, slots=True)
class Role:
    """A role to assume with the keys that were found. `region` is where STS is asked."""

    arn: str
    session_name: str = DEFAULT_SESSION_NAME
    external_id: str | None = None
    region: str | None = None


class Supply:
    """Keys from botocore: those of a profile, of its whole chain, or of a role that is assumed with them or with `keys`.

    botocore refreshes what expires 15 minutes before it does, and must 10 minutes before. Threads may share a supply.
    """

    def __init__(
        self, *, profile: str | None = None, role: Role | None = None, keys: Credentials | None = None
    ) -> None:
        self._profile = profile
        self._role = role
        self._keys = keys
        self._lock = Lock()
        self._source: Any = None
        self._handed: Credentials | None = None

    @property
    def state(self) -> str:
        """What is known of the source: botocore's name for it once it was asked."""
        if self._source is None:
            return "to be asked at the first request"
        return str(self._source.method)

    def ready(self) -> Credentials | None:
        """Keys that can be used without waiting for anybody; None where botocore has to be asked."""
        source = self._source
        if source is None or (hasattr(source, "refresh_needed") and source.refresh_needed()):
            return None
        return self._frozen(source)

    def current(self) -> Credentials | None:
        """Keys that are fresh; None where no source has any. Raises MissingCredentials where one refuses them."""
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

        try:
            with _discreet(), self._lock:
                if self._source is None:
                    self._source = self._find()
                return None if self._source is None else self._frozen(self._source)
        except HTTPClientError as error:
            raise ConnectionFailed(f"Credentials could not be fetched: {error}", retryable=True) from error
        except (BotoCoreError, ClientError) as error:
            raise self._refused(error) from error

    def renew(self, stale: Credentials) -> bool:
        """Have botocore asked anew, since these keys were refused as expired. False where it would give the same ones."""
        with self._lock:
            if self._source is not None and not hasattr(self._source, "refresh_needed"):
                return False
            if self._handed == stale:
                self._source = None
            return True

    def _find(self) -> Any:
        from botocore import credentials
        from botocore.session import Session

        session = Session(profile=self._profile)
        if self._profile == "default" and "default" not in session.available_profiles:
            return None  # nobody named it: it is where one looks last, and need not exist
        base = session.get_credentials() if self._keys is None else credentials.Credentials(*_fields(self._keys))
        role = self._role
        if base is None or role is None:
            return base
        region = role.region or session.get_config_variable("region") or _STS_REGION
        external = {} if role.external_id is None else {"ExternalId": role.external_id}
        fetcher = credentials.AssumeRoleCredentialFetcher(
            lambda *args, **options: session.create_client(*args, region_name=region, **options),
            base,
            role.arn,
            extra_args={"RoleSessionName": role.session_name, **external},
        )
        return credentials.DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")

    def _frozen(self, source: Any) -> Credentials:
        frozen = source.get_frozen_credentials()
        self._handed = Credentials(frozen.access_key, frozen.secret_key, frozen.token)
        return self._handed

    def _refused(self, error: Exception) -> BedrockError:
        what = f"the role {self._role.arn} was not assumed" if self._role else "no credentials were given"
        return MissingCredentials(f"botocore was asked, and {what}: {error}", hint="See client.credentials_report().")


class _Discreet(logging.Filter):
    """Drops what this thread would log while it asks for credentials; other users of botocore keep their logs."""

    asking = local()

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - logging's face
        return not getattr(self.asking, "now", False)


_FILTER = _Discreet()


@contextmanager
def _discreet() -> Iterator[None]:
    """At DEBUG botocore logs requests with their session token, and the replies of STS with the keys in them."""
    for name in ("botocore.auth", "botocore.endpoint", "botocore.parsers"):
        logging.getLogger(name).addFilter(_FILTER)
    _FILTER.asking.now = True
    try:
        yield
    finally:
        _FILTER.asking.now = False


def profile_region(profile: str | None = None) -> str | None:
    """The region of a profile, by default of the one that AWS_PROFILE names; None where there is none, or no such profile."""
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    try:
        region: str | None = Session(profile=profile).get_scoped_config().get("region")
    except BotoCoreError:
        return None
    return region


def _fields(keys: Credentials) -> tuple[str, str, str | None]:
    return keys.access_key_id, keys.secret_access_key, keys.session_token
