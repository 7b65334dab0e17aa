"""Vectors for texts and images, with no model: the same content has the same vector, and shared words bring texts together.

The hashing trick: each word, and weaker each three letters of it, adds to a few numbers that its digest names. Below that
lies a little noise from the digest of the whole, so that no number is 0, as no model's is. An image is its digest alone.
"""

from __future__ import annotations

import hashlib
import math
import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Sequence

from bedrock_harness.simulator.native.request import Embedding, EmbeddingType, Piece

__all__ = ["Vector", "encoded", "vectors"]

Vector = list[float]

_WORD = re.compile(r"\w{1,64}")
_PLACES = 16
"""Numbers that one feature adds to: enough that few words fill a vector, and that two words share almost none."""
_LETTERS = 0.7
"""The weight of all of a word's letters by threes beside the word's own: `runs` comes somewhat near `running`."""
_NOISE = 0.05
"""The noise's length beside the content's, which is 1."""
_DIGITS = 8
"""Decimal places given: about what a float of 32 bits holds."""
_MOST_WORDS = 20_000
"""Different words looked at in one request, the commonest of each piece: they bound the time it takes."""


def vectors(embedding: Embedding) -> list[Vector]:
    """One vector a piece. Of length 1 where the request wants it so, else longer for longer texts."""
    most = _MOST_WORDS // len(embedding.pieces)
    return [_vector(piece, embedding, most) for piece in embedding.pieces]


def encoded(vector: Sequence[float], kind: EmbeddingType, *, packed: bool) -> list[float] | list[int]:
    """A vector's numbers in this type. `packed` puts eight bits into a number, as Cohere does and Titan does not."""
    if kind == "float":
        return [round(number, _DIGITS) for number in vector]
    if kind in ("int8", "uint8"):
        scale = 127 / (max(map(abs, vector)) or 1.0)
        shift = 128 if kind == "uint8" else 0
        return [round(number * scale) + shift for number in vector]
    bits = [int(number > 0) for number in vector]
    if not packed:
        return bits
    shift = 128 if kind == "binary" else 0
    return [int("".join(map(str, bits[at : at + 8])), 2) - shift for at in range(0, len(bits), 8)]


def _vector(piece: Piece, embedding: Embedding, most: int) -> Vector:
    parts = [] if piece.text is None else [_text_vector(piece.text, embedding.dimensions, most)]
    parts += [_noise(_image_bytes(image), embedding.dimensions, b"image") for image in piece.images]
    mean = [sum(numbers) / len(parts) for numbers in zip(*parts, strict=True)]
    return _scaled(mean, 1.0) if embedding.normalize else _scaled(mean, math.sqrt(1 + len(piece.text or "")))


def _text_vector(text: str, dimensions: int, most: int) -> Vector:
    vector = [0.0] * dimensions
    for feature, weight in _features(text, most):
        digest = hashlib.blake2b(feature.encode("utf-8", "surrogatepass"), digest_size=_PLACES * 4).digest()
        for at in range(0, len(digest), 4):
            number = int.from_bytes(digest[at : at + 4])
            vector[(number >> 1) % dimensions] += weight if number & 1 else -weight
    noise = _noise(text.encode("utf-8", "surrogatepass"), dimensions, b"text")
    return _scaled([a + _NOISE * b for a, b in zip(_scaled(vector, 1.0), noise, strict=True)], 1.0)


def _features(text: str, most: int) -> Iterable[tuple[str, float]]:
    """What a text is made of, with its weight: a word said twice does not count twice."""
    words = Counter(_WORD.findall(text.casefold())).most_common(most)
    for word, times in words:
        weight = 1 + math.log(times)
        yield word, weight
        letters = f"^{word}$"
        share = weight * _LETTERS / math.sqrt(len(word))
        yield from ((letters[at : at + 3], share) for at in range(len(letters) - 2))


def _noise(content: bytes, dimensions: int, salt: bytes) -> Vector:
    data = hashlib.shake_256(salt + content).digest(dimensions)
    return _scaled([byte - 127.5 for byte in data], 1.0)


def _image_bytes(image: str) -> bytes:
    try:
        return b64decode(image)
    except ValueError:
        return image.encode("utf-8", "surrogatepass")


def _scaled(vector: Vector, length: float) -> Vector:
    """The vector with this length; the null vector stays."""
    norm = math.sqrt(sum(number * number for number in vector))
    return [number * length / norm for number in vector] if norm else vector
