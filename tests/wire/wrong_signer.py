"""A small signer of its own, written from the specification, each step of which can be replaced by a wrong one.

It shares no code with the package: what it signs wrongly, `diagnose` has to find out.
"""

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote, quote_plus, unquote

from bedrock_harness.wire.sigv4 import Credentials, Request

NOON = datetime(2025, 1, 30, 12, 0, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Draft:
    """A request before it is signed; `headers` as they are sent, the token among them where there is one."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    credentials: Credentials
    region: str = "us-east-1"
    at: datetime = NOON

    @property
    def stamp(self):
        return self.at.strftime("%Y%m%dT%H%M%SZ")

    @property
    def sent(self):
        token = self.credentials.session_token
        added = [("X-Amz-Date", self.stamp), *([("X-Amz-Security-Token", token)] if token else [])]
        return (*self.headers, *added)

    def value(self, name):
        return next((value for key, value in self.sent if key.lower() == name), None)


def encode(text, safe="-_.~"):
    return "".join(char if char.isascii() and (char.isalnum() or char in safe) else
                   "".join(f"%{byte:02X}" for byte in char.encode()) for char in text)  # fmt: skip


def clean(path):
    kept = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept)


def right_path(draft):
    return encode(clean(draft.path), "-_.~/")


def params(draft):
    return [pair.partition("=")[::2] for pair in draft.query.split("&") if pair]


def right_query(draft):
    pairs = sorted((encode(unquote(name)), encode(unquote(value))) for name, value in params(draft))
    return "&".join(f"{name}={value}" for name, value in pairs)


def several(draft):
    values = {}
    for name, value in draft.sent:
        values.setdefault(name.lower(), []).append(value)
    return values


def squeezed(value):
    return re.sub("[ \t]+", " ", value.strip(" \t"))


def right_values(draft):
    """The lines of each header, by name: one each."""
    return {name: [",".join(map(squeezed, values))] for name, values in several(draft).items()}


def right_names(draft):
    return sorted({name.lower() for name, _ in draft.sent})


def derived(secret, parts):
    key = secret
    for part in parts:
        key = hmac.new(key, part.encode(), "sha256").digest()
    return key


def sha(data):
    return hashlib.sha256(data).hexdigest()


RIGHT = {
    "method": lambda d: d.method,
    "path": right_path,
    "query": right_query,
    "values": right_values,
    "host": lambda d: None,
    "media": lambda d: None,
    "names": right_names,
    "spell": lambda d: str,
    "listed": lambda d: ";".join(right_names(d)),
    "claimed": lambda d: ";".join(right_names(d)),
    "layout": lambda d: "{head}{lines}\n{listed}\n{payload}",
    "payload": lambda d: sha(d.body),
    "algorithm": lambda d: "AWS4-HMAC-SHA256",
    "stamp": lambda d: d.stamp,
    "scope": lambda d: (d.stamp[:8], d.region, "bedrock"),
    "said": lambda d: {},
    "keyed": lambda d: {},
    "secret": lambda d: d.credentials.secret_access_key,
    "prefix": lambda d: "AWS4",
    "derive": lambda d: derived,
    "hash": lambda d: lambda text: sha(text.encode()),
    "end": lambda d: "",
    "form": lambda d: bytes.hex,
    "send": lambda d: lambda headers: headers,
}


def sign(draft, *changes):
    """The request with its Authorization, each step taken from the changes where they have it."""
    steps = dict(RIGHT)
    for change in changes:
        assert all(steps[name] is RIGHT[name] for name in change), "two mistakes in one step"
        steps.update(change)
    did = {name: step(draft) for name, step in steps.items()}
    values = did["values"]
    for step, name in (("host", "host"), ("media", "content-type")):
        if did[step] is not None:
            values = {**values, name: [did[step]]}
    lines = "".join(f"{did['spell'](name)}:{value}\n" for name in did["names"] for value in values.get(name, [""]))
    head = f"{did['method']}\n{did['path']}\n{did['query']}\n"
    canonical = did["layout"].format(head=head, lines=lines, listed=did["listed"], payload=did["payload"])
    scope = dict(zip(("date", "region", "service"), did["scope"], strict=True))
    said, keyed = {**scope, **did["said"]}, {**scope, **did["keyed"]}
    text = f"{did['algorithm']}\n{did['stamp']}\n{'/'.join(said.values())}/aws4_request\n{did['hash'](canonical)}{did['end']}"
    key = did["derive"]((did["prefix"] + did["secret"]).encode(), [*keyed.values(), "aws4_request"])
    signature = did["form"](hmac.new(key, text.encode(), "sha256").digest())
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={draft.credentials.access_key_id}/{'/'.join(scope.values())}/aws4_request, "
        f"SignedHeaders={did['claimed']}, Signature={signature}"
    )
    target = f"{draft.path}?{draft.query}" if draft.query else draft.path
    headers = did["send"]((*draft.sent, ("Authorization", authorization)))
    return Request(draft.method, target, headers, draft.body)


# ------------------------------------------------------------------------------------------------------------- mistakes


def dumped(**options):
    return lambda d: sha(json.dumps(json.loads(d.body), **options).encode())


def own_style(d, **options):
    """The body written anew as it is, but for these options."""
    compact = b'": ' not in d.body
    ascii_only = b"\\u" in d.body
    plain = {"separators": (",", ":") if compact else (", ", ": "), "ensure_ascii": ascii_only}
    return json.dumps(json.loads(d.body), **{**plain, **options}).encode()


def title(name):
    return "-".join(part.capitalize() for part in name.split("-"))


def without(name):
    return lambda d: [kept for kept in right_names(d) if kept != name]


def joined(names):
    return lambda d: ";".join(names(d))


def sent_order(d):
    return list(dict.fromkeys(name.lower() for name, _ in d.sent))


def backwards(d):
    return right_names(d)[::-1]


def port(d):
    return d.value("host").partition(":")[0]


def later(**delta):
    return lambda d: (d.at + timedelta(**delta)).strftime("%Y%m%dT%H%M%SZ")


def form(text):
    return lambda d: d.at.strftime(text)


def in_order(*places):
    return lambda d: lambda secret, parts: derived(secret, [parts[place] for place in places])


def hexed(secret, parts):
    for part in parts:
        secret = hmac.new(secret, part.encode(), "sha256").hexdigest().encode()
    return secret


def swapped(secret, parts):
    for part in parts:
        secret = hmac.new(part.encode(), secret, "sha256").digest()
    return secret


def elsewhere(part, value):
    """Three ways to sign another value than the scope's: in the key, in the string to sign, in both."""
    return [
        {"keyed": lambda d: {part: value(d)}},
        {"keyed": lambda d: {part: value(d)}, "said": lambda d: {part: value(d)}},
        {"said": lambda d: {part: value(d)}},
    ]


def scoped(date=None, region=None, service=None):
    return {"scope": lambda d: (date(d) if date else d.stamp[:8], region or d.region, service or "bedrock")}


def before(days):
    return lambda d: (d.at - timedelta(days=days)).strftime("%Y%m%d")


def constant(value):
    return lambda d: value


def dropping(name):
    return lambda d: lambda headers: tuple(pair for pair in headers if pair[0].lower() != name)


def adding(name, value):
    return lambda d: lambda headers: (*headers, (name, value))


TOKEN = "x-amz-security-token"
OTHER_TOKEN = "IQoJb3JpZ2luOTHERotherOTHERotherOTHERother=="

WRONG = {
    "path-encoded-once": [{"path": lambda d: d.path}, {"path": lambda d: clean(d.path)}],
    "path-decoded": [{"path": lambda d: unquote(d.path)}],
    "path-encoded-again": [{"path": lambda d: encode(right_path(d), "-_.~/")},
                           {"path": lambda d: encode(encode(right_path(d), "-_.~/"), "-_.~/")}],
    "colon-left-alone": [{"path": lambda d: right_path(d).replace("%253A", "%3A")},
                         {"path": lambda d: right_path(d).replace("%253A", ":")}],
    "arn-slash-left-alone": [{"path": lambda d: right_path(d).replace("%252F", "%2F")},
                             {"path": lambda d: right_path(d).replace("%252F", "/")}],
    "path-slashes-encoded": [{"path": lambda d: encode(clean(d.path))}],
    "path-lower-case-hex": [{"path": lambda d: re.sub("%25..", lambda m: m[0].lower(), right_path(d))}],
    "path-not-normalised": [{"path": lambda d: encode(d.path, "-_.~/")}],
    "path-trailing-slash": [{"path": lambda d: right_path(d) + "/"}],
    "path-other-base": [{"path": lambda d: f"https://{d.value('host')}{right_path(d)}"}],
    "query-unsorted": [{"query": lambda d: "&".join(f"{encode(unquote(n))}={encode(unquote(v))}" for n, v in params(d))}],
    "query-plus": [{"query": lambda d: "&".join(
        sorted(f"{quote_plus(unquote(n))}={quote_plus(unquote(v))}" for n, v in params(d)))}],
    "query-not-encoded": [{"query": lambda d: d.query}, {"query": lambda d: unquote(d.query)}],
    "query-left-out": [{"query": lambda d: ""}],
    "method-case": [{"method": lambda d: d.method.lower()}],
    "host": [{"host": port}, {"host": lambda d: port(d) + ":443"},
             {"host": lambda d: f"bedrock-runtime.{d.region}.amazonaws.com"}],
    "content-type": [{"media": constant("application/json; charset=utf-8")}, {"media": constant("")}],
    "header-names-case": [{"spell": lambda d: title}, {"spell": lambda d: str.upper},
                          {"spell": lambda d: title, "listed": lambda d: ";".join(map(title, right_names(d)))},
                          {"spell": lambda d: title, "listed": lambda d: ";".join(map(title, right_names(d))),
                           "claimed": lambda d: ";".join(map(title, right_names(d)))},
                          {"claimed": lambda d: ";".join(map(title, right_names(d)))}],
    "headers-unsorted": [{"names": sent_order}, {"names": backwards}],
    "signed-headers-order": [{"listed": joined(sent_order)}, {"listed": joined(backwards)},
                             {"claimed": lambda d: f"host;{joined(right_names)(d)}"},
                             {"claimed": lambda d: f"host;{joined(right_names)(d)}",
                              "listed": lambda d: f"host;{joined(right_names)(d)}"}],
    "header-duplicates": [{"values": lambda d: {n: [*map(squeezed, vs)] for n, vs in several(d).items()}},
                          {"values": lambda d: {n: [", ".join(map(squeezed, vs))] for n, vs in several(d).items()}},
                          {"values": lambda d: {n: [squeezed(vs[-1])] for n, vs in several(d).items()}}],
    "header-not-trimmed": [{"values": lambda d: {n: [",".join(vs)] for n, vs in several(d).items()}}],
    "header-not-folded": [{"values": lambda d: {n: [",".join(v.strip() for v in vs)] for n, vs in several(d).items()}}],
    "token-listed-only": [{"names": without(TOKEN), "listed": joined(without(TOKEN))}, {"names": without(TOKEN)}],
    "token-not-listed": [{"claimed": joined(without(TOKEN))}],
    "token-swapped": [{"send": lambda d: lambda headers: tuple(
        (n, OTHER_TOKEN if n.lower() == TOKEN else v) for n, v in headers)}],
    "header-listed-only": [{"names": without("content-type"), "listed": joined(without("content-type"))},
                           {"names": without("x-amz-date"), "listed": joined(without("x-amz-date"))}],
    "header-not-listed": [{"claimed": joined(without("content-type"))}, {"claimed": joined(without("accept"))}],
    "body-empty": [{"payload": lambda d: sha(b"")}, {"payload": lambda d: sha(b"{}")},
                   {"payload": lambda d: sha(b"[object Object]")}],
    "body-sorted": [{"payload": lambda d: sha(own_style(d, sort_keys=True))}],
    "body-escaped": [{"payload": lambda d: sha(own_style(d, ensure_ascii=b"\\u" not in d.body))}],
    "body-reserialised": [{"payload": dumped(ensure_ascii=False, indent=2)},
                          {"payload": dumped()}, {"payload": dumped(separators=(",", ":"))},
                          {"payload": dumped(separators=(",", ":"), sort_keys=True, ensure_ascii=False)},
                          {"payload": dumped(sort_keys=True)}],
    "body-encoding": [{"payload": lambda d: sha(d.body.decode().encode("latin-1", "replace"))},
                      {"payload": lambda d: sha(d.body.decode("latin-1").encode())},
                      {"payload": lambda d: sha(d.body.decode().encode("utf-16-le"))}],
    "body-newline": [{"payload": lambda d: sha(d.body + b"\n")}, {"payload": lambda d: sha(d.body + b"\r\n")}],
    "body-cut": [{"payload": lambda d: sha(d.body[:1024])}],
    "body-quoted": [{"payload": lambda d: sha(json.dumps(d.body.decode()).encode())},
                    {"payload": lambda d: sha(base64.b64encode(d.body))}],
    "body-unhashed": [{"payload": constant("UNSIGNED-PAYLOAD")}],
    "body-hash-form": [{"payload": lambda d: sha(d.body).upper()},
                       {"payload": lambda d: hashlib.md5(d.body).hexdigest()}],
    "empty-line": [{"layout": constant("{head}{lines}{listed}\n{payload}")}],
    "line-ends": [{"layout": constant("{head}{lines}\n{listed}\n{payload}\n")}],
    "date-zone": [{"stamp": later(hours=hours)} for hours in (1, 2, -5, -8, 9)] + [{"stamp": later(minutes=330)}],
    "date-form": [{"stamp": form("%Y-%m-%dT%H:%M:%SZ")}, {"stamp": form("%Y-%m-%dT%H:%M:%S.000Z")},
                  {"stamp": form("%Y%m%dT%H%M%S")}, {"stamp": lambda d: format_datetime(d.at, usegmt=True)}],
    "date-twice": [{"stamp": later(seconds=1)}, {"stamp": later(seconds=-1)}],
    "scope-date": [*elsewhere("date", before(1)), scoped(date=before(1)), scoped(date=before(-1))],
    "scope-region": [*elsewhere("region", constant("us-west-2")), *elsewhere("region", constant("eu-west-1")),
                     scoped(region="us-west-2"), scoped(region="eu-central-1")],
    "scope-service": [*elsewhere("service", constant("bedrock-runtime")), *elsewhere("service", constant("execute-api")),
                      *elsewhere("service", constant("bedrock-agent")),
                      scoped(service="bedrock-runtime"), scoped(service="execute-api")],
    "secret-prefix": [{"prefix": constant("")}, {"prefix": constant("aws4")}],
    "secret-blanks": [{"secret": lambda d, after=after: d.credentials.secret_access_key + after}
                      for after in ("\n", "\r\n", " ")],
    "secret-spelling": [{"secret": lambda d: quote(d.credentials.secret_access_key, safe="")},
                        {"secret": lambda d: d.credentials.access_key_id}],
    "key-steps-skipped": [{"derive": in_order(0, 1, 2)}, {"derive": in_order(1, 2, 3)}, {"derive": in_order()}],
    "key-steps-order": [{"derive": in_order(0, 2, 1, 3)}, {"derive": in_order(1, 0, 2, 3)},
                        {"derive": in_order(3, 2, 1, 0)}],
    "key-form": [{"derive": lambda d: hexed}, {"derive": lambda d: lambda s, p: derived(s, p).hex().encode()},
                 {"derive": lambda d: swapped}],
    "canonical-hash": [{"hash": lambda d: str}, {"hash": lambda d: lambda text: sha(text.encode()).upper()},
                       {"hash": lambda d: lambda text: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}],
    "string-to-sign-form": [{"end": constant("\n")}, {"algorithm": constant("AWS4-HMAC-SHA1")}],
    # What can be seen without trying.
    "signature-upper-case": [{"form": lambda d: lambda raw: raw.hex().upper()}],
    "signature-base64": [{"form": lambda d: lambda raw: base64.b64encode(raw).decode()}],
    "token-missing": [{"names": without(TOKEN), "listed": joined(without(TOKEN)), "claimed": joined(without(TOKEN)),
                       "send": dropping(TOKEN)}],
    "token-unsigned": [{"names": without(TOKEN), "listed": joined(without(TOKEN)), "claimed": joined(without(TOKEN))}],
    "token-foreign": [{"send": adding("X-Amz-Security-Token", OTHER_TOKEN)}],
    "missing-header": [{"send": dropping("accept")}],
}  # fmt: skip
"""Each mistake by the id that the diagnosis gives it: the ways to make it, each as the steps that it replaces."""

TEMPORARY_ONLY = frozenset(
    {"token-listed-only", "token-not-listed", "token-swapped", "token-missing", "token-unsigned"}
)
LASTING_ONLY = frozenset({"token-foreign"})

LASTING = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
PASSING = Credentials(
    "ASIAEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "IQoJb3JpZ2luEXAMPLEexample/Example+token=="
)


def draw(random, mistakes):
    """A request with much about it that can be got wrong; temporary credentials where the mistakes call for them."""
    model = random.choice(
        (
            "anthropic.claude-3-haiku-20240307-v1%3A0",
            "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fmine",
        )
    )
    dots = random.choice(("", "", "/./", "//"))
    host = random.choice(("127.0.0.1:8443", "bedrock-runtime.us-east-1.amazonaws.com", "proxy.example.com:8080"))
    words = random.choices(("größer", "Straße", "hello", "naïve", "日本"), k=random.randint(3, 200))
    document = {"messages": [{"role": "user", "content": [{"text": " ".join(["é", *words])}]}],
                "inferenceConfig": {"maxTokens": 100, "temperature": 0.5}}  # fmt: skip
    separators = random.choice(((",", ":"), (", ", ": ")))
    body = json.dumps(document, separators=separators, ensure_ascii=random.random() < 0.3).encode()
    headers = [("Host", host), ("content-type", "application/json"), ("accept", "application/json")]
    headers += random.choice(([], [("X-Amzn-Trace", " a  b "), ("x-note", "  trimmed ")]))
    headers += random.choice(([], [("x-tag", "one"), ("X-Tag", "two")]))
    random.shuffle(headers)
    query = random.choice(("", "", "b=2%20x&a=1~&c"))
    passing = mistakes & TEMPORARY_ONLY or (not mistakes & LASTING_ONLY and random.random() < 0.5)
    return Draft(
        "POST", f"{dots or '/'}model/{model}/converse", query, tuple(headers), body, PASSING if passing else LASTING
    )


def moved(draft, **delta):
    return replace(draft, at=draft.at + timedelta(**delta))
