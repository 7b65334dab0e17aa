"""Cases for a client that somebody else started: chosen by model id, judged as they arrive."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from bedrock_harness.conformance.attached import Attachment, model_of
from bedrock_harness.conformance.catalogue import CASES, find
from bedrock_harness.conformance.grades import Outcome
from bedrock_harness.service.model_ids import parse
from bedrock_harness.simulator import Simulator

HELLO = [{"role": "user", "content": [{"text": "Anything at all."}]}]


@pytest.fixture
def attached():
    attachment, exchanges = Attachment(CASES), []
    with Simulator(chooser=attachment.choose, observer=exchanges.append) as simulator:
        login = simulator.credentials
        client = boto3.client(
            "bedrock-runtime",
            endpoint_url=simulator.url,
            region_name=simulator.region,
            aws_access_key_id=login["access_key_id"],
            aws_secret_access_key=login["secret_access_key"],
            config=Config(retries={"total_max_attempts": 1}),
        )

        def judged():
            assert simulator.wait_until_idle()
            return attachment.judge(exchanges[-1], (login["secret_access_key"],))

        yield client, judged, login


def test_every_case_has_a_model_id():
    """Each case is chosen by a model id of its own, which is one."""
    names = [model_of(case) for case in CASES]
    assert len(set(names)) == len(CASES)
    assert all(parse(name) for name in names)


def test_a_case_is_chosen_by_model_id(attached):
    """The case's own script answers, and a good request passes; what it cannot show is there to be watched."""
    client, judged, _ = attached
    reply = client.converse_stream(modelId="stream.citation", messages=HELLO)
    told = "".join(
        event["contentBlockDelta"]["delta"].get("text", "") for event in reply["stream"] if "contentBlockDelta" in event
    )
    assert "22:40" in told
    found = judged()
    assert (found.verdict.case, found.verdict.outcome, found.turn, found.turns) == (
        "stream/citation",
        Outcome.PASSED,
        1,
        1,
    )
    assert found.watch


def test_a_script_of_several_replies_starts_over(attached):
    """A case whose script refuses first can be played again: its replies come in their order, and then from the first."""
    client, _, _ = attached
    case = next(case for case in CASES if len(case.turns) == 1 and len(case.turns[0].script) == 2)
    ask = client.converse_stream if case.turns[0].stream else client.converse
    outcomes = []
    for _ in range(4):
        try:
            reply = ask(modelId=model_of(case), messages=HELLO)
            list(reply.get("stream", ()))
            outcomes.append("answer")
        except ClientError:
            outcomes.append("error")
    assert outcomes[:2] == outcomes[2:]
    assert set(outcomes) == {"answer", "error"}


def test_a_turn_is_known_by_the_models_messages(attached):
    """The request that holds the model's first answer is the second turn."""
    client, judged, _ = attached
    case = next(case for case in CASES if len(case.turns) > 1 and not case.history and not case.tools)
    ask = client.converse_stream if case.turns[1].stream else client.converse
    more = [*HELLO, {"role": "assistant", "content": [{"text": "Yes."}]}, *HELLO]
    list(ask(modelId=model_of(case), messages=more).get("stream", ()))
    assert judged().turn == 2


def test_a_bad_request_fails(attached):
    """A conversation that the service would refuse is refused, and is a finding of the case."""
    client, judged, _ = attached
    with pytest.raises(ClientError, match="alternate"):
        client.converse(modelId="stream.citation", messages=[*HELLO, *HELLO])
    found = judged().verdict
    assert (found.outcome, found.findings[0].check) == (Outcome.FAILED, "conversation")


def test_what_a_signature_hides_is_not_shown(attached):
    """A finding about a signature holds no secret."""
    client, judged, login = attached
    client.meta.events.register(
        "before-send.*", lambda request, **_: request.headers.__setitem__("X-Amz-Date", "20200101T000000Z")
    )
    with pytest.raises(ClientError):
        client.converse(modelId="stream.citation", messages=HELLO)
    found = judged().verdict
    assert found.findings[0].check == "authorization"
    assert login["secret_access_key"] not in str(found)


def test_another_model_is_no_case(attached):
    """A request to a real model's id is answered as always, and is no case."""
    client, judged, _ = attached
    client.converse(modelId=find("stream/citation").model, messages=HELLO)
    assert judged() is None
