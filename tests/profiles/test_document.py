"""docs/providers.md: its tables are those of the code, and every claim has its test or its reason."""

import re

import pytest

from tests import generated
from tests.profiles.claims import CAVEATS, REASONS, SYSTEMS, held, ids
from tests.profiles.document import DOCUMENT, PARTS

TEXT = DOCUMENT.read_text(encoding="utf-8")
BODIES = {match["name"]: match["body"].rstrip("\n") for match in generated.MARKED.finditer(TEXT)}


@pytest.mark.parametrize("name", PARTS)
def test_each_table_is_current(name):
    """Each table of the document is what the code makes now: if not, run `python -m tests.generated`."""
    assert BODIES[name] == PARTS[name]()


def test_each_part_has_its_place():
    """The document has a place for each part, in the order in which the parts are listed, and for no other."""
    assert re.findall(r"<!-- generated: ([\w ]+) -->", TEXT) == list(PARTS)


def test_every_claim_has_a_test_or_a_reason():
    """There are 126 claims; each is held by a test of its id or has a reason why it cannot hold, and none has both."""
    claims = [number for letter in SYSTEMS for number in ids(letter)]
    tests = held()
    assert len(claims) == 126
    assert [number for number in claims if (number in tests) == (number in REASONS)] == []
    assert tests.keys() <= set(claims)
    assert CAVEATS.keys() <= tests.keys()


def test_every_claim_says_what_it_promises():
    """Each test of a claim has a sentence to be shown."""
    assert [test.name for tests in held().values() for test in tests if not test.sentence.endswith(".")] == []
