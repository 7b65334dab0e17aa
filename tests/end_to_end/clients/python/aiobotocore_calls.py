"""A converse and a streamed converse with aiobotocore."""

import asyncio
import sys

from aiobotocore.session import get_session


async def main() -> None:
    hello = {"modelId": sys.argv[1], "messages": [{"role": "user", "content": [{"text": "Hello"}]}]}
    async with get_session().create_client("bedrock-runtime") as client:
        reply = await client.converse(**hello)
        print(reply["output"]["message"]["content"][0]["text"])
        streamed = await client.converse_stream(**hello)
        deltas = [
            event["contentBlockDelta"]["delta"] async for event in streamed["stream"] if "contentBlockDelta" in event
        ]
        print("".join(delta["text"] for delta in deltas))


asyncio.run(main())
