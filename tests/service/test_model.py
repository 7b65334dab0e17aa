import pytest

from bedrock_harness.service.model import Route, operation, routes


@pytest.mark.parametrize(
    ("service", "name", "method", "uri"),
    [
        ("bedrock-runtime", "Converse", "POST", "/model/{modelId}/converse"),
        ("bedrock-runtime", "CountTokens", "POST", "/model/{modelId}/count-tokens"),
        (
            "bedrock-runtime",
            "ApplyGuardrail",
            "POST",
            "/guardrail/{guardrailIdentifier}/version/{guardrailVersion}/apply",
        ),
        ("bedrock", "GetInferenceProfile", "GET", "/inference-profiles/{inferenceProfileIdentifier}"),
        ("sts", "AssumeRole", "POST", "/"),
    ],
)
def test_a_route_is_the_models(service, name, method, uri):
    """An operation's method and path are those of botocore's model of its service."""
    assert routes(service)[name] == Route(method, uri)
    assert operation(name, service)["http"]["requestUri"] == uri


def test_an_operation_of_another_service_is_unknown():
    """An operation is looked up in one service, and the error names the service and what it has."""
    with pytest.raises(
        ValueError, match=r"'ListFoundationModels' is no operation of Bedrock Runtime; known are .*Converse"
    ):
        operation("ListFoundationModels")


def test_routes_cannot_be_changed():
    """What one caller does to the routes no other caller sees."""
    with pytest.raises(TypeError):
        routes("sts")["AssumeRole"] = Route("GET", "/")
