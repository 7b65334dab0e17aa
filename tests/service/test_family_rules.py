import pytest

from bedrock_harness.service.exceptions import find
from bedrock_harness.service.family_rules import FAMILY_RULES
from bedrock_harness.service.limits import LIMITS
from bedrock_harness.service.rules import check
from tests.service.models import MODELS
from tests.service.talk import (
    CACHE,
    CLAUDE,
    CLAUDE_46,
    HI,
    OPAQUE,
    S3_IMAGE,
    assistant,
    document,
    result,
    talk,
    thought,
    tools,
    use,
    user,
)

CLAUDE_4 = "us.anthropic.claude-sonnet-4-20250514-v1:0"
OPUS_5 = "us.anthropic.claude-opus-5"
NOVA = "us.amazon.nova-lite-v1:0"
NOVA_2 = "us.amazon.nova-2-lite-v1:0"
MICRO = "us.amazon.nova-micro-v1:0"
TITAN = "amazon.titan-text-express-v1"
R1 = "us.deepseek.r1-v1:0"
LLAMA_3 = "meta.llama3-8b-instruct-v1:0"
LLAMA_4 = "us.meta.llama4-scout-17b-instruct-v1:0"
GPT_OSS = "openai.gpt-oss-120b-1:0"
PIXTRAL = "us.mistral.pixtral-large-2502-v1:0"

HOUR = {"cachePoint": {"type": "default", "ttl": "1h"}}
S3 = {"s3Location": {"uri": "s3://bucket/a"}}
IMAGE = {"image": {"format": "png", "source": {"bytes": "AAAA"}}}
VIDEO = {"video": {"format": "mp4", "source": S3}}
LOOP = (user(HI), assistant(use("tooluse_1")), user(result("tooluse_1")))

