"""Texts for the `format` keyword of JSON Schema, as the specification's section on defined formats lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from uuid import UUID

__all__ = ["FORMATS"]


def _date(random: Random) -> str:
    return f"2025-{random.randint(1, 12):02}-{random.randint(1, 28):02}"


def _time(random: Random) -> str:
    return f"{random.randint(0, 23):02}:{random.randint(0, 59):02}:00Z"


def _host(random: Random) -> str:
    return f"host{random.randint(1, 99)}.example.com"


FORMATS: Mapping[str, Callable[[Random], str]] = {
    "date": _date,
    "date-time": lambda random: f"{_date(random)}T{_time(random)}",
    "duration": lambda random: f"PT{random.randint(1, 59)}M",
    "email": lambda random: f"user{random.randint(1, 99)}@example.com",
    "hostname": _host,
    "idn-email": lambda random: f"user{random.randint(1, 99)}@example.com",
    "idn-hostname": _host,
    "ipv4": lambda random: f"192.0.2.{random.randint(1, 254)}",
    "ipv6": lambda random: f"2001:db8::{random.randint(1, 0xFFFF):x}",
    "iri": lambda random: f"https://example.com/{random.randint(1, 999)}",
    "iri-reference": lambda random: f"/{random.randint(1, 999)}",
    "json-pointer": lambda random: f"/items/{random.randint(0, 9)}",
    "regex": lambda random: f"^[a-z]{{{random.randint(1, 9)}}}$",
    "relative-json-pointer": lambda random: f"{random.randint(0, 3)}/name",
    "time": _time,
    "uri": lambda random: f"https://example.com/{random.randint(1, 999)}",
    "uri-reference": lambda random: f"/{random.randint(1, 999)}",
    "uri-template": lambda random: f"https://example.com/{random.randint(1, 999)}{{?page}}",
    "uuid": lambda random: str(UUID(int=random.getrandbits(128), version=4)),
}
"""How a text of each format is made. Hosts and addresses are those set aside for examples (RFC 2606, 5737 and 3849)."""
