"""The cassettes of the reference client: what is recorded, how it is scrubbed, and the command that records it again.

    python -m tests.client.cassettes

Recorded from the simulator, and saying so: there is no AWS account behind this repository. Each file says in its first
lines where it comes from. Credentials are left out of the requests; the host is one that cannot exist.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import vcr
from vcr.request import Request

from bedrock_harness import __version__
from bedrock_harness.client import ServiceError, assistant_message
from bedrock_harness.simulator import Simulator
from bedrock_harness.simulator.script import HttpError, Reasoning, Script, Text, ToolUse, Usage, answer
from tests.client.driving import DRIVERS, MODEL

FOLDER = Path(__file__).parents[2] / "cassettes"
ENDPOINT = "http://simulator.invalid"
"""RFC 2606 keeps `.invalid` from ever resolving: a replay that wants the network fails."""

SEED = 20_261_120
SECRET_HEADERS = ("authorization", "x-amz-date", "x-amz-security-token")

QUESTION = [{"role": "user", "content": [{"text": "What is the weather in Tōkyō?"}]}]
TOOLS = {
    "tools": [
        {
            "toolSpec": {
                "name": "weather",
                "description": "The weather in a city.",
                "inputSchema": {
                    "json": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
                },
            }
        }
    ]
}
RESULT = {"toolResult": {"toolUseId": "tooluse_W7rT1x", "content": [{"json": {"sky": "clear", "celsius": 21}}]}}


class Take(NamedTuple):
    """One cassette: its name, what the simulator says, and what the client asks, which returns what it was told."""

    name: str
    script: Script
    ask: Callable[[Any], Any]


def ask_plainly(client):
    return client.converse(messages=QUESTION, system="Be brief.", inferenceConfig={"maxTokens": 100}).text


def ask_with_a_tool(client):
    call = client.streamed(messages=QUESTION, toolConfig=TOOLS)
    history = [*QUESTION, assistant_message(call), {"role": "user", "content": [RESULT]}]
    return call.reasoning, call.tool_calls, client.streamed(messages=history, toolConfig=TOOLS).text


def ask_too_much(client):
    try:
        client.converse(messages=QUESTION)
    except ServiceError as error:
        return error.code, error.status, error.message
    return None


TAKES = (
    Take("converse", (answer(Text("Clear, 21 °C. 👋"), usage=Usage(21, 11)),), ask_plainly),
    Take(
        "converse-stream-tools",
        (
            answer(
                Reasoning("The user wants the weather.\nI have a tool for that.", signature="RXJVQkNrZ0lCQkFCR0FJaVFE"),
                ToolUse("tooluse_W7rT1x", "weather", {"city": "Tōkyō"}),
                stop="tool_use",
                usage=Usage(390, 62),
            ),
            answer(Text("It is clear in Tōkyō, at 21 °C."), usage=Usage(470, 14)),
        ),
        ask_with_a_tool,
    ),
    Take(
        "throttled",
        (HttpError("ThrottlingException", "Too many tokens, please wait before trying again."),),
        ask_too_much,
    ),
)


def make_up_host(request: Request) -> Request:
    """The request as if it had gone to a host that cannot exist, on a port that was never chosen."""
    _, _, path = request.uri.removeprefix("http://").partition("/")
    request.uri = f"{ENDPOINT}/{path}"
    request.headers["host"] = ENDPOINT.removeprefix("http://")
    return request


def recorder(mode: str) -> vcr.VCR:
    """vcrpy, told what to leave out and what makes two requests the same."""
    return vcr.VCR(
        record_mode=mode,
        filter_headers=list(SECRET_HEADERS),
        before_record_request=make_up_host,
        match_on=["method", "uri", "body"],
    )


def client_for(driver: str, endpoint: str, credentials: Any) -> Any:
    """The client of all takes."""
    return DRIVERS[driver](region="us-east-1", endpoint=endpoint, credentials=credentials)


def record(folder: Path) -> None:
    """Record every take anew, with temporary credentials, which have the most to hide."""
    folder.mkdir(exist_ok=True)
    for take in TAKES:
        path = folder / f"{take.name}.yaml"
        path.unlink(missing_ok=True)
        with Simulator(seed=SEED, script=take.script) as bedrock, recorder("once").use_cassette(str(path)):
            client = client_for("blocking", bedrock.url, bedrock.session_credentials)
            take.ask(client)
            client.close()
        head = (
            "# Origin: the simulator of bedrock_harness, not AWS. Words, usage and latency are made up.\n"
            f"# Client: bedrock_harness.client {__version__}, blocking, through vcrpy. Credentials and dates are left out.\n"
            f"# Date:   {datetime.now(UTC).date()}\n"
            f"# Model:  {MODEL}\n"
            "# Again:  python -m tests.client.cassettes\n"
        )
        path.write_text(head + path.read_text(encoding="utf-8"), encoding="utf-8")


if __name__ == "__main__":
    record(FOLDER)