BROKEN = [
    (
        "model-id-names-a-model",
        "us.amazon.nova-micro-v1:O",
        talk(user(HI)),
        "modelId",
        "The provided model identifier is",
    ),
    (
        "model-caches",
        R1,
        talk(user(HI, CACHE)),
        "messages.0.content.1",
        "or your request did not allow prompt caching.",
    ),
    ("model-takes-tools", R1, talk(user(HI), **tools()), "toolConfig.tools", "This model doesn't support tool use."),
    (
        "model-takes-choice-any",
        LLAMA_4,
        talk(user(HI), **tools(toolChoice={"any": {}})),
        "toolConfig.toolChoice.any",
        "This model doesn't support the toolConfig.toolChoice.any field. Remove toolConfig.toolChoice.any and try again.",
    ),
    (
        "model-takes-choice-tool",
        LLAMA_4,
        talk(user(HI), **tools(toolChoice={"tool": {"name": "look"}})),
        "toolConfig.toolChoice.tool",
        "support the toolConfig.toolChoice.tool field.",
    ),
    ("model-takes-system", TITAN, talk(user(HI), system=[HI]), "system", "This model doesn't support system messages."),
    (
        "model-takes-images",
        MICRO,
        talk(user(HI, IMAGE)),
        "messages.0.content.1.image",
        "support the image content block",
    ),
    (
        "model-takes-images-in-results",
        "openai.gpt-5.5",
        talk(*LOOP[:2], user(result("tooluse_1", IMAGE)), **tools()),
        "messages.2.content.0.toolResult.content.0.image",
        "This model doesn't support the image field for user messages. Remove image and try again.",
    ),
    (
        "model-takes-documents",
        MICRO,
        talk(user(HI, document())),
        "messages.0.content.1.document",
        "This model doesn't support documents.",
    ),
    (
        "model-takes-video",
        CLAUDE,
        talk(user(HI, VIDEO)),
        "messages.0.content.1.video",
        "support the video content block",
    ),
    (
        "image-not-from-s3",
        CLAUDE,
        talk(*LOOP[:2], user(result("tooluse_1", S3_IMAGE)), **tools()),
        "messages.2.content.0.toolResult.content.0.image.source.s3Location",
        "This model doesn't support the s3Uri field.",
    ),
    (
        "document-not-from-s3",
        CLAUDE,
        talk(user(HI, document(source=S3))),
        "messages.0.content.1.document",
        "errors: messages.0.content.1.document.source.type: Field required",
    ),
    (
        "video-in-result-not-from-s3",
        NOVA_2,
        talk(*LOOP[:2], user(result("tooluse_1", VIDEO)), **tools()),
        "messages.2.content.0.toolResult",
        "Malformed input request: #/messages/2/content/0: extraneous key [toolResult] is not permitted, please reformat",
    ),
    (
        "model-caches-tools",
        NOVA,
        talk(user(HI), toolConfig={"tools": [*tools()["toolConfig"]["tools"], CACHE]}),
        "toolConfig.tools.1",
        "Malformed input request: #/toolConfig/tools/1: extraneous key [cachePoint] is not permitted",
    ),
    (
        "claude-caches-for-an-hour",
        CLAUDE_4,
        talk(user(HI), system=[HI, HOUR]),
        "system.1",
        "errors: system.0.cache_control.ttl: Extra inputs are not permitted",
    ),
    (
        "nova-caches-for-five-minutes",
        NOVA,
        talk(user(HI, HOUR)),
        "messages.0.content.1",
        "only supported for Anthropic",
    ),
    (
        "cache-of-an-hour-comes-first",
        CLAUDE,
        talk(user(HI, HOUR), system=[HI, CACHE]),
        "messages.0.content.1",
        "messages.0.content.0.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m'",
    ),
    (
        "model-takes-signatures",
        GPT_OSS,
        talk(user(HI), assistant(thought(), HI), user(HI)),
        "messages.1.content.0.reasoningContent.reasoningText.signature",
        "support the messages.1.content.0.reasoningContent.reasoningText.signature field.",
    ),
    (
        "model-takes-reasoning-back",
        R1,
        talk(user(HI), assistant(thought(signature=None), HI), user(HI)),
        "messages.1.content.0",
        "User messages cannot contain reasoning content. Please remove the reasoning content and try again.",
    ),
    (
        "conversation-starts-with-user",
        NOVA,
        talk(assistant(HI), user(HI)),
        "messages.0",
        "must start with a user message",
    ),
    ("no-prefill", CLAUDE_46, talk(user(HI), assistant(HI)), "messages.1", "not support assistant message prefill"),
    ("conversation-ends-with-user", LLAMA_3, talk(user(HI), assistant(HI)), "messages.1", "requires the last turn"),
    (
        "tool-results-alone",
        LLAMA_4,
        talk(*LOOP[:2], user(result("tooluse_1"), HI), **tools()),
        "messages.2.content",
        "messages.2.content: Conversation blocks and tool result blocks cannot be provided in the same turn.",
    ),
    (
        "model-takes-stop-sequences",
        GPT_OSS,
        talk(user(HI), inferenceConfig={"stopSequences": []}),
        "inferenceConfig.stopSequences",
        "This model doesn't support the stopSequences field. Remove stopSequences and try again.",
    ),
    (
        "model-takes-temperature",
        OPUS_5,
        talk(user(HI), inferenceConfig={"temperature": 0}),
        "inferenceConfig.temperature",
        "`temperature` is deprecated for this model.",
    ),
    (
        "temperature-or-top-p",
        CLAUDE,
        talk(user(HI), inferenceConfig={"temperature": 0, "topP": 0.9}),
        "inferenceConfig.topP",
        "`temperature` and `top_p` cannot both be specified for this model.",
    ),
    (
        "nova-takes-no-top-k",
        NOVA,
        talk(user(HI), additionalModelRequestFields={"top_k": 5}),
        "additionalModelRequestFields.top_k",
        "Malformed input request: #: extraneous key [top_k] is not permitted",
    ),
    (
        "tool-use-id-long-enough",
        PIXTRAL,
        talk(user(HI), assistant(use("12345678")), user(result("12345678")), **tools()),
        "messages.1.content.0.toolUse.toolUseId",
        "Tool call id was 12345678 but must be a-z, A-Z, 0-9, with a length of 9.",
    ),
    (
        "model-caches",
        LLAMA_4,
        talk(*LOOP[:2], user(result("tooluse_1"), CACHE), **tools()),
        "messages.2.content.1",
        "or your request did not allow prompt caching.",
    ),
]


@pytest.mark.parametrize(("rule", "model", "body", "path", "words"), BROKEN, ids=[row[0] for row in BROKEN])
def test_what_a_family_refuses_is_named_with_its_place(rule, model, body, path, words):
    """A request that a family refuses is accused of that rule and no other, at the place, in the service's words."""
    broken = check(body, model=model)
    assert [(found.rule, found.path) for found in broken] == [(rule, path)]
    assert words in broken[0].message
    assert check(body, model=OPAQUE) == ()


