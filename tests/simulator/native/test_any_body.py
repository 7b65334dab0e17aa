"""Whatever anybody sends: a body is read or refused, and nothing else happens."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.service import shapes
from bedrock_harness.simulator.native import Native, Refused, read
from tests.simulator.native import bodies

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=3,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where anything stands in a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deep for key, one in inner for deep in places(one, (*path, key)))]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The value with something else at one place."""
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


def read_or_refused(body: Any, model: str) -> Native | Refused:
    """What a body asks, or how it is refused; any other exception is a defect."""
    try:
        return read(body, model)
    except Refused as refused:
        return refused


@given(data=st.data(), model=st.sampled_from(list(bodies.BODIES)), new=JSON)
def test_whatever_stands_in_a_body_it_is_read_or_refused(data: st.DataObject, model: str, new: Any) -> None:
    """Any JSON at any place of a sound body is refused in the service's words, or leaves a body of Converse's types."""
    body = bodies.BODIES[model]
    path = data.draw(st.sampled_from(places(body)))
    native = read_or_refused(replaced(body, path, new), model)
    if isinstance(native, Refused):
        assert (native.code, bool(native.message)) == ("ValidationException", True)
        return
    assert (native.converse is None) != (native.embedding is None)
    if native.converse is not None:
        wrong = [one for one in shapes.validate("Converse", native.converse) if one.constraint == "type"]
        assert not wrong
