"""Defects in what is sent: history, system, settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bedrock_harness.client import repair
from bedrock_harness.mutants.mutant import Mutants, Patch
from bedrock_harness.mutants.places import Block, Parts, on_body
from bedrock_harness.providers.adapters.reference import adapter
from bedrock_harness.wire import Folder

__all__ = ["mutant"]

mutant = Mutants()


@mutant(
    "blank-text-kept",
    "Blank texts stay in the history.",
    because=("continuedev/continue#9767", "smg-project/smg#1472", "NousResearch/hermes-agent#39829"),
    fails=("conversation/blank-text",),
)
def blank_text_kept(patch: Patch) -> None:
    """Mend nothing."""
    patch(repair, "drop_blank_text", lambda messages: messages)


@mutant(
    "block-for-each-delta",
    "Each piece of a streamed text becomes a block of its own in the history.",
    because=("langchain-ai/langchainjs#11357", "langchain-ai/langchainjs#11368"),
    fails=("conversation/text-in-one-block",),
)
def block_for_each_delta(patch: Patch) -> None:
    """Begin anew each time."""
    original = Folder._block  # noqa: SLF001

    def block(self: Folder, index: int, kind: str) -> Any:
        return self._begin(index, kind) if kind == "text" else original(self, index, kind)

    patch(Folder, "_block", block)


@mutant(
    "history-forgotten",
    "Each turn is sent as if it were the first.",
    because=("ankit373/hydra#975",),
    fails=("conversation/second-turn", "conversation/second-turn-whole"),
)
def history_forgotten(patch: Patch) -> None:
    """Empty the memory ahead of each turn."""
    original = adapter.ReferenceConversation.send

    def send(self: adapter.ReferenceConversation, content: list[Block], stream: bool) -> Parts:
        self._messages = []
        return original(self, content, stream)

    patch(adapter.ReferenceConversation, "send", send)


@mutant(
    "roles-not-merged",
    "Messages of one role that follow each other are sent as they are.",
    because=("Portkey-AI/gateway#748", "langchain-ai/langchain-aws#192", "langchain-ai/langchainjs#6724"),
    fails=("conversation/merge-roles",),
)
def roles_not_merged(patch: Patch) -> None:
    """Mend nothing."""
    patch(repair, "merge_roles", lambda messages: messages)


@mutant(
    "settings-dropped",
    "The caller's settings are not sent.",
    because=("aaif-goose/goose#9889", "spring-projects/spring-ai#1931", "api7/aisix#389"),
    fails=("conversation/settings-forwarded",),
)
def settings_dropped(patch: Patch) -> None:
    """Leave the configuration out."""
    on_body(patch, lambda body: {name: member for name, member in body.items() if name != "inferenceConfig"})


@mutant(
    "settings-invented",
    "A limit of tokens and sampling parameters are sent that nobody asked for.",
    because=("mem0ai/mem0#4004", "earendil-works/pi#3399", "iOfficeAI/gemini-cli-pro#38"),
    fails=("conversation/nothing-invented",),
)
def settings_invented(patch: Patch) -> None:
    """Have defaults."""
    defaults = {"maxTokens": 4096, "temperature": 0.7}

    def invented(body: dict[str, Any]) -> Mapping[str, Any]:
        return {**body, "inferenceConfig": {**defaults, **body.get("inferenceConfig", {})}}

    on_body(patch, invented)


@mutant(
    "system-in-messages",
    "Instructions are sent as what the user says first.",
    because=("quarkiverse/quarkus-langchain4j#1764", "elastic/kibana#246393"),
    fails=("conversation/system-apart",),
)
def system_in_messages(patch: Patch) -> None:
    """Put them ahead of the user's own words."""

    def within(body: dict[str, Any]) -> Mapping[str, Any]:
        system = body.pop("system", [])
        first, *rest = body["messages"]
        return {**body, "messages": [{**first, "content": [*system, *first["content"]]}, *rest]}

    on_body(patch, within)


@mutant(
    "tool-config-not-restored",
    "A history with tool calls is sent without a toolConfig.",
    because=("langgenius/dify#17545", "vercel/ai#7537", "aws-samples/bedrock-access-gateway#239"),
    fails=("conversation/tool-config-from-history",),
)
def tool_config_not_restored(patch: Patch) -> None:
    """Mend nothing."""
    patch(repair, "restore_tool_config", lambda body: body)
