"""What Bedrock is: shapes, model ids, exceptions, conversation rules. No I/O besides reading botocore's model."""

from bedrock_harness.service.exceptions import EXCEPTIONS, ServiceException
from bedrock_harness.service.model_ids import ModelId, ModelIdError, operation_path, parse_path
from bedrock_harness.service.rules import RULES, BrokenRule, Rule
from bedrock_harness.service.shapes import Refusal, Violation, encode, refusal, validate, validate_event, validate_reply

__all__ = [
    "EXCEPTIONS",
    "RULES",
    "BrokenRule",
    "ModelId",
    "ModelIdError",
    "Refusal",
    "Rule",
    "ServiceException",
    "Violation",
    "encode",
    "operation_path",
    "parse_path",
    "refusal",
    "validate",
    "validate_event",
    "validate_reply",
]
