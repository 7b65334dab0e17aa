"""Each check by itself: one turn that it accepts and one that it does not."""

from __future__ import annotations

import pytest

from bedrock_harness.conformance import checks
from bedrock_harness.conformance.checks import Call, Check, Seen, should
from bedrock_harness.conformance.grades import Grade
from bedrock_harness.providers.protocol import Failure, Reasoning, ToolCall, Usage
from tests.conformance.made import MS, exchange, seen, told

LIMA = ToolCall(id="t1", name="get_weather", input={"city": "Lima", "days": 2})
BODY = {
    "messages": [
        {"role": "user", "content": [{"text": "one"}, {"text": "two"}]},
        {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "n", "input": {"city": "three"}}}]},
    ],
    "system": [{"text": "be brief"}],
}
DATED = (("X-Amz-Date", "20261120T213606Z"),)

TABLE: tuple[tuple[Check, Seen, Seen], ...] = (
    (checks.Answered("Hello."), seen(told("Hel", "lo.")), seen(told("Hello"))),
    (checks.Answered(""), seen(told()), seen(told(" "))),
    (checks.Stopped("end_turn"), seen(told("stop:end_turn")), seen(told("stop:stop"))),
    (checks.Stopped("end_turn"), seen(told("stop:end_turn")), seen(told())),
    (checks.NotStopped("end_turn"), seen(told("stop:max_tokens")), seen(told("stop:end_turn"))),
    (checks.NotStopped("end_turn"), seen(told()), seen(told("stop:end_turn"))),
    (
        checks.Used(input=3, output=4),
        seen(told(Usage(input=3, output=4, total=9))),
        seen(told(Usage(input=3, output=0))),
    ),
    (checks.Used(input=3), seen(told(Usage(input=3))), seen(told("text"))),
    (checks.NotCounted(), seen(told("text")), seen(told(Usage(input=0, output=0)))),
    (checks.Reasoned("I think."), seen(told(Reasoning(text="I "), Reasoning(text="think."))), seen(told("I think."))),
    (checks.Called((Call("get_weather", LIMA.input, "t1"),)), seen(told(LIMA)), seen(told(LIMA, LIMA))),
    (checks.Called((Call("get_weather", LIMA.input),)), seen(told(LIMA)), seen(told("get_weather"))),
    (
        checks.Called((Call("f", {"n": 22, "ok": True}),)),
        seen(told(ToolCall(id="a", name="f", input={"n": 22.0, "ok": True}))),
        seen(told(ToolCall(id="a", name="f", input={"n": 22, "ok": 1}))),
    ),
    (
        checks.NoInventedCall(),
        seen(told(ToolCall(id="a", name="f", input='{"city": Lima'))),
        seen(told(ToolCall(id="a", name="f", input={}))),
    ),
    (checks.NoInventedCall(), seen(told(error=Failure(message="not JSON"))), seen(told(LIMA))),
    (
        checks.Incremental(),
        seen(told("a", "b"), exchange({}, writes=(0, 5 * MS))),
        seen(told("a", "b"), exchange({}, writes=(-2 * MS, -MS))),
    ),
    (checks.Fails(), seen(told(error=Failure(message="no"))), seen()),
    (
        checks.Raised("ThrottlingException"),
        seen(told(error=Failure(message="", code="throttlingException"))),
        seen(told(error=Failure(message="ThrottlingException", code="ClientError"))),
    ),
    (
        checks.Raised("ThrottlingException"),
        seen(told(error=Failure(message="", native="RateLimitError", status=429))),
        seen(told(error=Failure(message="", native="BadRequestError", status=400))),
    ),
    (
        checks.Raised("InternalServerException"),
        seen(told(error=Failure(message="", code="InternalServerException", status=400))),
        seen(told(error=Failure(message="", code="ValidationException", status=500))),
    ),
    (
        checks.Raised("capacityMovedException"),
        seen(told(error=Failure(message="", code="CapacityMovedException"))),
        seen(told(error=Failure(message="", native="EventStreamError"))),
    ),
    (
        checks.Says("isn’t supported"),
        seen(told(error=Failure(message="400: it isn’t supported."))),
        seen(told(error=Failure(message="it isn't supported"))),
    ),
    (
        checks.Status(429),
        seen(told(error=Failure(message="", status=429))),
        seen(told(error=Failure(message="", status=400))),
    ),
    (
        checks.Kept("Half an"),
        seen(told("Half", " an", error=Failure(message=""))),
        seen(told("Half an", "Half an", error=Failure(message=""))),
    ),
    (checks.NoToolCall(), seen(told("text", error=Failure(message=""))), seen(told(LIMA, error=Failure(message="")))),
    (checks.Requests(1, 2), seen(told(), exchange({}), exchange({})), seen(told(), *[exchange({})] * 3)),
    (checks.Sent("messages.0.content.1.text", "two"), seen(told(), exchange(BODY)), seen(told(), exchange({}))),
    (checks.Sent("messages.-1.role", "assistant"), seen(told(), exchange(BODY)), seen(told(), exchange("no object"))),
    (checks.NotSent("messages.2"), seen(told(), exchange(BODY)), seen(told(), exchange({"messages": [0, 0, 0]}))),
    (
        checks.Carries(("one", "two", "three")),
        seen(told(), exchange(BODY)),
        seen(told(), exchange({"messages": [{"content": [{"text": "two"}, {"text": "one"}, {"text": "three"}]}]})),
    ),
    (
        checks.Carries(("three", "one"), in_order=False),
        seen(told(), exchange(BODY)),
        seen(told(), exchange({"messages": [{"content": [{"text": "one"}]}]})),
    ),
    (checks.Carries(("be brief",), within="system"), seen(told(), exchange(BODY)), seen(told(), exchange({}))),
    (
        checks.Target(("/model/a%3A0/converse",)),
        seen(told(), exchange({}, target="/prefix/model/a%3A0/converse?x=y")),
        seen(told(), exchange({}, target="/model/a%253A0/converse")),
    ),
    (
        checks.Header("authorization", "Bearer "),
        seen(told(), exchange({}, headers=(("Authorization", "Bearer abc"),))),
        seen(told(), exchange({}, headers=(("Authorization", "AWS4-HMAC-SHA256 abc"),))),
    ),
    (
        checks.Header("x-amz-date", None),
        seen(told(), exchange({})),
        seen(told(), exchange({}, headers=DATED)),
    ),
    (
        checks.NotSigned(("te", "via")),
        seen(told(), exchange({}, signed=("host", "via2"))),
        seen(told(), exchange({}, signed=("host", "via"))),
    ),
    (checks.HungUp(), seen(told(), exchange({}, closed_by_peer=1)), seen(told(), exchange({}))),
)


