"""The rules that hold for every conversation, or for every one with Claude: what the shapes do not say, as a table.

What is broken where, `breaches` finds. `since` is the date of the earliest thread known, or a month by which the rule was
surely there.
"""

from __future__ import annotations

from bedrock_harness.service import breaches, relaxed, thinking
from bedrock_harness.service.rule import MODEL_SAYS, Rule

__all__ = ["CONVERSATION_RULES", "REASONING_OF_USER", "STARTS_WITH_USER"]

STARTS_WITH_USER = (
    "A conversation must start with a user message. Try again with a conversation that starts with a user message."
)
REASONING_OF_USER = "User messages cannot contain reasoning content. Please remove the reasoning content and try again."
_WIDENED = (
    "1 validation error detected: Value '{value}' at '{theirs}' failed to satisfy constraint: Member must satisfy regular "
    "expression pattern: {pattern}"
)
_THINKING = "https://docs.claude.com/en/docs/build-with-claude/extended-thinking"

CONVERSATION_RULES: tuple[Rule, ...] = (
    Rule(
        "conversation-has-messages",
        STARTS_WITH_USER,
        "elastic/kibana#246393, pydantic/pydantic-ai#4495",
        breaches.there_is_a_message,
        "2025-12-15",
    ),
    Rule(
        "roles-alternate",
        "A conversation must alternate between user and assistant roles. Make sure the conversation alternates between "
        "user and assistant roles and try again.",
        "langchain-ai/langchain-aws#130, agentgateway/agentgateway#1358; theopenco/llmgateway#3127 saw one Claude accept it",
        breaches.alternates,
        "2024-08-01",
    ),
    Rule(
        "content-not-empty",
        "The content field in the Message object at {path} is empty. Add a ContentBlock object to the content field and "
        "try again.",
        "DayuanJiang/next-ai-draw-io#31, theopenco/llmgateway#3127, earendil-works/pi#3443",
        breaches.content_is_there,
        "2025-11-30",
    ),
    Rule(
        "text-not-blank",
        "The text field in the ContentBlock object at {path} is blank. Add text to the text field, and try again.",
        "OpenHands/OpenHands#5339, continuedev/continue#9767; epam/ai-dial-adapter-bedrock's live tests of other models",
        breaches.text_is_there,
        "2025-01",
    ),
    Rule(
        "text-not-white-space",
        f"{MODEL_SAYS}messages: text content blocks must contain non-whitespace text",
        "NousResearch/hermes-agent#39850, NousResearch/hermes-agent#39829",
        breaches.text_is_more_than_space,
        "2026-06-05",
    ),
    Rule(
        "tool-config-with-tool-blocks",
        "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
        "langgenius/dify#16421, zed-industries/zed#33174, elastic/kibana#277821",
        breaches.tool_config_is_there,
        "2025-03-21",
    ),
    Rule(
        "tool-use-ids-unique",
        "The toolUse blocks at {path} contain duplicate Ids: {ids}",
        "vercel/ai#16183, vercel/ai, changelog d5466df",
        breaches.tool_uses_are_unique,
        "2026-06-17",
    ),
    Rule(
        "tool-result-for-each-tool-use",
        "Expected toolResult blocks at {path} for the following Ids: {ids}",
        "pydantic/pydantic-ai#1600, microsoft/semantic-kernel#14074, anomalyco/opencode#41780, pydantic/pydantic-ai#1645",
        breaches.tool_results_are_there,
        "2025-04-29",
    ),
    Rule(
        "tool-result-asked-for",
        "The number of toolResult blocks at {path} exceeds the number of toolUse blocks of previous turn.",
        "OpenHands/OpenHands#4912, langgenius/dify-official-plugins#765",
        breaches.tool_results_are_asked_for,
        "2024-11-11",
    ),
    Rule(
        "tool-result-error-says-why",
        "The content field at {path} cannot be empty when status value is error.",
        "aws-samples/sample-multi-agent-orchestration-chat-on-agentcore#15",
        breaches.failed_tool_result_says_why,
        "2026-10",
    ),
    Rule(
        "tool-result-json-is-object",
        "The format of the value at {path} is invalid. Provide a json object for the field and try again.",
        "deepset-ai/haystack-core-integrations#3766; maximhq/bifrost#5762: a nested `__type` is refused in the same words",
        breaches.tool_result_json_is_an_object,
        "2026-08-13",
    ),
    Rule(
        "tool-input-not-empty",
        "The value at {path} is empty.",
        "kagent-dev/kagent#1870",
        breaches.tool_input_is_there,
        "2026-10",
    ),
    Rule(
        "tool-input-is-object",
        "The format of the value at {path} is invalid. Provide a json object for the field and try again.",
        "vercel/ai, changelog cf06314; the words are those for a tool result's json",
        breaches.tool_input_is_an_object,
        "2026-10",
    ),
    Rule(
        "tool-schema-is-object",
        "The value at {path} must be one of the following: object.",
        "cognitect-labs/aws-api#272, mastra-ai/mastra#8494; a missing type is refused as well, on every model",
        breaches.tool_schema_is_an_object,
        "2025-07-08",
    ),
    Rule(
        "tool-schema-properties-are-object",
        "The json schema definition at {path} is invalid. Fix the following errors and try again: $.properties: "
        "{found} found, object expected",
        "prism-php/bedrock#24",
        breaches.tool_properties_are_an_object,
        "2026-10",
    ),
    Rule(
        "tool-choice-is-a-tool",
        f"{MODEL_SAYS}Tool '{{name}}' not found in provided tools",
        "the words of Anthropic's own API; Bedrock's were not seen",
        breaches.tool_choice_is_a_tool,
        "2026-10",
    ),
    Rule(
        "cache-points-at-most-four",
        f"{MODEL_SAYS}A maximum of 4 blocks with cache_control may be provided. Found {{count}}.",
        "twentyhq/twenty#26217; the Bedrock user guide has the limit for every model that caches",
        breaches.cache_points_are_few,
        "2026-09-18",
    ),
    Rule(
        "cache-point-follows-content",
        "There is nothing available to cache. Please remove the invalid cache point and try again.",
        "vercel/ai#19851, anomalyco/opencode#45620",
        breaches.cache_points_follow_something,
        "2026-09-04",
    ),
    Rule(
        "cache-point-not-after-reasoning",
        "Cache point cannot be inserted after reasoning block. Please remove the invalid cache point and try again.",
        "refly-ai/refly#1962, anomalyco/opencode#36517",
        breaches.cache_points_do_not_follow_reasoning,
        "2025-12-29",
    ),
    Rule(
        "document-name-plain",
        "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and "
        "square brackets. The name can't contain more than one consecutive whitespace character. Check that the file name "
        "conforms to these restrictions and retry your request.",
        "simonw/llm-bedrock#8, aws-samples/generative-ai-use-cases#1671",
        breaches.document_name_is_plain,
        "2024-12-04",
    ),
    Rule(
        "document-names-unique",
        "Messages can't contain duplicate document names. Rename the document and retry your request.",
        "BerriAI/litellm#30093, maximhq/bifrost#7003; across the history: aws-samples/sample-strands-agent-with-agentcore#290",
        breaches.document_names_are_unique,
        "2026-06-10",
    ),
    Rule(
        "document-with-text",
        "A text block must be included when using documents. Add a text block and retry your request.",
        "archestra-ai/archestra#4220, BerriAI/litellm#36499",
        breaches.document_has_company,
        "2026-04-30",
    ),
    Rule(
        "document-text-cited",
        "DocumentSource object at {path} must set one of the following keys: bytes, s3Location.",
        "strands-agents/harness-sdk#3582, maximhq/bifrost#7072",
        breaches.document_text_is_cited,
        "2026-08-27",
    ),
    Rule(
        "reasoning-in-assistant-turns",
        REASONING_OF_USER,
        "langchain-ai/langchain-aws#401, aws-samples/bedrock-chat#851",
        breaches.reasoning_is_the_assistants,
        "2025-03-13",
    ),
    Rule(
        "reasoning-signed",
        f"{MODEL_SAYS}{{path}}.thinking.signature: Field required",
        "matrixorigin/Astra#284, run-llama/llama_index#20851; recordings of Claude 3.7, 4.5 and 4.6 carry it",
        breaches.reasoning_is_signed,
        "2026-04-30",
    ),
    Rule(
        "prefill-without-trailing-space",
        f"{MODEL_SAYS}messages: final assistant content cannot end with trailing whitespace",
        "langchain-ai/langchain-aws#599",
        breaches.prefill_without_trailing_space,
        "2025-08-28",
    ),
    Rule(
        "stop-sequences-not-white-space",
        f"{MODEL_SAYS}stop_sequences: each stop sequence must contain non-whitespace",
        "BerriAI/litellm#3286",
        breaches.stop_sequences_are_more_than_space,
        "2024-06",
    ),
    Rule(
        "thinking-budget-at-least-1024",
        f"{MODEL_SAYS}thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        "danny-avila/LibreChat#8346",
        thinking.budget_is_enough,
        "2025-08",
    ),
    Rule(
        "thinking-budget-below-max-tokens",
        f"{MODEL_SAYS}`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at "
        f"{_THINKING}#max-tokens-and-context-window-size",
        "docker/docker-agent#1343; the words of Anthropic's own API",
        thinking.budget_fits,
        "2026-01-10",
    ),
    Rule(
        "thinking-temperature-is-one",
        f"{MODEL_SAYS}`temperature` may only be set to 1 when thinking is enabled. Please consult our documentation at "
        f"{_THINKING}#important-considerations-when-using-extended-thinking",
        "MartialBE/one-hub#529, aaif-goose/goose#9889",
        thinking.temperature_is_one,
        "2025-03-05",
    ),
    Rule(
        "thinking-forces-no-tool",
        f"{MODEL_SAYS}Thinking may not be enabled when tool_choice forces tool use.",
        "langchain-ai/langchain-aws#925, strands-agents/sdk-typescript#798",
        thinking.no_tool_is_forced,
        "2026-03-13",
    ),
    Rule(
        "thinking-begins-tool-turn",
        f"{MODEL_SAYS}{{path}}.type: Expected `thinking` or `redacted_thinking`, but found `{{found}}`. When `thinking` is "
        "enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost set of `tool_use` "
        "and `tool_result` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, "
        f"disable `thinking`. Please consult our documentation at {_THINKING}",
        "RooCodeInc/Roo-Code#11238, langchain-ai/langchain-aws#844",
        thinking.tool_turn_begins_with_thought,
        "2026-03",
    ),
    Rule(
        "tool-name-was-narrower",
        _WIDENED,
        "elastic/kibana#206487, the last to see it; openclaw/openclaw#12892 shows the wider pattern",
        relaxed.tool_names_were_narrower,
        "2024-06",
        "2025-03",
    ),
    Rule(
        "tool-use-id-was-narrower",
        _WIDENED,
        "vercel/ai#13326, the last to see it; botocore's model has the wider pattern",
        relaxed.tool_use_ids_were_narrower,
        "2024-06",
        "2026-04",
    ),
)
"""The rules in the order in which the service is taken to check them: turns, text, tools, caching, documents, reasoning."""
