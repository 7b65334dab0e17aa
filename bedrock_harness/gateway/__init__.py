"""A gateway: OpenAI's chat completions and Anthropic's messages in front of Bedrock's Converse, to be read.

    from bedrock_harness.client import AsyncClient
    from bedrock_harness.gateway import Gateway

    with Gateway(lambda: AsyncClient(region="us-east-1")) as gateway:
        ...  # point an OpenAI or an Anthropic client at gateway.url

Starlette on uvicorn around pure functions: a front's request to a Converse request, a Converse reply or its events to the
front's. What a request holds and Converse has no place for is refused or named in the reply, never dropped in silence.
"""

try:
    import starlette  # noqa: F401
    import uvicorn  # noqa: F401
except ModuleNotFoundError as missing:
    _SENTENCE = "The gateway needs Starlette and uvicorn: pip install 'bedrock-harness[gateway]'."
    raise ModuleNotFoundError(_SENTENCE, name=missing.name) from missing

from bedrock_harness.gateway.app import application
from bedrock_harness.gateway.bounds import Limits
from bedrock_harness.gateway.handled import Handled
from bedrock_harness.gateway.models import Models
from bedrock_harness.gateway.serving import Gateway, GatewayError

__all__ = ["Gateway", "GatewayError", "Handled", "Limits", "Models", "application"]
