"""Embeddings: the bodies that ask for them and the vectors that come back."""

import json

import pytest

from bedrock_harness.client import InvalidRequest, ProtocolError
from bedrock_harness.client.native.embeddings import bodies, vectors
from bedrock_harness.simulator import native

TITAN = "amazon.titan-embed-text-v2:0"
COHERE = "cohere.embed-english-v3"
TEXTS = [f"text {number}" for number in range(100)]


def asked(model, texts, **chosen):
    """The replies of the simulator to the bodies for these texts."""
    return [native.embed(native.read(body, model)) for body in bodies(model, texts, **chosen)]


@pytest.mark.parametrize(("model", "requests"), [(TITAN, 3), (COHERE, 1), ("cohere.embed-v4:0", 1)])
def test_every_text_has_its_vector_in_order(model, requests):
    """However many requests a model needs, the vectors come in the order of the texts."""
    replies = asked(model, TEXTS[:3])
    assert len(replies) == requests
    found = vectors([(json.loads(json.dumps(reply)), {"inputTokens": 3}) for reply in replies], 3)
    alone = vectors([(asked(model, TEXTS[2:3])[0], None)], 1).vectors[0]
    assert found.vectors[2] == pytest.approx(alone)
    assert found.vectors[0] != found.vectors[2]


def test_dimensions_and_kind_are_said_in_each_models_words():
    """Titan has dimensions, Cohere 4 output_dimension and all of Cohere's an input_type."""
    assert bodies(TITAN, ["a"], dimensions=256) == [{"inputText": "a", "dimensions": 256}]
    assert bodies("cohere.embed-v4:0", ["a"], dimensions=256, kind="search_query") == [
        {"texts": ["a"], "input_type": "search_query", "output_dimension": 256}
    ]
    assert len(asked(TITAN, ["a"], dimensions=256)[0]["embedding"]) == 256


def test_tokens_are_counted_where_they_are_told():
    """Titan tells them in the body, Cohere in a header; where one reply tells none, the sum is unknown."""
    titan = {"embedding": [1, 2], "inputTextTokenCount": 4}
    assert vectors([(titan, None), (titan, None)], 2).input_tokens == 8
    cohere = {"embeddings": {"float": [[1, 2]]}}
    assert vectors([(cohere, {"inputTokens": 5})], 1).input_tokens == 5
    assert vectors([(cohere, {"inputTokens": 5}), (cohere, None)], 2).input_tokens is None


@pytest.mark.parametrize("texts", [[], "a text"])
def test_texts_are_a_list(texts):
    """No text and a bare text are refused."""
    with pytest.raises(InvalidRequest, match="list of texts"):
        bodies(TITAN, texts)


@pytest.mark.parametrize("model", ["anthropic.claude-3-haiku-20240307-v1:0", "nobody.knows-v1:0", "titan"])
def test_a_model_that_does_not_embed_is_refused(model):
    """Only models that are known to embed are asked."""
    with pytest.raises(InvalidRequest, match="not known to embed"):
        bodies(model, ["a"])


def test_a_reply_without_the_vectors_is_an_error():
    """A reply of another kind, and one vector too few, are ProtocolErrors."""
    with pytest.raises(ProtocolError, match="no embeddings"):
        vectors([({"message": "hello"}, None)], 1)
    with pytest.raises(ProtocolError, match="2 texts were sent, and 1"):
        vectors([({"embedding": [1.0]}, None)], 2)


def test_cohere_is_not_asked_for_too_many_at_once():
    """No body holds more than 96 texts."""
    assert [len(body["texts"]) for body in bodies(COHERE, TEXTS)] == [96, 4]
