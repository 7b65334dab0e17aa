"""Conversations put together from pieces, for the tests of the rules."""

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
CLAUDE_46 = "us.anthropic.claude-sonnet-4-6"
NOVA = "us.amazon.nova-pro-v1:0"
OPAQUE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f"
PROMPT = "arn:aws:bedrock:us-east-1:123456789012:prompt/ABCDE12345"

CACHE = {"cachePoint": {"type": "default"}}
HI = {"text": "hi"}


def user(*blocks):
    return {"role": "user", "content": list(blocks)}


def assistant(*blocks):
    return {"role": "assistant", "content": list(blocks)}


def use(id_="a", given=None, **members):
    return {"toolUse": {"toolUseId": id_, "name": "look", "input": {} if given is None else given} | members}


def result(id_="a", *content, **members):
    return {"toolResult": {"toolUseId": id_, "content": list(content or [HI])} | members}


def document(name="a", source=None, **members):
    return {"document": {"name": name, "format": "txt", "source": source or {"bytes": "AAAA"}} | members}


def thought(**members):
    return {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"} | members}}


S3_IMAGE = {"image": {"format": "png", "source": {"s3Location": {"uri": "s3://bucket/a.png"}}}}


def tools(*schemas, name="look", **members):
    specs = [
        {"toolSpec": {"name": name, "inputSchema": {"json": schema}}} for schema in schemas or [{"type": "object"}]
    ]
    return {"toolConfig": {"tools": specs} | members}


def talk(*messages, **members):
    return {"messages": list(messages)} | members


def thinking(budget=1024):
    return {"additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": budget}}}
