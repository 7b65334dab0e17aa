"""A configuration file, in the words of the client it was written for: what to connect with, which model, which options.

Knows YAML and TOML, and how to tell whose file it is; what the keys mean, `dialects` knows. A key that nobody documents is
refused, with the nearest known one. Reads one file and the given environment, and keeps secrets out of what it prints.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from bedrock_harness.client.dialects import DIALECTS, Config, Connection, Dialect
from bedrock_harness.client.errors import InvalidRequest

__all__ = ["Config", "Connection", "client_arguments", "load_config", "read_config"]


def load_config(path: str | Path, environment: Mapping[str, str], *, model: str | None = None) -> Config:
    """The configuration in a file: YAML (`.yaml`, `.yml`) or TOML (`.toml`).

    `model` is the name of one of several models, where a file has them. Raises InvalidRequest for a file that cannot be read
    and for what it should not hold, MissingCredentials where it names variables that are not set.
    """
    path = Path(path)
    parse = _PARSERS.get(path.suffix.lower())
    if parse is None:
        raise InvalidRequest(
            f"{path.name} is neither YAML nor TOML by its name.", hint="End it in .yaml, .yml or .toml."
        )
    try:
        value = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidRequest(f"{path.name} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        # YAML's own message quotes the line, and the line may hold a key.
        raise InvalidRequest(
            f"{path.name} cannot be parsed{_line_of(error)}.", hint="Check quotes and indentation."
        ) from None
    return read_config(value, environment, model=model)


def read_config(value: Any, environment: Mapping[str, str], *, model: str | None = None) -> Config:
    """The configuration in what a file holds, once parsed. Raises as `load_config` does."""
    if not isinstance(value, dict) or not value:
        raise InvalidRequest("The configuration holds no keys.", hint=_known())
    dialect = next((row for row in DIALECTS if row.mark in value), None)
    if dialect is None:
        raise InvalidRequest(f"The configuration is nobody's: it holds {', '.join(map(str, value))}.", hint=_known())
    return dialect.read(value, environment, model)


def client_arguments(config: Config) -> dict[str, Any]:
    """The keyword arguments that make a Client of this configuration; what it leaves open, the client asks the environment."""
    given = {name: getattr(config.connection, name) for name in config.connection.__struct_fields__}
    if config.connection.bearer_token is not None:
        given["bearer_token"] = config.connection.bearer_token.value
    return {name: value for name, value in given.items() if value is not None} | {"options": config.options}


_PARSERS: Mapping[str, Callable[[str], Any]] = {".toml": tomllib.loads, ".yaml": yaml.safe_load, ".yml": yaml.safe_load}


def _known() -> str:
    def says(row: Dialect) -> str:
        return f"{row.mark} ({row.name})"

    return f"It begins with {', '.join(map(says, DIALECTS))}."


def _line_of(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    return "" if mark is None else f" at line {mark.line + 1}"
