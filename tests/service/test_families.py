import pytest

from bedrock_harness.service.families import FAMILIES, family_of
from bedrock_harness.service.limits import LIMITS
from bedrock_harness.service.strictness import LEVELS, StrictnessError, at, holds
from tests.service.models import MODELS


@pytest.mark.parametrize(("model", "family"), MODELS)
def test_a_model_is_of_its_family(model, family):
    """An id of a model, with a geography or in an ARN, tells the family."""
    assert family_of(model).name == family


@pytest.mark.parametrize(
    "model",
    [
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f",
        "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDE12345",
        "stability.sd3-large-v1:0",
        "mi1dadi0g15f",
        "no such / id",
        "",
    ],
)
def test_what_does_not_tell_its_model_has_no_family(model):
    """An opaque ARN, a family that nobody has described, and what is no id have no family."""
    assert family_of(model) is None


def test_a_limit_names_families_and_says_where_it_was_seen():
    """Every limit has a source and dates, the end after the beginning, and names families that there are, each once."""
    names = [row.name for row in FAMILIES]
    assert len(names) == len(set(names))
    for row in LIMITS:
        assert row.source
        assert at(row.since) < at(row.until or "latest")
        assert set(row.families) <= set(names)
        assert len(set(row.families)) == len(row.families)


def test_no_family_can_what_it_refuses():
    """What is said to work is not refused at the latest level."""
    for family in FAMILIES:
        assert [feature for feature in family.works if family.limit(feature)] == []


def test_every_family_has_a_model():
    """No family's pattern stands behind a wider one that takes all of its ids."""
    assert {family for _, family in MODELS} == {row.name for row in FAMILIES}


@pytest.mark.parametrize(
    ("model", "feature", "level", "can"),
    [
        ("us.amazon.nova-pro-v1:0", "tool-choice-any", "2025-02", False),
        ("us.amazon.nova-pro-v1:0", "tool-choice-any", "latest", True),
        ("us.amazon.nova-pro-v1:0", "tool-choice-any", "2024-12", True),
        ("openai.gpt-oss-20b-1:0", "stream", "2025-08-07", False),
        ("openai.gpt-oss-20b-1:0", "stream", "2025-08-21", True),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", "leading-assistant", "2026-06", False),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", "leading-assistant", "latest", True),
        ("us.deepseek.r1-v1:0", "tools", "latest", False),
        ("us.deepseek.r1-v1:0", "structured-output", "latest", None),
    ],
)
def test_what_a_family_can_depends_on_the_date(model, feature, level, can):
    """A limit holds from the day it was seen to the day it was relaxed; what nobody has seen is not known."""
    assert family_of(model).can(feature, level) is can


@pytest.mark.parametrize("level", ["", "newest", "2025", "2025-13", "2025-02-40", "2025-1", "1999-01"])
def test_a_level_is_a_date(level):
    """What is no date is refused with a hint at what is understood."""
    with pytest.raises(StrictnessError, match="Give a day or a month, such as 2025-06, or 'latest'") as caught:
        at(level)
    assert caught.value.level == level


def test_levels_are_ordered_in_time():
    """The named levels are dates, in order, and the latest comes after all."""
    dates = [at(level) for level in LEVELS]
    assert dates == sorted(dates)
    assert dates[-1] > "2999"
    assert holds("2025-01", "2025-02-15", "2025-02")
    assert not holds("2025-01", "2025-02-15", "2025-02-15")
    assert not holds("2025-02-02", None, "2025-02")
