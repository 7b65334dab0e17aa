"""Replies of the query protocol, which STS speaks: XML, and names of its own for what is wrong with a request."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree as Xml

from bedrock_harness.simulator.refusals import Refusal

__all__ = ["error_xml", "result_xml"]

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_ERRORS: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        "ExpiredTokenException": (403, "ExpiredToken"),
        "IncompleteSignatureException": (400, "IncompleteSignature"),
        "InternalServerException": (500, "InternalFailure"),
        "InvalidSignatureException": (403, "SignatureDoesNotMatch"),
        "MissingAuthenticationTokenException": (403, "MissingAuthenticationToken"),
        "ServiceUnavailableException": (503, "ServiceUnavailable"),
        "ThrottlingException": (400, "ThrottlingException"),
        "UnrecognizedClientException": (403, "InvalidClientTokenId"),
        "ValidationException": (400, "ValidationError"),
    }
)
"""The query protocol's own names (STS API reference, Common errors)."""


def error_xml(refusal: Refusal) -> tuple[int, bytes]:
    """A refusal as STS writes it: its status and its body."""
    status, code = _ERRORS.get(refusal.code, (refusal.status, refusal.code))
    root = Xml.Element("ErrorResponse", xmlns=_NAMESPACE)
    _add(Xml.SubElement(root, "Error"), {"Type": "Sender", "Code": code, "Message": refusal.message})
    return status, Xml.tostring(root)


def result_xml(action: str, members: dict[str, Any]) -> bytes:
    """The body of an action's reply with these members."""
    root = Xml.Element(f"{action}Response", xmlns=_NAMESPACE)
    _add(Xml.SubElement(root, f"{action}Result"), members)
    return Xml.tostring(root)


def _add(parent: Xml.Element, members: dict[str, Any]) -> None:
    for name, value in members.items():
        child = Xml.SubElement(parent, name)
        if isinstance(value, dict):
            _add(child, value)
        else:
            child.text = str(value)
