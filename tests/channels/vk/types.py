"""What an independent package, `vkbottle_types`, has to say of events and calls."""

from __future__ import annotations

import importlib
import re
import types
import typing
from typing import Any

import pydantic
from vkbottle_types.events import GroupEventType, bot_events

MODELS: dict[str, Any] = {
    kind.value: getattr(bot_events, "".join(word.title() for word in kind.value.split("_")))
    for kind in GroupEventType
    if kind.value.startswith("message_")
}


def check_event(event: dict[str, Any]) -> Any:
    """The event in the package's model. Raises where it is not one, or has a field that the model does not know."""
    model = MODELS[event["type"]].model_validate(event)
    assert not list(_unknown(model.object, event["object"])), list(_unknown(model.object, event["object"]))
    return model


def check_answer(model: Any, response: Any) -> Any:
    """A method's answer in the package's model of its response."""
    checked = model.model_validate({"response": response}).response
    assert not list(_unknown(checked, response)), list(_unknown(checked, response))
    return checked


def check_call(method: str, parameters: dict[str, str]) -> None:
    """Raises unless the package's method takes these parameters, each of its type."""
    category, name = method.split(".")
    module = importlib.import_module(f"vkbottle_types.methods.{category}")
    function = getattr(getattr(module, f"{category.title()}Category"), re.sub("([A-Z])", r"_\1", name).lower())
    told = {key: value for key, value in parameters.items() if key != "v"}
    problems = [_problem(signature, told) for signature in typing.get_overloads(function) or [function]]
    assert None in problems, f"{method}: {problems}"


def _problem(signature: Any, told: dict[str, str]) -> str | None:
    hints = typing.get_type_hints(signature)
    for key, value in told.items():
        if key not in hints:
            return f"{key} is unknown"
        choices = _choices(hints[key])
        said: Any = value
        if any(typing.get_origin(choice) is list for choice in choices):
            said = value.split(",")
        elif any(True in typing.get_args(choice) for choice in choices):
            said = value == "1"
        try:
            pydantic.TypeAdapter(hints[key]).validate_python(said)
        except pydantic.ValidationError as error:
            return f"{key}: {error}"
    return None


def _choices(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) in {typing.Union, types.UnionType} else (hint,)


def _unknown(model: Any, told: Any, where: str = "") -> typing.Iterator[str]:
    """The fields of `told` that are not in the model."""
    if isinstance(model, pydantic.BaseModel):
        for key, value in told.items():
            if key in type(model).model_fields:
                yield from _unknown(getattr(model, key), value, f"{where}.{key}")
            else:
                yield f"{where}.{key}"
    elif isinstance(model, list):
        for index, (one, value) in enumerate(zip(model, told, strict=True)):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            yield from _unknown(one, value, f"{where}[{index}]")