@pytest.mark.parametrize(("check", "good", "bad"), [pytest.param(*row, id=row[0].id) for row in TABLE])
def test_a_check_accepts_one_turn_and_not_the_other(check: Check, good: Seen, bad: Seen) -> None:
    """A check holds where it should and falls short where it should, with both sides in words."""
    assert check.judge(good) is None
    if isinstance(check, checks.Fails):
        return  # that there is an error at all is a standing check
    shortfall = check.judge(bad)
    assert shortfall is not None
    assert shortfall.expected
    assert shortfall.actual
    assert shortfall.expected != shortfall.actual


def test_the_table_has_every_check() -> None:
    """A check that is added without a row here is noticed."""
    kinds = {
        kind
        for kind in vars(checks).values()
        if isinstance(kind, type) and issubclass(kind, Check) and kind is not Check
    }
    assert {type(check) for check, _, _ in TABLE} == kinds


def test_a_must_can_be_asked_for_as_a_should() -> None:
    """The same check warns in one case and fails in another."""
    assert should(checks.Status(429)).grade is Grade.SHOULD
    assert should(checks.Status(429)).status == 429


def test_a_header_with_a_secret_is_never_shown() -> None:
    """What a header check says of a header leaves its value out."""
    sent = seen(told(), exchange({}, headers=(("Authorization", "Basic c2VjcmV0"),)))
    shortfall = checks.Header("authorization", "Bearer ").judge(sent)
    assert shortfall is not None
    assert "c2VjcmV0" not in shortfall.actual
