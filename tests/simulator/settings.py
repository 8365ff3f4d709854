# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator's settings: their defaults, meaning and checks. The same for options, control surface and tests."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .generations import GENERATIONS


def _about(meaning: str, **more: Any) -> dict[str, Any]:
    """What is told about a setting, and checked of it: ``choices`` (``shown`` in place of many), ``minimum``."""
    return {"meaning": meaning, **more}


def _type_names() -> list[str]:
    """Values of the filter field ``type``, and each of them in the generations that have it."""
    pairs = [(name, value) for name, one in GENERATIONS.items() for value in sorted(one.type_values)]
    return sorted({value for dummy, value in pairs}) + [f"{name}:{value}" for name, value in pairs]


@dataclass
class Settings:
    """How the tenant behaves; each can be changed while it runs (``PATCH /_simulator/settings``)."""

    experimental: list[str] = field(
        default_factory=list,
        metadata=_about(
            "generations that answer 400 without the header X-SailPoint-Experimental: true",
            choices=list(GENERATIONS),
        ),
    )
    shape: str = field(
        default="real",
        metadata=_about(
            "tasks that are made from now on look as on real tenants, or keep to the vendor's schema",
            choices=["real", "schema"],
        ),
    )
    empty_pending: int = field(
        default=200,
        metadata=_about("status of an empty pending list: 200 with [], or 204 without a body", choices=[200, 204]),
    )
    test_op: str = field(
        default="honour",
        metadata=_about(
            "what a JSON Patch test operation does: honour it, ignore it as if it were not there, reject it (400), or "
            "reject it with a null value only, which the vendor's schema does not have",
            choices=["honour", "ignore", "reject", "reject_null"],
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
    refused_types: list[str] = field(
        default_factory=lambda: ["v1:CLOUD_ENTITLEMENT_IMPORT"],
        metadata=_about(
            "documented values of the filter field type that are 400 all the same, in one generation or in all",
            choices=_type_names(),
            shown="VALUE or GENERATION:VALUE",
        ),
    )
    source_ids: str = field(
        default="hex",
        metadata=_about(
            "what the filter field sourceId takes: 32 hex digits, 400 for others, or any text", choices=["hex", "any"]
        ),
    )
    page_overlap: int = field(
        default=0,
        metadata=_about("records at the end of a page that the next page, by its offset, repeats", minimum=0),
    )
    completing_time: float = field(
        default=0.5,
        metadata=_about(
            "seconds between completed and completionStatus of a task whose aggregation ends by itself", minimum=0
        ),
    )
    clock_ahead: float = field(
        default=0.0,
        metadata=_about(
            "seconds that the tenant's clock is ahead, behind if below 0: in all that it dates, and in the header Date",
            minimum=-1e9,
        ),
    )
    sign_in: str = field(
        default="token",
        metadata=_about(
            "what the token endpoint answers: a token, or a page, as the address of the user interface does",
            choices=["token", "page"],
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
                raise ValueError(f"{name} is a list of {rules.get('shown', choices)}, not {value!r}")
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
