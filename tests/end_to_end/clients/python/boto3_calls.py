"""A converse and a streamed converse with boto3."""

import sys

import boto3

hello = {"modelId": sys.argv[1], "messages": [{"role": "user", "content": [{"text": "Hello"}]}]}
client = boto3.client("bedrock-runtime")
print(client.converse(**hello)["output"]["message"]["content"][0]["text"])
events = client.converse_stream(**hello)["stream"]
print("".join(event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event))
