"""A client with no manners of its own: bytes out, bytes in, and what TCP says at the end."""

import json
import socket
import ssl
from dataclasses import dataclass

from bedrock_harness.service.model_ids import operation_path
from bedrock_harness.wire.sigv4 import Credentials, Request, sign

MODEL = "anthropic.claude-sonnet-4-20250514-v1:0"
HELLO = {"messages": [{"role": "user", "content": [{"text": "Hello"}]}]}


def signed(simulator, operation="Converse", body=HELLO, *, at=None, model=MODEL, login=None, region=None, extra=()):
    """A request signed as the reference signer does it."""
    login = login or simulator.credentials
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = (("Host", simulator.url.partition("//")[2]), ("Content-Type", "application/json"), *extra)
    request = Request("POST", operation_path(model, operation), headers, data)
    keys = Credentials(login["access_key_id"], login["secret_access_key"], login["session_token"])
    return sign(request, keys, region=region or simulator.region, at=at or simulator.clock.now()).request


def octets(request, *, length=True, extra=()):
    """A request's bytes, with a Content-Length unless told otherwise."""
    headers = [*request.headers, *extra]
    if length:
        headers.append(("Content-Length", str(len(request.body))))
    head = "\r\n".join((f"{request.method} {request.target} HTTP/1.1", *(f"{n}: {v}" for n, v in headers), "", ""))
    return head.encode() + request.body


@dataclass
class Reply:
    """One reply: `ended` is "properly", or how the connection broke: "closed", "reset" or "silence".

    Over TLS a connection that ends without TLS's own goodbye is "no goodbye", which is all that Python's ssl tells of a reset.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    chunks: list[bytes]
    ended: str

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def json(self):
        return json.loads(self.body)


class Peer:
    """A connection to the simulator, blocking, with a time limit on each read."""

    def __init__(self, simulator, timeout=5.0):
        host, port = simulator.url.rpartition("//")[2].rsplit(":", 1)
        self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout=timeout)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def ask(self, *arguments, **keywords):
        """Sign, send, and read the reply."""
        self.send(octets(signed(*arguments, **keywords)))
        return self.read_reply()

    def rest(self):
        """Everything until the connection ends, and how it ends."""
        try:
            while data := self.socket.recv(65536):
                self.buffer += data
        except ConnectionResetError:
            return self._take(len(self.buffer)), "reset"
        except TimeoutError:
            return self._take(len(self.buffer)), "silence"
        return self._take(len(self.buffer)), "closed"

    def read_head(self):
        lines = self._until(b"\r\n\r\n").decode().split("\r\n")[:-2]
        status = int(lines[0].split(" ")[1])
        return status, [tuple(line.split(": ", 1)) for line in lines[1:]]

    def read_reply(self):
        status, headers = self.read_head()
        named = {name.lower(): value for name, value in headers}
        chunks, ended = [], "properly"
        try:
            if named.get("transfer-encoding") == "chunked":
                while size := int(self._until(b"\r\n"), 16):
                    chunks.append(self._exactly(size))
                    self._exactly(2)
                self._exactly(2)
            else:
                chunks = [self._exactly(int(named["content-length"]))]
        except _Broken as broken:
            ended = broken.args[0]
            chunks.append(self._take(len(self.buffer)))
        return Reply(status, headers, b"".join(chunks), chunks, ended)

    def _until(self, mark):
        while mark not in self.buffer:
            self._more()
        return self._take(self.buffer.index(mark) + len(mark))

    def _exactly(self, size):
        while len(self.buffer) < size:
            self._more()
        return self._take(size)

    def _take(self, size):
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            raise _Broken("reset") from None
        except ssl.SSLEOFError:
            raise _Broken("no goodbye") from None
        except TimeoutError:
            raise _Broken("silence") from None
        if not data:
            raise _Broken("closed")
        self.buffer += data


class _Broken(Exception):
    """The connection ended where more was expected."""
