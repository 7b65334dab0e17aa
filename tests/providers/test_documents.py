"""docs/adapters.md and the schema: each example runs, each table is what the code does."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from bedrock_harness.conformance.case import Capability
from bedrock_harness.providers import lines, resolve, start
from bedrock_harness.providers.adapters import kit
from bedrock_harness.providers.protocol import Close, Credentials, Endpoint, Hello, Open, Send, Settings, schema
from bedrock_harness.simulator import Simulator
from bedrock_harness.simulator.script import HttpError, Text, answer
from tests.providers.support import ENDPOINT

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/adapters.md").read_text(encoding="utf-8")
SCHEMA = ROOT / "docs/adapter-protocol.schema.json"


def example(language: str) -> str:
    """The document's only example in that language."""
    (code,) = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    return code


def table(first: str) -> list[list[str]]:
    """The rows of the document's table whose first heading is that."""
    lines_below = DOCUMENT.partition(f"| {first} |")[2].splitlines()[2:]
    rows = []
    for line in lines_below:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows


def test_the_schema_is_current():
    """The committed schema is the one that the structs give."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == schema()


def test_every_line_of_a_conversation_is_valid_by_the_schema():
    """Each command written by the harness and each line written by the kit is valid, and a wrong line is not."""
    whole = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(whole)
    valid = jsonschema.Draft202012Validator(whole)
    commands = [
        Hello(id=1),
        Open(id=2, session="s", endpoint=ENDPOINT, model="m", settings=Settings(max_tokens=5, additional={"a": 1})),
        Send(id=3, session="s", content=({"text": "one two"},)),
        Send(id=4, session="s", content=({"text": "fail"},), stream=False, stop_after=None),
        Send(id=5, session="s", content=({"text": "a b c"},), stop_after=2),
        Close(id=6, session="s"),
    ]
    written = [lines.write(command) for command in commands]
    told = subprocess.run(
        [sys.executable, "-m", kit.__name__, "tests.providers.classes:Echo"],
        input=b"".join(written),
        capture_output=True,
        check=True,
        cwd=ROOT,
        timeout=30,
    ).stdout.splitlines()
    assert len(told) > 10
    for line in [*written, *told]:
        valid.validate(json.loads(line))
    for wrong in (
        {"is": "part", "id": 3, "at": 1},
        {"is": "part", "id": 3, "at": 1, "text": "a", "stop": "b"},
        {"op": "go"},
    ):
        assert not valid.is_valid(wrong)


def test_the_capabilities_are_listed():
    """The table of capabilities has the catalogue's, in its order."""
    assert [row[0].strip("`") for row in table("Capability")] == [str(capability) for capability in Capability]


@pytest.mark.parametrize("row", table("The adapter writes"), ids=lambda row: row[0][:50])
def test_each_wrong_line_is_met_with_its_sentence(row):
    """What the document says about a wrong line is what the harness says."""
    written, said = row
    with pytest.raises(lines.ProtocolFault) as caught:
        lines.read(written.strip("`").encode(), Send(id=3, session="s", content=()))
    assert str(caught.value) == said


def test_the_manifest_of_the_document_is_one(tmp_path):
    """The example can be read, and a version be chosen."""
    (tmp_path / "adapter.toml").write_text(example("toml"), encoding="utf-8")
    manifest = resolve(str(tmp_path))
    assert manifest.requirements == ("acme[bedrock]==2.4.1",)
    assert manifest.folder == tmp_path.resolve()


def test_the_adapter_in_python_works(tmp_path):
    """The example, with the kit copied beside it, holds a conversation in under 40 lines of its own."""
    code = example("python")
    (tmp_path / "adapter.py").write_text(code, encoding="utf-8")
    shutil.copy(kit.__file__, tmp_path)
    command = shlex.join([sys.executable, str(tmp_path / "adapter.py")])
    with Simulator() as bedrock, start(resolve(f"command:{command}")) as provider:
        bedrock.play(answer(Text("Hello there.")), answer(Text("Again.")))
        endpoint = Endpoint(
            url=bedrock.url, region=bedrock.region, credentials=Credentials(**dict(bedrock.credentials))
        )
        conversation = provider.open(endpoint=endpoint, model="anthropic.claude-sonnet-4-20250514-v1:0")
        first = conversation.send(({"text": "Hi"},))
        assert (first.error, first.text, first.stop) == (None, "Hello there.", "end_turn")
        assert conversation.send(({"text": "Go on"},)).text == "Again."
        assert [message["role"] for message in bedrock.journal[-1].body["messages"]] == ["user", "assistant", "user"]
    assert len([line for line in code.splitlines() if line.strip()]) < 40


def test_the_adapter_in_javascript_works(tmp_path):
    """The example holds a conversation, tells an error as an answer, and ends when it is asked to."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed: the example in JavaScript can't be run")
    (tmp_path / "adapter.mjs").write_text(example("js"), encoding="utf-8")
    with Simulator() as bedrock, start(resolve(f"command:node {tmp_path / 'adapter.mjs'}")) as provider:
        bedrock.play(answer(Text("Hello there.")), HttpError("ThrottlingException", "Slow down."))
        endpoint = Endpoint(
            url=bedrock.url, region=bedrock.region, credentials=Credentials(bearer_token=bedrock.bearer_token)
        )
        conversation = provider.open(endpoint=endpoint, model="anthropic.claude-sonnet-4-20250514-v1:0")
        first = conversation.send(({"text": "Hi"},), stream=False)
        assert (first.error, first.text, first.stop) == (None, "Hello there.", "end_turn")
        second = conversation.send(({"text": "Go on"},), stream=False)
        assert second.error is not None
        assert (second.error.code, second.error.status) == ("ThrottlingException", 429)
        conversation.close()
