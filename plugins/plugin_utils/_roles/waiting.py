# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbook wait_for_tasks says at its end. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...module_utils._api import records
from ...module_utils._wording import count_of, first_of, one_line, printable

_MAX_NAME = 100  # characters of a text of the tenant's
_MAX_REASON = 1000  # characters of what the module says
# Options of the connection that are no everyday words, as "tenant" and "timeout" are.
_OPTIONS = "base_url|client_id|client_secret|access_token|api_version|validate_certs|ca_path|rate_limit"
_OPTION = re.compile(rf"\b({_OPTIONS})\b")


def told_of(waited: Mapping[str, Any], accepted: Sequence[str]) -> dict[str, Any]:
    """Return what came of waiting: ``result``, the fact, None where the tasks could not be read; and ``failure`` and
    ``message``, a sentence each, printable: why it is one, empty where it is none, or else that all is well.

    :param waited: what task_status_info returned, as it was registered
    :param accepted: the completion statuses that are fine, in lower case
    """
    if "tasks" not in waited:
        return {"result": None, "failure": _unread(str(waited.get("msg") or "")), "message": ""}
    tasks, missing = waited["tasks"], [str(task_id) for task_id in waited.get("missing") or ()]
    seconds = waited.get("waited_seconds")
    failure = _failure(tasks, missing, seconds or 0.0, accepted)
    number = count_of(len(tasks), "task")
    return {
        "result": {"tasks": tasks, "waited_seconds": seconds},
        "failure": printable(failure),
        "message": "" if failure else f"All went well: {number} completed after {seconds or 0.0:.0f} s.",
    }


def _unread(reason: str) -> str:
    """Return why nothing is known; an option of the connection that it names is a variable, to whoever runs this."""
    said = one_line(reason, _MAX_REASON) or "The module ended without an answer."
    option = _OPTION.search(said)
    if option is None:
        return said
    return f"{said.rstrip('.')}; in an inventory, {option[0]} is the variable sailpoint_{option[0]}."


def _failure(
    tasks: Sequence[Mapping[str, Any]], missing: Sequence[str], seconds: float, accepted: Sequence[str]
) -> str:
    pending = [_named(task) for task in tasks if records.is_pending(task)]
    completed = [task for task in tasks if not records.is_pending(task)]
    bad = [f"{_named(task)} with {_status(task)}" for task in completed if not _is_fine(task, accepted)]
    parts = []
    if bad:
        parts.append(f"{len(bad)} did not end well: {first_of(bad, '; ')}")
    if pending:
        late = f"not completed after {seconds:.0f} s (wait_for_tasks_timeout)"
        parts.append(f"{len(pending)} {late}: {first_of(pending, '; ')}")
    if missing:
        ids = first_of([one_line(task_id, _MAX_NAME) for task_id in missing])
        parts.append(f"{len(missing)} not found, so check wait_for_tasks_ids: {ids}")
    if not parts:
        return ""
    well = [f"{len(completed) - len(bad)} ended well"] if len(completed) > len(bad) else []
    return f"Of {count_of(len(tasks) + len(missing), 'task')} {'; '.join([*well, *parts])}."


def _named(task: Mapping[str, Any]) -> str:
    """Return what a person knows a task by, and its id."""
    told = ", ".join(filter(None, (one_line(name, _MAX_NAME) for name in records.names(task))))
    task_id = one_line(str(task.get("id")), _MAX_NAME)
    return f"{told} ({task_id})" if told else task_id


def _status(task: Mapping[str, Any]) -> str:
    return one_line(str(task.get("completionStatus")), _MAX_NAME)


def _is_fine(task: Mapping[str, Any], accepted: Sequence[str]) -> bool:
    """Whether a task ended as it may, in whatever spelling."""
    return records.completion_status(task) in accepted
