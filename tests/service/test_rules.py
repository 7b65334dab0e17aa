import pytest

from bedrock_harness.service.conversation_rules import CONVERSATION_RULES
from bedrock_harness.service.rules import RULES, check
from tests.service.talk import (
    CACHE,
    CLAUDE,
    CLAUDE_46,
    HI,
    NOVA,
    OPAQUE,
    PROMPT,
    S3_IMAGE,
    assistant,
    document,
    result,
    talk,
    thinking,
    thought,
    tools,
    use,
    user,
)

BROKEN = [
    ("conversation-has-messages", CLAUDE, talk(), "messages", "must start with a user message"),
    ("roles-alternate", CLAUDE, talk(user(HI), user(HI)), "messages.1", "must alternate between user and assistant"),
    ("roles-alternate", NOVA, talk(user(HI), assistant(HI), assistant(HI), user(HI)), "messages.2", "must alternate"),
    (
        "content-not-empty",
        CLAUDE,
        talk(user()),
        "messages.0",
        "The content field in the Message object at messages.0 is",
    ),
    (
        "text-not-blank",
        CLAUDE,
        talk(user(HI, {"text": ""})),
        "messages.0.content.1",
        "object at messages.0.content.1 is blank",
    ),
    (
        "text-not-blank",
        NOVA,
        talk(user({"text": " \n"})),
        "messages.0.content.0",
        "is blank. Add text to the text field",
    ),
    (
        "text-not-blank",
        CLAUDE,
        talk(user(HI), assistant(use()), user(result("a", {"text": ""})), **tools()),
        "messages.2.content.0.toolResult.content.0",
        "is blank",
    ),
    (
        "text-not-white-space",
        CLAUDE,
        talk(user({"text": " "})),
        "messages.0.content.0",
        "must contain non-whitespace text",
    ),
    (
        "tool-config-with-tool-blocks",
        CLAUDE,
        talk(user(HI), assistant(use()), user(result())),
        "toolConfig",
        "The toolConfig field must be defined",
    ),
    (
        "tool-use-ids-unique",
        CLAUDE,
        talk(user(HI), assistant(use("a"), use("a")), user(result("a")), **tools()),
        "messages.1.content",
        "The toolUse blocks at messages.1.content contain duplicate Ids: a",
    ),
    (
        "tool-result-for-each-tool-use",
        CLAUDE,
        talk(user(HI), assistant(use("a"), use("b"), use("c")), user(result("b")), **tools()),
        "messages.2.content",
        "Expected toolResult blocks at messages.2.content for the following Ids: a, c",
    ),
    (
        "tool-result-asked-for",
        CLAUDE,
        talk(user(HI), assistant(use("a")), user(result("a"), result("b")), **tools()),
        "messages.2.content",
        "The number of toolResult blocks at messages.2.content exceeds the number of toolUse blocks of previous turn.",
    ),
    ("tool-result-asked-for", NOVA, talk(user(result("a")), **tools()), "messages.0.content", "exceeds the number"),
    (
        "tool-result-error-says-why",
        CLAUDE,
        talk(
            user(HI),
            assistant(use()),
            user({"toolResult": {"toolUseId": "a", "content": [], "status": "error"}}),
            **tools(),
        ),
        "messages.2.content.0.toolResult",
        "The content field at messages.2.content.0.toolResult cannot be empty when status value is error.",
    ),
    (
        "tool-result-json-is-object",
        CLAUDE,
        talk(user(HI), assistant(use()), user(result("a", {"json": [1]})), **tools()),
        "messages.2.content.0.toolResult.content.0.json",
        "The format of the value at messages.2.content.0.toolResult.content.0.json is invalid.",
    ),
    (
        "tool-result-json-is-object",
        CLAUDE,
        talk(user(HI), assistant(use()), user(result("a", {"json": {"x": [{"__type": "y"}]}})), **tools()),
        "messages.2.content.0.toolResult.content.0.json",
        "is invalid",
    ),
    (
        "tool-input-not-empty",
        CLAUDE,
        talk(user(HI), assistant(use("a", "")), user(result()), **tools()),
        "messages.1.content.0.toolUse.input",
        "The value at messages.1.content.0.toolUse.input is empty.",
    ),
    (
        "tool-input-is-object",
        CLAUDE,
        talk(user(HI), assistant(use("a", '{"x":1}')), user(result()), **tools()),
        "messages.1.content.0.toolUse.input",
        "Provide a json object for the field",
    ),
    (
        "tool-schema-is-object",
        CLAUDE,
        talk(user(HI), **tools({"type": "object"}, {"anyOf": []})),
        "toolConfig.tools.1.toolSpec.inputSchema.json.type",
        "The value at toolConfig.tools.1.toolSpec.inputSchema.json.type must be one of the following: object.",
    ),
    (
        "tool-schema-properties-are-object",
        CLAUDE,
        talk(user(HI), **tools({"type": "object", "properties": []})),
        "toolConfig.tools.0.toolSpec.inputSchema",
        "is invalid. Fix the following errors and try again: $.properties: array found, object expected",
    ),
    (
        "tool-choice-is-a-tool",
        CLAUDE,
        talk(user(HI), **tools(toolChoice={"tool": {"name": "leap"}})),
        "toolConfig.toolChoice.tool.name",
        "Tool 'leap' not found in provided tools",
    ),
    (
        "cache-points-at-most-four",
        CLAUDE,
        talk(
            user(HI, CACHE),
            assistant(HI, CACHE),
            user(HI, CACHE),
            system=[HI, CACHE],
            toolConfig={"tools": [*tools()["toolConfig"]["tools"], CACHE]},
        ),
        "messages.2.content.1",
        "A maximum of 4 blocks with cache_control may be provided. Found 5.",
    ),
    (
        "cache-point-follows-content",
        NOVA,
        talk(user(CACHE)),
        "messages.0.content.0",
        "There is nothing available to cache.",
    ),
    (
        "cache-point-follows-content",
        CLAUDE,
        talk(user(HI), system=[CACHE, HI]),
        "system.0",
        "nothing available to cache",
    ),
    (
        "cache-point-not-after-reasoning",
        CLAUDE,
        talk(user(HI), assistant(thought(), CACHE, HI), user(HI)),
        "messages.1.content.1",
        "Cache point cannot be inserted after reasoning block.",
    ),
    (
        "document-name-plain",
        NOVA,
        talk(user(HI, document("a.pdf"))),
        "messages.0.content.1.document.name",
        "can only contain",
    ),
    (
        "document-name-plain",
        NOVA,
        talk(user(HI, document("a  b"))),
        "messages.0.content.1.document.name",
        "consecutive",
    ),
    (
        "document-name-plain",
        NOVA,
        talk(user(HI, document("a\u3000b"))),
        "messages.0.content.1.document.name",
        "whitespace",
    ),
    (
        "document-names-unique",
        CLAUDE,
        talk(user(HI, document()), assistant(HI), user(HI, document())),
        "messages.2.content.1.document.name",
        "Messages can't contain duplicate document names.",
    ),
    ("document-with-text", CLAUDE, talk(user(document())), "messages.0.content", "A text block must be included"),
    (
        "document-text-cited",
        CLAUDE,
        talk(user(HI, document(source={"text": "words"}))),
        "messages.0.content.1.document.source",
        "DocumentSource object at messages.0.content.1.document.source must set one of the following keys: bytes, s3Location.",
    ),
    (
        "reasoning-in-assistant-turns",
        CLAUDE,
        talk(user(thought(), HI)),
        "messages.0.content.0",
        "User messages cannot contain reasoning content",
    ),
    (
        "reasoning-signed",
        CLAUDE,
        talk(user(HI), assistant(thought(signature=None), HI), user(HI)),
        "messages.1.content.0",
        "The model returned the following errors: messages.1.content.0.thinking.signature: Field required",
    ),
    (
        "prefill-without-trailing-space",
        CLAUDE,
        talk(user(HI), assistant({"text": "It is "})),
        "messages.1.content.0",
        "final assistant content cannot end with trailing whitespace",
    ),
    (
        "thinking-budget-at-least-1024",
        CLAUDE,
        talk(user(HI), **thinking(1023)),
        "additionalModelRequestFields.thinking.budget_tokens",
        "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
    ),
    (
        "thinking-budget-below-max-tokens",
        CLAUDE,
        talk(user(HI), inferenceConfig={"maxTokens": 2000}, **thinking(2000)),
        "inferenceConfig.maxTokens",
        "`max_tokens` must be greater than `thinking.budget_tokens`.",
    ),
    (
        "thinking-temperature-is-one",
        CLAUDE,
        talk(user(HI), inferenceConfig={"temperature": 0.5}, **thinking()),
        "inferenceConfig.temperature",
        "`temperature` may only be set to 1 when thinking is enabled.",
    ),
    (
        "thinking-forces-no-tool",
        CLAUDE,
        talk(user(HI), **tools(toolChoice={"any": {}}), **thinking()),
        "toolConfig.toolChoice.any",
        "Thinking may not be enabled when tool_choice forces tool use.",
    ),
    (
        "thinking-begins-tool-turn",
        CLAUDE,
        talk(user(HI), assistant(use()), user(result()), **tools(), **thinking()),
        "messages.1.content.0",
        "messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is",
    ),
    (
        "stop-sequences-not-white-space",
        CLAUDE,
        talk(user(HI), inferenceConfig={"stopSequences": ["x", "\n"]}),
        "inferenceConfig.stopSequences.1",
        "each stop sequence must contain non-whitespace",
    ),
]


