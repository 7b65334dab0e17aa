"""The catalogue as a whole: what holds of every case, and that the reference client passes them all."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import pytest

from bedrock_harness.conformance.case import Case, Turn
from bedrock_harness.conformance.catalogue import CASES
from bedrock_harness.conformance.grades import Outcome
from bedrock_harness.conformance.runner import run
from bedrock_harness.conformance.verdict import Verdict
from tests.conformance.soundness import flaw

UNSOUND_YET_ANSWERED = {
    "framing/unknown-event": "The service may send an event of a new kind tomorrow; no client of today may break on it.",
    "stream/metadata-before-stop": "No recording has it, one client met it (Effect-TS/effect#6160): a SHOULD.",
    "stream/metadata-missing": "The message itself was whole; only the token counts are lost.",
    "stream/unknown-delta": "The service may send a delta of a new kind tomorrow, and did: citations.",
}
"""Replies that the real service does not send today, and that must be answered all the same."""

BECAUSE = re.compile(
    r"[\w.-]+/[\w.-]+#\d+"  # an issue or a pull request
    r"|[\w.-]+/[\w.-]+ [\w.: -]+"  # a changelog, a fixture or a test suite in a repository
    r"|(Amazon event stream|RFC \d+|recordings).+"  # a specification, or what recordings show
)


def turns() -> Iterator[tuple[Case, Turn]]:
    for case in CASES:
        for turn in case.turns:
            yield case, turn


def ends(turn: Turn) -> set[str]:
    return {check.about for check in turn.expect} & {"answer", "error"}


def test_every_id_is_its_own() -> None:
    """No two cases have one id."""
    ids = [case.id for case in CASES]
    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_an_id_is_an_area_and_a_few_words(case: Case) -> None:
    """An id can be typed: lower case, hyphens and one slash."""
    assert re.fullmatch(r"[a-z]+/[a-z]+(-[a-z]+)*", case.id)


def test_cases_are_in_order() -> None:
    """Areas follow each other, each in one piece and sorted."""
    areas = list(dict.fromkeys(case.area for case in CASES))
    assert [case.id for case in CASES] == sorted(
        (case.id for case in CASES), key=lambda name: (areas.index(name.partition("/")[0]), name)
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_says_why_it_is_there(case: Case) -> None:
    """Each case names one sentence, and what went wrong before in a form that can be looked up."""
    assert re.fullmatch(r"[A-Z].+\.", case.must)
    assert 1 <= len(case.because) <= 5
    for source in case.because:
        assert BECAUSE.fullmatch(source), source


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_turn_ends_one_way(case: Case) -> None:
    """No turn expects both an answer and an error, and every turn expects something."""
    for turn in case.turns:
        assert turn.expect
        assert len(ends(turn)) <= 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_checks_of_a_turn_have_names_of_their_own(case: Case) -> None:
    """A baseline entry `case:check` means one check."""
    for turn in case.turns:
        names = [check.id for check in turn.expect]
        assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_can_be_written_as_json(case: Case) -> None:
    """A case is data: it can be listed in any language."""
    assert msgspec.json.decode(msgspec.json.encode(case))["id"] == case.id


@pytest.mark.parametrize(("case", "turn"), [pytest.param(*pair, id=pair[0].id) for pair in turns()])
def test_broken_replies_are_those_that_expect_an_error(case: Case, turn: Turn) -> None:
    """A reply that the service would send is never held against a provider; one that it would not send always is."""
    found = flaw(turn.script[-1], streamed=turn.stream)
    if case.id in UNSOUND_YET_ANSWERED:
        assert found is not None
        assert ends(turn) == {"answer"}
    elif ends(turn) == {"error"}:
        assert found is not None
    else:
        assert found is None


def test_the_table_of_exceptions_names_cases() -> None:
    """What is excused is in the catalogue."""
    assert set(UNSOUND_YET_ANSWERED) <= {case.id for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_is_quick(case: Case) -> None:
    """Nothing is sent at a slower pace than a tenth of a second, and no silence is longer than a second."""
    for turn in case.turns:
        for reply in turn.script:
            assert reply.deliver.gap <= 0.1
            assert reply.deliver.delay <= 0.1
    assert (case.settings.read_timeout or 0) <= 1.0


def test_the_reference_client_passes_every_case() -> None:
    """What fails here is a bug of the harness, of the simulator or of the reference client."""
    verdicts = [result for result in run(["reference"], CASES) if isinstance(result, Verdict)]
    assert {
        verdict.case: verdict.findings or verdict.note for verdict in verdicts if verdict.outcome is not Outcome.PASSED
    } == {}
    assert len(verdicts) == len(CASES)
