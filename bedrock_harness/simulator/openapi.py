"""The description of the simulator's control, as OpenAPI 3.1, whose schemas are made of the types themselves."""

from __future__ import annotations

from functools import cache
from inspect import cleandoc
from typing import Any

import msgspec

from bedrock_harness import __version__
from bedrock_harness.simulator.clock import ClockMove
from bedrock_harness.simulator.script import Reply
from bedrock_harness.simulator.speaking import Canned
from bedrock_harness.simulator.weather import Condition

__all__ = ["PREFIX", "document"]

PREFIX = "/_simulator/"
"""What every path of the control begins with."""


@cache
def document() -> dict[str, Any]:
    """The whole description. Schemas are read off the types when it is first asked for."""
    types = (list[Reply], list[Canned], list[Condition], ClockMove)
    (script, answers, weather, clock), components = msgspec.json.schema_components(
        types, ref_template="#/components/schemas/{name}"
    )
    for component in components.values():
        if "description" in component:  # a docstring, which Python itself has dedented since 3.13
            component["description"] = cleandoc(component["description"])
    since = {
        "name": "since",
        "in": "query",
        "description": "The first exchange's number.",
        "schema": {"type": "integer", "minimum": 0},
    }
    full = {
        "name": "full",
        "in": "query",
        "description": "Headers, bodies and times as well.",
        "schema": {"type": "boolean"},
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "bedrock_harness simulator",
            "summary": "Scripts, journal, clock and weather of a Bedrock on loopback.",
            "version": __version__,
        },
        "paths": {
            PREFIX: {"get": _operation("about", "Where the simulator is, and what to export to call it")},
            f"{PREFIX}journal": {
                "get": _operation("journal", "What was asked and what was wrong with it", parameters=[since, full])
            },
            f"{PREFIX}script": {
                "put": _operation(
                    "play", "Set the replies to the requests from now on; the last answers all after it", body=script
                )
            },
            f"{PREFIX}answers": {
                "put": _operation(
                    "answer",
                    "Set answers by model id or by what is asked, for requests that no script answers",
                    body=answers,
                )
            },
            f"{PREFIX}weather": {
                "put": _operation(
                    "weather", "Set what goes wrong with the whole server: rate limits, outages", body=weather
                )
            },
            f"{PREFIX}clock": {
                "get": _operation("clock", "The time by the simulator's clock"),
                "post": _operation("moveClock", "Shift, stop, step or hurry the clock", body=clock),
            },
            f"{PREFIX}reset": {
                "post": _operation(
                    "reset",
                    "Take all of that back, and set the clock right; the journal goes on",
                    body={"type": "object"},
                )
            },
            f"{PREFIX}openapi.json": {"get": _operation("openapi", "This description")},
        },
        "components": {"schemas": components},
    }


def _operation(
    name: str, summary: str, *, parameters: list[dict[str, Any]] | None = None, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    found: dict[str, Any] = {"operationId": name, "summary": summary}
    if parameters:
        found["parameters"] = parameters
    if body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    done = {"description": "Done", "content": {"application/json": {"schema": {"type": "object"}}}}
    wrong = {"description": "What was wrong", "content": {"application/json": {"schema": _MESSAGE}}}
    found["responses"] = {"200": done, "4XX": wrong}
    return found


_MESSAGE = {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}}
