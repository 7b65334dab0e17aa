"""Connections are kept while they are of use, and let go when they are not."""

import asyncio
import gc
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from bedrock_harness.client import AsyncClient, Client, IncompleteStream
from bedrock_harness.simulator import Simulator
from bedrock_harness.simulator.script import Delivery, Text, answer
from tests.client.driving import DRIVERS, HELLO, MODEL

STALLED = answer(Text("word " * 100), deliver=Delivery(gap=20.0))
SLOW = answer(Text("word " * 100), deliver=Delivery(gap=0.05))


def closed_within(exchange, seconds):
    deadline = time.monotonic() + seconds
    while exchange.closed_by_peer is None and time.monotonic() < deadline:
        time.sleep(0.005)
    return exchange.closed_by_peer is not None


def test_leaving_a_stream_early_closes_its_connection(bedrock, client):
    """The service learns at once that nobody listens any more, and the client is good for more."""
    for _ in range(5):
        bedrock.play(SLOW)
        assert len(client.events(stop_after=3)) == 3
        assert closed_within(bedrock.journal[-1], 1)
    bedrock.play(answer(Text("Hello")))
    assert client.converse().text == "Hello"


def test_an_error_of_the_callers_closes_the_connection(bedrock):
    """A caller who fails within the stream leaves no connection open."""
    bedrock.play(SLOW)
    with Client(bedrock.region, bedrock.credentials, endpoint=bedrock.url) as client:
        with pytest.raises(TypeError), client.converse_stream(MODEL, HELLO) as stream:
            next(stream).role / 0
        assert closed_within(bedrock.journal[-1], 1)


def test_a_stream_left_early_has_no_reply(bedrock, client):
    """What was cut off by its reader is not folded into something that looks whole."""
    bedrock.play(SLOW)
    stream = client.stream()
    client.step(stream)
    client.leave(stream)
    with pytest.raises(IncompleteStream, match="by its reader"):
        client.step(stream)


def test_a_stream_at_its_end_stays_there(bedrock, client):
    """Behind the last event there is nothing, however often one asks, and closing is harmless."""
    bedrock.play(answer(Text("Hello")))
    stream = client.stream()
    while client.step(stream) is not None:
        pass
    assert client.step(stream) is None
    client.leave(stream)
    client.leave(stream)
    assert client.step(stream) is None
    assert stream.request_id


def test_a_stream_may_be_entered_late(bedrock):
    """Whoever iterates first and enters then is still at the same stream."""
    with Client(bedrock.region, bedrock.credentials, endpoint=bedrock.url) as client:
        stream = client.converse_stream(MODEL, HELLO)
        first = next(stream)
        with stream:
            assert first not in list(stream)
    assert len(bedrock.journal) == 1


def test_a_stream_that_is_not_entered_sends_nothing(bedrock, client):
    """Making a stream costs nothing."""
    stream = client.stream()
    assert stream.request_id is None
    client.leave(stream)
    assert len(bedrock.journal) == 0


def test_connections_are_kept_between_requests(bedrock, client):
    """Replies read to their end leave their connection for the next request, streamed or not."""
    bedrock.play(answer(Text("Hello")))
    for _ in range(5):
        client.converse()
        client.streamed()
    assert len({exchange.connection for exchange in bedrock.journal}) == 1


def test_refusals_leave_the_connection_usable(bedrock, client):
    """An error reply is read to its end as well."""
    for _ in range(3):
        with pytest.raises(Exception, match="role"):
            client.converse(messages=[{"role": "robot", "content": [{"text": "Hello"}]}])
    assert len({exchange.connection for exchange in bedrock.journal}) == 1


def test_a_cancelled_task_closes_its_connection(bedrock):
    """Cancelling the reading task is leaving the stream: nothing is left in the loop, and the service is told."""

    async def main():
        async with AsyncClient(bedrock.region, bedrock.credentials, endpoint=bedrock.url) as client:

            async def read():
                async with client.converse_stream(MODEL, HELLO) as stream:
                    async for _ in stream:
                        begun.set()

            begun = asyncio.Event()
            task = asyncio.create_task(read())
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(closed_within, bedrock.journal[-1], 1)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    bedrock.play(SLOW)
    asyncio.run(main())


def test_a_stream_may_be_closed_by_another_thread(bedrock):
    """Closing a stream ends the waiting of the thread that reads it, at once and with an error."""
    bedrock.play(STALLED)
    with Client(bedrock.region, bedrock.credentials, endpoint=bedrock.url) as client, ThreadPoolExecutor(1) as threads:
        stream = client.converse_stream(MODEL, HELLO)
        next(stream)
        reading = threads.submit(next, stream)
        while not reading.running():
            time.sleep(0.005)
        time.sleep(0.05)
        stream.close()
        with pytest.raises(IncompleteStream):
            reading.result(5)
        assert closed_within(bedrock.journal[-1], 1)


def test_a_stream_may_be_closed_by_another_task(bedrock):
    """So it is in a loop."""

    async def main():
        async with AsyncClient(bedrock.region, bedrock.credentials, endpoint=bedrock.url) as client:
            stream = client.converse_stream(MODEL, HELLO)
            await anext(stream)
            reading = asyncio.create_task(anext(stream))
            await asyncio.sleep(0.05)
            await stream.aclose()
            with pytest.raises(IncompleteStream):
                await asyncio.wait_for(reading, 5)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    bedrock.play(STALLED)
    asyncio.run(main())


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_proxy_is_asked_for_the_services_own_host(monkeypatch, driver):
    """Through a proxy the service's own host is reached, in a tunnel, with the same signature."""
    with Simulator(proxy=True) as bedrock:
        for name, value in bedrock.environment().items():
            monkeypatch.setenv(name, value)
        client = DRIVERS[driver]()
        assert client.converse().text == client.streamed().text
        client.close()
        assert [exchange.authorization.valid for exchange in bedrock.journal] == [True, True]


def test_streams_in_one_loop_do_not_wait_for_each_other():
    """Twenty streams of half a second take half a second, and the loop goes on ticking."""

    async def main():
        async with (
            Simulator(script=(answer(Text("a b c d e"), deliver=Delivery(delay=0.5)),)) as bedrock,
            AsyncClient(bedrock.region, bedrock.credentials, endpoint=bedrock.url) as client,
        ):

            async def read():
                async with client.converse_stream(MODEL, HELLO) as stream:
                    return (await stream.reply()).text

            started = time.monotonic()
            assert await asyncio.gather(*(read() for _ in range(20))) == ["a b c d e"] * 20
            assert time.monotonic() - started < 2

    asyncio.run(main())


def test_threads_share_a_client(bedrock, client):
    """Requests made at the same time get their own replies."""
    replies = client.together(20)
    assert len({reply.request_id for reply in replies}) == 20


def test_nothing_is_left_open(bedrock):
    """A client that was closed leaves no socket to the garbage collector."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        with Client(bedrock.region, bedrock.credentials, endpoint=bedrock.url) as client:
            client.converse(MODEL, HELLO)
            with client.converse_stream(MODEL, HELLO) as stream:
                next(stream)
        del client, stream
        gc.collect()


def test_a_proxy_is_not_asked_for_this_machine(bedrock, client, monkeypatch):
    """HTTP_PROXY says nothing about loopback."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    other = type(client)(region=bedrock.region, endpoint=bedrock.url, credentials=bedrock.credentials)
    assert other.converse().text
    other.close()
