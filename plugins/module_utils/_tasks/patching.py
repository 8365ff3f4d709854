# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a TaskStatus and a desired state to the RFC 6902 patch. Pure functions, no I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from typing import Any

from .._api import records
from .._instants import format_instant, parse_instant

# Imported where it is used: a module that only reads does not pay for it.
JSONPATCH_IMPORT_ERROR = None if find_spec("jsonpatch") else "No module named 'jsonpatch'"

Patch = list[dict[str, Any]]

# What the vendor documents for an update, in the order of its example.
PATCHED_KEYS = ("completionStatus", "completed")

# Seconds after its completion time for which a task without a status is taken as just being completed. The tenant was
# seen to write the one some moments before the other; what is left so for longer is stuck as any pending task.
BEING_COMPLETED_FOR = 15 * 60.0


@dataclass(frozen=True)
class DesiredState:
    """Completed with ``completion_status`` (an option's value, lower case), at ``completed`` (None: does not matter).

    Without ``overwrite`` any completed task satisfies it. ``older_than`` (seconds) leaves younger pending tasks alone.
    """

    completion_status: str
    completed: datetime | None = None
    overwrite: bool = False
    older_than: float | None = None
    precondition: bool = False


def too_young(task: Mapping[str, Any], desired: DesiredState, now: datetime) -> bool:
    """Whether a pending task is to be left alone for its age; one whose age cannot be told is."""
    if desired.older_than is None or not records.is_pending(task):
        return False
    age = records.age(task, now)
    return age is None or age < desired.older_than


def is_moving(task: Mapping[str, Any], now: datetime) -> bool:
    """Whether a task is just being completed, so that its status must not be overwritten; also if it cannot be told."""
    if not records.is_being_completed(task):
        return False
    completed = parse_instant(task.get("completed"))
    return completed is None or (now - completed).total_seconds() < BEING_COMPLETED_FOR


def satisfies(task: Mapping[str, Any], desired: DesiredState) -> bool:
    """Whether a task is in the desired state."""
    if records.is_pending(task):
        return False
    return not desired.overwrite or (
        records.completion_status(task) == desired.completion_status
        and (desired.completed is None or _same_instant(task.get("completed"), desired.completed))
    )


def build_patch(task: Mapping[str, Any], desired: DesiredState, now: datetime) -> Patch:
    """Return the patch that brings a task to the desired state, ``[]`` when it is in it.

    ``replace`` operations on /completionStatus and /completed, with the documented spelling; when a precondition is
    wanted, after a ``test`` operation on /modified, or on what they replace where the task has no such date.
    """
    import jsonpatch

    if satisfies(task, desired):
        return []
    before = {key: task.get(key) for key in PATCHED_KEYS}
    after = dict(before)
    if records.completion_status(task) != desired.completion_status:
        after["completionStatus"] = records.COMPLETION_STATUSES[desired.completion_status]
    unfinished = records.is_pending(task) and not records.is_being_completed(task)
    completed = desired.completed or (now if unfinished else None)
    if completed is not None and not _same_instant(task.get("completed"), completed):
        after["completed"] = format_instant(completed)
    replacements = sorted(
        jsonpatch.make_patch(before, after).patch, key=lambda operation: PATCHED_KEYS.index(operation["path"][1:])
    )
    tests: Patch = []
    if desired.precondition and task.get("modified") is not None:
        # The vendor's schema takes no null as a value, which is what a pending task has under the patched keys.
        tests = [{"op": "test", "path": "/modified", "value": task["modified"]}]
    elif desired.precondition:
        # Also of a key that the answer left out: where it can be replaced it is there (RFC 6902, 4.3), so it can be
        # tested, and rather no update than one without the precondition.
        tests = [{"op": "test", "path": one["path"], "value": before[one["path"][1:]]} for one in replacements]
    return tests + replacements


def precondition_of(patch: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what the precondition of a patch of :func:`build_patch` tests, value by key; empty where it has none."""
    return {operation["path"][1:]: operation["value"] for operation in patch if operation["op"] == "test"}


def apply_patch(task: Mapping[str, Any], patch: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the task as it is after a patch of :func:`build_patch`, whose precondition holds since it is of this task;
    the task itself is not touched.
    """
    import jsonpatch

    target = {**{key: None for key in PATCHED_KEYS}, **task}
    replacements = [operation for operation in patch if operation["op"] == "replace"]
    patched: dict[str, Any] = jsonpatch.apply_patch(target, replacements)
    return patched


def reads_as_sent(task: Mapping[str, Any], patch: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the answer to a patch of :func:`build_patch` shows it: the completion status without regard to case, or
    where only the instant was sent, that. A tenant that keeps a time of its own has still completed the task.
    """
    sent = {operation["path"][1:]: operation["value"] for operation in patch if operation["op"] == "replace"}
    if "completionStatus" in sent:
        return records.completion_status(task) == str(sent["completionStatus"]).lower()
    return _kept(task.get("completed"), sent["completed"])


def took_effect(task: Mapping[str, Any], patch: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a task read later shows that it was this very patch that completed it: instants count too.

    To the millisecond, which tells one update from another, where the tenant keeps them; else to the second.
    """
    sent = {operation["path"][1:]: operation["value"] for operation in patch if operation["op"] == "replace"}
    return reads_as_sent(task, patch) and ("completed" not in sent or _kept(task.get("completed"), sent["completed"]))


def _kept(value: object, sent: str) -> bool:
    """Whether a value from the API is an instant as it was sent, or what a tenant may have kept of it."""
    there, instant = parse_instant(value), parse_instant(sent)
    if there is None or instant is None:
        return False
    if there.microsecond:
        return _same_instant(value, instant)
    return abs((there - instant).total_seconds()) < 1


def _same_instant(value: object, instant: datetime) -> bool:
    """Whether a value from the API is this instant, to the millisecond, which is all that is ever sent."""
    there = parse_instant(value)
    return there is not None and format_instant(there) == format_instant(instant)
