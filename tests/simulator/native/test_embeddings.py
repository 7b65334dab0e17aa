"""Embeddings with no model: deterministic, of the right size and type, and near one another where words are shared."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.simulator.native import embed, embedding_headers, read
from tests.simulator.native import bodies

V2 = bodies.TITAN_EMBED_2
CAT, CATS, MONEY = "The cat sat on the mat", "A cat is sitting on a mat", "Quarterly revenue grew by nine percent"


def embedded(model: str, **body: Any) -> dict[str, Any]:
    """The reply's body."""
    return embed(read(body, model))


def near(one: list[float], other: list[float]) -> float:
    """The cosine of two vectors."""
    return sum(a * b for a, b in zip(one, other, strict=True)) / (math.hypot(*one) * math.hypot(*other))


@pytest.mark.parametrize("model", [bodies.TITAN_EMBED_1, V2, bodies.TITAN_EMBED_IMAGE])
def test_shared_words_bring_texts_together(model: str) -> None:
    """Two sentences about a cat on a mat are nearer to one another than to one about money; a text is nearest to itself."""
    cat, again, cats, money = (embedded(model, inputText=text)["embedding"] for text in (CAT, CAT, CATS, MONEY))
    assert cat == again
    assert near(cat, cats) > 0.3
    assert abs(near(cat, money)) < 0.2


def test_related_words_are_nearer_than_unrelated_ones() -> None:
    """What two words share of their letters counts a little."""
    running, runs, turtle = (embedded(V2, inputText=word)["embedding"] for word in ("running", "runs", "turtle"))
    assert near(running, runs) > near(running, turtle) + 0.05


SIZES = [
    (bodies.TITAN_EMBED_1, {"inputText": "x"}, 1536),
    (V2, {"inputText": "x"}, 1024),
    (V2, {"inputText": "x", "dimensions": 512}, 512),
    (bodies.TITAN_EMBED_IMAGE, {"inputText": "x"}, 1024),
    (bodies.TITAN_EMBED_IMAGE, {"inputImage": "eA==", "embeddingConfig": {"outputEmbeddingLength": 256}}, 256),
]


@pytest.mark.parametrize(("model", "body", "size"), SIZES)
def test_titans_vectors_have_the_size_asked_for(model: str, body: dict[str, Any], size: int) -> None:
    """Each model has its own, and some let one choose."""
    assert len(embedded(model, **body)["embedding"]) == size


@pytest.mark.parametrize(
    ("model", "size"),
    [("cohere.embed-english-v3", 1024), ("cohere.embed-english-light-v3", 384), (bodies.COHERE_EMBED_4, 1536)],
)
def test_coheres_vectors_have_their_models_size(model: str, size: int) -> None:
    """One vector a text, bare where no types were asked for."""
    found = embedded(model, texts=["a", "b"], input_type="clustering")
    assert [len(vector) for vector in found["embeddings"]] == [size, size]
    assert (found["response_type"], found["texts"]) == ("embeddings_floats", ["a", "b"])


def test_normal_vectors_have_length_one() -> None:
    """The second Titan normalizes unless told not to; the first never does."""
    assert math.hypot(*embedded(V2, inputText=CAT)["embedding"]) == pytest.approx(1, abs=1e-6)
    for model, more in ((V2, {"normalize": False}), (bodies.TITAN_EMBED_1, {})):
        assert math.hypot(*embedded(model, inputText=CAT, **more)["embedding"]) > 1.5


def test_titan_gives_a_vector_in_each_type() -> None:
    """`embedding` is always there and always floats; a binary vector has a bit for each number, its sign."""
    found = embedded(V2, inputText=CAT, embeddingTypes=["binary", "float"])
    assert found["embedding"] == found["embeddingsByType"]["float"]
    assert found["embeddingsByType"]["binary"] == [int(number > 0) for number in found["embedding"]]
    assert embedded(V2, inputText=CAT)["embeddingsByType"].keys() == {"float"}


def test_cohere_packs_its_bits() -> None:
    """int8 and uint8 keep a number each, the binary types put eight signs into one; the signed ones are the others less 128."""
    kinds = ["float", "int8", "uint8", "binary", "ubinary"]
    found = embedded(bodies.COHERE_EMBED, texts=[CAT], input_type="search_query", embedding_types=kinds)
    assert found["response_type"] == "embeddings_by_type"
    floats, int8, uint8, binary, ubinary = (found["embeddings"][kind][0] for kind in kinds)
    assert [number + 128 for number in int8] == uint8
    assert max(map(abs, int8)) == 127
    assert [number + 128 for number in binary] == ubinary
    assert "".join(f"{byte:08b}" for byte in ubinary) == "".join(str(int(number > 0)) for number in floats)
    assert near([float(number) for number in int8], floats) > 0.99


def test_an_image_is_embedded_by_its_content() -> None:
    """The same image has the same vector, with or without the data URL around it; text beside it moves it."""
    one, other = "AAAA", "AAAB"
    first, second = (embedded(bodies.TITAN_EMBED_IMAGE, inputImage=image)["embedding"] for image in (one, other))
    both = embedded(bodies.TITAN_EMBED_IMAGE, inputImage=one, inputText="a cat")["embedding"]
    assert abs(near(first, second)) < 0.2
    assert 0.5 < near(first, both) < 0.9
    urls = [f"data:image/png;base64,{one}", one]
    found = embedded(bodies.COHERE_EMBED_4, images=urls, input_type="search_document")["embeddings"]
    assert found[0] == found[1]


def test_mixed_content_is_one_vector() -> None:
    """Cohere's inputs put text and images into one vector each, in the type and size asked for."""
    body = bodies.EMBEDDINGS[bodies.COHERE_EMBED_4]
    found = embedded(bodies.COHERE_EMBED_4, **body)
    assert [len(vector) for vector in found["embeddings"]["int8"]] == [512]
    assert found["texts"] == ["a cat"]


def test_tokens_are_counted() -> None:
    """In Titan's body, and in the header of either."""
    native = read({"inputText": CAT}, V2)
    assert embed(native)["inputTextTokenCount"] == 6
    assert embedding_headers(native, latency_ms=3) == {
        "X-Amzn-Bedrock-Input-Token-Count": "6",
        "X-Amzn-Bedrock-Invocation-Latency": "3",
    }


@given(text=st.text(min_size=1, max_size=30))
def test_any_text_has_a_vector_of_length_one(text: str) -> None:
    """Also one with no word in it."""
    assert math.hypot(*embedded(V2, inputText=text, dimensions=256)["embedding"]) == pytest.approx(1, abs=1e-5)
