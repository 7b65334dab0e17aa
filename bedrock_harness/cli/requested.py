"""A request to the simulator in one line: number, status, operation, model, signature, time, and what was wrong.

Made from an exchange as JSON, so that `serve` and `journal` say the same of what happened here and elsewhere. Nothing of a
client's reaches the terminal as it came.
"""

from __future__ import annotations

from typing import Any

from rich.text import Text

from bedrock_harness.cli.screen import printable

__all__ = ["line", "refused_line"]

_SHOWN_FINDINGS = 3


def line(told: dict[str, Any]) -> Text:
    """The line of an exchange, as `simulator.telling` tells it."""
    style = "good" if told["refused"] is None else "bad"
    return Text.assemble(
        (f"{told['number'] + 1:>4}  ", "faint"),
        (f"{told['status']}", style),
        f"  {printable(told['operation'] or told['target'])}",
        f"  {printable(told['model'] or '')}",
        f"  {_signature(told['signature'])}",
        (f"  {told['ms']:.1f} ms", "faint"),
        ("".join(f"  {finding}" for finding in _findings(told)), "uneasy"),
    )


def refused_line(status: int, reason: str) -> Text:
    """The line of bytes that were no request. Their number is a dash, since the journal has no exchange for them."""
    return Text.assemble(("   -  ", "faint"), (f"{status}", "bad"), f"  {printable(reason)}")


def _signature(told: dict[str, Any]) -> str:
    if told["valid"]:
        return {"sigv4": "signature good", "bearer": "token good"}.get(told["scheme"], "")
    return printable(f"{told['problem']}: {told['reason']}")


def _findings(told: dict[str, Any]) -> list[str]:
    """What is wrong beside the signature, in the service's words; what the service lets pass is named as unknown."""
    found = [
        f"unknown member {violation['path']}" if violation["constraint"] == "unknown" else violation["message"]
        for violation in told["violations"]
    ]
    found += [broken["message"] for broken in told["broken_rules"]]
    if not found and told["refused"] is not None and told["signature"]["valid"]:
        found = [told["refused"]]
    if told["answer"] is not None:
        found.append(told["answer"])
    if told["closed_by_peer"]:
        found.append("the client left before the reply was over")
    more = len(found) - _SHOWN_FINDINGS
    return [printable(text) for text in found[:_SHOWN_FINDINGS]] + ([f"and {more} more"] if more > 0 else [])
