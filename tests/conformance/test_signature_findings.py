"""What is found out about a signature, from a socket to a finding: the mistake by name, and both canonical requests."""

import pytest

from bedrock_harness.conformance.catalogue import select
from bedrock_harness.conformance.runner import run
from bedrock_harness.conformance.verdict import Verdict
from bedrock_harness.simulator import Simulator
from tests.simulator.raw import Peer, octets, signed

NAMED = {
    "path-encoded-once": ("signing/model-id-with-colon", "The path was signed as it is sent, encoded once."),
    "host-without-port": (
        "signing/model-id-with-colon",
        "The host was signed as '127.0.0.1', which is not the Host header that was sent.",
    ),
    "body-hashed-as-latin-1": (
        "signing/unicode-body",
        "The payload hash is that of the text in Latin-1; it was sent in UTF-8.",
    ),
    "body-hashed-in-part": (
        "signing/large-body",
        "The payload hash covers only the first 65536 bytes of the body.",
    ),
    "session-token-not-sent": (
        "signing/session-token",
        "These credentials are temporary, and the request has no X-Amz-Security-Token.",
    ),
}
"""Mutants of signing, each with the case that is there to find it and the sentence that names its defect."""


@pytest.mark.parametrize("name", NAMED)
def test_a_mutant_is_named_by_its_mistake(name):
    """A client with one defect of signing gets a finding that names the defect, with both canonical requests."""
    case, sentence = NAMED[name]
    verdicts = [result for result in run([f"mutant:{name}"], select((case,), ())) if isinstance(result, Verdict)]
    (finding,) = verdicts[0].findings
    assert (finding.check, finding.actual) == ("authorization", sentence)
    shown = {evidence.title.partition(" (")[0]: evidence.lines for evidence in finding.evidence}
    assert shown["what to do instead"]
    assert {line[0] for line in shown["canonical request"]} == {" ", "-", "+"}
    assert "request as received" in shown


def test_a_good_request_has_no_diagnosis():
    """Nothing is explained where nothing is wrong."""
    with Simulator() as simulator:
        with Peer(simulator) as peer:
            peer.send(octets(signed(simulator)))
            peer.read_reply()
        assert (simulator.journal[0].diagnosis, simulator.journal[0].fault) == (None, "")
