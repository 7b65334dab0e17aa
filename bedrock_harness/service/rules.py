"""The service's second validation layer: what the shapes do not say of a conversation.

Every rule is a function and a row of RULES, with the message that the service answers with and where it was seen. The
rules are today's: the service has tightened some and relaxed others, and no date is kept yet. A rule accuses only where
the service is known to refuse: what depends on a model is judged where the model id tells the model, and an opaque ARN
is given the benefit of the doubt. Nothing is said about a body that is so far out of shape that a rule cannot be read
from it; `shapes` has refused it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, TypeAlias

from msgspec import Struct

from bedrock_harness.service.model_ids import ModelIdError, parse

__all__ = ["RULES", "BrokenRule", "Rule", "check"]


class BrokenRule(Struct, frozen=True):
    """A rule that a request breaks: the rule's id, where in the body (zero-based), and what the service says of it."""

    rule: str
    path: str
    message: str


class _Block(Struct, frozen=True):
    """One content block of the conversation, with its place."""

    turn: int
    index: int
    role: str
    value: Mapping[str, Any]

    @property
    def path(self) -> str:
        return f"messages.{self.turn}.content.{self.index}"


class _Turn(Struct, frozen=True):
    """One message that is the user's or the assistant's."""

    index: int
    role: str
    blocks: tuple[_Block, ...]

    @property
    def path(self) -> str:
        return f"messages.{self.index}"


class _Request(Struct, frozen=True):
    """A Converse request as the rules see it. Messages of the role `system` are no turns: what they may follow is
    unknown."""

    body: Mapping[str, Any]
    base: str
    """The foundation model's id, empty where the model id does not tell."""
    prompt: bool
    """Whether the model id names a prompt of prompt management, which brings its own messages."""
    turns: tuple[_Turn, ...]
    blocks: tuple[_Block, ...]
    tools: tuple[Mapping[str, Any], ...]

    @property
    def claude(self) -> bool:
        return self.base.startswith("anthropic.")

    def holding(self, member: str) -> Iterator[tuple[_Block, Any]]:
        """The blocks with this member, and the member."""
        return ((block, block.value[member]) for block in self.blocks if block.value.get(member) is not None)


_Finding: TypeAlias = tuple[str, Mapping[str, str]]
"""Where a rule is broken, and what its message is filled in with; `path` is filled in by itself."""

_NOTHING: Mapping[str, str] = {}

_MOST = 100
"""Broken rules reported of one request: the first decides, and a hostile body could break millions."""


class Rule(Struct, frozen=True):
    """One rule: `message` is a format string, `source` names where the service was seen to say it."""

    id: str
    message: str
    source: str
    broken: Callable[[Any], Iterable[_Finding]]


def check(body: object, *, model: str) -> tuple[BrokenRule, ...]:
    """The rules that a Converse or ConverseStream body breaks, in the order in which the table lists them.

    `model` is the model id, decoded. The service names one broken rule at a time: the first is what it would answer,
    with a ValidationException.
    """
    if not isinstance(body, dict):
        return ()
    request = _read(body, model)
    broken = (
        BrokenRule(rule.id, path, rule.message.format(path=path, **filled))
        for rule in RULES
        for path, filled in rule.broken(request)
    )
    return tuple(islice(broken, _MOST))


# ------------------------------------------------------------------------------------------------- reading a body


def _read(body: Mapping[str, Any], model: str) -> _Request:
    base, prompt = _model(model)
    turns = tuple(
        _Turn(index, message["role"], _blocks(index, message))
        for index, message in _objects(body.get("messages"))
        if message.get("role") in ("user", "assistant")
    )
    tool_config = body.get("toolConfig")
    tools = tool_config.get("tools") if isinstance(tool_config, dict) else None
    return _Request(
        body=body,
        base=base,
        prompt=prompt,
        turns=turns,
        blocks=tuple(block for turn in turns for block in turn.blocks),
        tools=tuple(tool for _, tool in _objects(tools)),
    )


