"""InvokeModel's bodies, each family's own: read into a Converse body, answers written back.

    native = read(body, model)              # Refused, in the service's words, for a body the model does not take
    objections(native)                      # what the model refuses of the conversation, such as a prefill
    reply_body(answer, native)              # InvokeModel
    chunks(answer, native)                  # InvokeModelWithResponseStream: each goes base64 into a `chunk` event
    embed(native)                           # in place of both, where `native.embedding` is there

Pure: no socket, no clock. No recording of InvokeModel is in the shared set; shapes are AWS's documentation of each model's
request and response, and public recordings named where they count.
"""

from bedrock_harness.simulator.native.formats import (
    Format,
    chunks,
    embed,
    embedding_headers,
    native_format,
    read,
    reply_body,
    reply_headers,
)
from bedrock_harness.simulator.native.objections import objections
from bedrock_harness.simulator.native.request import Embedding, Native, Refused

__all__ = [
    "Embedding",
    "Format",
    "Native",
    "Refused",
    "chunks",
    "embed",
    "embedding_headers",
    "native_format",
    "objections",
    "read",
    "reply_body",
    "reply_headers",
]