@pytest.mark.parametrize(("rule", "model", "body", "path", "words"), BROKEN, ids=[row[0] for row in BROKEN])
def test_a_broken_rule_is_named_with_its_place(rule, model, body, path, words):
    """A conversation that breaks one rule is accused of that rule and no other, at the place, in the service's words."""
    broken = check(body, model=model)
    assert [(found.rule, found.path) for found in broken] == [(rule, path)]
    assert words in broken[0].message


def test_every_rule_can_be_broken():
    """No row of the table lacks a conversation that breaks it, and every row has an id and a source of its own."""
    assert {row[0] for row in BROKEN} | {row[0] for row in OF_ITS_TIME} == {rule.id for rule in CONVERSATION_RULES}
    assert len({rule.id for rule in RULES}) == len(RULES)
    assert all(rule.source for rule in RULES)


OF_ITS_TIME = [
    ("roles-alternate", "2024-08-01", None, talk(user(HI), user(HI))),
    ("text-not-white-space", "2026-06-05", None, talk(user({"text": " "}))),
    ("tool-config-with-tool-blocks", "2025-03-21", None, talk(user(HI), assistant(use()), user(result()))),
    ("tool-name-was-narrower", "2024-06", "2025-03", talk(user(HI), **tools(name="look-up"))),
    ("tool-use-id-was-narrower", "2024-06", "2026-04", talk(user(HI), assistant(use("a.b:0")), **tools())),
]


