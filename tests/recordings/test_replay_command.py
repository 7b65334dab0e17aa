import json

import pytest
import yaml

from bedrock_harness.cli import run

URI = "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.amazon.nova-micro-v1%3A0/converse"
REPLY = {
    "output": {"message": {"role": "assistant", "content": [{"text": "hi"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
    "metrics": {"latencyMs": 5},
}


def interaction(reply=REPLY, uri=URI):
    body = json.dumps({"messages": [{"role": "user", "content": [{"text": "hi"}]}]})
    return {
        "request": {"method": "POST", "uri": uri, "headers": {}, "body": body},
        "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": json.dumps(reply)}},
    }


@pytest.fixture
def cassettes(tmp_path):
    def write(**files):
        for name, content in files.items():
            text = content if isinstance(content, str) else yaml.dump({"version": 1, "interactions": content})
            (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
        return str(tmp_path)

    return write


def test_good_cassettes_exit_0(cassettes, capsys):
    """A folder of sound recordings is summed up in a table that ends well."""
    assert run(["replay", cassettes(a=[interaction()], b=[interaction(), interaction()])]) == 0
    shown, complaints = capsys.readouterr()
    assert "cassettes  2" in shown
    assert "exchanges  3  3 Converse" in shown
    assert shown.rstrip().endswith("Good: every frame decoded, every event typed, every accepted request accepted.")
    assert complaints == ""


def test_a_problem_exits_1(cassettes, capsys):
    """What does not hold is shown with file, exchange and place."""
    assert run(["replay", cassettes(a=[interaction(), interaction({})])]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "a.yaml, exchange 2, reply.output" in shown
    assert "4 problems: something above does not hold." in shown


def test_an_unreadable_file_exits_2_and_the_others_are_judged(cassettes, capsys):
    """A broken cassette is named on standard error; it does not keep the sound ones from being judged."""
    assert run(["replay", cassettes(a=[interaction()], b="interactions: [")]) == 2
    shown, complaints = capsys.readouterr()
    assert "cassettes  1" in shown
    assert "b.yaml: it is not the YAML of a cassette" in complaints
    assert "Traceback" not in complaints


@pytest.mark.parametrize(("content", "words"), [(None, "No cassette in"), ([], "Nothing to judge")])
def test_nothing_to_judge_exits_2(cassettes, capsys, content, words):
    """An empty folder, and cassettes of other traffic, do not read as green."""
    folder = cassettes() if content is None else cassettes(a=[interaction(uri="https://example.com/")])
    assert run(["replay", folder]) == 2
    assert words in "".join(capsys.readouterr())


def test_a_path_that_does_not_exist_exits_2(tmp_path, capsys):
    """A misspelt path is one line."""
    assert run(["replay", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_no_path_exits_2(capsys):
    """Without a path there is a line that points to the help."""
    assert run(["replay"]) == 2
    assert "replay --help" in capsys.readouterr().err


def test_json_holds_everything(cassettes, capsys):
    """The same figures, problems and unreadable files as one JSON object."""
    assert run(["replay", "--json", cassettes(a=[interaction({})], b="[")]) == 2
    found = json.loads(capsys.readouterr().out)
    assert (found["files"], found["exchanges"], found["operations"]) == (1, 1, {"Converse": 1})
    assert [problem["where"] for problem in found["problems"]] == [
        "reply.output",
        "reply.stopReason",
        "reply.usage",
        "reply.metrics",
    ]
    assert "b.yaml" in found["unreadable"][0]


def test_what_a_recording_says_cannot_drive_the_terminal(cassettes, capsys):
    """Control characters out of a cassette are shown, not sent."""
    assert run(["replay", cassettes(a=[interaction(REPLY | {"\x1b[2J": 1})])]) == 0
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\\x1b[2J" in shown


def test_the_help_has_examples(capsys):
    """Help shows how the command is called."""
    assert run(["replay", "--help"]) == 0
    assert "bedrock-harness replay tests/cassettes" in capsys.readouterr().out
