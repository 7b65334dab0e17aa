"""A client of HTTP/2, blocking, with a time limit on each read: the h2 library at the other end of a socket."""

import socket
from dataclasses import dataclass, field

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    InformationalResponseReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.settings import SettingCodes

from tests.simulator.raw import signed


@dataclass
class Reply:
    """What has come on one stream. `ended` is None while it goes on, then "properly" or the code of the reset.

    `informed` is whether a 100 has come, `stop` whether the peer was asked to send no more of its request.
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    informed: bool = False
    stop: bool = False
    body: bytes = b""
    ended: str | int | None = None


class H2Peer:
    """A connection to the simulator. `goodbye` is the error code of the GOAWAY that has come."""

    def __init__(self, simulator, *, window=None, buffer=None, wrap=None, begin=True):
        host, port = simulator.url.partition("//")[2].split(":")
        self.socket = socket.socket()
        self.socket.settimeout(5)
        if buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.connect((host, int(port)))
        if wrap is not None:
            self.socket = wrap(self.socket)
        self.h2 = H2Connection(
            H2Configuration(client_side=True, header_encoding="utf-8", validate_outbound_headers=False)
        )
        self.replies: dict[int, Reply] = {}
        self.goodbye = None
        self.credit = True
        """Whether what has been read is acknowledged, so that more may come."""
        if window is not None:
            self.h2.local_settings[SettingCodes.INITIAL_WINDOW_SIZE] = window
            self.h2.local_settings.acknowledge()
        self.h2.initiate_connection()
        if begin:
            self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def flush(self):
        self.socket.sendall(self.h2.data_to_send())

    def begin(self, request, *, end=True, extra=()):
        """Send the head of a request on a new stream, and with `end` its body too."""
        stream = self.h2.get_next_available_stream_id()
        headers = {name.lower(): value for name, value in request.headers}
        authority = headers.pop(":authority", None) or headers["host"]
        headers.pop("host", None)
        pseudo = [
            (":method", request.method),
            (":path", request.target),
            (":scheme", "http"),
            (":authority", authority),
        ]
        self.h2.send_headers(stream, [*pseudo, *headers.items(), *extra], end_stream=end and not request.body)
        self.replies[stream] = Reply()
        if end and request.body:
            self.h2.send_data(stream, request.body, end_stream=True)
        self.flush()
        return stream

    def ask(self, *arguments, **keywords):
        """Sign, send, and read the reply."""
        return self.reply(self.begin(signed(*arguments, **keywords)))

    def reply(self, stream):
        """Read until the stream has ended."""
        self.until(lambda: self.replies[stream].ended is not None)
        return self.replies[stream]

    def until(self, done):
        """Read until `done` says so; False where the connection ends before."""
        while not done():
            if not self.read():
                return False
        return True

    def read(self):
        """Take what has come; False at the connection's end."""
        data = self.socket.recv(65536)
        for event in self.h2.receive_data(data):
            self._note(event)
        if self.goodbye is None:
            self.flush()
        return bool(data)

    def _note(self, event):
        match event:
            case ResponseReceived(stream_id=stream, headers=headers):
                self.replies[stream].headers = dict(headers)
                self.replies[stream].status = int(dict(headers)[":status"])
            case InformationalResponseReceived(stream_id=stream):
                self.replies[stream].informed = True
            case DataReceived(stream_id=stream, data=data, flow_controlled_length=size):
                self.replies[stream].body += data
                if self.credit:
                    self.h2.acknowledge_received_data(size, stream)
            case StreamEnded(stream_id=stream):
                self.replies[stream].ended = "properly"
            case StreamReset(stream_id=stream, error_code=code, remote_reset=True):
                self.replies[stream].stop = code == ErrorCodes.NO_ERROR
                self.replies[stream].ended = self.replies[stream].ended or int(code)
            case ConnectionTerminated(error_code=code):
                self.goodbye = int(code)