@lru_cache(maxsize=256)
def _model(model: str) -> tuple[str, bool]:
    """The foundation model's id, where it is known, and whether the id names a prompt."""
    try:
        model_id = parse(model)
    except ModelIdError:
        return "", False
    return model_id.base or "", model_id.kind == "prompt"


def _blocks(turn: int, message: Mapping[str, Any]) -> tuple[_Block, ...]:
    return tuple(_Block(turn, place, message["role"], block) for place, block in _objects(message.get("content")))


def _objects(value: object) -> list[tuple[int, Mapping[str, Any]]]:
    """The objects of a JSON list with their places; nothing where the shape is wrong."""
    if not isinstance(value, list):
        return []
    return [(place, item) for place, item in enumerate(value) if isinstance(item, dict)]


def _member(value: object, *names: str) -> Any:
    """The value at the end of these member names, None where the way breaks off."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


# ------------------------------------------------------------------------------------------------- turns


def _starts_with_user(request: _Request) -> Iterator[_Finding]:
    if request.turns and request.turns[0].role != "user":
        yield request.turns[0].path, _NOTHING
    elif not request.turns and not request.prompt and not request.body.get("messages"):
        yield "messages", _NOTHING


def _alternates(request: _Request) -> Iterator[_Finding]:
    for before, turn in zip(request.turns, request.turns[1:], strict=False):
        if before.role == turn.role and before.index + 1 == turn.index:
            yield turn.path, _NOTHING


_CLAUDE_VERSION = re.compile(r"anthropic\.claude-[a-z]+-(\d{1,2})(?:-(\d{1,2}))?(?!\d)")


def _no_prefill(request: _Request) -> Iterator[_Finding]:
    version = _CLAUDE_VERSION.match(request.base)
    if version and (int(version[1]), int(version[2] or 0)) >= (4, 6) and _ends_with_assistant(request):
        yield request.turns[-1].path, _NOTHING


def _prefill_without_trailing_space(request: _Request) -> Iterator[_Finding]:
    if request.claude and _ends_with_assistant(request) and request.turns[-1].blocks:
        last = request.turns[-1].blocks[-1]
        text = last.value.get("text")
        if isinstance(text, str) and text.strip() and text[-1].isspace():
            yield last.path, _NOTHING


def _ends_with_assistant(request: _Request) -> bool:
    return bool(request.turns) and request.turns[-1].role == "assistant"


def _content_is_there(request: _Request) -> Iterator[_Finding]:
    for turn, message in _objects(request.body.get("messages")):
        if message.get("content") == []:
            yield f"messages.{turn}", _NOTHING


# ------------------------------------------------------------------------------------------------- text


def _text_is_there(request: _Request) -> Iterator[_Finding]:
    for block, text in request.holding("text"):
        if text == "" or (isinstance(text, str) and not request.claude and not text.strip()):
            yield block.path, _NOTHING
    for block, result in request.holding("toolResult"):
        # Only what is empty: no thread shows white space refused here.
        for place, item in _objects(_member(result, "content")):
            if item.get("text") == "":
                yield f"{block.path}.toolResult.content.{place}", _NOTHING


def _text_is_more_than_space(request: _Request) -> Iterator[_Finding]:
    if request.claude:
        for block, text in request.holding("text"):
            if isinstance(text, str) and text and not text.strip():
                yield block.path, _NOTHING


def _stop_sequences_are_more_than_space(request: _Request) -> Iterator[_Finding]:
    sequences = _member(request.body, "inferenceConfig", "stopSequences")
    if request.claude and isinstance(sequences, list):
        for place, sequence in enumerate(sequences):
            if isinstance(sequence, str) and sequence and not sequence.strip():
                yield f"inferenceConfig.stopSequences.{place}", _NOTHING


# ------------------------------------------------------------------------------------------------- tools


def _tool_config_is_there(request: _Request) -> Iterator[_Finding]:
    if request.body.get("toolConfig") is None and not request.prompt:
        for member in ("toolUse", "toolResult"):
            for _ in request.holding(member):
                yield "toolConfig", _NOTHING
                return


def _ids(turn: _Turn, member: str) -> list[str]:
    """The tool use ids of a turn's blocks. What the service's own tools do needs no answer from the client."""
    blocks = [value for block in turn.blocks if isinstance(value := block.value.get(member), dict)]
    return [str(block.get("toolUseId")) for block in blocks if block.get("type") != "server_tool_use"]


def _tool_uses_are_unique(request: _Request) -> Iterator[_Finding]:
    for turn in request.turns:
        ids = _ids(turn, "toolUse")
        if len(ids) != len(set(ids)):
            yield f"{turn.path}.content", {"ids": ", ".join(id_ for id_, times in Counter(ids).items() if times > 1)}


def _tool_results_are_there(request: _Request) -> Iterator[_Finding]:
    for before, turn in zip(request.turns, request.turns[1:], strict=False):
        if (before.role, turn.role) == ("assistant", "user"):
            results = set(_ids(turn, "toolResult"))
            missing = dict.fromkeys(id_ for id_ in _ids(before, "toolUse") if id_ not in results)
            if missing:
                yield f"{turn.path}.content", {"ids": ", ".join(missing)}


def _tool_results_are_asked_for(request: _Request) -> Iterator[_Finding]:
    for place, turn in enumerate(request.turns):
        if turn.role == "user":
            uses = _ids(request.turns[place - 1], "toolUse") if place else []
            if len(_ids(turn, "toolResult")) > len(uses):
                yield f"{turn.path}.content", _NOTHING


def _tool_input_is_there(request: _Request) -> Iterator[_Finding]:
    for block, use in request.holding("toolUse"):
        if _member(use, "input") == "":
            yield f"{block.path}.toolUse.input", _NOTHING


def _tool_input_is_an_object(request: _Request) -> Iterator[_Finding]:
    for block, use in request.holding("toolUse"):
        given = _member(use, "input")
        if given not in (None, "") and not isinstance(given, dict):
            yield f"{block.path}.toolUse.input", _NOTHING


def _tool_result_json_is_an_object(request: _Request) -> Iterator[_Finding]:
    for block, result in request.holding("toolResult"):
        for place, item in _objects(_member(result, "content")):
            given = item.get("json")
            if given is not None and (not isinstance(given, dict) or any(map(_names_a_type, given.values()))):
                yield f"{block.path}.toolResult.content.{place}.json", _NOTHING


def _names_a_type(value: object) -> bool:
    """Whether the reserved key `__type` stands somewhere in a JSON value, however deep."""
    rest = [value]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            if "__type" in value:
                return True
            rest += value.values()
        elif isinstance(value, list):
            rest += value
    return False


def _failed_tool_result_says_why(request: _Request) -> Iterator[_Finding]:
    for block, result in request.holding("toolResult"):
        if _member(result, "status") == "error" and _member(result, "content") == []:
            yield f"{block.path}.toolResult", _NOTHING


def _schemas(request: _Request) -> Iterator[tuple[str, dict[str, Any]]]:
    for place, tool in enumerate(request.tools):
        schema = _member(tool, "toolSpec", "inputSchema", "json")
        if isinstance(schema, dict):
            yield f"toolConfig.tools.{place}.toolSpec.inputSchema", schema


def _tool_schema_is_an_object(request: _Request) -> Iterator[_Finding]:
    for path, schema in _schemas(request):
        if schema.get("type") != "object":
            yield f"{path}.json.type", _NOTHING


_JSON_NAMES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}


def _tool_properties_are_an_object(request: _Request) -> Iterator[_Finding]:
    for path, schema in _schemas(request):
        found = schema.get("properties", {})
        if not isinstance(found, dict):
            yield path, {"found": _JSON_NAMES.get(type(found), "null")}


def _tool_choice_is_a_tool(request: _Request) -> Iterator[_Finding]:
    chosen = _member(request.body, "toolConfig", "toolChoice", "tool", "name")
    known = [_member(tool, kind, "name") for tool in request.tools for kind in ("toolSpec", "systemTool")]
    if isinstance(chosen, str) and chosen not in known:
        yield "toolConfig.toolChoice.tool.name", {"name": chosen}


# ------------------------------------------------------------------------------------------------- cache points


def _lists_with_cache_points(request: _Request) -> Iterator[tuple[str, list[tuple[int, Mapping[str, Any]]]]]:
    """Every list that may hold a cache point: tools, system, and each message's content."""
    yield "toolConfig.tools", list(enumerate(request.tools))
    yield "system", _objects(request.body.get("system"))
    for turn in request.turns:
        yield f"{turn.path}.content", [(block.index, block.value) for block in turn.blocks]


