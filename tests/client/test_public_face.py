"""What a newcomer to the client reads first: its names, and where its modules stand."""

import re
from pathlib import Path

import pytest

from bedrock_harness import client

ROOM = Path(client.__file__).parent


@pytest.mark.parametrize("name", client.__all__)
def test_each_public_name_says_what_it_is(name):
    """Each class and function has a docstring of its own."""
    value = getattr(client, name)
    assert not callable(value) or value.__doc__


def test_the_map_has_every_module_once():
    """The room's docstring places each of its modules and rooms once, and none that is gone."""
    rows = re.findall(r"^    (\S.*?)  +\S", client.__doc__, re.MULTILINE)
    placed = [name.removesuffix("/") for row in rows for name in row.split(", ")]
    assert sorted(placed) == sorted(path.stem for path in ROOM.iterdir() if not path.name.startswith("_"))
