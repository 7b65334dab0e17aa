"""The protocol between the harness and an adapter: JSON lines over standard input and output.

The harness writes commands, the adapter answers each with lines that bear the command's id. Content blocks and
messages are shaped as Converse shapes them, with binary values in base64, so that there is no third vocabulary to
learn. What the provider yields is passed on part by part, with the adapter's own monotonic clock; the harness folds
parts into an observation.

The structs below are the protocol: docs/adapter-protocol.schema.json is generated from them. How lines are read is in
`lines`; who runs the adapter is in `process`.
"""

from typing import Any, TypeAlias

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

__all__ = [
    "PART_MEMBERS",
    "PROTOCOL",
    "Close",
    "Command",
    "Credentials",
    "Done",
    "Endpoint",
    "Failure",
    "Hello",
    "Line",
    "Open",
    "Part",
    "Reasoning",
    "Send",
    "Settings",
    "ToolCall",
    "Usage",
    "Welcome",
    "schema",
]

PROTOCOL = 1
"""The version of this protocol."""


class _Value(Struct, frozen=True, omit_defaults=True):
    """A frozen value; members left at their default are not written."""


# -------------------------------------------------------------------------------------------------- harness to adapter


class Credentials(_Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either a key pair, perhaps with a session token, or a bearer token. None of them means: find them yourself."""

    access_key_id: str | None = None
    secret_access_key: str | None = None
    session_token: str | None = None
    bearer_token: str | None = None

    def __repr__(self) -> str:
        """Show which kind it is, never the secret."""
        kind = (
            "bearer"
            if self.bearer_token
            else "session"
            if self.session_token
            else "keys"
            if self.access_key_id
            else "none"
        )
        return f"Credentials({kind})"


class Endpoint(_Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the simulator listens and with which credentials it is called."""

    url: str
    region: str
    credentials: Credentials
    ca_file: str | None = None
    """A PEM file to trust, where the URL is https."""


class Settings(_Value, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the caller asks for, named as plainly as can be; an adapter maps each onto its provider's option."""

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop_sequences: tuple[str, ...] = ()
    tool_choice: str | None = None
    """`auto`, `any`, `none`, or a tool's name."""
    attempts: int = 1
    """How often a request may be sent in all; 1 means no retry."""
    read_timeout: float | None = None
    """Seconds of silence after which the provider is asked to give up."""
    cache: bool = False
    """Ask for prompt caching, wherever the provider would put it."""
    additional: dict[str, Any] = field(default_factory=dict)
    """Members for additionalModelRequestFields."""


class Hello(_Value, frozen=True, kw_only=True, tag="hello", tag_field="op", forbid_unknown_fields=True):
    """Who are you? The first command."""

    id: int
    protocol: int = PROTOCOL


class Open(_Value, frozen=True, kw_only=True, tag="open", tag_field="op", forbid_unknown_fields=True):
    """Begin a conversation. `history` is seeded as is; the provider's own history follows it."""

    id: int
    session: str
    endpoint: Endpoint
    model: str
    system: tuple[str, ...] = ()
    tools: tuple[dict[str, Any], ...] = ()
    """Each `{"name": ..., "description": ..., "schema": {...}}`."""
    settings: Settings = Settings()
    history: tuple[dict[str, Any], ...] = ()
    """Converse messages, `{"role": ..., "content": [...]}`."""


class Send(_Value, frozen=True, kw_only=True, tag="send", tag_field="op", forbid_unknown_fields=True):
    """The user's next turn: content blocks in Converse's shape (`text`, `image`, `document`, `toolResult`)."""

    id: int
    session: str
    content: tuple[dict[str, Any], ...]
    stream: bool = True
    stop_after: int | None = None
    """Abandon the stream after that many parts, as a user who presses stop."""


class Close(_Value, frozen=True, kw_only=True, tag="close", tag_field="op", forbid_unknown_fields=True):
    """Forget a conversation."""

    id: int
    session: str


Command: TypeAlias = Hello | Open | Send | Close


# -------------------------------------------------------------------------------------------------- adapter to harness


class ToolCall(_Value, frozen=True, kw_only=True):
    """A complete tool call, its input as the provider hands it to the caller."""

    id: str
    name: str
    input: Any = None


class Reasoning(_Value, frozen=True, kw_only=True):
    """Reasoning as shown to the caller. All members may be absent where the provider hides them."""

    text: str | None = None
    signature: str | None = None
    redacted: str | None = None
    """Base64."""


class Usage(_Value, frozen=True, kw_only=True):
    """Token counts as shown to the caller; a count that is not shown is absent."""

    input: int | None = None
    output: int | None = None
    total: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None


class Failure(_Value, frozen=True, kw_only=True):
    """An error as the caller sees it. Absent members are unknown to the caller."""

    message: str
    code: str | None = None
    """The service's name for it, in either spelling: `ThrottlingException`, `throttlingException`."""
    status: int | None = None
    request_id: str | None = None
    retryable: bool | None = None
    native: str | None = None
    """The exception's own class or name in the provider's language."""


class Welcome(_Value, frozen=True, kw_only=True, tag="welcome", tag_field="is"):
    """Answers hello."""

    id: int
    name: str
    version: str
    protocol: int
    language: str | None = None
    capabilities: tuple[str, ...] = ()
    """See docs/adapters.md; what is not declared is not judged."""
    unsupported: dict[str, str] = field(default_factory=dict)
    """Capability to reason, for the report."""


class Part(_Value, frozen=True, kw_only=True, tag="part", tag_field="is"):
    """One thing that the provider told its caller, exactly one member set; `at` is monotonic nanoseconds."""

    id: int
    at: int
    text: str | UnsetType = UNSET
    reasoning: Reasoning | UnsetType = UNSET
    tool_call: ToolCall | UnsetType = UNSET
    stop: str | UnsetType = UNSET
    """The stop reason in the service's words."""
    usage: Usage | UnsetType = UNSET


class Done(_Value, frozen=True, kw_only=True, tag="done", tag_field="is"):
    """The command is over: well, or with the error that the caller would see."""

    id: int
    at: int
    error: Failure | None = None


Line: TypeAlias = Welcome | Part | Done

PART_MEMBERS = ("text", "reasoning", "tool_call", "stop", "usage")
"""What a part can be; exactly one of them is set."""


def schema() -> dict[str, Any]:
    """The protocol as a JSON schema: `Command` and `Line` under `$defs`, either of which is a valid document.

    A part has exactly one member beside `is`, `id` and `at`; msgspec can't say so, hence the `oneOf` added here.
    """
    (commands, lines), definitions = msgspec.json.schema_components((Command, Line), ref_template="#/$defs/{name}")
    definitions["Part"]["oneOf"] = [{"required": [member]} for member in PART_MEMBERS]
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"The adapter protocol of bedrock-harness, version {PROTOCOL}",
        "anyOf": [{"$ref": "#/$defs/Command"}, {"$ref": "#/$defs/Line"}],
        "$defs": {**definitions, "Command": commands, "Line": lines},
    }
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(whole))
    return plain
