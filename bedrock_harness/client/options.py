"""What a caller may choose about requests, as values: which repairs are made, where cache points go, what is refused here.

Knows the choices, their names and their defaults, and nothing of how they are carried out: that is `repair` and `requests`.
A profile is one of these values. The defaults are the reference client's own. A fact of another client stands with the id
that docs/providers.md gives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Struct

__all__ = [
    "AS_GIVEN",
    "CACHE_DOCKER_AGENT",
    "CACHE_PRX",
    "CACHE_REQ_LLM",
    "DEFAULT_OPTIONS",
    "DEFAULT_REPAIRS",
    "Caching",
    "Code",
    "Effort",
    "Guardrail",
    "Note",
    "Options",
    "Output",
    "Repairs",
    "Thinking",
    "Ttl",
]

Ttl: TypeAlias = Literal["5m", "1h"]
"""How long a cached prefix lives (botocore, CacheTTL). Without one it is five minutes."""

Effort: TypeAlias = Literal["minimal", "low", "medium", "high", "xhigh", "max"]
"""How hard a model is to think, in the words that Claude, Nova and gpt-oss share in part."""

Code: TypeAlias = Literal[
    "blank-text-dropped",
    "blocks-ordered",
    "cache-points-clamped",
    "cache-points-dropped",
    "caching-off",
    "document-accompanied",
    "document-renamed",
    "duplicate-calls-dropped",
    "empty-message-dropped",
    "empty-result-filled",
    "error-status-dropped",
    "guardrail-off",
    "image-format-guessed",
    "key-not-used",
    "max-tokens-set",
    "media-dropped",
    "member-dropped",
    "messages-merged",
    "output-not-forced",
    "prompt-marks-dropped",
    "reasoning-dropped",
    "remote-media-dropped",
    "results-moved",
    "results-promoted",
    "sampling-dropped",
    "schema-loosened",
    "stop-sequences-dropped",
    "system-lifted",
    "thinking-dropped",
    "thinking-unsupported",
    "tool-choice-dropped",
    "tool-choice-replaced",
    "tool-input-replaced",
    "tool-renamed",
    "tool-schema-completed",
    "tools-restored",
    "unsigned-reasoning-dropped",
]
"""Everything that a note can be about. docs/requests.md says when each is left."""


class Note(Struct, frozen=True):
    """One thing about a request that is not as the caller gave it: a code to act on, and a sentence to read."""

    code: Code
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


class Repairs(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which breaches of the service's rules are mended, one field a rule. `AS_GIVEN` mends none.

    `lift_system` puts messages of the role system among the system blocks (D07), `separate_system` a blank line between
    them (R09). `tool_inputs` says what becomes of an input that is no object: "empty" makes `{}` of nothing at all,
    "lenient" reads the text of an object and makes `{}` of everything else (D12). `promote_results` gives a tool's JSON
    text as JSON (B04). `empty_results` fills a result with nothing in it with a sentence, or with `{"json": {}}` (B05).
    `merge` joins neighbouring messages of one role: all of them (A05), or only those of tool results (D09, R12).
    `order_blocks` puts reasoning before text and text before tool calls (B12). `restore_tools` declares tools that only the
    history knows (B11). `map_names` makes tool names and ids legal and maps them back in replies (R10). `document_names`
    makes names legal and unique (B10); `lone_documents` gives a document without text a sentence (B09), or refuses it (R21).
    `schemas` makes a tool's schema one of an object. `cache_points` keeps the last four (B07) and refuses an hour behind
    five minutes (R26). `duplicate_calls` drops repeated tool calls from replies (R40).
    """

    lift_system: bool = True
    separate_system: bool = False
    drop_unsigned_reasoning: bool = True
    tool_inputs: Literal["as-given", "empty", "lenient"] = "empty"
    promote_results: bool = False
    drop_blank_text: bool = True
    empty_results: Literal["as-given", "sentence", "json"] = "sentence"
    drop_empty_messages: bool = True
    merge: Literal["none", "results", "roles"] = "roles"
    results_first: bool = True
    order_blocks: bool = False
    restore_tools: bool = True
    map_names: bool = True
    document_names: bool = True
    lone_documents: Literal["as-given", "sentence", "refuse"] = "as-given"
    schemas: bool = True
    cache_points: bool = True
    duplicate_calls: bool = False


DEFAULT_REPAIRS = Repairs()
"""What the client mends unless it is told otherwise."""

AS_GIVEN = Repairs(
    lift_system=False,
    drop_unsigned_reasoning=False,
    tool_inputs="as-given",
    drop_blank_text=False,
    empty_results="as-given",
    drop_empty_messages=False,
    merge="none",
    results_first=False,
    restore_tools=False,
    map_names=False,
    document_names=False,
    schemas=False,
    cache_points=False,
)
"""No repair at all: what the service will refuse is sent to be refused."""