def _cache_points_are_few(request: _Request) -> Iterator[_Finding]:
    found = [
        f"{path}.{place}"
        for path, items in _lists_with_cache_points(request)
        for place, item in items
        if item.get("cachePoint") is not None
    ]
    if len(found) > 4:
        yield found[4], {"count": str(len(found))}


def _cache_points_follow_something(request: _Request) -> Iterator[_Finding]:
    for path, items in _lists_with_cache_points(request):
        if items and items[0][1].get("cachePoint") is not None:
            yield f"{path}.{items[0][0]}", _NOTHING


def _cache_points_do_not_follow_reasoning(request: _Request) -> Iterator[_Finding]:
    for before, block in zip(request.blocks, request.blocks[1:], strict=False):
        if (
            before.turn == block.turn
            and "reasoningContent" in before.value
            and block.value.get("cachePoint") is not None
        ):
            yield block.path, _NOTHING


# ------------------------------------------------------------------------------------------------- documents and images


def _documents(request: _Request) -> Iterator[tuple[_Block, dict[str, Any]]]:
    return ((block, document) for block, document in request.holding("document") if isinstance(document, dict))


# "Alphanumeric" is taken to mean any script's letters; the underscore is accepted though no message names it, and of
# white space only the space (aws-samples/generative-ai-use-cases#1671).
_DOCUMENT_NAME = re.compile(r"(?:[\w\-()\[\]]| (?! ))+")


