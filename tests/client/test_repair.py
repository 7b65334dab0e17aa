"""Conversations mended before they are sent."""

from copy import deepcopy

import pytest

from bedrock_harness.client import repair
from bedrock_harness.service import rules, shapes

CLAUDE = "anthropic.claude-sonnet-4-20250514-v1:0"
CALL = {"toolUse": {"toolUseId": "tooluse_1", "name": "weather", "input": {"city": "Oslo"}}}
SECOND = {"toolUse": {"toolUseId": "tooluse_2", "name": "time", "input": {}}}
SIGNED = {"reasoningContent": {"reasoningText": {"text": " Hm.\r\n", "signature": "c2ln"}}}
SIGNED_SILENT = {"reasoningContent": {"reasoningText": {"text": "", "signature": "c2ln"}}}
UNSIGNED = {"reasoningContent": {"reasoningText": {"text": "Hm."}}}
REDACTED = {"reasoningContent": {"redactedContent": "c2VjcmV0"}}


def user(*blocks):
    return {"role": "user", "content": list(blocks)}


def assistant(*blocks):
    return {"role": "assistant", "content": list(blocks)}


def text(words):
    return {"text": words}


def result(tool_use_id, *content, **members):
    return {"toolResult": {"toolUseId": tool_use_id, "content": list(content), **members}}


def test_adjacent_messages_of_one_role_become_one():
    """Adjacent messages of one role become one, their blocks in order."""
    merged = repair.merge_roles(
        [user(text("a")), user(text("b")), assistant(text("c")), user(text("d")), user(text("e"))]
    )
    assert merged == [user(text("a"), text("b")), assistant(text("c")), user(text("d"), text("e"))]


def test_tool_results_stand_before_text():
    """Tool results move to the head of their message, in their order, and the rest keeps its order."""
    one, two = result("1", text("x")), result("2", text("y"))
    assert repair.results_first([user(text("a"), one, text("b"), two)]) == [user(one, two, text("a"), text("b"))]


@pytest.mark.parametrize("blank", ["", " ", "\n\t", "\u3000"])
def test_blank_text_is_dropped(blank):
    """A text block of white space alone is dropped, in messages and in tool results."""
    mended = repair.drop_blank_text([user(text(blank), text("a"), result("1", text(blank), text("b")))])
    assert mended == [user(text("a"), result("1", text("b")))]


def test_text_that_is_not_blank_keeps_its_white_space():
    """Text with something in it is left as it is."""
    assert repair.drop_blank_text([user(text("  a \n"))]) == [user(text("  a \n"))]


def test_a_tool_result_with_nothing_in_it_says_so():
    """A tool result without content is given a sentence, since the service takes neither nothing nor white space."""
    mended = repair.fill_empty_results([user(result("1", status="error"), result("2", text("x")))])
    assert mended == [user(result("1", text(repair.NO_OUTPUT), status="error"), result("2", text("x")))]


def test_messages_left_without_content_are_dropped():
    """A message without blocks is dropped, and one of cache points alone."""
    cache = {"cachePoint": {"type": "default"}}
    assert repair.drop_empty_messages([user(), assistant(cache), user(text("a"), cache)]) == [user(text("a"), cache)]


def test_system_messages_leave_the_list():
    """Messages of the role system go behind the system blocks, wherever they stood."""
    system = {"role": "system", "content": [text("Be brief.")]}
    messages, blocks = repair.lift_system([system, user(text("a")), system], [text("Be kind.")])
    assert messages == [user(text("a"))]
    assert blocks == [text("Be kind."), text("Be brief."), text("Be brief.")]


def test_tools_are_declared_again_from_the_history():
    """Tool blocks without tools bring back a stub of each tool, once, in the order of their calls."""
    body = {"messages": [user(text("a")), assistant(CALL, SECOND, CALL), user(result("tooluse_1"))]}
    config = repair.restore_tool_config(body)["toolConfig"]
    assert [tool["toolSpec"]["name"] for tool in config["tools"]] == ["weather", "time"]
    assert shapes.validate("Converse", {"toolConfig": config, "messages": []}) == ()


def test_given_tools_are_left_alone():
    """A tool configuration with tools in it is the caller's."""
    body = {"messages": [assistant(CALL)], "toolConfig": {"tools": [{"toolSpec": {"name": "other"}}]}}
    assert repair.restore_tool_config(body) == body


def test_a_tool_choice_without_tools_is_dropped():
    """A tool choice goes out with the tools that are not there."""
    body = {"messages": [user(text("a"))], "toolConfig": {"tools": [], "toolChoice": {"auto": {}}}}
    assert repair.restore_tool_config(body) == {"messages": body["messages"]}


