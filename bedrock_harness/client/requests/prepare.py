"""A request made ready: from what a caller holds to what is sent, with a note of everything that was changed on the way.

Knows the order of the steps, and no step's business. A prepared request is a value: it can be looked at, compared and sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bedrock_harness.client import body, repair
from bedrock_harness.client.errors import InvalidRequest
from bedrock_harness.client.native import routing
from bedrock_harness.client.native.shared import Format
from bedrock_harness.client.options import DEFAULT_OPTIONS, Note, Options
from bedrock_harness.client.requests import caching, documents, media, members, models, structured, thinking, tools
from bedrock_harness.client.requests.draft import Draft
from bedrock_harness.client.requests.names import Names
from bedrock_harness.service import shapes

__all__ = ["Prepared", "prepare"]


class Prepared(Struct, frozen=True):
    """A request ready to be written as JSON.

    `notes` tell what is not as the caller gave it. `names` and `answer_tool` are for the way back, which `restoring` knows:
    what the tools are called, and which tool's call is the answer. `unique_calls` drops a reply's repeated tool calls.
    `format` is the family's own, where the request goes by InvokeModel, with these `headers`.
    """

    operation: str
    model: str
    body: dict[str, Any]
    notes: tuple[Note, ...] = ()
    names: Names = Names()
    answer_tool: str | None = None
    unique_calls: bool = False
    format: Format | None = None
    headers: tuple[tuple[str, str], ...] = ()


def prepare(
    operation: str,
    model: str,
    messages: Sequence[Mapping[str, Any]],
    system: str | Sequence[Mapping[str, Any]] | None = None,
    options: Options = DEFAULT_OPTIONS,
    given: Mapping[str, Any] | None = None,
) -> Prepared:
    """A Converse or ConverseStream request.

    `messages`, `system` and the members in `given` are in Converse's own shapes, with three liberties: bytes stand for blobs,
    a source may be a URL, and `cache_control` stands for a cache point behind. None of them is changed. Raises InvalidRequest
    for what cannot be written, and for what the options refuse.
    """
    start = body.without_nulls({"messages": messages, "system": body.system_blocks(system), **(given or {})})
    body.check_messages(start["messages"])
    body.check_members(start)
    draft = Draft(operation, model, options, start)
    for step in _STEPS:
        draft = step(draft)
    if options.repairs.drop_empty_messages:
        body.check_something_is_said(draft.body, model)
    ready = Prepared(
        operation=operation,
        model=model,
        body=shapes.encode(operation, body.without_empties(draft.body)),
        notes=draft.notes,
        names=draft.names,
        answer_tool=draft.answer_tool,
        unique_calls=options.repairs.duplicate_calls,
    )
    return _routed(ready, routing.format_for(model, ready.body, options.use_converse))


def _routed(ready: Prepared, format_: Format | None) -> Prepared:
    """The request as it stands, or written in the family's own format for InvokeModel.

    Only what has Converse's shape can be written in another: the service, which would say what has not, does not see it.
    """
    if format_ is None:
        return ready
    if violations := shapes.validate(ready.operation, ready.body):
        raise InvalidRequest(
            f"{violations[0].path or 'The request'} has not the shape of Converse's: {violations[0].message}",
            hint="What has not cannot be written in a model's own format.",
        )
    written, notes = format_.write(ready.body)
    return replace(
        ready,
        operation=routing.INVOKED[ready.operation],
        body=written,
        notes=(*ready.notes, *notes, *routing.left_out(ready.body)),
        format=format_,
        headers=routing.headers_of(ready.body),
    )


def _mend(draft: Draft) -> Draft:
    mended, notes = repair.repaired(draft.body, draft.model, draft.options.repairs)
    return draft.with_body(*notes, **{"toolConfig": None, **mended})


def _place_cache_points(draft: Draft) -> Draft:
    return caching.place(draft, supported=models.caches(draft.model), amazon=models.is_amazons(draft.model))


_STEPS: tuple[Callable[[Draft], Draft], ...] = (
    members.fill,
    media.keep_text,
    media.resolve,
    caching.from_markers,
    tools.promote,
    _mend,
    documents.accompany,
    documents.name_documents,
    tools.describe,
    tools.keep_status,
    tools.check_resolved,
    structured.ask,
    tools.choose,
    thinking.think,
    members.guard,
    _place_cache_points,
    caching.clamp,
    caching.check_ttls,
    tools.map_names,
)
"""In the order in which one makes work for the next: markers before repairs, since a marked text is no plain one; tools before
thinking, which a forced tool excludes; cache points when everything before them stands; names when every tool is there."""
