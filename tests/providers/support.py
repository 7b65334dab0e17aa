"""What the tests of this room share: a misbehaving adapter as a manifest, an endpoint, and whether a process is gone."""

import sys
import time
from pathlib import Path

from bedrock_harness.providers import Manifest
from bedrock_harness.providers.protocol import Credentials, Endpoint

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ENDPOINT = Endpoint(
    url="http://127.0.0.1:1",
    region="us-east-1",
    credentials=Credentials(access_key_id="AKIDEXAMPLE", secret_access_key=SECRET),
)
HELLO = ({"text": "hello"},)


def misbehaving(name: str) -> Manifest:
    """The adapter of that name in misbehaving.py."""
    program = Path(__file__).with_name("misbehaving.py")
    return Manifest(name=name, language="python", command=(sys.executable, str(program), name))


def gone(pid: int, within: float = 5.0) -> bool:
    """Whether the process ends in time. One that is dead and not yet reaped by whoever adopted it is gone."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state in "ZX":
            return True
        time.sleep(0.02)
    return False