@pytest.mark.parametrize("empty", ["", "  ", None, []])
def test_an_empty_tool_input_becomes_an_object(empty):
    """A tool call whose input is nothing has the input {}."""
    call = {"toolUse": {"toolUseId": "1", "name": "now", "input": empty}}
    mended = repair.mend_tool_inputs([assistant(call)])
    assert mended[0]["content"][0]["toolUse"]["input"] == {}


@pytest.mark.parametrize("odd", ['{"city": "Oslo"}', "Oslo", 0, False, [1]])
def test_a_tool_input_that_means_something_is_left_to_the_service(odd):
    """An input that is no object and not empty is not guessed at."""
    call = {"toolUse": {"toolUseId": "1", "name": "now", "input": odd}}
    assert repair.mend_tool_inputs([assistant(call)]) == [assistant(call)]


def test_claude_is_not_shown_unsigned_reasoning():
    """Unsigned reasoning is dropped for Claude; signed, silent and redacted reasoning stays as it is."""
    history = [assistant(UNSIGNED, SIGNED, SIGNED_SILENT, REDACTED, CALL)]
    assert repair.drop_unsigned_reasoning(history, CLAUDE) == [assistant(SIGNED, SIGNED_SILENT, REDACTED, CALL)]


def test_other_models_are_shown_their_reasoning():
    """A model that signs nothing gets its own reasoning back."""
    history = [assistant(UNSIGNED, text("a"))]
    assert repair.drop_unsigned_reasoning(history, "deepseek.r1-v1:0") == history


HISTORY = [
    {"role": "system", "content": [text("Be brief.")]},
    user(text("Weather?")),
    user(text(" ")),
    assistant(UNSIGNED, SIGNED, text("")),
    assistant(CALL, SECOND),
    user(text("Well?"), result("tooluse_2", text(""))),
    user(result("tooluse_1", {"json": {"c": 3}})),
]


def test_all_repairs_together_make_a_conversation_that_the_rules_accept():
    """A history broken in every way at once is accepted by the service's shapes and rules once it is mended."""
    broken = {"messages": HISTORY}
    assert rules.check(broken, model=CLAUDE)
    mended, _ = repair.repaired(broken, CLAUDE)
    assert shapes.validate("Converse", mended) == ()
    assert rules.check(mended, model=CLAUDE) == ()
    assert mended["messages"][1]["content"][0] == SIGNED


def test_repairing_changes_nothing_of_the_callers():
    """The conversation given is the same after it has been mended."""
    before = deepcopy(HISTORY)
    repair.repaired({"messages": HISTORY, "system": [], "toolConfig": {"tools": []}}, CLAUDE)
    assert before == HISTORY


def test_repairing_twice_is_repairing_once():
    """A mended conversation is left as it is."""
    once, _ = repair.repaired({"messages": HISTORY}, CLAUDE)
    assert repair.repaired(once, CLAUDE) == (once, ())


def test_system_messages_can_be_kept_apart_by_blank_lines():
    """What stood in messages of its own is separated by a blank line; blank messages separate nothing."""
    messages = [{"role": "system", "content": [text(words)]} for words in ("Be brief.", " ", "Be kind.")]
    _, blocks = repair.lift_system([*messages, user(text("a"))], [text("You are Bo.")], separate=True)
    apart = [text("You are Bo."), repair.BLANK_LINE, text("Be brief."), repair.BLANK_LINE, text("Be kind.")]
    assert blocks == apart


def test_results_alone_can_be_merged():
    """Only messages of tool results become one; other neighbours of one role stay apart."""
    point = {"cachePoint": {"type": "default"}}
    one, two = result("1", text("x")), result("2", text("y"))
    messages = [user(text("a")), user(text("b")), assistant(CALL), user(one, point), user(two), user(text("c"))]
    assert repair.merge_results(messages) == [*messages[:3], user(one, point, two), messages[5]]


def test_a_cache_point_goes_with_its_tool_result():
    """What was cached up to a tool result still is, when the results move to the head."""
    point = {"cachePoint": {"type": "default"}}
    one, two = result("1", text("x")), result("2", text("y"))
    assert repair.results_first([user(text("a"), one, point, two)]) == [user(one, point, two, text("a"))]


def test_blocks_can_be_put_in_the_order_of_saying():
    """Reasoning stands before text, and text before tool calls; what is alike keeps its order."""
    ordered = repair.order_blocks([assistant(CALL, text("a"), SIGNED, SECOND, text("b"), REDACTED)])
    assert ordered == [assistant(SIGNED, REDACTED, text("a"), text("b"), CALL, SECOND)]
