"""The control plane's lists: foundation models and inference profiles, as `service.foundation_models` has them."""

from __future__ import annotations

from collections.abc import Callable

from bedrock_harness.service import foundation_models, shapes
from bedrock_harness.simulator.operations.conversing import findings
from bedrock_harness.simulator.operations.operation import Call, Findings, Operation, World
from bedrock_harness.simulator.rendering.form import Form
from bedrock_harness.simulator.script import HttpError, Json, Reply

__all__ = ["GET_FOUNDATION_MODEL", "GET_INFERENCE_PROFILE", "LIST_FOUNDATION_MODELS", "LIST_INFERENCE_PROFILES"]

_FORM = Form()


def _list_models(call: Call, world: World) -> Reply:
    asked = call.query.get
    found = foundation_models.list_models(
        world.region,
        provider=asked("byProvider"),
        output_modality=asked("byOutputModality"),
        inference_type=asked("byInferenceType"),
        customization=asked("byCustomizationType"),
    )
    return Json(found)


def _get_model(call: Call, world: World) -> Reply:
    found = foundation_models.get_model(call.labels["modelIdentifier"], world.region)
    return _missing("The provided model identifier is invalid.") if found is None else Json(found)


def _list_profiles(call: Call, world: World) -> Reply:
    most = call.query.get("maxResults")
    try:
        found = foundation_models.list_profiles(
            world.region,
            world.identities.account,
            type=call.query.get("type"),
            max_results=int(most) if most else None,
            next_token=call.query.get("nextToken"),
        )
    except foundation_models.PageError as error:
        return HttpError("ValidationException", str(error))
    return Json(found)


def _get_profile(call: Call, world: World) -> Reply:
    identifier = call.labels["inferenceProfileIdentifier"]
    found = foundation_models.get_profile(identifier, world.region, world.identities.account)
    return _missing("The provided inference profile identifier is invalid.") if found is None else Json(found)


def _missing(message: str) -> HttpError:
    return HttpError("ResourceNotFoundException", message)


def _operation(name: str, answer: Callable[[Call, World], Reply]) -> Operation:
    def examine(call: Call) -> Findings:
        return findings(shapes.validate_parameters(name, {**call.labels, **call.query}, service="bedrock"))

    return Operation(name, "bedrock", examine, answer, lambda _: _FORM)


LIST_FOUNDATION_MODELS = _operation("ListFoundationModels", _list_models)
GET_FOUNDATION_MODEL = _operation("GetFoundationModel", _get_model)
LIST_INFERENCE_PROFILES = _operation("ListInferenceProfiles", _list_profiles)
GET_INFERENCE_PROFILE = _operation("GetInferenceProfile", _get_profile)
