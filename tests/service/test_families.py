import pytest

from bedrock_harness.service.families import FAMILIES, family_of
from bedrock_harness.service.limits import LIMITS
from bedrock_harness.service.strictness import LEVELS, StrictnessError, at, holds

MODELS = [
    ("anthropic.claude-v2:1", "claude-2"),
    ("anthropic.claude-3-haiku-20240307-v1:0", "claude-3"),
    ("anthropic.claude-3-sonnet-20240229-v1:0:200k", "claude-3"),
    ("anthropic.claude-3-5-sonnet-20240620-v1:0", "claude-3.5-v1"),
    ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3.5"),
    ("anthropic.claude-3-5-haiku-20241022-v1:0", "claude-3.5-haiku"),
    ("us.anthropic.claude-3-7-sonnet-20250219-v1:0", "claude-3.7"),
    ("anthropic.claude-sonnet-4-20250514-v1:0", "claude-4"),
    ("us.anthropic.claude-opus-4-1-20250805-v1:0", "claude-4.1"),
    ("anthropic.claude-haiku-4-5-20251001-v1:0", "claude-4.5"),
    ("global.anthropic.claude-opus-4-5-20251101-v1:0", "claude-4.5"),
    ("us.anthropic.claude-opus-4-6-v1", "claude-4.6"),
    ("us.anthropic.claude-sonnet-4-6", "claude-4.6"),
    ("us.anthropic.claude-opus-4-8", "claude-4.7"),
    ("anthropic.claude-opus-4-10", "claude-4.7"),
    ("us.anthropic.claude-opus-5", "claude-4.7"),
    ("anthropic.claude-fable-5", "claude-4.7"),
    ("global.anthropic.claude-sonnet-5", "claude-5"),
    ("anthropic.claude-sonnet-5-5", "claude-5"),
    ("anthropic.something-else", "claude"),
    ("us-gov.amazon.nova-pro-v1:0", "nova"),
    ("us.amazon.nova-micro-v1:0", "nova-micro"),
    ("us.amazon.nova-2-lite-v1:0", "nova-2"),
    ("amazon.titan-text-premier-v1:0", "titan-text-premier"),
    ("amazon.titan-embed-text-v2:0", "titan-embed"),
    ("amazon.titan-embed-image-v1", "titan-embed-image"),
    ("meta.llama3-8b-instruct-v1:0", "llama-3"),
    ("us.meta.llama3-2-3b-instruct-v1:0", "llama-3.2-text"),
    ("us.meta.llama3-2-11b-instruct-v1:0", "llama-3.2"),
    ("meta.llama3-3-70b-instruct-v1:0", "llama-3.1"),
    ("us.meta.llama4-maverick-17b-instruct-v1:0", "llama-4"),
    ("mistral.mixtral-8x7b-instruct-v0:1", "mistral-instruct"),
    ("mistral.mistral-large-2407-v1:0", "mistral-large"),
    ("mistral.mistral-large-3-675b-instruct", "mistral-large-3"),
    ("us.mistral.pixtral-large-2502-v1:0", "pixtral"),
    ("mistral.ministral-3-14b-instruct", "mistral"),
    ("cohere.command-r-plus-v1:0", "command-r"),
    ("cohere.command-light-text-v14", "command-light"),
    ("us.cohere.embed-v4:0", "cohere-embed-4"),
    ("openai.gpt-oss-120b-1:0", "gpt-oss"),
    ("us.deepseek.r1-v1:0", "deepseek-r1"),
    ("ai21.jamba-1-5-large-v1:0", "jamba"),
    ("us.writer.palmyra-x4-v1:0", "palmyra"),
    ("zai.glm-4.7-flash", "glm"),
    ("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0", "nova"),
    ("arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0", "nova"),
    ("meta.llama2-70b-chat-v1", "llama-2"),
    ("meta.llama3-1-8b-instruct-v1:0", "llama-3.1"),
    ("amazon.titan-text-express-v1", "titan-text"),
    ("amazon.titan-tg1-large", "titan-text"),
    ("cohere.command-text-v14", "command"),
    ("cohere.embed-english-v3", "cohere-embed"),
    ("openai.gpt-5.5", "gpt"),
    ("deepseek.v3-v1:0", "deepseek-v3"),
    ("qwen.qwen3-coder-480b-a35b-v1:0", "qwen"),
    ("ai21.jamba-instruct-v1:0", "jamba-instruct"),
    ("ai21.j2-ultra-v1", "jurassic"),
    ("moonshot.kimi-k2-thinking", "kimi"),
    ("minimax.minimax-m2", "minimax"),
    ("google.gemma-3-27b-it", "gemma"),
    ("nvidia.nemotron-nano-12b-v2", "nemotron"),
    ("us.xai.grok-4.6", "grok"),
]


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
