# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a template or an API hands over as plain data, and what is read of that, as text of bounded length."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ...module_utils._instants import format_instant
from .moments import as_utc

# What a report reads of a task and of an item; a nested table is what it reads of the value.
_MESSAGE: dict[str, Any] = {"type": None, "key": None, "localizedText": {"message": None}}
_TARGET: dict[str, Any] = {"id": None, "type": None, "name": None}
_ATTRIBUTES: dict[str, Any] = {"appId": None, "applications": None}
_TASK: dict[str, Any] = {
    **dict.fromkeys(("id", "uniqueName", "description", "type", "launcher", "progress", "percentComplete")),
    **dict.fromkeys(("created", "launched", "completed", "modified", "completionStatus")),
    "taskDefinitionSummary": {"uniqueName": None},
    "target": _TARGET,
    "attributes": _ATTRIBUTES,
    "messages": _MESSAGE,
}
_ITEM: dict[str, Any] = {
    **dict.fromkeys(("id", "outcome", "patch", "error", "moved")),
    **dict.fromkeys(("name", "kind", "launcher", "launched", "age_seconds")),
    "source": {"id": None, "name": None},
    "task": {key: _TASK[key] for key in ("uniqueName", "launcher", "taskDefinitionSummary", "target", "attributes")},
}

_RESULT = (
    *("failed", "unreachable", "msg", "summary", "pending_before", "pending_after", "selected"),
    *("left_out", "excluded_by", "stopped"),
)

#: What is shown instead of a secret.
MASK = "********"

_MAX_TEXT = 2000
_MAX_DEPTH = 40
_MAX_NUMBER = 2**63
_SURROGATES = re.compile("[\ud800-\udfff]")


def to_plain(value: Any, depth: int = 0) -> Any:
    """Return a copy of any value made of ``dict``, ``list``, ``str``, ``int``, ``float``, ``bool`` and ``None`` alone.

    Templating hands over strings that carry tags and containers that are filled as they are read; neither should reach
    JSON or a template. What strict JSON cannot say (NaN, infinities, lone surrogates) and what could not be written
    (numbers beyond 64 bits, deeper nesting than any answer has) becomes text or null.
    """
    if value is None or isinstance(value, bool):
        return None if value is None else bool(value)
    if isinstance(value, str):
        return _plain_text(str.__str__(value))
    if isinstance(value, int):
        number = int(value)
        return number if -_MAX_NUMBER <= number < _MAX_NUMBER else None
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, datetime):
        return format_instant(as_utc(value))
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if getattr(value, "__ENCRYPTED__", False):
        return MASK  # a vaulted value of ansible-core before 2.19: whoever vaults it does not want it read
    if depth >= _MAX_DEPTH:
        return None
    if isinstance(value, Mapping):
        return {_key(key): to_plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [to_plain(item, depth + 1) for item in value]
    return _plain_text(str(value))


def plain_tasks(tasks: Iterable[Any]) -> list[Any]:
    """Return TaskStatus objects as plain data, with no more of each than a report shows.

    The rest, such as the returns of a task and the arguments of its definition, is most of what an answer holds.
    """
    return [_picked(task, _TASK) for task in tasks]


def plain_items(items: Iterable[Any]) -> list[Any]:
    """Return results per id of the module ``task_status`` as plain data, with no more than a report shows."""
    return [_picked(item, _ITEM) for item in items]


def plain_result(result: Any) -> dict[str, Any]:
    """Return the result of the module ``task_status`` as plain data, with no more than a report shows.

    Each key is there, None where the result has it not; ``tasks`` is a list or None.
    """
    told = result if isinstance(result, Mapping) else {}
    items = told.get("tasks")
    plain = {key: to_plain(told.get(key)) for key in _RESULT}
    if not isinstance(items, Iterable) or isinstance(items, (str, bytes, Mapping)):
        return {**plain, "tasks": None}
    return {**plain, "tasks": plain_items(items)}


def _picked(value: Any, keys: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        found = {key: (value.get(key), inner) for key, inner in keys.items()}
        return {key: to_plain(item) if inner is None else _picked(item, inner) for key, (item, inner) in found.items()}
    if isinstance(value, (list, tuple)) and keys is _MESSAGE:
        return [_picked(item, keys) for item in value]
    return to_plain(value)


def _plain_text(text: str) -> str:
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def line(value: Any) -> str | None:
    """Return a value as text of bounded length, or None where it is null or blank."""
    if value is None:
        return None
    text = (value if isinstance(value, str) else _compact(value)).strip()
    return (text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…") or None


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _key(key: Any) -> str:
    return _plain_text(str.__str__(key)) if isinstance(key, str) else _compact(to_plain(key))


def number_of(value: Any) -> float | None:
    """Return a number that is one, or None: neither text nor a truth value."""
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def whole(value: Any) -> int | None:
    """Return a count, also one that templating made a string of, or None."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if 0 <= number < _MAX_NUMBER else None
