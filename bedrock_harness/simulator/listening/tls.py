"""Certificates for loopback and for the service's own hosts, from an authority made for one simulator and gone with it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bedrock_harness.service.endpoints import parse_host

if TYPE_CHECKING:
    import trustme

__all__ = ["Certificate", "make_certificate"]

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_KEPT = 64
"""Hosts whose certificates are kept at a time."""


@dataclass(frozen=True)
class Certificate:
    """A server's TLS context, and the PEM file that makes a client trust it. `remove` deletes the file."""

    context: ssl.SSLContext
    directory: TemporaryDirectory[str]

    @property
    def ca_file(self) -> str:
        """The path of the PEM file with the authority's certificate."""
        return str(Path(self.directory.name) / "ca.pem")

    def remove(self) -> None:
        """Delete the PEM file and its directory."""
        self.directory.cleanup()


def make_certificate() -> Certificate:
    """Make an authority, and a server that has a certificate for each name of loopback and of the service.

    Those of the service are made when a client first asks for one (SNI), in a millisecond each, so that a client that is led
    here by a proxy, or by a name server of somebody's own, finds who it asked for. HTTP/2 and HTTP/1.1 are offered by ALPN.
    """
    import trustme  # takes 50 ms with what it imports, a quarter of the start of a simulator without TLS

    authority = trustme.CA(organization_name="bedrock_harness")
    issued = lru_cache(_KEPT)(lambda name: _context(authority, name))

    def choose(connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        if name is not None and parse_host(name) is not None:
            connection.context = issued(name.lower())

    context = _context(authority, *_LOOPBACK)
    context.sni_callback = choose
    certificate = Certificate(context, TemporaryDirectory(prefix="bedrock-harness-"))
    authority.cert_pem.write_to_path(certificate.ca_file)
    return certificate


def _context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2", "http/1.1"])
    authority.issue_cert(*names).configure_cert(context)
    return context