def _document_name_is_plain(request: _Request) -> Iterator[_Finding]:
    for block, document in _documents(request):
        name = document.get("name")
        if isinstance(name, str) and name and not _DOCUMENT_NAME.fullmatch(name):
            yield f"{block.path}.document.name", _NOTHING


def _document_names_are_unique(request: _Request) -> Iterator[_Finding]:
    seen: set[str] = set()
    for block, document in _documents(request):
        name = str(document.get("name"))
        if name in seen:
            yield f"{block.path}.document.name", _NOTHING
        seen.add(name)


def _document_has_company(request: _Request) -> Iterator[_Finding]:
    for turn in request.turns:
        held = {member for block in turn.blocks for member in block.value}
        if "document" in held and "text" not in held:
            yield f"{turn.path}.content", _NOTHING


def _document_text_is_cited(request: _Request) -> Iterator[_Finding]:
    for block, document in _documents(request):
        source = document.get("source")
        if (
            isinstance(source, dict)
            and source.keys() & {"text", "content"}
            and not _member(document, "citations", "enabled")
        ):
            yield f"{block.path}.document.source", _NOTHING


def _image_is_sent_along(request: _Request) -> Iterator[_Finding]:
    if request.claude:
        for path, block in _blocks_and_tool_results(request):
            if _member(block, "image", "source", "s3Location") is not None:
                yield f"{path}.image.source.s3Location", _NOTHING