@pytest.mark.parametrize(("rule", "since", "until", "body"), OF_ITS_TIME, ids=[row[0] for row in OF_ITS_TIME])
def test_a_rule_holds_from_its_date_to_its_end(rule, since, until, body):
    """A rule is held from the day that it was first seen until the day that it was relaxed, and is not held before."""

    def accused(level):
        return rule in {found.rule for found in check(body, model=CLAUDE, strictness=level)}

    assert accused(since)
    assert accused("latest") is (until is None)
    assert not accused("2024-05-30")
    if until:
        assert not accused(until)


@pytest.mark.parametrize(
    ("body", "value", "place", "pattern"),
    [
        (
            talk(user(HI), **tools(name="look-up")),
            "look-up",
            "toolConfig.tools.1.member.toolSpec.name",
            "[a-zA-Z][a-zA-Z0-9_]*",
        ),
        (
            talk(user(HI), assistant(HI, use("a.b:0")), **tools()),
            "a.b:0",
            "messages.2.member.content.2.member.toolUse.toolUseId",
            "[a-zA-Z0-9_-]+",
        ),
    ],
)
def test_a_narrower_pattern_is_named_in_the_shapes_words(body, value, place, pattern):
    """What a pattern of old refuses is refused in the words of the first layer, one-based."""
    (broken,) = check(body, model=CLAUDE, strictness="2024-06")
    assert broken.message == (
        f"1 validation error detected: Value '{value}' at '{place}' failed to satisfy constraint: Member must satisfy "
        f"regular expression pattern: {pattern}"
    )


