"""Documents: their names, and the text beside them."""

import pytest

from bedrock_harness.client import AS_GIVEN, InvalidRequest, Options, Repairs, prepare
from bedrock_harness.client.options import DEFAULT_REPAIRS
from bedrock_harness.client.requests import content
from bedrock_harness.client.requests.documents import PLACEHOLDER, legal_name
from bedrock_harness.service import rules

CLAUDE = "anthropic.claude-sonnet-4-20250514-v1:0"
TEXT = {"text": "Read it."}


def document(name):
    return {"document": {"format": "pdf", "name": name, "source": {"bytes": b"%PDF"}}}


def prepared(*contents, repairs=DEFAULT_REPAIRS):
    messages = []
    for given in contents:
        messages += [{"role": "user", "content": given}, {"role": "assistant", "content": [{"text": "I see."}]}]
    return prepare(
        "Converse", CLAUDE, [*messages, {"role": "user", "content": [TEXT]}], options=Options(repairs=repairs)
    )


def names(made):
    blocks = [block for message in made.body["messages"] for block in message["content"]]
    blocks += [part for block in blocks for part in block.get("toolResult", {}).get("content", ())]
    return [block["document"]["name"] for block in blocks if "document" in block]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("John's report.pdf", "John s report"),
        ("a\u3000b\tc.txt", "a b c"),
        ("résumé.pdf", "r sum"),
        ("分析.pdf", "document"),
        ("", "document"),
        (".pdf", "document"),
        ("slack-file://F01/notes (final) [2].docx", "notes (final) [2]"),
        ("x" * 300, "x" * 200),
        ("v1.2 plan", "v1 2 plan"),
    ],
)
def test_a_documents_name_becomes_a_legal_one(given, name):
    """Odd characters, extensions, paths and length go; what is left is never empty."""
    assert legal_name(given) == name


def test_names_are_made_unique_over_the_whole_conversation():
    """The second document of a name is numbered, in a later message and inside a tool result too."""
    call = content.tool_use("1", "read", {})
    result = {"toolResult": {"toolUseId": "1", "content": [document("report.pdf")]}}
    made = prepare(
        "Converse",
        CLAUDE,
        [
            {"role": "user", "content": [TEXT, document("report"), document("report.pdf"), document("report (2)")]},
            {"role": "assistant", "content": [call]},
            {"role": "user", "content": [result]},
        ],
    )
    assert names(made) == ["report", "report (2)", "report (2) (2)", "report (3)"]
    assert rules.check(made.body, model=CLAUDE) == ()
    assert [note.code for note in made.notes if note.code == "document-renamed"] == ["document-renamed"] * 3


def test_a_legal_name_of_its_own_is_left_alone():
    """Nothing is renamed without need, so that a cached prefix stays one."""
    made = prepared([TEXT, document("notes_2024 (a)")])
    assert names(made) == ["notes_2024 (a)"]
    assert made.notes == ()


def test_names_are_the_same_in_every_turn():
    """A conversation that goes on renames what it renamed before, and in the same way."""
    one = prepared([TEXT, document("a.pdf"), document("a.docx")])
    two = prepared([TEXT, document("a.pdf"), document("a.docx")], [TEXT, document("a.txt")])
    assert names(two)[:2] == names(one)


def test_as_given_leaves_names_alone():
    """With the repair off, the service sees what its caller wrote."""
    assert names(prepared([TEXT, document("a.pdf"), document("a.pdf")], repairs=AS_GIVEN)) == ["a.pdf", "a.pdf"]


def test_a_document_by_itself_can_be_given_a_text():
    """A sentence stands before the document, behind tool results, and is noted."""
    made = prepared([document("a")], repairs=Repairs(lone_documents="sentence"))
    assert made.body["messages"][0]["content"][0] == {"text": PLACEHOLDER}
    assert [note.code for note in made.notes] == ["document-accompanied"]
    assert rules.check(made.body, model=CLAUDE) == ()


def test_the_text_stands_behind_reasoning():
    """In the assistant's own message, reasoning stays first."""
    reasoning = content.reasoning("Hm.", "c2ln")
    made = prepare(
        "Converse",
        CLAUDE,
        [
            {"role": "user", "content": [TEXT]},
            {"role": "assistant", "content": [reasoning, document("a")]},
            {"role": "user", "content": [TEXT]},
        ],
        options=Options(repairs=Repairs(lone_documents="sentence")),
    )
    assert [next(iter(block)) for block in made.body["messages"][1]["content"]] == [
        "reasoningContent",
        "text",
        "document",
    ]


def test_a_document_by_itself_can_be_refused():
    """A message with a document and no text is refused by its place."""
    with pytest.raises(InvalidRequest, match=r"messages\.0 holds a document"):
        prepared([document("a")], repairs=Repairs(lone_documents="refuse"))


def test_a_document_with_text_needs_no_other():
    """Nothing is put beside a document that has its text."""
    made = prepared([TEXT, document("a")], repairs=Repairs(lone_documents="sentence"))
    assert made.body["messages"][0]["content"][0] == TEXT
    assert made.notes == ()
