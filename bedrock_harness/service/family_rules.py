"""The rules that hold for some families of models: in which words each limit of `limits` is refused, as a table.

Where a request uses a feature, `uses` finds. Since when a family refuses it, `limits` knows.
"""

from __future__ import annotations

from bedrock_harness.service import uses
from bedrock_harness.service.conversation_rules import REASONING_OF_USER, STARTS_WITH_USER
from bedrock_harness.service.rule import INVOKES, MODEL_SAYS, Rule

__all__ = ["FAMILY_RULES"]

_NO_FIELD = "This model doesn't support the {path} field. Remove {path} and try again."
_NO_CHOICE = "pydantic/pydantic-ai#2091, vercel/ai#4396"
_NO_BLOCK = "content block that you provided. Update the content block and try again."
_MALFORMED = f"{MODEL_SAYS}Malformed input request: {{pointer}}: extraneous key"
_NOT_PERMITTED = "is not permitted, please reformat your input and try again."

FAMILY_RULES: tuple[Rule, ...] = (
    Rule(
        "model-id-names-a-model",
        "The provided model identifier is invalid.",
        "a recording: `us.amazon.nova-micro-v1:O`, with a letter for the digit",
        uses.misspelt_model,
        operations=INVOKES,
    ),
    Rule(
        "model-counts-tokens",
        "The provided model doesn't support counting tokens.",
        "a recording of an inference profile, while the model itself counts; maximhq/bifrost#2169",
        uses.profile,
        "2026-03-18",
        operations=frozenset({"CountTokens"}),
    ),
    Rule(
        "model-caches",
        "You invoked an unsupported model or your request did not allow prompt caching.",
        "BerriAI/litellm#39210; the exception: strands-agents/harness-sdk#1807",
        uses.cache_points,
        feature="cache",
        exception="AccessDeniedException",
    ),
    Rule(
        "model-streams",
        "The model is unsupported for streaming.",
        "langchain-ai/langchain-aws#573",
        uses.stream,
        feature="stream",
        operations=frozenset({"ConverseStream"}),
    ),
    Rule(
        "model-takes-tools",
        "This model doesn't support tool use{mode}.",
        "langchain-ai/langchain-aws#447; in a stream: danny-avila/LibreChat#6351",
        uses.tools,
        feature="tools",
    ),
    Rule(
        "model-streams-tools",
        "This model doesn't support tool use{mode}.",
        "earendil-works/pi#3739, n8n-io/n8n#14206",
        uses.tools,
        feature="streamed-tools",
        operations=frozenset({"ConverseStream"}),
    ),
    Rule("model-takes-choice-any", _NO_FIELD, _NO_CHOICE, uses.tool_choice("any"), feature="tool-choice-any"),
    Rule("model-takes-choice-tool", _NO_FIELD, _NO_CHOICE, uses.tool_choice("tool"), feature="tool-choice-tool"),
    Rule(
        "model-takes-system",
        "This model doesn't support system messages. Try again without a system message or use a model that supports "
        "system messages.",
        "Mintplex-Labs/anything-llm#2486, danny-avila/LibreChat#6456",
        uses.system,
        feature="system",
    ),
    Rule(
        "model-takes-images",
        f"This model doesn't support the image {_NO_BLOCK}",
        "a public list of Converse's exceptions and their causes; the same sentence was measured for videos",
        uses.blocks("image"),
        feature="images",
    ),
    Rule(
        "model-takes-images-in-results",
        "This model doesn't support the image field for user messages. Remove image and try again.",
        "can1357/oh-my-pi, vercel/ai: recorded error bodies",
        uses.images_in_results,
        feature="images-in-results",
    ),
    Rule(
        "model-takes-documents",
        "This model doesn't support documents.",
        "public tests of 2026 that record what GLM, Kimi and Grok answered",
        uses.blocks("document"),
        feature="documents",
    ),
    Rule(
        "model-takes-video",
        f"This model doesn't support the video {_NO_BLOCK}",
        "measured on seven tiers of Claude in 2026",
        uses.blocks("video"),
        feature="video",
    ),
    Rule(
        "image-not-from-s3",
        "This model doesn't support the s3Uri field. Remove s3Uri and try again.",
        "two recordings of Claude Sonnet 4.5, in a user's turn and in a tool result",
        uses.s3_images,
        feature="s3-images",
    ),
    Rule(
        "document-not-from-s3",
        f"{MODEL_SAYS}{{path}}.source.type: Field required",
        "strands-agents/harness-sdk#3610, maximhq/bifrost#6544",
        uses.s3_documents,
        feature="s3-documents",
    ),
    Rule(
        "video-in-result-not-from-s3",
        f"{_MALFORMED} [toolResult] {_NOT_PERMITTED}",
        "a recording of Nova 2 Lite",
        uses.s3_videos_in_results,
        feature="s3-videos-in-results",
    ),
    Rule(
        "model-caches-tools",
        f"{_MALFORMED} [cachePoint] {_NOT_PERMITTED}",
        "NousResearch/hermes-agent#97281",
        uses.cached_tools,
        feature="cached-tools",
    ),
    Rule(
        "claude-caches-for-an-hour",
        f"{MODEL_SAYS}{{before}}.cache_control.ttl: Extra inputs are not permitted",
        "earendil-works/pi#1570; the path as in Portkey-AI/gateway#1762",
        uses.long_cache_points_of_claude,
        feature="long-cache",
    ),
    Rule(
        "nova-caches-for-five-minutes",
        "Extended TTL prompt caching is only supported for Anthropic models",
        "earendil-works/pi#1570",
        uses.long_cache_points_of_others,
        feature="long-cache",
    ),
    Rule(
        "cache-of-an-hour-comes-first",
        f"{MODEL_SAYS}{{before}}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' "
        "cache_control block. Note that blocks are processed in the following order: `tools`, `system`, `messages`.",
        "Portkey-AI/gateway#1762",
        uses.late_long_cache_points,
        "2026-08-11",
    ),
    Rule("model-takes-signatures", _NO_FIELD, "earendil-works/pi#686", uses.signatures, feature="signatures"),
    Rule(
        "model-takes-reasoning-back",
        REASONING_OF_USER,
        "langchain-ai/langchain-aws#401: of an assistant's turn all the same",
        uses.reasoning,
        feature="reasoning-history",
    ),
    Rule(
        "conversation-starts-with-user",
        STARTS_WITH_USER,
        "langgenius/dify#12340; which families: pydantic/pydantic-ai#6255",
        uses.leading_assistant,
        feature="leading-assistant",
    ),
    Rule(
        "no-prefill",
        f"{MODEL_SAYS}This model does not support assistant message prefill. The conversation must end with a user message.",
        "anomalyco/opencode#29760, strands-agents/sdk-python#1694",
        uses.prefill_of_claude,
        feature="prefill",
    ),
    Rule(
        "conversation-ends-with-user",
        "The model that you are using requires the last turn in the conversation to be a user message. Add a user message to "
        "the conversation and try again.",
        "i-am-bee/beeai-framework#753",
        uses.prefill_of_others,
        feature="prefill",
    ),
    Rule(
        "tool-results-alone",
        "{path}: Conversation blocks and tool result blocks cannot be provided in the same turn.",
        "langchain-ai/langchain-aws#141, browser-use/browser-use#710",
        uses.mixed_results,
        feature="mixed-results",
    ),
    Rule(
        "model-takes-stop-sequences",
        "This model doesn't support the stopSequences field. Remove stopSequences and try again.",
        "crewAIInc/crewAI#3317, langchain4j/langchain4j#3650",
        uses.inference_member("stopSequences"),
        feature="stop-sequences",
    ),
    Rule(
        "model-takes-temperature",
        f"{MODEL_SAYS}`temperature` is deprecated for this model.",
        "cline/cline#10572, DayuanJiang/next-ai-draw-io#861",
        uses.temperature,
        feature="temperature",
    ),
    Rule(
        "temperature-or-top-p",
        f"{MODEL_SAYS}`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        "BerriAI/litellm#15070, mem0ai/mem0#4004",
        uses.temperature_with_top_p,
        feature="temperature-with-top-p",
    ),
    Rule(
        "nova-takes-no-top-k",
        f"{MODEL_SAYS}Malformed input request: #: extraneous key [top_k] {_NOT_PERMITTED}",
        "UKGovernmentBEIS/inspect_ai#3939: it belongs into inferenceConfig.topK, in additionalModelRequestFields",
        uses.model_members("top_k"),
        feature="top-k",
    ),
    Rule(
        "tool-use-id-long-enough",
        f"{MODEL_SAYS}Tool call id was {{id}} but must be a-z, A-Z, 0-9, with a length of 9.",
        "anomalyco/opencode#48843, which saw longer ids taken",
        uses.short_tool_ids,
        feature="short-tool-ids",
    ),
)
"""The rules: the model id, what a model offers, media, caching, reasoning, turns, parameters."""