def test_the_model_is_asked_last():
    """What the service refuses by itself comes before what it passes on from the model."""
    body = talk(user({"text": " "}), inferenceConfig={"stopSequences": [" "]}, system=[CACHE, HI])
    assert [found.rule for found in check(body, model=CLAUDE)] == [
        "cache-point-follows-content",
        "text-not-white-space",
        "stop-sequences-not-white-space",
    ]


SOUND = {
    "one question": (CLAUDE, talk(user(HI))),
    "several turns": (NOVA, talk(user(HI), assistant(HI), user(HI, HI))),
    "a prefill where the model takes it": (CLAUDE, talk(user(HI), assistant(HI))),
    "a tool loop": (
        CLAUDE,
        talk(user(HI), assistant(HI, use("a"), use("b")), user(result("b"), result("a"), HI), **tools()),
    ),
    "a tool call that waits": (CLAUDE, talk(user(HI), assistant(use("a")), **tools())),
    "the service's own tool": (
        CLAUDE,
        talk(user(HI), assistant(use("a", type="server_tool_use"), HI), user(HI), **tools()),
    ),
    "an empty result": (
        CLAUDE,
        talk(user(HI), assistant(use()), user({"toolResult": {"toolUseId": "a", "content": []}}), **tools()),
    ),
    "a result of white space": (CLAUDE, talk(user(HI), assistant(use()), user(result("a", {"text": "\n"})), **tools())),
    "a typed result": (
        CLAUDE,
        talk(user(HI), assistant(use()), user(result("a", {"json": {"__type": "x"}})), **tools()),
    ),
    "an argument named after a type": (
        CLAUDE,
        talk(user(HI), assistant(use("a", {"x": []})), user(result()), **tools()),
    ),
    "a forced tool": (CLAUDE, talk(user(HI), **tools(toolChoice={"tool": {"name": "look"}}))),
    "a forced tool of the service": (
        NOVA,
        talk(
            user(HI),
            toolConfig={
                "tools": [{"systemTool": {"name": "grounding"}}],
                "toolChoice": {"tool": {"name": "grounding"}},
            },
        ),
    ),
    "a schema with properties": (CLAUDE, talk(user(HI), **tools({"type": "object", "properties": {}}))),
    "signed reasoning with no text": (CLAUDE, talk(user(HI), assistant(thought(text=""), HI), user(HI))),
    "redacted reasoning": (
        CLAUDE,
        talk(user(HI), assistant({"reasoningContent": {"redactedContent": "AAAA"}}, HI), user(HI)),
    ),
    "unsigned reasoning of another maker": (
        "openai.gpt-oss-120b-1:0",
        talk(user(HI), assistant(thought(signature=None), HI), user(HI)),
    ),
    "unsigned reasoning behind an opaque ARN": (
        OPAQUE,
        talk(user(HI), assistant(thought(signature=None), HI), user(HI)),
    ),
    "a prefill behind an opaque ARN": (OPAQUE, talk(user(HI), assistant({"text": "It is "}))),
    "four cache points": (CLAUDE, talk(user(HI, CACHE, HI, CACHE), assistant(HI, CACHE), user(HI, CACHE))),
    "two documents": (NOVA, talk(user(HI, document("Document 1"), document("a_(b) [c]-2")))),
    "a document in Japanese": (NOVA, talk(user(HI, document("\u8cc7\u6599 1")))),
    "a document of text with citations": (
        CLAUDE,
        talk(user(HI, document(source={"text": "words"}, citations={"enabled": True}))),
    ),
    "a document in a tool result": (
        NOVA,
        talk(user(HI), assistant(use()), user(result("a", document())), **tools()),
    ),
    "an image of S3 for Nova": (NOVA, talk(user(HI, S3_IMAGE))),
    "a conversation with Claude that the assistant begins": (CLAUDE, talk(assistant(HI), user(HI))),
    "thinking with no bound on tokens": (CLAUDE, talk(user(HI), **thinking(10_000))),
    "thinking at the temperature it needs": (CLAUDE, talk(user(HI), inferenceConfig={"temperature": 1}, **thinking())),
    "thinking in a tool loop": (
        CLAUDE,
        talk(user(HI), assistant(thought(), use()), user(result()), **tools(), **thinking()),
    ),
    "a tool forced on a model that decides whether to think": (
        CLAUDE_46,
        talk(
            user(HI), **tools(toolChoice={"any": {}}), additionalModelRequestFields={"thinking": {"type": "adaptive"}}
        ),
    ),
    "a system message in between": (CLAUDE, talk(user(HI), {"role": "system", "content": [HI]}, user(HI))),
    "a stored prompt": (PROMPT, {"promptVariables": {"x": {"text": "y"}}}),
    "a line break as stop sequence elsewhere": (NOVA, talk(user(HI), inferenceConfig={"stopSequences": ["\n"]})),
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_conversation_is_not_accused(name):
    """What the service accepts, or is not known to refuse, breaks no rule."""
    model, body = SOUND[name]
    assert check(body, model=model) == ()


@pytest.mark.parametrize(
    ("model", "refused"),
    [
        ("anthropic.claude-3-7-sonnet-20250219-v1:0", False),
        ("anthropic.claude-sonnet-4-20250514-v1:0", False),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", False),
        ("us.anthropic.claude-opus-4-6-v1", True),
        ("global.anthropic.claude-sonnet-5", True),
        ("anthropic.claude-sonnet-5-5", True),
        ("us.amazon.nova-pro-v1:0", False),
    ],
)
def test_prefill_ends_with_claude_4_6(model, refused):
    """Claude before 4.6 continues an assistant's turn, from 4.6 on it refuses to; other makers are not judged."""
    broken = check(talk(user(HI), assistant(HI)), model=model)
    assert [found.rule for found in broken] == (["no-prefill"] if refused else [])


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "text",
        {"messages": {}, "system": 1, "toolConfig": []},
        {"messages": [1, None, {"role": [], "content": {}}, {"role": {}, "content": [None, 3]}]},
        talk(user({"text": 1, "toolUse": [], "toolResult": "x", "document": 5, "reasoningContent": "y", "image": []})),
        talk(
            user(HI),
            toolConfig={"tools": [{"toolSpec": 1}, {"toolSpec": {"name": []}}], "toolChoice": {"tool": {"name": {}}}},
        ),
        talk(user(HI), inferenceConfig={"stopSequences": [None, 1]}),
        talk(
            user(HI), assistant({"toolUse": {"toolUseId": []}}), user({"toolResult": {"toolUseId": {}, "content": [1]}})
        ),
    ],
)
@pytest.mark.parametrize("model", [CLAUDE, NOVA, "", "no such / id"])
def test_a_body_out_of_shape_raises_nothing(body, model):
    """Whatever the body, the answer is a tuple of broken rules."""
    assert isinstance(check(body, model=model), tuple)


def test_a_hostile_body_breaks_few_rules():
    """A request with a hundred thousand blank blocks is accused a hundred times at most, deep JSON and all."""
    deep = {}
    for _ in range(100_000):
        deep = {"x": deep}
    body = talk(user(*[{"text": ""}] * 100_000), assistant(use()), user(result("a", {"json": deep})), **tools())
    assert len(check(body, model=CLAUDE)) == 100
