# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON Patch (RFC 6902) as this API takes it.

Documented are ``replace`` of ``/completionStatus`` and of ``/completed``; ``add`` on an existing member is the same
by RFC 6902. ``test`` may look anywhere. Everything else is refused.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import jsonpatch  # type: ignore[import-untyped,unused-ignore]
import jsonpointer  # type: ignore[import-untyped,unused-ignore]

from .taskstatus import STATUSES, format_instant, parse_instant

_WRITABLE = ("/completionStatus", "/completed")


class PatchInvalid(ValueError):
    """The document is no patch that this API takes."""


class PatchRefused(Exception):
    """A ``test`` operation does not hold: nothing is changed."""


def apply(task: dict[str, Any], document: Any, now: datetime, test_op: str = "honour") -> dict[str, Any]:
    """``task`` after the patch ``document``, as a new dict; ``modified`` becomes ``now``.

    ``test_op`` is the setting of that name. Raises PatchInvalid or PatchRefused; ``task`` is never changed.
    """
    if not isinstance(document, list) or not document:
        raise PatchInvalid("the body must be a non-empty array of JSON Patch operations")
    operations = [_checked(operation, test_op) for operation in document]
    if test_op == "ignore":
        operations = [operation for operation in operations if operation["op"] != "test"]
    # Only two members of the top level can change: a shallow copy is enough. The tenant has both of them as null, also
    # where what it answers leaves them out.
    changed: dict[str, Any] = {"completionStatus": None, "completed": None, **task}
    try:
        changed = jsonpatch.JsonPatch(operations).apply(changed, in_place=True)
    except jsonpatch.JsonPatchTestFailed as exc:
        raise PatchRefused("a test operation does not hold") from exc
    except (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException) as exc:
        raise PatchInvalid(f"the patch cannot be applied: {exc}") from exc
    if any(operation["op"] != "test" for operation in operations):
        changed["modified"] = format_instant(now)
    return changed


def _checked(operation: Any, test_op: str) -> dict[str, Any]:
    if not isinstance(operation, dict):
        raise PatchInvalid("each operation must be an object")
    op, path = operation.get("op"), operation.get("path")
    if op not in ("add", "remove", "replace", "move", "copy", "test"):
        raise PatchInvalid(f"{op!r} is not a JSON Patch operation")
    if not isinstance(path, str):
        raise PatchInvalid("each operation must have a path")
    if op == "test":
        if test_op == "reject":
            raise PatchInvalid("operation test is not supported")
        if "value" not in operation:
            raise PatchInvalid("operation test needs a value")
        if test_op == "reject_null" and operation["value"] is None:
            raise PatchInvalid(f"operation test of {path}: the value must not be null")
        return operation
    if op not in ("add", "replace"):
        raise PatchInvalid(f"operation {op} is not supported")
    if path not in _WRITABLE:
        raise PatchInvalid(f"path {path} cannot be changed; only {' and '.join(_WRITABLE)} can")
    if "value" not in operation:
        raise PatchInvalid(f"operation {op} needs a value")
    return {**operation, "value": _value(path, operation["value"])}


def _value(path: str, value: Any) -> str:
    if path == "/completionStatus":
        if not isinstance(value, str) or value not in STATUSES:
            raise PatchInvalid("completionStatus must be Success, Warning, Error, Terminated or TempError")
        return STATUSES[value]
    try:
        return format_instant(parse_instant(value))
    except ValueError as exc:
        raise PatchInvalid(f"completed must be a date-time with a zone, not {value!r}") from exc
