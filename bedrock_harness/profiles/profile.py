"""What a profile is: one of the documented systems, as choices among the reference client's policies.

A profile holds no behaviour. All that it can say is a value of the client's own, so that what a system does which the client
cannot be told to do is not in its profile, and stands as a reason in docs/providers.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from bedrock_harness.client.options import Options
from bedrock_harness.client.retrying import PAUSES, Pauses
from bedrock_harness.client.settings import Colons

__all__ = ["Profile", "client_arguments"]


class Profile(Struct, frozen=True, kw_only=True):
    """One system: what it is called, where it was read, and what it chooses.

    `documentation` is the page that was read, `code` the version of the source. `credential_order` names sources of
    `client.credentials`, first one first, None for the client's own order. `aliases` are the names that its callers write
    before a model id. `unsupported` gives, for each capability of the adapter protocol that it lacks, the sentence that says
    so; `limits` are sentences about what else it leaves out.
    """

    name: str
    title: str
    documentation: str
    code: str
    options: Options
    credential_order: tuple[str, ...] | None
    region_default: str
    aliases: tuple[str, ...]
    colons: Colons = "encoded"
    pauses: Pauses = PAUSES
    unsupported: Mapping[str, str] = MappingProxyType({})
    limits: tuple[str, ...] = ()


def client_arguments(profile: Profile) -> dict[str, Any]:
    """The keyword arguments that make a Client, or an AsyncClient, behave as this system does."""
    return {
        "options": profile.options,
        "precedence": profile.credential_order,
        "default_region": profile.region_default,
        "colons": profile.colons,
        "pauses": profile.pauses,
    }