def _blocks_and_tool_results(request: _Request) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every content block, and after a tool result the blocks inside it."""
    for block in request.blocks:
        yield block.path, block.value
        for place, item in _objects(_member(block.value.get("toolResult"), "content")):
            yield f"{block.path}.toolResult.content.{place}", item


# ------------------------------------------------------------------------------------------------- reasoning


def _reasoning_is_the_assistants(request: _Request) -> Iterator[_Finding]:
    for block, _ in request.holding("reasoningContent"):
        if block.role == "user":
            yield block.path, _NOTHING


def _reasoning_is_signed(request: _Request) -> Iterator[_Finding]:
    if request.claude:
        for block, reasoning in request.holding("reasoningContent"):
            text = _member(reasoning, "reasoningText")
            if block.role == "assistant" and isinstance(text, dict) and not text.get("signature"):
                yield block.path, _NOTHING


# ------------------------------------------------------------------------------------------------- the table

_MODEL_SAYS = "The model returned the following errors: "

RULES: tuple[Rule, ...] = (
    Rule(
        "conversation-starts-with-user",
        "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
        "research of public threads; aws-samples/bedrock-access-gateway",
        _starts_with_user,
    ),
    Rule(
        "roles-alternate",
        "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between "
        "user and assistant roles and try again.",
        "langgenius/dify#9294; theopenco/llmgateway#3127 has seen newer Claude models accept it",
        _alternates,
    ),
    Rule(
        "content-not-empty",
        "The content field in the Message object at {path} is empty. Add a ContentBlock object to the content field and "
        "try again.",
        "theopenco/llmgateway#3127, earendil-works/pi#3443",
        _content_is_there,
    ),
    Rule(
        "text-not-blank",
        "The text field in the ContentBlock object at {path} is blank. Add text to the text field, and try again.",
        "continuedev/continue#9767, anomalyco/opencode#17381; epam/ai-dial-adapter-bedrock's live tests of other models",
        _text_is_there,
    ),
    Rule(
        "text-not-white-space",
        f"{_MODEL_SAYS}messages: text content blocks must contain non-whitespace text",
        "NousResearch/hermes-agent#39829",
        _text_is_more_than_space,
    ),
    Rule(
        "tool-config-with-tool-blocks",
        "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
        "zed-industries/zed#33174, elastic/kibana#277821",
        _tool_config_is_there,
    ),
    Rule(
        "tool-use-ids-unique",
        "The toolUse blocks at {path} contain duplicate Ids: {ids}",
        "research of public threads",
        _tool_uses_are_unique,
    ),
    Rule(
        "tool-result-for-each-tool-use",
        "Expected toolResult blocks at {path} for the following Ids: {ids}",
        "research of public threads: the most widespread request bug",
        _tool_results_are_there,
    ),
    Rule(
        "tool-result-asked-for",
        "The number of toolResult blocks at {path} exceeds the number of toolUse blocks of previous turn.",
        "aws-samples/bedrock-access-gateway; research of public threads",
        _tool_results_are_asked_for,
    ),
    Rule(
        "tool-result-error-says-why",
        "The content field at {path} cannot be empty when status value is error.",
        "aws-samples/sample-multi-agent-orchestration-chat-on-agentcore#15",
        _failed_tool_result_says_why,
    ),
    Rule(
        "tool-result-json-is-object",
        "The format of the value at {path} is invalid. Provide a json object for the field and try again.",
        "maximhq/bifrost#5762, which found that a nested `__type` is refused with the same words",
        _tool_result_json_is_an_object,
    ),
    Rule("tool-input-not-empty", "The value at {path} is empty.", "research of public threads", _tool_input_is_there),
    Rule(
        "tool-input-is-object",
        "The format of the value at {path} is invalid. Provide a json object for the field and try again.",
        "research of public threads",
        _tool_input_is_an_object,
    ),
    Rule(
        "tool-schema-is-object",
        "The value at {path} must be one of the following: object.",
        "mastra-ai/mastra#8494; a missing type is refused as well, on every model",
        _tool_schema_is_an_object,
    ),
    Rule(
        "tool-schema-properties-are-object",
        "The json schema definition at {path} is invalid. Fix the following errors and try again: $.properties: "
        "{found} found, object expected",
        "research of public threads",
        _tool_properties_are_an_object,
    ),
    Rule(
        "tool-choice-is-a-tool",
        f"{_MODEL_SAYS}Tool '{{name}}' not found in provided tools",
        "the words of Anthropic's own API; Bedrock's were not seen",
        _tool_choice_is_a_tool,
    ),
    Rule(
        "cache-points-at-most-four",
        f"{_MODEL_SAYS}A maximum of 4 blocks with cache_control may be provided. Found {{count}}.",
        "can1357/oh-my-pi#6409; the Bedrock user guide has the limit for every model that caches",
        _cache_points_are_few,
    ),
    Rule(
        "cache-point-follows-content",
        "There is nothing available to cache. Please remove the invalid cache point and try again.",
        "vercel/ai#19851, anomalyco/opencode#45620",
        _cache_points_follow_something,
    ),
    Rule(
        "cache-point-not-after-reasoning",
        "Cache point cannot be inserted after reasoning block. Please remove the invalid cache point and try again.",
        "anomalyco/opencode#36517",
        _cache_points_do_not_follow_reasoning,
    ),
    Rule(
        "document-name-plain",
        "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and "
        "square brackets. The name can't contain more than one consecutive whitespace character. Check that the file name "
        "conforms to these restrictions and retry your request.",
        "aws-samples/generative-ai-use-cases#1671",
        _document_name_is_plain,
    ),
    Rule(
        "document-names-unique",
        "Messages can't contain duplicate document names. Rename the document and retry your request.",
        "research of public threads",
        _document_names_are_unique,
    ),
    Rule(
        "document-with-text",
        "A text block must be included when using documents. Add a text block and retry your request.",
        "run-llama/llama_index#18789",
        _document_has_company,
    ),
    Rule(
        "document-text-cited",
        "DocumentSource object at {path} must set one of the following keys: bytes, s3Location.",
        "research of public threads: text and content sources are read with citations only",
        _document_text_is_cited,
    ),
    Rule(
        "image-not-from-s3",
        "This model doesn't support the s3Uri field. Remove s3Uri and try again.",
        "two recordings of Claude Sonnet 4.5, in a user's turn and in a tool result; strands-agents/harness-sdk#3610",
        _image_is_sent_along,
    ),
    Rule(
        "reasoning-in-assistant-turns",
        "User messages cannot contain reasoning content",
        "research of public threads",
        _reasoning_is_the_assistants,
    ),
    Rule(
        "reasoning-signed",
        f"{_MODEL_SAYS}{{path}}.thinking.signature: Field required",
        "research of public threads; recordings of Claude 3.7, 4.5 and 4.6 carry it",
        _reasoning_is_signed,
    ),
    Rule(
        "no-prefill",
        "This model does not support assistant message prefill. The conversation must end with a user message.",
        "strands-agents/sdk-python#1694: Claude from 4.6 on; 4.5 accepts it",
        _no_prefill,
    ),
    Rule(
        "prefill-without-trailing-space",
        "messages: final assistant content cannot end with trailing whitespace",
        "research of public threads",
        _prefill_without_trailing_space,
    ),
    Rule(
        "stop-sequences-not-white-space",
        f"{_MODEL_SAYS}stop_sequences: each stop sequence must contain non-whitespace",
        "BerriAI/litellm#3286",
        _stop_sequences_are_more_than_space,
    ),
)
"""The rules, in the order in which the service is taken to check them: turns, text, tools, caching, documents
and images, reasoning, and last what only the model refuses."""
