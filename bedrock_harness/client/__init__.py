"""The reference Converse client, on httpx, blocking and in an event loop.

    from bedrock_harness.client import Client

    with Client(region="us-east-1") as client:
        reply = client.converse("anthropic.claude-sonnet-4-20250514-v1:0", [{"role": "user", "content": [{"text": "Hi"}]}])
        print(reply.text)

It is what other providers are compared with, and what mutants are made of: each decision is one function of one module,
called through that module, so that it can be broken alone. It imports nothing of the simulator, which is its test.

    clients                                             what callers hold
    options, errors, service_errors                     the values they meet: choices and notes, what goes wrong
    settings, credentials, supply, addressing, aliases  who calls, and where to
    requests/, body, repair                             what is sent, made of what a caller has
    native/                                             the same in a family's own format, for InvokeModel
    asking, exchanges, signing, clock                   one call, from a prepared request to its reply
    retrying, remedies                                  whether there is another attempt, and what is put right before it
    event_source, reading, tool_calls                   a streamed reply, from its bytes to events
    streams, chunk_streams, holding, replies            what callers get
    refusals                                            what the service says when it says no
    config, dialects/                                   files of other clients, as arguments of this one
    network/                                            the socket's side
"""

from bedrock_harness.client.asking import Invoked
from bedrock_harness.client.chunk_streams import AsyncChunkStream, ChunkStream
from bedrock_harness.client.clients import AsyncClient, Client
from bedrock_harness.client.credentials import PRECEDENCE, PRECEDENCE_PRX, PRECEDENCE_REQ_LLM
from bedrock_harness.client.errors import (
    BedrockError,
    ConnectionFailed,
    IncompleteStream,
    InvalidRequest,
    MissingCredentials,
    MissingRegion,
    ProtocolError,
    RequestTimeout,
    ServiceError,
    StreamError,
)
from bedrock_harness.client.native import Embeddings
from bedrock_harness.client.options import (
    AS_GIVEN,
    CACHE_DOCKER_AGENT,
    CACHE_PRX,
    CACHE_REQ_LLM,
    Caching,
    Guardrail,
    Note,
    Options,
    Output,
    Repairs,
    Thinking,
)
from bedrock_harness.client.replies import Reply, ToolCall, assistant_message
from bedrock_harness.client.requests import Prepared, prepare
from bedrock_harness.client.retrying import PAUSES_REQ_LLM, Pauses
from bedrock_harness.client.service_errors import (
    AccessDeniedException,
    ConflictException,
    ContextOverflow,
    ExpiredTokenException,
    IncompleteSignatureException,
    InternalServerException,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    ModelErrorException,
    ModelNotReadyException,
    ModelStreamErrorException,
    ModelTimeoutException,
    ResourceNotFoundException,
    SerializationException,
    ServiceQuotaExceededException,
    ServiceUnavailableException,
    ThrottlingException,
    UnknownOperationException,
    UnrecognizedClientException,
    ValidationException,
)
from bedrock_harness.client.streams import AsyncStream, Stream
from bedrock_harness.client.supply import Role

__all__ = [
    "AS_GIVEN",
    "CACHE_DOCKER_AGENT",
    "CACHE_PRX",
    "CACHE_REQ_LLM",
    "PAUSES_REQ_LLM",
    "PRECEDENCE",
    "PRECEDENCE_PRX",
    "PRECEDENCE_REQ_LLM",
    "AccessDeniedException",
    "AsyncChunkStream",
    "AsyncClient",
    "AsyncStream",
    "BedrockError",
    "Caching",
    "ChunkStream",
    "Client",
    "ConflictException",
    "ConnectionFailed",
    "ContextOverflow",
    "Embeddings",
    "ExpiredTokenException",
    "Guardrail",
    "IncompleteSignatureException",
    "IncompleteStream",
    "InternalServerException",
    "InvalidRequest",
    "InvalidSignatureException",
    "Invoked",
    "MissingAuthenticationTokenException",
    "MissingCredentials",
    "MissingRegion",
    "ModelErrorException",
    "ModelNotReadyException",
    "ModelStreamErrorException",
    "ModelTimeoutException",
    "Note",
    "Options",
    "Output",
    "Pauses",
    "Prepared",
    "ProtocolError",
    "Repairs",
    "Reply",
    "RequestTimeout",
    "ResourceNotFoundException",
    "Role",
    "SerializationException",
    "ServiceError",
    "ServiceQuotaExceededException",
    "ServiceUnavailableException",
    "Stream",
    "StreamError",
    "Thinking",
    "ThrottlingException",
    "ToolCall",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationException",
    "assistant_message",
    "prepare",
]
