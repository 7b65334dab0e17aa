"""How models are told to think, and what they do not do meanwhile."""

import pytest

from bedrock_harness.client import InvalidRequest, Options, Thinking, prepare
from bedrock_harness.client.requests.thinking import INTERLEAVED
from bedrock_harness.service import rules

CLAUDE = "global.anthropic.claude-sonnet-4-5-20250929-v1:0"
HELLO = [{"role": "user", "content": [{"text": "Why?"}]}]
TOOL = {"toolSpec": {"name": "t", "inputSchema": {"json": {"type": "object"}}}}


def made(thinking, model=CLAUDE, *, given=None, **options):
    """A request that breaks none of the service's rules, whatever was asked for."""
    prepared = prepare("Converse", model, HELLO, options=Options(thinking=thinking, **options), given=given)
    assert rules.check(prepared.body, model=model) == ()
    return prepared


def fields(prepared):
    return prepared.body.get("additionalModelRequestFields", {})


def codes(prepared):
    return [note.code for note in prepared.notes]


@pytest.mark.parametrize("given", [["context-1m-2025-08-07"], "context-1m-2025-08-07", None])
def test_a_beta_of_the_callers_own_stands_beside_that_of_thinking(given):
    """One beta may be given by its name alone; what is no name and no list is refused."""
    thinking = Thinking(budget=2000)
    prepared = prepare(
        "Converse", CLAUDE, HELLO, options=Options(thinking=thinking, additional_fields={"anthropic_beta": given})
    )
    assert fields(prepared)["anthropic_beta"] == [*(["context-1m-2025-08-07"] if given else []), INTERLEAVED]
    with pytest.raises(InvalidRequest, match="anthropic_beta is no list"):
        made(thinking, additional_fields={"anthropic_beta": 7})


def test_a_budget_goes_into_the_additional_fields():
    """Claude is told its budget, and the beta for thinking between tool calls stands in the body."""
    assert fields(made(Thinking(budget=2048))) == {
        "thinking": {"type": "enabled", "budget_tokens": 2048},
        "anthropic_beta": [INTERLEAVED],
    }
    assert fields(made(Thinking(budget=2048, interleaved=False))) == {
        "thinking": {"type": "enabled", "budget_tokens": 2048}
    }


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (CLAUDE, {"thinking": {"type": "enabled", "budget_tokens": 8192}, "anthropic_beta": [INTERLEAVED]}),
        (
            "us.anthropic.claude-opus-4-6-v1",
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "medium"}},
        ),
        ("amazon.nova-2-lite-v1:0", {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}}),
        ("openai.gpt-oss-120b-1:0", {"reasoning_effort": "medium"}),
    ],
)
def test_each_family_is_told_in_its_own_way(model, expected):
    """An effort becomes a budget, adaptive thinking, or the family's own word for it."""
    assert fields(made(Thinking(effort="medium"), model)) == expected


@pytest.mark.parametrize(
    ("thinking", "adaptive", "steps"),
    [
        (Thinking(effort="minimal"), "low", "low"),
        (Thinking(effort="max"), "max", "high"),
        (Thinking(budget=2048), "low", "low"),
        (Thinking(budget=2049), "medium", "medium"),
        (Thinking(budget=99_999), "max", "high"),
    ],
)
def test_a_family_that_takes_efforts_gets_the_nearest(thinking, adaptive, steps):
    """A budget becomes the least effort that holds it, and an effort that a family has not the next one."""
    claude, nova = (
        fields(made(thinking, model)) for model in ("us.anthropic.claude-opus-4-6-v1", "amazon.nova-2-lite-v1:0")
    )
    assert claude["output_config"] == {"effort": adaptive}
    assert nova["reasoningConfig"]["maxReasoningEffort"] == steps


@pytest.mark.parametrize("model", ["meta.llama3-1-70b-instruct-v1:0", "anthropic.claude-3-haiku-20240307-v1:0"])
def test_a_model_that_does_not_think_is_not_told_to(model):
    """Elsewhere the wish is noted and dropped."""
    prepared = made(Thinking(budget=2048), model)
    assert (fields(prepared), codes(prepared)) == ({}, ["thinking-unsupported"])


@pytest.mark.parametrize(
    ("budget", "max_tokens", "kept"),
    [(1023, None, False), (1024, None, True), (4096, 4096, False), (4096, 4097, True), (4096, 1000, False)],
)
def test_a_budget_has_bounds(budget, max_tokens, kept):
    """A budget below 1,024 tokens or not below max_tokens is dropped with a note; the request goes on without."""
    prepared = made(Thinking(budget=budget), max_tokens=max_tokens)
    assert ("thinking" in fields(prepared)) is kept
    assert codes(prepared) == ([] if kept else ["thinking-dropped"])


def test_a_budget_out_of_bounds_can_be_refused():
    """Whoever wants no silent change is told before anything is sent."""
    with pytest.raises(InvalidRequest, match="below the smallest, 1024"):
        made(Thinking(budget=10, unfit="refuse"))


def test_sampling_yields_to_thinking():
    """Temperature, top_p and top_k go out, and are noted; the rest of the inference configuration stays."""
    prepared = made(
        Thinking(budget=2048), temperature=0.2, top_p=0.9, max_tokens=4096, additional_fields={"top_k": 5, "x": 1}
    )
    assert prepared.body["inferenceConfig"] == {"maxTokens": 4096}
    assert fields(prepared)["x"] == 1
    assert "top_k" not in fields(prepared)
    assert codes(prepared) == ["sampling-dropped"]


def test_sampling_stays_where_thinking_was_dropped():
    """A budget out of bounds costs nothing else."""
    prepared = made(Thinking(budget=10), temperature=0.2)
    assert prepared.body["inferenceConfig"] == {"temperature": 0.2}


@pytest.mark.parametrize(("temperature", "kept"), [(0.2, False), (1, True), (None, True)])
def test_thinking_can_yield_to_a_temperature(temperature, kept):
    """Where thinking yields, a temperature other than 1 leaves the model unthinking."""
    prepared = made(Thinking(budget=2048, yields="thinking"), temperature=temperature)
    assert ("thinking" in fields(prepared)) is kept
    assert kept or prepared.body["inferenceConfig"] == {"temperature": temperature}


@pytest.mark.parametrize(
    ("choice", "kept"), [({"tool": {"name": "t"}}, False), ({"any": {}}, False), ({"auto": {}}, True)]
)
def test_thinking_yields_to_a_forced_tool(choice, kept):
    """Claude does not think when it is made to call a tool."""
    prepared = made(Thinking(budget=2048), given={"toolConfig": {"tools": [TOOL], "toolChoice": choice}})
    assert ("thinking" in fields(prepared)) is kept
    assert codes(prepared) == ([] if kept else ["thinking-dropped"])


def test_the_calls_own_fields_come_first():
    """A call with a thinking of its own keeps it; betas of both are sent once."""
    own = {"thinking": {"type": "disabled"}}
    assert fields(made(Thinking(budget=2048), given={"additionalModelRequestFields": own})) == own
    betas = {"anthropic_beta": ["context-1m-2025-08-07", INTERLEAVED]}
    prepared = made(Thinking(budget=2048), given={"additionalModelRequestFields": betas})
    assert fields(prepared)["anthropic_beta"] == betas["anthropic_beta"]


def test_no_thinking_was_chosen():
    """Nobody thinks unasked."""
    assert fields(made(None)) == {}
    assert fields(made(Thinking())) == {}
