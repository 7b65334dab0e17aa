"""Signing: each request is authorised as Bedrock demands, whatever the model id, the body or the environment.

That a signature verifies is judged in every case. The cases here are those in which signatures most often do not.
"""

from __future__ import annotations

from bedrock_harness.conformance.case import Case, Turn
from bedrock_harness.conformance.checks import Answered, Header, NotSigned, Sent, Target, should
from bedrock_harness.conformance.grades import Cost, Grade
from bedrock_harness.conformance.say import user
from bedrock_harness.simulator.script import Text, answer

__all__ = ["CASES"]

PROFILE = "us.anthropic.claude-sonnet-4-20250514-v1:0"
ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/k7w2m9x4q1zd"

UNICODE = (
    "Translate: 漢字かな交じり文, Ελληνικά, 👩‍🚀, e\u0301 and \u00e9. "
    "Separators: \u2028 \u2029. Controls: \t \u0001 \u001b \u007f."
)
"""One, two, three and four byte characters, joined and combined ones, and those that JSON escapes or JavaScript breaks at."""

LINE = "2026-11-20T21:36:06Z edge-17 GET /health 200 0.4 ms\n"
LARGE = "Summarise this log in one sentence.\n" + LINE * (1_048_576 // len(LINE))
"""A mebibyte of ASCII, which a model with a window of a million tokens takes."""

HOP_BY_HOP = (
    "accept-encoding",
    "connection",
    "expect",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-amzn-trace-id",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
)
"""Headers that proxies take off, add or rewrite (RFC 9110, 7.6.1), and those that they append to."""


def one_segment(model: str) -> Target:
    """The model id as one path segment, percent-encoded once; a colon may stand as it is (RFC 3986, 3.3)."""
    encoded = model.replace("/", "%2F").replace(":", "%3A")
    return Target((f"/model/{encoded}/converse-stream", f"/model/{encoded.replace('%3A', ':')}/converse-stream"))


CASES = (
    Case(
        id="signing/bearer-token",
        must="A provider that is given a Bedrock API key sends it as a bearer token and signs nothing.",
        because=(
            "aws/aws-sdk-js-v3#7204",
            "anthropics/anthropic-sdk-python#1079",
            "BerriAI/litellm#39411",
            "BerriAI/litellm#39166",
        ),
        costs=Cost.CRASH,
        credentials="bearer",
        turns=(
            Turn(
                say=user("What does an API key for Bedrock look like?"),
                bedrock=answer(Text("It begins with a fixed prefix, followed by encoded credentials.")),
                expect=(
                    Answered("It begins with a fixed prefix, followed by encoded credentials."),
                    Header("authorization", "Bearer "),
                    should(Header("x-amz-date", None)),
                    should(Header("x-amz-security-token", None)),
                ),
            ),
        ),
    ),
    Case(
        id="signing/foreign-region",
        must="The region that the caller gives is the one in the signature, whatever the environment says.",
        because=("maximhq/bifrost#3536", "omnara-ai/omnara#486", "crewAIInc/crewAI#4582"),
        costs=Cost.CRASH,
        environment={"AWS_REGION": "eu-west-3", "AWS_DEFAULT_REGION": "eu-west-3"},
        turns=(
            Turn(
                say=user("Which region is this?"),
                bedrock=answer(Text("The one that you named.")),
                expect=(Answered("The one that you named."),),
            ),
        ),
    ),
    Case(
        id="signing/foreign-session-token",
        must="A key pair that the caller gives is used alone, never mixed with a session token from the environment.",
        because=("vercel/ai#14262", "8monkey-ai/hebo-platform#351", "anthropics/anthropic-sdk-typescript#537"),
        costs=Cost.CRASH,
        environment={"AWS_SESSION_TOKEN": "FwoGZXIvYXdzEBYaDNotOfThisKeyPair"},
        turns=(
            Turn(
                say=user("Are you there?"),
                bedrock=answer(Text("Yes.")),
                expect=(Answered("Yes."), Header("x-amz-security-token", None)),
            ),
        ),
    ),
    Case(
        id="signing/inference-profile-arn",
        must="An ARN used as a model id arrives whole, as one segment of the path.",
        because=(
            "vercel/ai#17523",
            "anthropics/anthropic-sdk-go#185",
            "anthropics/anthropic-sdk-python#740",
            "BerriAI/litellm#3805",
            "OneUptime/oneuptime#3099",
        ),
        costs=Cost.CRASH,
        model=ARN,
        turns=(
            Turn(
                say=user("Which profile answers?"),
                bedrock=answer(Text("The application's own.")),
                expect=(Answered("The application's own."), one_segment(ARN)),
            ),
        ),
    ),
    Case(
        id="signing/inference-profile-prefix",
        must="The prefix of an inference profile is sent as given: not doubled, forced or taken off.",
        because=("cline/cline#3388", "devoxx/DevoxxGenieIDEAPlugin#756", "langchain-ai/langchain-aws#170"),
        costs=Cost.CRASH,
        model=PROFILE,
        turns=(
            Turn(
                say=user("Where do you run?"),
                bedrock=answer(Text("Somewhere in the United States.")),
                expect=(Answered("Somewhere in the United States."), one_segment(PROFILE)),
            ),
        ),
    ),
    Case(
        id="signing/large-body",
        must="A prompt of a mebibyte is signed and sent like any other.",
        because=("aws/aws-sdk-java-v2#5895", "aws/aws-cli#9257"),
        costs=Cost.CRASH,
        model="us.amazon.nova-premier-v1:0",
        turns=(
            Turn(
                say=user(LARGE),
                bedrock=answer(Text("One host was asked for its health, over and over, and was well.")),
                expect=(Answered("One host was asked for its health, over and over, and was well."),),
            ),
        ),
    ),
    Case(
        id="signing/model-id-with-colon",
        must="A model id with a colon is encoded once in the path and once more in the canonical request.",
        because=(
            "tontinton/maki#212",
            "OneUptime/oneuptime#3099",
            "higress-group/higress#2396",
            "aws-amplify/amplify-flutter#5236",
        ),
        costs=Cost.CRASH,
        model="anthropic.claude-3-5-haiku-20241022-v1:0",
        turns=(
            Turn(
                say=user("Which model is this?"),
                bedrock=answer(Text("A small one, with a colon in its name.")),
                expect=(
                    Answered("A small one, with a colon in its name."),
                    one_segment("anthropic.claude-3-5-haiku-20241022-v1:0"),
                ),
            ),
        ),
    ),
    Case(
        id="signing/session-token",
        must="The token of temporary credentials is sent with the request and signed.",
        because=("avante-corp/avante.nvim#1207", "vercel/ai#2053"),
        costs=Cost.CRASH,
        credentials="session",
        turns=(
            Turn(
                say=user("How long do these credentials last?"),
                bedrock=answer(Text("An hour, as a rule.")),
                expect=(Answered("An hour, as a rule."), Header("x-amz-security-token", "")),
            ),
        ),
    ),
    Case(
        id="signing/unicode-body",
        must="A prompt in any script arrives to the character, under a signature over the very bytes that were sent.",
        because=("aws-samples/sigv4-signing-examples#13", "aws/aws-sdk-js#2776", "r7kamura/aws-signer-v4#3"),
        costs=Cost.CRASH,
        turns=(
            Turn(
                say=user(UNICODE),
                bedrock=answer(Text("Kanji and kana, Greek, an astronaut.")),
                expect=(
                    Answered("Kanji and kana, Greek, an astronaut."),
                    Sent("messages.0.content.0.text", UNICODE),
                ),
            ),
        ),
    ),
    Case(
        id="signing/volatile-headers-unsigned",
        must="Headers that a proxy may change on the way are left out of the signature.",
        because=(
            "aws/mcp-proxy-for-aws#313",
            "openai/openai-python#3567",
            "coder/coder#26019",
            "boto/botocore#3643",
            "aws/aws-sdk-cpp#323",
        ),
        costs=Cost.CRASH,
        grade=Grade.SHOULD,
        turns=(
            Turn(
                say=user("Is there a proxy between us?"),
                bedrock=answer(Text("I can't tell.")),
                expect=(Answered("I can't tell."), NotSigned(HOP_BY_HOP)),
            ),
        ),
    ),
)