class Caching(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where cache points are put, beside those that the caller puts himself.

    After the tools, after the system blocks where their text has more than `system_bytes` bytes of UTF-8, and behind the
    content of the last `messages` messages where the conversation has more than `conversation` messages. `message` is the
    index of one message more, negative from the end. `supported_only` asks the model's family first. Amazon's own models take
    no cache point among the tools and get none (R25).
    """

    tools: bool = False
    system: bool = False
    system_bytes: int = 0
    messages: int = 0
    conversation: int = 0
    message: int | None = None
    ttl: Ttl | None = None
    supported_only: bool = True


CACHE_DOCKER_AGENT = Caching(tools=True, system=True, messages=2)
"""After system, after the last tool, behind the last two messages; only for models that are known to cache (D20, D22)."""

CACHE_REQ_LLM = Caching(tools=True, system=True, supported_only=False)
"""After tools and system, and behind the message that `message` names (R24); none among the tools of Amazon's (R25)."""

CACHE_PRX = Caching(system=True, system_bytes=3072, messages=1, conversation=4, supported_only=False)
"""After a system prompt of more than 3,072 bytes (P05), behind the last of more than four messages (P06)."""


class Thinking(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That a model is to think before it answers, by a budget of tokens or by an effort. The budget wins.

    `interleaved` lets Claude think between tool calls (D18). What Claude takes together with thinking is no temperature but
    1, no top_p, and no forced tool: `yields` says whether these go or the thinking does ("sampling" as D17, "thinking" as R18).
    `unfit` is whether thinking that the rules forbid is dropped with a note (D15, D16) or refused. `claude_only` tells no other
    family to think (D19).
    """

    budget: int | None = None
    effort: Effort | None = None
    interleaved: bool = True
    yields: Literal["sampling", "thinking"] = "sampling"
    unfit: Literal["drop", "refuse"] = "drop"
    claude_only: bool = False


class Guardrail(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A guardrail and its version; both are needed. Half of one is dropped with a note (A01), or refused (R19).

    `mode` is how a stream waits for the guardrail; ConverseStream alone has it.
    """

    identifier: str | None = None
    version: str | None = None
    trace: Literal["enabled", "disabled", "enabled_full"] | None = None
    mode: Literal["sync", "async"] | None = None
    half: Literal["drop", "refuse"] = "drop"


class Output(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer in JSON, by a schema. `by` is how it is asked for: by the family's own means, or a tool that is forced (R17).

    A forced tool's call is folded back: the reply's text is the JSON.
    """

    schema: Mapping[str, Any]
    name: str = "structured_output"
    description: str | None = None
    by: Literal["family", "config", "tool"] = "family"


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How requests are made. What a call itself says, in Converse's own members, comes before the values here.

    `max_tokens`, `temperature`, `top_p` and `stop_sequences` fill `inferenceConfig`; `performance`, `service_tier`,
    `metadata` and `additional_fields` the members of their names. `tool_choice` sends the caller's choice, replaces it by
    auto wherever there are tools (A06, D10), or keeps it where the family takes it (R16). `error_status` sends a tool
    result's status to all, or to the families that know it (R13). `unresolved_calls` of tools are sent, or refused here
    (R11). `remote_media` on the web is refused here, since Bedrock fetches none (R23), or dropped (D14). `unknown_image`: a
    picture of an unknown type is refused, or called a jpeg (D13). `text_only` drops pictures, documents, videos and sounds
    altogether (A07). `use_converse` is True for Converse, False for the family's own format, None for ReqLLM's rule (R05,
    R06).
    """

    repairs: Repairs = Repairs()
    caching: Caching = Caching()
    thinking: Thinking | None = None
    guardrail: Guardrail | None = None
    output: Output | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: tuple[str, ...] = ()
    performance: Literal["standard", "optimized"] | None = None
    service_tier: str | None = None
    metadata: Mapping[str, str] = {}
    additional_fields: Mapping[str, Any] = {}
    tool_choice: Literal["as-given", "auto", "by-family"] = "as-given"
    error_status: Literal["as-given", "by-family"] = "as-given"
    unresolved_calls: Literal["send", "refuse"] = "send"
    remote_media: Literal["refuse", "drop"] = "refuse"
    unknown_image: Literal["refuse", "jpeg"] = "refuse"
    text_only: bool = False
    use_converse: bool | None = True


DEFAULT_OPTIONS = Options()
"""The reference client's own choices."""
