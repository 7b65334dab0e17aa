"""The mistakes that clients make in signing: a table of words, each with the functions that make the mistake on purpose.

The commoner ones come first: where two cannot be told apart on a request, the first is named. Sources are the threads in
which somebody made the mistake, or the step of the specification that it gets wrong ("Create a signed AWS API request"
in the IAM user guide).
"""

from __future__ import annotations

from bedrock_harness.wire.diagnosis import misderived, mislisted, miswritten
from bedrock_harness.wire.diagnosis.attempts import Mistake
from bedrock_harness.wire.diagnosis.misread_bodies import BODIES

__all__ = ["MISTAKES"]

_STEP_1 = "IAM user guide, create a canonical request"
_STEP_2 = "IAM user guide, create a hash of the canonical request"
_STEP_3 = "IAM user guide, create a string to sign"
_STEP_4 = "IAM user guide, derive a signing key"


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "path-encoded-once",
        "The path was signed as it is sent, encoded once.",
        "Encode each segment of the path as sent once more: %3A on the request line is %253A in the canonical request.",
        "tontinton/maki#212, OneUptime/oneuptime#3099",
        miswritten.once_encoded,
    ),
    Mistake(
        "path-decoded",
        "The path was signed decoded.",
        "Encode the path as it is sent once more; never decode it.",
        "Nikita-Filonov/ai-review#40",
        miswritten.unencoded,
    ),
    Mistake(
        "path-encoded-again",
        "The path was encoded {} too often for the canonical request.",
        "Encode the model id once for the request line, and that once more for the canonical request.",
        "higress-group/higress#2396",
        miswritten.excess_encoding,
    ),
    Mistake(
        "colon-left-alone",
        "The path was signed with the colon of the model id as {}.",
        "Encode colons as any other byte: a colon on the request line is %3A in the canonical request, %3A is %253A.",
        "higress-group/higress#2396",
        miswritten.colon,
    ),
    Mistake(
        "arn-slash-left-alone",
        "The path was signed with the slashes of the ARN as {}.",
        "An ARN is one segment: its slash is %2F on the request line and %252F in the canonical request.",
        "OneUptime/oneuptime#3099",
        miswritten.slash,
    ),
    Mistake(
        "path-slashes-encoded",
        "The slashes between the segments of the path were encoded as well.",
        "Encode each segment by itself and join them by slashes.",
        "higress-group/higress#2402",
        miswritten.slash_encoded,
    ),
    Mistake(
        "path-lower-case-hex",
        "The percent escapes of the path were signed in lower case.",
        "Write the digits of percent escapes in upper case.",
        "higress-group/higress#2402",
        miswritten.lower_hex,
    ),
    Mistake(
        "path-not-normalised",
        "Dot segments or empty segments were left in the signed path.",
        "Remove `.`, `..` and empty segments before signing; only S3 keeps them.",
        _STEP_1,
        miswritten.undotted,
    ),
    Mistake(
        "path-trailing-slash",
        "The signed path differs from the one that was sent by the slash at its end.",
        "Sign the path that is sent.",
        "Nikita-Filonov/ai-review#40",
        miswritten.trailing_slash,
    ),
    Mistake(
        "path-other-base",
        "The signed path is {}, not the path that was sent.",
        "Sign the path that arrives, with whatever an endpoint puts before it.",
        "Nikita-Filonov/ai-review#40",
        miswritten.path_prefix,
    ),
    Mistake(
        "query-unsorted",
        "The query was signed in the order in which it was sent.",
        "Sort parameters by encoded name, then by encoded value.",
        _STEP_1,
        miswritten.query_order,
    ),
    Mistake(
        "query-plus",
        "A blank in the query was {}.",
        "Encode a blank as %20 and a plus as %2B.",
        _STEP_1,
        miswritten.plus_for_space,
    ),
    Mistake(
        "query-not-encoded",
        "The query was signed {}.",
        "Encode each name and value once, with upper-case hex, and write name= where there is no value.",
        _STEP_1,
        miswritten.query_raw,
    ),
    Mistake(
        "query-left-out",
        "The query was {}.",
        "Sign the query on a line of its own, after the path.",
        _STEP_1,
        miswritten.query_dropped,
    ),
    Mistake(
        "method-case",
        "The method was signed as {}.",
        "Sign the method as it is sent, in upper case.",
        _STEP_1,
        miswritten.method,
    ),
    Mistake(
        "host",
        "The host was signed as {}, which is not the Host header that was sent.",
        "Sign the Host header that is sent, with its port unless that is the default one.",
        "arcships/aimux#129, envoyproxy/ai-gateway#2429",
        mislisted.host,
    ),
    Mistake(
        "content-type",
        "The content type was signed as {}, which is not the one that was sent.",
        "Set every signed header before signing, and let no library change it afterwards.",
        "aws/mcp-proxy-for-aws#313",
        mislisted.content_type,
    ),
    Mistake(
        "header-names-case",
        "Names of headers were signed in capitals.",
        "Write header names in lower case, in their lines and in the list.",
        _STEP_1,
        mislisted.header_case,
    ),
    Mistake(
        "headers-unsorted",
        "The header lines were signed unsorted.",
        "Sort the header lines by lower-case name.",
        _STEP_1,
        mislisted.header_order,
    ),
    Mistake(
        "signed-headers-order",
        "The list of signed headers has another order than the header lines, or a name twice.",
        "Write the same list, sorted, each name once, in the canonical request and in Authorization.",
        "tontinton/maki#212",
        mislisted.list_order,
    ),
    Mistake(
        "header-duplicates",
        "The values of a header that was sent more than once were signed {}.",
        "Join the values of one header by commas, without blanks, in the order in which they are sent.",
        _STEP_1,
        mislisted.duplicates,
    ),
    Mistake(
        "header-not-trimmed",
        "Blanks around header values were left in.",
        "Trim header values.",
        _STEP_1,
        mislisted.outer_blanks,
    ),
    Mistake(
        "header-not-folded",
        "Runs of blanks inside header values were left in.",
        "Make one blank of each run of blanks.",
        _STEP_1,
        mislisted.inner_blanks,
    ),
    Mistake(
        "token-listed-only",
        "The session token is named among the signed headers, and was not signed.",
        "Add X-Amz-Security-Token before signing, and sign it.",
        "avante-corp/avante.nvim#1207",
        mislisted.token_left_out,
    ),
    Mistake(
        "token-not-listed",
        "The session token was signed, and is not named among the signed headers.",
        "Name every header that is signed in SignedHeaders.",
        "avante-corp/avante.nvim#1207",
        mislisted.token_not_listed,
    ),
    Mistake(
        "token-swapped",
        "Another session token was sent than the one that was signed.",
        "Take key, secret and token from one source.",
        "vercel/ai#14262",
        mislisted.other_token,
    ),
    Mistake(
        "header-listed-only",
        "The header {} is named among the signed ones, and was not signed.",
        "Set every header before signing, and name those that are signed, no more.",
        "tontinton/maki#212",
        mislisted.less_signed,
    ),
    Mistake(
        "missing-header",
        "A signed header did not arrive ({}).",
        "Sign only headers that are sent, and that no proxy removes.",
        "aws/mcp-proxy-for-aws#313",
        mislisted.removed,
    ),
    Mistake(
        "header-not-listed",
        "The header {} was signed, and is not named among the signed ones.",
        "Name every header that is signed in SignedHeaders.",
        _STEP_1,
        mislisted.more_signed,
    ),
    *BODIES,
    Mistake(
        "empty-line",
        "The canonical request has {} after the header lines.",
        "End each header line by a newline, then have one empty line.",
        _STEP_1,
        miswritten.blank_line,
    ),
    Mistake(
        "line-ends",
        "The canonical request has {}.",
        "Join lines by LF, and have none after the last.",
        _STEP_1,
        miswritten.line_ends,
    ),
    Mistake(
        "date-zone",
        "The date in the string to sign is that of the zone {}, unlike the one that was sent.",
        "Use UTC, and the same text in X-Amz-Date and in the string to sign.",
        "aws/aws-sdk-js-v3#5920",
        misderived.date_zone,
    ),
    Mistake(
        "date-form",
        "The date in the string to sign is written as {}.",
        "Write the date as 20250130T204131Z, as in X-Amz-Date.",
        _STEP_3,
        misderived.date_form,
    ),
    Mistake(
        "date-twice",
        "The date in the string to sign is seconds away from the one that was sent.",
        "Ask for the time once, and use it in both places.",
        _STEP_3,
        misderived.date_twice,
    ),
    Mistake(
        "scope-date",
        "The date {} was signed in place of the date in the credential scope.",
        "Use the UTC day of X-Amz-Date, as 20250130, in the scope and in the key.",
        _STEP_4,
        misderived.key_date,
    ),
    Mistake(
        "scope-region",
        "The region {} was signed in place of the region in the credential scope.",
        "Use one region in the scope, in the key and in the endpoint.",
        "omnara-ai/omnara#486",
        misderived.key_region,
    ),
    Mistake(
        "scope-service",
        "The service {} was signed in place of the service in the credential scope.",
        "The service is bedrock, whatever the host is called, in the scope and in the key.",
        "aws-amplify/amplify-flutter#5236",
        misderived.key_service,
    ),
    Mistake(
        "secret-prefix",
        "The key is derived from the secret with {}.",
        "Put AWS4 before the secret.",
        _STEP_4,
        misderived.prefix,
    ),
    Mistake(
        "secret-blanks",
        "The key is derived from the secret with {}.",
        "Trim what is read from a file or a variable.",
        _STEP_4,
        misderived.secret_blanks,
    ),
    Mistake(
        "secret-spelling",
        "The key is derived from the secret {}.",
        "Use the secret as it was given out.",
        _STEP_4,
        misderived.secret_spelling,
    ),
    Mistake(
        "key-steps-skipped",
        "Steps of the key derivation were left out: {}.",
        "Derive from date, region, service and aws4_request, one after the other.",
        _STEP_4,
        misderived.steps_skipped,
    ),
    Mistake(
        "key-steps-order",
        "The key was derived in another order: {}.",
        "Derive from date, region, service and aws4_request, one after the other.",
        _STEP_4,
        misderived.steps_order,
    ),
    Mistake(
        "key-form",
        "Derived keys were used {}.",
        "Use the 32 bytes of each HMAC as the key of the next.",
        _STEP_4,
        misderived.chain,
    ),
    Mistake(
        "canonical-hash",
        "The canonical request stands in the string to sign {}.",
        "Put the SHA-256 of the canonical request there, in hexadecimal digits, letters small.",
        _STEP_2,
        misderived.hashing,
    ),
    Mistake(
        "string-to-sign-form",
        "The string to sign has {}.",
        "Join AWS4-HMAC-SHA256, date, scope and hash by LF, with none after the last.",
        _STEP_3,
        misderived.algorithm,
    ),
)
"""Every mistake that can be told from a signature."""
