"""The blocking and the asynchronous client behind one face, so that each test is written once and run on both."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bedrock_harness.client import AsyncClient, Client

MODEL = "anthropic.claude-sonnet-4-20250514-v1:0"
HELLO = [{"role": "user", "content": [{"text": "Hello"}]}]


class Blocking:
    """The blocking client."""

    def __init__(self, **settings: Any) -> None:
        self._client = Client(**settings)

    def converse(self, model=MODEL, messages=HELLO, **members):
        return self._client.converse(model, messages, **members)

    def events(self, model=MODEL, messages=HELLO, *, into=None, stop_after=None, **members):
        """The events of a stream, put into a list that is the caller's even when an error ends them."""
        got = [] if into is None else into
        with self._client.converse_stream(model, messages, **members) as stream:
            for event in stream:
                got.append(event)
                if len(got) == stop_after:
                    break
        return got

    def text(self, model=MODEL, messages=HELLO, **members):
        with self._client.converse_stream(model, messages, **members) as stream:
            return list(stream.text())

    def streamed(self, model=MODEL, messages=HELLO, *, taken=0, **members):
        """The folded reply, after so many events have been taken one by one."""
        with self._client.converse_stream(model, messages, **members) as stream:
            for _ in range(taken):
                next(stream)
            return stream.reply()

    def stream(self, model=MODEL, messages=HELLO, **members):
        """A stream to be driven by `step` and `leave`."""
        return self._client.converse_stream(model, messages, **members)

    def step(self, stream):
        return next(stream, None)

    def leave(self, stream):
        stream.close()

    def together(self, count: int, **call: Any) -> list[Any]:
        with ThreadPoolExecutor(count) as threads:
            return list(threads.map(lambda _: self.converse(**call), range(count)))

    def close(self):
        self._client.close()


class InALoop:
    """The asynchronous client, in a loop of its own that runs only while something is asked."""

    def __init__(self, **settings: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = AsyncClient(**settings)

    def converse(self, model=MODEL, messages=HELLO, **members):
        return self._runner.run(self._client.converse(model, messages, **members))

    def events(self, model=MODEL, messages=HELLO, *, into=None, stop_after=None, **members):
        got = [] if into is None else into

        async def read():
            async with self._client.converse_stream(model, messages, **members) as stream:
                async for event in stream:
                    got.append(event)
                    if len(got) == stop_after:
                        break
            return got

        return self._runner.run(read())

    def text(self, model=MODEL, messages=HELLO, **members):
        async def read():
            async with self._client.converse_stream(model, messages, **members) as stream:
                return [piece async for piece in stream.text()]

        return self._runner.run(read())

    def streamed(self, model=MODEL, messages=HELLO, *, taken=0, **members):
        async def read():
            async with self._client.converse_stream(model, messages, **members) as stream:
                for _ in range(taken):
                    await anext(stream)
                return await stream.reply()

        return self._runner.run(read())

    def stream(self, model=MODEL, messages=HELLO, **members):
        return self._client.converse_stream(model, messages, **members)

    def step(self, stream):
        async def one():
            return await anext(stream, None)

        return self._runner.run(one())

    def leave(self, stream):
        self._runner.run(stream.aclose())

    def together(self, count: int, **call: Any) -> list[Any]:
        async def ask():
            return await asyncio.gather(
                *(self._client.converse(**{"model": MODEL, "messages": HELLO} | call) for _ in range(count))
            )

        return self._runner.run(ask())

    def close(self):
        async def shut():
            await self._client.aclose()
            return [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

        with self._runner:
            assert self._runner.run(shut()) == []


DRIVERS: dict[str, Callable[..., Blocking | InALoop]] = {"blocking": Blocking, "in-a-loop": InALoop}
