"""A certificate for loopback, from an authority made for one simulator and gone with it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import trustme

__all__ = ["Certificate", "make_certificate"]

_NAMES = ("127.0.0.1", "::1", "localhost")


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
    """Make an authority and a certificate for every name of loopback. HTTP/2 and HTTP/1.1 are offered by ALPN."""
    authority = trustme.CA(organization_name="bedrock_harness")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["h2", "http/1.1"])
    authority.issue_cert(*_NAMES).configure_cert(context)
    certificate = Certificate(context, TemporaryDirectory(prefix="bedrock-harness-"))
    authority.cert_pem.write_to_path(certificate.ca_file)
    return certificate
