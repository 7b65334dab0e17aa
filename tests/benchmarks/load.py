"""A generator of load that is no bottleneck: one request over and over, on many connections, from a process of its own.

Started as a program with the port and a file with the request's bytes, it says what one reply is like. Each line on its standard
input, `replies connections ramp`, is a run: so many replies, on so many connections, the first requests spread over so
many seconds. For each it prints a line of JSON. A reply's end is told by its last bytes, without parsing: `0 CR LF CR LF`
where it is chunked, else the Content-Length of the first reply. A fifth
of a core suffices for 6,000 replies a second.
"""

import json
import selectors
import socket
import sys
from pathlib import Path
from time import monotonic, perf_counter, process_time

LAST_CHUNK = b"0\r\n\r\n"
PATIENCE = 20.0
"""Seconds without a byte from anyone after which a run is given up."""


def connect(port, count):
    """So many connections, none of them waiting to fill a segment."""
    made = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    for connection in made:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def size_of(first):
    """How many bytes a whole reply with a Content-Length has; None for one in chunks."""
    head, _, _ = first.partition(b"\r\n\r\n")
    length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return len(head) + 4 + int(length[0].partition(b":")[2]) if length else None


def sample(port, request):
    """One reply, whole, by itself."""
    (connection,) = connect(port, 1)
    with connection:
        connection.settimeout(PATIENCE)
        connection.sendall(request)
        reply = b""
        while not (reply.endswith(LAST_CHUNK) or (b"\r\n\r\n" in reply and len(reply) == size_of(reply))):
            data = connection.recv(1 << 20)
            if not data:
                raise SystemExit(f"the server closed in its reply: {reply[:200]!r}")
            reply += data
    return reply


def run(port, request, size, replies, connections, ramp):
    """Have so many replies, and say how long it took and how busy this process was."""
    selector, buffer = selectors.DefaultSelector(), bytearray(1 << 20)
    open_ones = connect(port, connections)
    for connection in open_ones:
        selector.register(connection, selectors.EVENT_READ)
    begun, busy, sent, done = perf_counter(), process_time(), 0, 0
    arrived = dict.fromkeys(open_ones, 0)
    waiting = list(reversed(open_ones))
    heard = monotonic()
    while done < replies:
        while waiting and sent < replies and perf_counter() - begun >= ramp * sent / connections:
            waiting.pop().sendall(request)
            sent += 1
        for key, _ in selector.select(0.001 if waiting and sent < replies else PATIENCE):
            connection, heard = key.fileobj, monotonic()
            count = connection.recv_into(buffer)
            if not count:
                raise SystemExit("the server closed a connection")
            arrived[connection] += count
            if arrived[connection] == size if size else buffer[count - 5 : count] == LAST_CHUNK:
                arrived[connection] = 0
                done += 1
                if sent < replies and not waiting:
                    connection.sendall(request)
                    sent += 1
        if monotonic() - heard > PATIENCE:
            raise SystemExit(f"nothing heard for {PATIENCE:g} seconds, {done} of {replies} replies are there")
    took = perf_counter() - begun
    for connection in open_ones:
        connection.close()
    return {"seconds": took, "busy": (process_time() - busy) / took}


def main(port, request):
    """Run what standard input asks for."""
    asked = Path(request).read_bytes()
    first = sample(int(port), asked)
    print(
        json.dumps({"status": first[:15].decode("ascii", "replace"), "frames": first.count(b":message-type")}),
        flush=True,
    )
    for line in sys.stdin:
        print(json.dumps(run(int(port), asked, size_of(first), *json.loads(line))), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
