"""Temporary credentials: STS AssumeRole and GetCallerIdentity, and the endpoint that a container asks.

STS speaks the query protocol: a form in, XML out. The container's endpoint is no operation of AWS's API: it answers the holder
of a token with new credentials each time (container credential provider, AWS SDKs and Tools Reference Guide).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bedrock_harness.service import shapes
from bedrock_harness.simulator.identities import Known
from bedrock_harness.simulator.operations.conversing import findings
from bedrock_harness.simulator.operations.operation import Call, Findings, Operation, World
from bedrock_harness.simulator.refusals import Refusal
from bedrock_harness.simulator.rendering.form import Form
from bedrock_harness.simulator.rendering.query_xml import error_xml, result_xml
from bedrock_harness.simulator.script import Json, Reply

__all__ = ["ASSUME_ROLE", "GET_CALLER_IDENTITY", "GET_CONTAINER_CREDENTIALS"]

_ROLE = re.compile(r"arn:(?P<partition>[\w-]+):iam::(?P<account>\d{12}):role/(?:[\w+=,.@/-]*/)?(?P<name>[\w+=,.@-]+)")
_LASTS = 3600
"""Seconds that an assumed role lasts unless more or fewer are asked for (STS API reference, AssumeRole)."""


def _examine(call: Call) -> Findings:
    found = findings(shapes.validate_parameters(call.body["Action"], call.body, service="sts"))
    role = call.body.get("RoleArn")
    if found.refusal is None and role is not None and not _ROLE.fullmatch(role):
        return Findings(refusal=Refusal("ValidationException", f"{role} is invalid"))
    return found


def _assume(call: Call, world: World) -> Reply:
    role = _ROLE.fullmatch(call.body["RoleArn"])
    assert role is not None
    session = call.body["RoleSessionName"]
    arn = f"arn:{role['partition']}:sts::{role['account']}:assumed-role/{role['name']}/{session}"
    known = world.identities.issue(
        arn, at=world.now(), lifetime=timedelta(seconds=int(call.body.get("DurationSeconds", _LASTS)))
    )
    return Json(
        {
            "AssumedRoleUser": {"AssumedRoleId": f"AROAHARNESSROLE12345:{session}", "Arn": arn},
            "Credentials": {
                "AccessKeyId": known.credentials.access_key_id,
                "SecretAccessKey": known.credentials.secret_access_key,
                "SessionToken": known.credentials.session_token,
                "Expiration": _timestamp(known),
            },
        }
    )


def _identify(call: Call, world: World) -> Reply:
    known = world.identities.find(call.caller or "")
    assert known is not None
    return Json({"Arn": known.arn, "UserId": known.credentials.access_key_id, "Account": known.arn.split(":")[4]})


def _hand_out(_: Call, world: World) -> Reply:
    account = world.identities.account
    arn = f"arn:aws:sts::{account}:assumed-role/container/session"
    known = world.identities.issue(arn, at=world.now(), lifetime=world.lifetime)
    return Json(
        {
            "RoleArn": f"arn:aws:iam::{account}:role/container",
            "AccessKeyId": known.credentials.access_key_id,
            "SecretAccessKey": known.credentials.secret_access_key,
            "Token": known.credentials.session_token,
            "Expiration": _timestamp(known),
        }
    )


def _timestamp(known: Known) -> str:
    assert isinstance(known.expires, datetime)
    return f"{known.expires:%Y-%m-%dT%H:%M:%SZ}"


def _xml(call: Call) -> Form:
    action = call.body["Action"]
    return Form(
        write=lambda members: result_xml(action, members), error=error_xml, content_type="text/xml", of_request=True
    )


ASSUME_ROLE = Operation("AssumeRole", "sts", _examine, _assume, _xml, signs_as="sts", protocol="query")
GET_CALLER_IDENTITY = Operation("GetCallerIdentity", "sts", _examine, _identify, _xml, signs_as="sts", protocol="query")
GET_CONTAINER_CREDENTIALS = Operation(
    "GetContainerCredentials", "container", lambda _: Findings(), _hand_out, lambda _: Form(), signs_as=None
)
