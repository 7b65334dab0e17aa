"""Quantities as they are written on the command line: lengths of time, and times that vary."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import click

from bedrock_harness.simulator.script import Constant, Lognormal, Spread

__all__ = ["SecondsParam", "SpreadParam"]


class SecondsParam(click.ParamType[timedelta]):
    """A length of time: `90`, `90s`, `5m`, `1h`."""

    name = "time"
    _units: ClassVar[dict[str, int]] = {"s": 1, "m": 60, "h": 3600}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read it."""
        if isinstance(value, timedelta):
            return value
        number, unit = (value[:-1], self._units[value[-1]]) if value[-1:] in self._units else (value, 1)
        try:
            seconds = float(number) * unit
            if seconds < 0:
                raise ValueError
            return timedelta(seconds=seconds)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no length of time; it looks like 90s, 5m or 1h", param, ctx)


class SpreadParam(click.ParamType[Spread]):
    """A time in milliseconds, always the same, or lognormal by its median and its 99th percentile: `40` or `40~200`."""

    name = "ms"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Spread:
        """Read it."""
        if not isinstance(value, str):
            found: Spread = value
            return found
        median, tilde, p99 = value.partition("~")
        try:
            times = [float(text) / 1000 for text in ((median, p99) if tilde else (median,))]
        except ValueError:
            times = []
        if not times or times[0] < 0 or times != sorted(times) or (tilde and times[0] == 0):
            self.fail(
                f"{value!r} is no time in milliseconds; it looks like 40, or 40~200 for median and p99", param, ctx
            )
        return Lognormal(*times) if tilde else Constant(*times)
