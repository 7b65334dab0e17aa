"""What Bedrock is: shapes, model ids, families, endpoints, exceptions, rules of a conversation.

No I/O besides reading botocore's data.
"""

from bedrock_harness.service.endpoints import Endpoint, EndpointError, host_for, parse_host
from bedrock_harness.service.exceptions import EXCEPTIONS, ServiceException
from bedrock_harness.service.families import Family, family_of
from bedrock_harness.service.model import Route, routes
from bedrock_harness.service.model_ids import ModelId, ModelIdError, operation_path, parse_path
from bedrock_harness.service.rules import RULES, BrokenRule, Rule
from bedrock_harness.service.shapes import (
    Refusal,
    Violation,
    encode,
    refusal,
    validate,
    validate_event,
    validate_parameters,
    validate_reply,
)
from bedrock_harness.service.strictness import LATEST, LEVELS, StrictnessError

__all__ = [
    "EXCEPTIONS",
    "LATEST",
    "LEVELS",
    "RULES",
    "BrokenRule",
    "Endpoint",
    "EndpointError",
    "Family",
    "ModelId",
    "ModelIdError",
    "Refusal",
    "Route",
    "Rule",
    "ServiceException",
    "StrictnessError",
    "Violation",
    "encode",
    "family_of",
    "host_for",
    "operation_path",
    "parse_host",
    "parse_path",
    "refusal",
    "routes",
    "validate",
    "validate_event",
    "validate_parameters",
    "validate_reply",
]
