"""Cache points: by policy, by cache_control, and within the service's bounds."""

import pytest

from bedrock_harness.client import AS_GIVEN, Caching, InvalidRequest, Options, prepare
from bedrock_harness.client.options import CACHE_DOCKER_AGENT, CACHE_PRX, CACHE_REQ_LLM
from bedrock_harness.client.requests import content
from bedrock_harness.service import rules

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
NOVA = "amazon.nova-pro-v1:0"
LLAMA = "us.meta.llama3-1-70b-instruct-v1:0"
TOOL = {"toolSpec": {"name": "t", "inputSchema": {"json": {"type": "object"}}}}
POINT = {"cachePoint": {"type": "default"}}
EPHEMERAL = {"type": "ephemeral"}


def talk(turns):
    """A conversation of so many messages."""
    return [{"role": ("user", "assistant")[turn % 2], "content": [{"text": f"{turn}"}]} for turn in range(turns)]


def made(caching, *, model=CLAUDE, messages=None, system="Be brief.", tools=(TOOL,), **options):
    """A request that breaks none of the service's rules, unless repair is off."""
    config = {"toolConfig": {"tools": list(tools)}} if tools else {}
    prepared = prepare(
        "Converse", model, messages or talk(3), system, options=Options(caching=caching, **options), given=config
    )
    assert rules.check(prepared.body, model=model) == () or options
    return prepared


def places(prepared):
    """Where the cache points of a request stand, each with its ttl."""
    body, found = prepared.body, []
    lists = {"tools": body.get("toolConfig", {}).get("tools", []), "system": body.get("system", [])}
    lists |= {str(index): message["content"] for index, message in enumerate(body["messages"])}
    for name, blocks in lists.items():
        points = [block["cachePoint"] for block in blocks if "cachePoint" in block]
        assert not points or "cachePoint" in blocks[-1] or len(blocks) > len(points) + 1
        found += [(name, point.get("ttl")) for point in points]
    return found


def codes(prepared):
    return [note.code for note in prepared.notes]


def test_nothing_is_cached_unasked():
    """Without a policy there is no cache point."""
    assert places(made(Caching())) == []


def test_docker_agents_policy():
    """Tools, system and the last two messages: four cache points, accepted by the service's rules."""
    prepared = made(CACHE_DOCKER_AGENT, messages=talk(5))
    assert places(prepared) == [("tools", None), ("system", None), ("3", None), ("4", None)]


def test_docker_agents_policy_asks_whether_the_model_caches():
    """A model that is not known to cache gets no cache point, and the caller a note."""
    prepared = made(CACHE_DOCKER_AGENT, model=LLAMA)
    assert (places(prepared), codes(prepared)) == ([], ["caching-off"])


def test_a_short_conversation_has_fewer_points():
    """One message, no system and no tools are one cache point."""
    assert places(made(CACHE_DOCKER_AGENT, messages=talk(1), system=None, tools=())) == [("0", None)]


def test_reqllms_policy():
    """Tools, system and the message that was chosen; a ttl where one was chosen."""
    assert places(made(CACHE_REQ_LLM)) == [("tools", None), ("system", None)]
    chosen = Caching(tools=True, system=True, message=-1, ttl="1h")
    assert places(made(chosen)) == [("tools", "1h"), ("system", "1h"), ("2", "1h")]
    assert places(made(Caching(message=-4), messages=talk(3))) == []


def test_amazons_tools_have_no_cache_point():
    """Nova is cached without its tools."""
    assert places(made(CACHE_REQ_LLM, model=NOVA)) == [("system", None)]


@pytest.mark.parametrize(("size", "cached"), [(3072, []), (3073, [("system", None)])])
def test_prxs_policy_for_system_prompts(size, cached):
    """A system prompt is cached above 3,072 bytes, and bytes are not characters."""
    assert places(made(CACHE_PRX, system="a" * size)) == cached
    assert places(made(CACHE_PRX, system="a" * (size - 2) + "é")) == cached


@pytest.mark.parametrize(("turns", "cached"), [(4, []), (5, [("4", None)])])
def test_prxs_policy_for_conversations(turns, cached):
    """The last message is cached in a conversation of more than four."""
    assert places(made(CACHE_PRX, messages=talk(turns))) == cached


def test_no_two_cache_points_stand_together():
    """Where the caller has put one, the policy puts no other."""
    messages = [{"role": "user", "content": [{"text": "a"}, POINT]}]
    assert places(made(Caching(messages=1), messages=messages)) == [("0", None)]


