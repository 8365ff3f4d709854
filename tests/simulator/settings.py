# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator's settings: their defaults, meaning and checks. The same for options, control surface and tests."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .generations import GENERATIONS


def _about(meaning: str, **more: Any) -> dict[str, Any]:
    """What is told about a setting, and checked of it: ``choices``, ``minimum``."""
    return {"meaning": meaning, **more}


@dataclass
class Settings:
    """How the tenant behaves; each can be changed while it runs (``PATCH /_simulator/settings``)."""

    experimental: list[str] = field(
        default_factory=lambda: ["v2024"],
        metadata=_about(
            "generations that answer 400 without the header X-SailPoint-Experimental: true",
            choices=list(GENERATIONS),
        ),
    )
    empty_pending: int = field(
        default=200,
        metadata=_about("status of an empty pending list: 200 with [], or 204 without a body", choices=[200, 204]),
    )
    test_op: str = field(
        default="honour",
        metadata=_about(
            "what a JSON Patch test operation does: honour it, ignore it as if it were not there, or reject it (400)",
            choices=["honour", "ignore", "reject"],
        ),
    )
    test_refused: int = field(
        default=400, metadata=_about("status when a test operation does not hold", choices=[400, 409, 412])
    )
    bodyless: list[int] = field(
        default_factory=list,
        metadata=_about(
            "error statuses that come without a body (the vendor allows it for 403 and 404)", choices=[403, 404]
        ),
    )
    rate_limit: int = field(
        default=0,
        metadata=_about(
            "requests per 10 seconds, per client id and API version; 0 = no limit (a real tenant: 100)", minimum=0
        ),
    )
    latency: float = field(
        default=0.0, metadata=_about("seconds before each answer of the API and of the sign-in", minimum=0)
    )
    aggregation_time: float = field(
        default=5.0, metadata=_about("seconds that an aggregation takes that was started by a request", minimum=0)
    )
    token_lifetime: float = field(default=749.0, metadata=_about("seconds until a token expires", minimum=0))
    max_url: int = field(
        default=8192, metadata=_about("longest path and query in bytes, 414 beyond it; 0 = no limit", minimum=0)
    )
    unknown_parameters: str = field(
        default="ignore",
        metadata=_about(
            "query parameters that the endpoint does not have: ignore them, or refuse them with 400",
            choices=["ignore", "refuse"],
        ),
    )
    retention_days: float = field(
        default=90.0,
        metadata=_about(
            "tasks created longer ago are not returned; 0 = return all; tasks put as raw always are", minimum=0
        ),
    )

    def update(self, changes: dict[str, Any]) -> None:
        """Change settings by name. Raises ValueError for an unknown name or a bad value, then changes nothing."""
        known = {item.name: item for item in fields(self)}
        checked: dict[str, Any] = {}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"unknown setting {name!r}; there are: {', '.join(sorted(known))}")
            checked[name] = self._check(name, value, getattr(self, name), dict(known[name].metadata))
        for name, value in checked.items():
            setattr(self, name, value)

    @staticmethod
    def _check(name: str, value: Any, current: Any, rules: dict[str, Any]) -> Any:
        choices = rules.get("choices")
        if isinstance(current, list):
            if not isinstance(value, list) or any(item not in (choices or []) for item in value):
                raise ValueError(f"{name} is a list of {choices}, not {value!r}")
            return list(value)
        if isinstance(current, float) and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not type(current):
            raise ValueError(f"{name} is of type {type(current).__name__}, not {value!r}")
        if choices and value not in choices:
            raise ValueError(f"{name} is one of {choices}, not {value!r}")
        if "minimum" in rules and not value >= rules["minimum"]:
            raise ValueError(f"{name} is {rules['minimum']} or more, not {value!r}")
        return value

    def as_dict(self) -> dict[str, Any]:
        """All settings by name."""
        return asdict(self)
