"""The service's second validation layer: what the shapes do not say of a conversation.

Every rule is a function and a row of RULES, with the message that the service answers with and where it was seen. The
rules are today's: the service has tightened some and relaxed others, and no date is kept yet. A rule accuses only where
the service is known to refuse: what depends on a model is judged where the model id tells the model, and an opaque ARN
is given the benefit of the doubt. Nothing is said about a body that is so far out of shape that a rule cannot be read
from it; `shapes` has refused it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice

from msgspec import Struct

from bedrock_harness.service import breaches
from bedrock_harness.service.breaches import Breach
from bedrock_harness.service.conversation import Request, read

__all__ = ["RULES", "BrokenRule", "Rule", "check"]


class BrokenRule(Struct, frozen=True):
    """A rule that a request breaks: the rule's id, where in the body (zero-based), and what the service says of it."""

    rule: str
    path: str
    message: str


_MOST = 100
"""Broken rules reported of one request: the first decides, and a hostile body could break millions."""


class Rule(Struct, frozen=True):
    """One rule: `message` is a format string, `source` names where the service was seen to say it."""

    id: str
    message: str
    source: str
    broken: Callable[[Request], Iterable[Breach]]


def check(body: object, *, model: str) -> tuple[BrokenRule, ...]:
    """The rules that a Converse or ConverseStream body breaks, in the order in which the table lists them.

    `model` is the model id, decoded. The service names one broken rule at a time: the first is what it would answer,
    with a ValidationException.
    """
    if not isinstance(body, dict):
        return ()
    request = read(body, model)
    broken = (
        BrokenRule(rule.id, path, rule.message.format(path=path, **filled))
        for rule in RULES
        for path, filled in rule.broken(request)
    )
    return tuple(islice(broken, _MOST))


_MODEL_SAYS = "The model returned the following errors: "

