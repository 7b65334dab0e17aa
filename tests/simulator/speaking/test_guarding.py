"""Guardrails on request: trigger words, in Converse and in ApplyGuardrail."""

import json

import pytest
from botocore.parsers import create_parser

from bedrock_harness.service import shapes
from bedrock_harness.simulator.script import Usage
from bedrock_harness.simulator.speaking import Speaker
from bedrock_harness.simulator.speaking.guarding import BLOCKED, TRIGGERS
from tests.simulator.speaking.made import CLAUDE, RUNTIME, asking, assert_sendable, assistant, said, user

CONFIG = {"guardrailIdentifier": "abc123", "guardrailVersion": "2", "trace": "enabled"}
INPUT = [word for word, row in TRIGGERS.items() if row.only is None]


def answer(*messages, **config):
    return Speaker().answer(asking(*messages, guardrailConfig={**CONFIG, **config}), CLAUDE)


def findings(assessment):
    """The policies that found something, with what they found."""
    return {
        (policy, name): found
        for policy, lists in assessment.items()
        if policy.endswith("Policy")
        for name, found in lists.items()
        if found
    }


@pytest.mark.parametrize("word", INPUT)
def test_a_trigger_word_blocks_the_input(word):
    """The blocked message comes in place of an answer, for no tokens at all, and the trace tells which policy it was."""
    given = answer(f"Please {word.upper()} now.")
    assert (given.stop, said(given), given.usage) == ("guardrail_intervened", BLOCKED, Usage(0, 0))
    guardrail = given.extra["trace"]["guardrail"]
    ((_, (found,)),) = findings(guardrail["inputAssessment"]["abc123"]).items()
    assert (found["action"], found["detected"]) == ("BLOCKED", True)
    assert guardrail["actionReason"] == "Guardrail blocked."
    assert guardrail["modelOutput"] == []
    assert_sendable(given)


def test_the_blocked_message_is_one_delta():
    """A guardrail's words do not trickle: recorded streams have them in one delta."""
    assert answer(INPUT[0]).blocks[0].deltas == (BLOCKED,)


def test_the_answer_can_be_blocked_too():
    """One trigger lets the input pass and blocks what the model says; that is told, and has cost its tokens."""
    given = answer("Please simulate-blocked-output.")
    assert (given.stop, said(given)) == ("guardrail_intervened", BLOCKED)
    guardrail = given.extra["trace"]["guardrail"]
    assert not findings(guardrail["inputAssessment"]["abc123"])
    assert findings(guardrail["outputAssessments"]["abc123"][0])
    assert "simulate-blocked-output" in guardrail["modelOutput"][0]
    assert given.usage.output > 0
    assert_sendable(given)


def test_an_answer_is_blocked_that_does_not_repeat_the_trigger():
    """Asked for, an intervention comes, however far behind in the request its word stands."""
    given = answer(" ".join(f"word{number}" for number in range(99)) + " simulate-blocked-output")
    assert given.stop == "guardrail_intervened"
    assert "simulate" not in given.extra["trace"]["guardrail"]["modelOutput"][0]


def test_nothing_found_is_traced_as_well():
    """An innocent request is answered, and the trace says that both sides were looked at, as recorded."""
    given = answer("Say hi in two words.")
    guardrail = given.extra["trace"]["guardrail"]
    assert given.stop == "end_turn"
    assert guardrail["actionReason"] == "No action."
    assert guardrail["inputAssessment"]["abc123"]["invocationMetrics"]["guardrailCoverage"] == {
        "textCharacters": {"guarded": 20, "total": 20}
    }
    assert list(guardrail["outputAssessments"]) == ["abc123"]
    assert_sendable(given)


@pytest.mark.parametrize("config", [{"trace": "disabled"}, {"trace": None}])
def test_no_trace_unasked(config):
    """A guardrail judges without telling, unless the request enables the trace."""
    given = answer(INPUT[0], **config)
    assert given.stop == "guardrail_intervened"
    assert "trace" not in given.extra


def test_without_a_guardrail_trigger_words_are_words():
    """No guardrailConfig, no intervention; one with an empty identifier is none."""
    assert Speaker().answer(asking(INPUT[0]), CLAUDE).stop == "end_turn"
    assert answer(INPUT[0], guardrailIdentifier="").stop == "end_turn"