def test_no_cache_point_stands_behind_reasoning():
    """Reasoning that ends a message has no cache point behind it, which the service refuses."""
    messages = [
        *talk(1),
        {"role": "assistant", "content": [content.reasoning("Hm.", "c2ln")]},
        {"role": "user", "content": [{"text": "And?"}]},
    ]
    prepared = made(CACHE_DOCKER_AGENT, messages=messages)
    assert places(prepared) == [("tools", None), ("system", None), ("2", None)]


def test_cache_control_becomes_a_cache_point_behind():
    """Markers on text, system blocks, tools and whole messages become cache points, with their ttl."""
    prepared = made(
        Caching(),
        system=[{"text": "Be brief.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        tools=({**TOOL, "cache_control": {"type": "ephemeral", "ttl": "1h"}},),
        messages=[
            {"role": "user", "content": [{"text": "a", "cache_control": EPHEMERAL}, {"text": "b"}]},
            {"role": "assistant", "content": [{"text": "c"}]},
            {"role": "user", "content": [{"text": "d"}], "cache_control": EPHEMERAL},
        ],
    )
    assert places(prepared) == [("tools", "1h"), ("system", "1h"), ("0", None), ("2", None)]
    assert prepared.body["messages"][0]["content"] == [{"text": "a"}, POINT, {"text": "b"}]
    assert "cache_control" not in str(prepared.body)


def test_cache_control_within_a_result_stands_behind_the_result():
    """A result has no place for a cache point: its marker becomes the result's neighbour, and so does a nested point."""
    marked = {"text": "large", "cache_control": {"type": "ephemeral", "ttl": "5m"}}
    messages = [
        *talk(1),
        {"role": "assistant", "content": [content.tool_use(id_, "t", {}) for id_ in ("1", "2", "3")]},
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "1", "content": [marked]}},
                {"toolResult": {"toolUseId": "2", "content": [{"text": "b"}]}},
                {"toolResult": {"toolUseId": "3", "content": [{"text": "c"}, POINT]}},
            ],
        },
    ]
    sent = made(Caching(), messages=messages).body["messages"][2]["content"]
    assert [next(iter(block)) for block in sent] == [
        "toolResult",
        "cachePoint",
        "toolResult",
        "toolResult",
        "cachePoint",
    ]
    assert sent[0]["toolResult"]["content"] == [{"text": "large"}]
    assert sent[1] == {"cachePoint": {"type": "default", "ttl": "5m"}}


def test_a_fifth_cache_point_costs_the_first():
    """The last four cache points stay, in the order of tools, system and messages; nothing else goes."""
    messages = [{"role": "user", "content": [{"text": "a"}, POINT, {"text": "b"}, POINT, {"text": "c"}, POINT]}]
    prepared = made(Caching(tools=True, system=True), messages=messages)
    assert places(prepared) == [("system", None), ("0", None), ("0", None), ("0", None)]
    assert [block["text"] for block in prepared.body["messages"][0]["content"] if "text" in block] == ["a", "b", "c"]
    assert codes(prepared) == ["cache-points-clamped"]


def test_as_given_sends_a_fifth_cache_point():
    """Without repair, too many are sent to be refused."""
    messages = [{"role": "user", "content": [{"text": "a"}, POINT] * 5}]
    assert len(places(made(Caching(), messages=messages, repairs=AS_GIVEN))) == 5


def test_an_hour_behind_five_minutes_is_refused():
    """A longer-lived cache point behind a shorter-lived one is refused here; the other way round is right."""
    hour, minutes = content.cache_point("1h"), content.cache_point()
    wrong = [{"role": "user", "content": [{"text": "a"}, minutes, {"text": "b"}, hour]}]
    with pytest.raises(InvalidRequest, match="one hour"):
        made(Caching(), messages=wrong)
    right = [{"role": "user", "content": [{"text": "a"}, hour, {"text": "b"}, minutes]}]
    assert places(made(Caching(), messages=right)) == [("0", "1h"), ("0", None)]


def test_a_ttl_that_does_not_exist_is_refused():
    """cache_control knows five minutes and an hour."""
    with pytest.raises(InvalidRequest, match="5m or 1h"):
        made(Caching(), messages=[{"role": "user", "content": [{"text": "a", "cache_control": {"ttl": "1d"}}]}])


def test_the_prefix_stays_the_same_as_the_conversation_grows():
    """What was sent in one turn begins the next one, but for the cache points that move on."""
    one, two = (made(CACHE_DOCKER_AGENT, messages=talk(turns)).body for turns in (3, 5))
    assert two["system"] == one["system"]
    assert two["toolConfig"] == one["toolConfig"]
    assert two["messages"][0] == one["messages"][0]