RULES: tuple[Rule, ...] = (
    Rule(
        "conversation-starts-with-user",
        "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
        "elastic/kibana#246393, langgenius/dify#12340",
        breaches.starts_with_user,
    ),
    Rule(
        "roles-alternate",
        "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between "
        "user and assistant roles and try again.",
        "langchain-ai/langchain-aws#130, agentgateway/agentgateway#1358; theopenco/llmgateway#3127 saw one Claude accept it",
        breaches.alternates,
    ),
    Rule(
        "content-not-empty",
        "The content field in the Message object at {path} is empty. Add a ContentBlock object to the content field and "
        "try again.",
        "theopenco/llmgateway#3127, earendil-works/pi#3443",
        breaches.content_is_there,
    ),
    Rule(
        "text-not-blank",
        "The text field in the ContentBlock object at {path} is blank. Add text to the text field, and try again.",
        "continuedev/continue#9767, anomalyco/opencode#17381; epam/ai-dial-adapter-bedrock's live tests of other models",
        breaches.text_is_there,
    ),
    Rule(
        "text-not-white-space",
        f"{_MODEL_SAYS}messages: text content blocks must contain non-whitespace text",
        "NousResearch/hermes-agent#39829",
        breaches.text_is_more_than_space,
    ),
    Rule(
        "tool-config-with-tool-blocks",
        "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
        "zed-industries/zed#33174, elastic/kibana#277821",
        breaches.tool_config_is_there,
    ),
    Rule(
        "tool-use-ids-unique",
        "The toolUse blocks at {path} contain duplicate Ids: {ids}",
        "vercel/ai, changelog d5466df",
        breaches.tool_uses_are_unique,
    ),
    Rule(
        "tool-result-for-each-tool-use",
        "Expected toolResult blocks at {path} for the following Ids: {ids}",
        "microsoft/semantic-kernel#14074, anomalyco/opencode#41780, pydantic/pydantic-ai#1645",
        breaches.tool_results_are_there,
    ),
    Rule(
        "tool-result-asked-for",
        "The number of toolResult blocks at {path} exceeds the number of toolUse blocks of previous turn.",
        "OpenHands/OpenHands#4912, langgenius/dify-official-plugins#765",
        breaches.tool_results_are_asked_for,
    ),
    Rule(
        "tool-result-error-says-why",
        "The content field at {path} cannot be empty when status value is error.",
        "aws-samples/sample-multi-agent-orchestration-chat-on-agentcore#15",
        breaches.failed_tool_result_says_why,
    ),
    Rule(
        "tool-result-json-is-object",
        "The format of the value at {path} is invalid. Provide a json object for the field and try again.",
        "maximhq/bifrost#5762, which found that a nested `__type` is refused with the same words",
        breaches.tool_result_json_is_an_object,
    ),
    Rule(
        "tool-input-not-empty", "The value at {path} is empty.", "kagent-dev/kagent#1870", breaches.tool_input_is_there
    ),
    Rule(
        "tool-input-is-object",
        "The format of the value at {path} is invalid. Provide a json object for the field and try again.",
        "vercel/ai, changelog cf06314; the words are those for a tool result's json",
        breaches.tool_input_is_an_object,
    ),
    Rule(
        "tool-schema-is-object",
        "The value at {path} must be one of the following: object.",
        "mastra-ai/mastra#8494; a missing type is refused as well, on every model",
        breaches.tool_schema_is_an_object,
    ),
    Rule(
        "tool-schema-properties-are-object",
        "The json schema definition at {path} is invalid. Fix the following errors and try again: $.properties: "
        "{found} found, object expected",
        "prism-php/bedrock#24",
        breaches.tool_properties_are_an_object,
    ),
    Rule(
        "tool-choice-is-a-tool",
        f"{_MODEL_SAYS}Tool '{{name}}' not found in provided tools",
        "the words of Anthropic's own API; Bedrock's were not seen",
        breaches.tool_choice_is_a_tool,
    ),
    Rule(
        "cache-points-at-most-four",
        f"{_MODEL_SAYS}A maximum of 4 blocks with cache_control may be provided. Found {{count}}.",
        "twentyhq/twenty#26217; the Bedrock user guide has the limit for every model that caches",
        breaches.cache_points_are_few,
    ),
    Rule(
        "cache-point-follows-content",
        "There is nothing available to cache. Please remove the invalid cache point and try again.",
        "vercel/ai#19851, anomalyco/opencode#45620",
        breaches.cache_points_follow_something,
    ),
    Rule(
        "cache-point-not-after-reasoning",
        "Cache point cannot be inserted after reasoning block. Please remove the invalid cache point and try again.",
        "anomalyco/opencode#36517",
        breaches.cache_points_do_not_follow_reasoning,
    ),
    Rule(
        "document-name-plain",
        "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and "
        "square brackets. The name can't contain more than one consecutive whitespace character. Check that the file name "
        "conforms to these restrictions and retry your request.",
        "aws-samples/generative-ai-use-cases#1671",
        breaches.document_name_is_plain,
    ),
    Rule(
        "document-names-unique",
        "Messages can't contain duplicate document names. Rename the document and retry your request.",
        "maximhq/bifrost#7003; across the history: aws-samples/sample-strands-agent-with-agentcore#290",
        breaches.document_names_are_unique,
    ),
    Rule(
        "document-with-text",
        "A text block must be included when using documents. Add a text block and retry your request.",
        "BerriAI/litellm#36499",
        breaches.document_has_company,
    ),
    Rule(
        "document-text-cited",
        "DocumentSource object at {path} must set one of the following keys: bytes, s3Location.",
        "maximhq/bifrost#7072",
        breaches.document_text_is_cited,
    ),
    Rule(
        "image-not-from-s3",
        "This model doesn't support the s3Uri field. Remove s3Uri and try again.",
        "two recordings of Claude Sonnet 4.5, in a user's turn and in a tool result; strands-agents/harness-sdk#3610",
        breaches.image_is_sent_along,
    ),
    Rule(
        "reasoning-in-assistant-turns",
        "User messages cannot contain reasoning content",
        "aws-samples/bedrock-chat#851",
        breaches.reasoning_is_the_assistants,
    ),
    Rule(
        "reasoning-signed",
        f"{_MODEL_SAYS}{{path}}.thinking.signature: Field required",
        "run-llama/llama_index#20851; recordings of Claude 3.7, 4.5 and 4.6 carry it",
        breaches.reasoning_is_signed,
    ),
    Rule(
        "no-prefill",
        "This model does not support assistant message prefill. The conversation must end with a user message.",
        "strands-agents/sdk-python#1694: Claude from 4.6 on; 4.5 accepts it",
        breaches.no_prefill,
    ),
    Rule(
        "prefill-without-trailing-space",
        "messages: final assistant content cannot end with trailing whitespace",
        "langchain-ai/langchain-aws#599",
        breaches.prefill_without_trailing_space,
    ),
    Rule(
        "stop-sequences-not-white-space",
        f"{_MODEL_SAYS}stop_sequences: each stop sequence must contain non-whitespace",
        "BerriAI/litellm#3286",
        breaches.stop_sequences_are_more_than_space,
    ),
)
"""The rules, in the order in which the service is taken to check them: turns, text, tools, caching, documents
and images, reasoning, and last what only the model refuses."""