OF_AN_OPERATION = [
    ("model-takes-tools", R1, "ConverseStream", talk(user(HI), **tools()), "tool use in streaming mode."),
    ("model-streams-tools", LLAMA_4, "ConverseStream", talk(user(HI), **tools()), "tool use in streaming mode."),
    ("model-counts-tokens", CLAUDE_4, "CountTokens", {"input": {"converse": {}}}, "support counting tokens."),
    ("model-id-names-a-model", "us.amazon.Nova", "InvokeModel", {}, "model identifier is invalid."),
]


@pytest.mark.parametrize(("rule", "model", "operation", "body", "words"), OF_AN_OPERATION)
def test_what_is_refused_of_one_operation(rule, model, operation, body, words):
    """Streams of tool calls, counts of tokens and native bodies are refused by rules of their own."""
    broken = check(body, model=model, operation=operation)
    assert [found.rule for found in broken] == [rule]
    assert words in broken[0].message


def test_a_stream_was_refused_until_it_was_not():
    """gpt-oss did not stream for its first two weeks."""
    body = talk(user(HI))
    (broken,) = check(body, model=GPT_OSS, operation="ConverseStream", strictness="2025-08-10")
    assert broken.message == "The model is unsupported for streaming."
    assert check(body, model=GPT_OSS, operation="Converse", strictness="2025-08-10") == ()
    assert check(body, model=GPT_OSS, operation="ConverseStream", strictness="2025-08-21") == ()


def test_a_model_that_does_not_cache_denies_access():
    """A cache point on a model that does not cache is answered with a 403, everything else with a 400."""
    exceptions = {row[0]: check(row[2], model=row[1])[0].exception for row in BROKEN}
    assert {
        name: find(exception).status for name, exception in exceptions.items() if find(exception).status != 400
    } == {"model-caches": 403}


def test_every_family_rule_can_be_broken():
    """No row of the table lacks a request that breaks it, and every limit has a rule that refuses it."""
    broken = {row[0] for row in BROKEN} | {row[0] for row in OF_AN_OPERATION} | {"model-streams"}
    assert broken == {rule.id for rule in FAMILY_RULES}
    assert {row.feature for row in LIMITS} == {rule.feature for rule in FAMILY_RULES} - {None}


SOUND = {
    "tools of Llama 4 with no stream": (LLAMA_4, talk(*LOOP, **tools())),
    "an auto choice": (LLAMA_4, talk(user(HI), **tools(toolChoice={"auto": {}}))),
    "any choice of Nova": (MICRO, talk(user(HI), **tools(toolChoice={"any": {}}))),
    "an image and a video for Nova": (NOVA, talk(user(HI, IMAGE, VIDEO))),
    "a document of S3 in a tool result": (
        CLAUDE,
        talk(*LOOP[:2], user(result("tooluse_1", document(source=S3))), **tools()),
    ),
    "a cache point in Nova's system prompt": (MICRO, talk(user(HI, CACHE), system=[HI, CACHE])),
    "an hour before five minutes": (CLAUDE, talk(user(HI, CACHE), system=[HI, HOUR])),
    "unsigned reasoning": (GPT_OSS, talk(user(HI), assistant(thought(signature=None), HI), user(HI))),
    "a prefill of Nova": (NOVA, talk(user(HI), assistant(HI))),
    "results beside text for Claude": (CLAUDE, talk(*LOOP[:2], user(result("tooluse_1"), HI), **tools())),
    "the temperature of adaptive thinking": (
        OPUS_5,
        talk(
            user(HI),
            inferenceConfig={"temperature": 1},
            additionalModelRequestFields={"thinking": {"type": "adaptive"}},
        ),
    ),
    "temperature and topP of Nova": (NOVA, talk(user(HI), inferenceConfig={"temperature": 0.5, "topP": 0.5})),
    "an id of nine characters": (
        PIXTRAL,
        talk(user(HI), assistant(use("123456789")), user(result("123456789")), **tools()),
    ),
    "ids that Bedrock makes": (PIXTRAL, talk(*LOOP, **tools())),
}


@pytest.mark.parametrize("name", SOUND)
def test_what_a_family_takes_is_not_accused(name):
    """What the family accepts, or is not known to refuse, breaks no rule."""
    model, body = SOUND[name]
    assert check(body, model=model) == ()


@pytest.mark.parametrize("model", sorted({model for model, _ in MODELS}))
def test_a_plain_question_is_taken_by_every_model(model):
    """One question with no options is refused by no family, at no time."""
    for level in ("2024-06", "2025-08-10", "latest"):
        assert check(talk(user(HI)), model=model, strictness=level) == ()
