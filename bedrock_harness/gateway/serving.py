"""The gateway on a socket: uvicorn, in the calling thread or in one of its own.

Binds loopback. The gateway asks its callers for no key and spends its owner's account: whoever reaches it may use it. So any
other address has to be asked for in so many words.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from bedrock_harness.client import AsyncClient
from bedrock_harness.client.signing import is_loopback
from bedrock_harness.gateway.app import application
from bedrock_harness.gateway.bounds import Limits
from bedrock_harness.gateway.handled import Handled
from bedrock_harness.gateway.models import Models

__all__ = ["Gateway", "GatewayError", "bind", "server", "url_of"]

GOODBYE = 2
"""Seconds that streams are given to end when the server is to stop."""


class GatewayError(Exception):
    """The gateway cannot be started. `hint` says what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def bind(host: str, port: int, *, exposed: bool = False) -> socket.socket:
    """A listening socket. Raises GatewayError for an address that is taken, or that is not this machine's alone."""
    if not exposed and not is_loopback(host):
        raise GatewayError(
            f"{host} is no loopback address: whoever reaches it could spend your AWS account.",
            "Leave out --host, or say --expose-to-the-network.",
        )
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise GatewayError(f"{host}:{port} cannot be listened on: {error.strerror}.", "Give another --port.") from error
    return listening


def url_of(listening: socket.socket) -> str:
    """Where a socket listens, as a URL."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server(app: ASGIApp) -> uvicorn.Server:
    """uvicorn, silent: what there is to say is the gateway's to say, and a log of its own would hold what was said."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            loop="asyncio",
            lifespan="on",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GOODBYE,
        )
    )


class Gateway:
    """The gateway on a port of its own, in a thread of its own, for as long as the `with` lasts.

    ```python
    with Gateway(lambda: AsyncClient(region="us-east-1")) as gateway:
        openai.OpenAI(base_url=gateway.url + "/v1", api_key="unused")
    ```

    `connect` makes the client to Bedrock, in that thread. Entered once. Listens on loopback alone.
    """

    def __init__(
        self,
        connect: Callable[[], AsyncClient],
        *,
        models: Models | None = None,
        limits: Limits | None = None,
        observer: Callable[[Handled], None] = lambda _: None,
    ) -> None:
        self._server = server(application(connect, models=models, limits=limits, observer=observer))
        self._url: str | None = None

    @property
    def url(self) -> str:
        """Where it listens, without a path. Callers wait there until it has started."""
        if self._url is None:
            raise GatewayError("The gateway has no address yet.", "Enter it first: `with Gateway(...) as gateway:`.")
        return self._url

    def __enter__(self) -> Self:
        listening = bind("127.0.0.1", 0)
        self._url = url_of(listening)
        self._thread = threading.Thread(target=self._server.run, args=([listening],), name="bedrock-gateway")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
