"""What other implementations make of the same bytes: botocore's frames and signatures, awscrt's signatures.

botocore is lax in places and awscrt strict in others: `properties` says where, and which sentence decides. awscrt is not
installed with any extra; where it is missing, what rests on it is left out.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bedrock_harness.wire.canonical import Request
    from bedrock_harness.wire.signing import Credentials

__all__ = ["awscrt_authorization", "awscrt_installed", "botocore_authorization", "botocore_frames"]


def botocore_frames(chunks: Iterable[bytes]) -> tuple[list[tuple[dict[str, Any], bytes]], str]:
    """botocore's messages as (headers, payload), and the name of what it raised, or nothing."""
    from botocore.eventstream import EventStreamBuffer, ParserError

    buffer, messages = EventStreamBuffer(), []
    try:
        for chunk in chunks:
            buffer.add_data(chunk)
            for message in buffer:
                # Not all at once: what was read ahead of a fault counts.
                messages.append((message.headers, message.payload))  # noqa: PERF401
    except (ParserError, KeyError, ValueError, struct.error) as error:
        return messages, type(error).__name__
    return messages, ""


def botocore_authorization(request: Request, who: Credentials, region: str, service: str) -> tuple[str, datetime]:
    """botocore's Authorization header for the request, and the time that it signed at, which is now."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials as BotocoreCredentials

    host = next(value for name, value in request.headers if name.lower() == "host")
    theirs = AWSRequest(request.method, f"https://{host}{request.target}", data=request.body)
    for name, value in request.headers:
        theirs.headers.add_header(name, value)
    SigV4Auth(
        BotocoreCredentials(who.access_key_id, who.secret_access_key, who.session_token), service, region
    ).add_auth(theirs)
    at = datetime.strptime(theirs.headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return str(theirs.headers["Authorization"]), at


def awscrt_installed() -> bool:
    """Whether awscrt can be asked."""
    return find_spec("awscrt") is not None


def awscrt_authorization(request: Request, who: Credentials, region: str, service: str, at: datetime) -> str:
    """awscrt's Authorization header for the request."""
    from awscrt import auth, http

    config = auth.AwsSigningConfig(
        algorithm=auth.AwsSigningAlgorithm.V4,
        signature_type=auth.AwsSignatureType.HTTP_REQUEST_HEADERS,
        credentials_provider=auth.AwsCredentialsProvider.new_static(
            who.access_key_id, who.secret_access_key, who.session_token
        ),
        region=region,
        service=service,
        date=at,
        use_double_uri_encode=True,
        should_normalize_uri_path=True,
        signed_body_header_type=auth.AwsSignedBodyHeaderType.NONE,
    )
    theirs = http.HttpRequest(
        request.method, request.target, http.HttpHeaders(list(request.headers)), BytesIO(request.body)
    )
    headers = dict(auth.aws_sign_request(theirs, config).result(30).headers)
    return str(headers["Authorization"])
