"""Whatever a caller sends is read, or refused by name: nothing else is ever raised."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_harness.client import BedrockError, prepare
from bedrock_harness.gateway.anthropic_requests import read_messages
from bedrock_harness.gateway.asked import Asked
from bedrock_harness.gateway.fields import Refused
from bedrock_harness.gateway.models import Models
from bedrock_harness.gateway.openai_embeddings import read_embeddings
from bedrock_harness.gateway.openai_requests import read_chat

WORDS = """
assistant auto cache_control citations content data document ephemeral file file_data format function id image
image_url input input_schema is_error json_schema max_tokens media_type messages model name none page_location
parameters redacted_thinking refusal required role schema signature source stop strict system text thinking
thinking_blocks title tool tool_call_id tool_calls tool_choice tool_result tool_use tool_use_id tools ttl type url user
""".split()  # noqa: SIM905 - a list of sixty words reads worse
TEXTS = st.sampled_from([*WORDS, "", "data:image/png;base64,AAAA", "s3://bucket/a.png", "{}", "AAEC", "5m", "\ud800"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6),
    max_leaves=30,
)
BLOCKS = st.dictionaries(st.sampled_from(WORDS), VALUES, max_size=4).map(
    lambda block: {"type": "text", "text": "a", **block}
)
ROLES = st.sampled_from(["user", "assistant", "system", "developer", "tool"])
MESSAGES = st.fixed_dictionaries(
    {"role": ROLES, "content": TEXTS | st.lists(BLOCKS, max_size=3)},
    optional={"tool_calls": VALUES, "thinking_blocks": VALUES, "tool_call_id": TEXTS},
)
BODIES = VALUES | st.fixed_dictionaries(
    {"model": TEXTS, "messages": st.lists(MESSAGES, max_size=4)},
    optional=dict.fromkeys(("max_tokens", "tools", "tool_choice", "system", "stop", "thinking", "input"), VALUES),
)
READERS: dict[str, Callable[[Any], Any]] = {
    "anthropic": lambda body: read_messages(body, {}, Models()),
    "embeddings": lambda body: read_embeddings(body, Models()),
    "openai": lambda body: read_chat(body, Models()),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
@settings(max_examples=100, deadline=None)
@given(body=BODIES)
def test_any_json_is_read_or_refused(read: Callable[[Any], Any], body: Any) -> None:
    """Any JSON is a request or a refusal, and a request is one that the client takes, or refuses in its own words."""
    with contextlib.suppress(Refused):
        asked = read(body)
        if isinstance(asked, Asked):
            json.dumps([asked.messages, asked.members])
            with contextlib.suppress(BedrockError):
                prepare("Converse", asked.model, asked.messages, given=asked.members)