def test_only_what_is_marked_is_judged_where_something_is():
    """With guardContent, other text passes; a grounding source alone is not judged either."""
    marked = {"guardContent": {"text": {"text": "All well."}}}
    source = {"guardContent": {"text": {"text": INPUT[0], "qualifiers": ["grounding_source"]}}}
    guarded = {"guardContent": {"text": {"text": INPUT[0], "qualifiers": ["query", "guard_content"]}}}
    blocks = {"marked": (INPUT[0], marked), "source": (source,), "guarded": (source, guarded), "plain": (INPUT[0],)}
    traces = {name: answer(user(*content)).extra["trace"]["guardrail"] for name, content in blocks.items()}
    blocked = [name for name, traced in traces.items() if findings(traced["inputAssessment"]["abc123"])]
    assert blocked == ["guarded", "plain"]


def test_a_marked_system_prompt_is_judged():
    """What a system prompt marks for the guardrail is judged with the rest; unmarked it is not."""
    marked = {"guardContent": {"text": {"text": INPUT[0]}}}
    for block, stop in ((marked, "guardrail_intervened"), ({"text": INPUT[0]}, "end_turn")):
        assert Speaker().answer(asking("Hi.", system=[block], guardrailConfig=CONFIG), CLAUDE).stop == stop


def test_what_was_said_before_is_judged_again():
    """A blocked question that stays in the history blocks the next one, as it does at the service."""
    assert answer(INPUT[0], assistant(BLOCKED), "And now?").stop == "guardrail_intervened"


def test_an_arn_names_its_guardrail():
    """Assessments go by the guardrail's id, also where the request has its ARN."""
    arn = "arn:aws:bedrock:eu-west-1:123456789012:guardrail/xyz9"
    assessment = answer(INPUT[0], guardrailIdentifier=arn).extra["trace"]["guardrail"]["inputAssessment"]["xyz9"]
    assert assessment["appliedGuardrailDetails"]["guardrailArn"] == arn


# ----------------------------------------------------------------------------------------------------- ApplyGuardrail


def apply(*texts, source="INPUT", **more):
    content = [{"text": {"text": text}} for text in texts]
    return Speaker().guard({"source": source, "content": content, **more}, "abc123", "1", source)


@pytest.mark.parametrize("source", ["INPUT", "OUTPUT"])
@pytest.mark.parametrize("texts", [["Hello."], INPUT, [INPUT[1], "Hello."], []])
def test_apply_guardrail_has_its_shape(texts, source):
    """The reply is one that botocore's model allows and that its parser reads whole."""
    reply = apply(*texts, source=source)
    assert not shapes.validate_reply("ApplyGuardrail", reply)
    response = {"status_code": 200, "headers": {}, "body": json.dumps(reply).encode()}
    parsed = create_parser("rest-json").parse(response, RUNTIME.operation_model("ApplyGuardrail").output_shape)
    parsed.pop("ResponseMetadata")
    assert parsed == reply


def test_apply_guardrail_judges_as_converse_does():
    """The same words are blocked, for the same reasons; innocent ones pass with no output."""
    reply = apply("Fine.", INPUT[0])
    assert (reply["action"], reply["outputs"]) == ("GUARDRAIL_INTERVENED", [{"text": BLOCKED}])
    (assessment,) = reply["assessments"]
    traced = answer(INPUT[0]).extra["trace"]["guardrail"]["inputAssessment"]["abc123"]
    assert findings(assessment) == findings(traced)
    passed = apply("Fine.")
    assert (passed["action"], passed["outputs"], passed["actionReason"]) == ("NONE", [], "No action.")


def test_what_is_for_answers_blocks_answers_only():
    """The trigger for answers holds for the source OUTPUT."""
    word = "simulate-blocked-output"
    assert [apply(word, source=source)["action"] for source in ("INPUT", "OUTPUT")] == ["NONE", "GUARDRAIL_INTERVENED"]


def test_units_and_coverage_are_counted():
    """A text unit has 1,000 characters, and every character and image is accounted for."""
    content = [{"text": {"text": "x" * 1_001}}, {"image": {"format": "png", "source": {"bytes": "AAAA"}}}]
    reply = Speaker().guard({"content": content}, "abc123", "1", "INPUT")
    assert reply["usage"]["wordPolicyUnits"] == 2
    assert reply["guardrailCoverage"] == {
        "textCharacters": {"guarded": 1_001, "total": 1_001},
        "images": {"guarded": 1, "total": 1},
    }
