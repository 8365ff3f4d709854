# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a clearing: the counts, and whether it went well, from what the module returned. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...module_utils._tasks.outcomes import COUNTS, OUTCOMES
from ...module_utils._wording import one_line, printable
from .table import STATISTICS

PREFIX = "clear_pending_tasks_"

_MAX_REASON = 1000  # characters of what the module says; it groups equal reasons
_LIMITS = re.compile(r"(?<!\w)(max_tasks|max_fraction_above|max_fraction)(?!\w)")
_NO_REASON = "it gave no reason."
_UNKNOWN = "How many are pending now is not known."
_NO_SETTINGS = ("report_dir", "report_formats", "fail_on_error")
# What a result holds besides where the module's process, not the module, has the last word.
_DEATH = ("rc", "module_stdout", "module_stderr", "exception", "unreachable")


@dataclass(frozen=True)
class Clearing:
    """What became of the pending tasks of a tenant.

    ``counts`` by COUNTS, None for what is not known; ``items`` one for each selected task, as the module returns it;
    ``problem`` why there are none, a sentence, empty where there are; ``stopped`` the sentence that says
    which guard stopped it, or None; ``reason`` what the module says of its failure, empty where it did not fail.
    """

    counts: Mapping[str, int | None]
    items: Sequence[Mapping[str, Any]] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    excluded_by: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""
    stopped: str | None = None
    reason: str = ""

    @property
    def reached(self) -> bool:
        """Whether the tenant told what is pending."""
        return not self.problem


def clearing_of(cleared: Mapping[str, Any], refused: str = "", check_mode: bool = False) -> Clearing:
    """Return what became of a clearing.

    :param cleared: the module's result, as it was registered, whatever became of the module
    :param refused: why the module was not called at all, a sentence
    :param check_mode: whether it could change nothing, however it ended
    """
    nothing = {name: 0 if name in OUTCOMES else None for name in COUNTS}
    if refused:
        return Clearing(nothing, problem=refused)
    reason = one_line(str(cleared.get("msg") or ""), _MAX_REASON)
    if "pending_before" not in cleared:
        died = "request_stats" not in cleared and any(cleared.get(key) for key in _DEATH)
        if died and not check_mode:
            problem = f"The module ended without an answer, so what it has changed is not known: {reason or _NO_REASON}"
            return Clearing(dict.fromkeys(COUNTS), problem=problem)
        return Clearing(
            nothing, problem=f"The pending tasks could not be read, so nothing was changed: {reason or _NO_REASON}"
        )
    counts = {**dict.fromkeys(OUTCOMES, 0), **cleared["summary"]}
    stopped = cleared.get("stopped")
    return Clearing(
        counts={name: counts[name] if name in OUTCOMES else cleared.get(name) for name in COUNTS},
        items=cleared.get("tasks") or [],
        left_out=cleared.get("left_out") or {},
        excluded_by=cleared.get("excluded_by") or {},
        stopped=_LIMITS.sub(rf"{PREFIX}\1", str(stopped)) if stopped else None,
        reason=reason,
    )


def title_of(clearing: Clearing, check_mode: bool) -> str:
    """Return the heading of the report."""
    if clearing.problem or clearing.stopped:
        return "Pending tasks: none was cleared" if clearing.counts["updated"] == 0 else "Pending tasks"
    return "Pending tasks: what would be cleared" if check_mode else "Pending tasks cleared"


def notice_of(clearing: Clearing) -> str:
    """Return what the report says above all else, empty where there is nothing."""
    unknown = "" if clearing.problem or clearing.counts["pending_after"] is not None else _UNKNOWN
    return " ".join(filter(None, [clearing.problem, clearing.stopped, unknown]))


def settings_of(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the role's variables that say what was asked for, for the report."""
    return {name: value for name, value in options.items() if name not in _NO_SETTINGS and value is not None}


def failure_of(clearing: Clearing, fails_on_error: bool, unwritten: Sequence[str]) -> str:
    """Return the sentences with which the role is to fail, on one line, empty if it is not.

    :param fails_on_error: whether it is to fail where a task could not be cleared
    :param unwritten: why reports could not be written, sentences
    """
    sentences = [clearing.problem or clearing.stopped or ""]
    failed = clearing.counts["failed"]
    if clearing.reached and clearing.stopped is None and clearing.reason and fails_on_error:
        of = f"{failed} of {clearing.counts['selected']} tasks could not be cleared: " if failed else ""
        sentences.append(f"{of}{clearing.reason}")
    return printable(" ".join(filter(None, [*sentences, *unwritten])))


def result_of(clearing: Clearing, reports: Sequence[str], failure: str) -> dict[str, Any]:
    """Return the value of the fact ``clear_pending_tasks_result`` but for ``tasks``.

    Those are the module's own: thousands of items cost seconds each time that Ansible hands them on.
    """
    return {
        **clearing.counts,
        "left_out": dict(clearing.left_out),
        "excluded_by": dict(clearing.excluded_by),
        "stopped": clearing.stopped,
        "reached": clearing.reached,
        "problem": failure,
        "reports": list(reports),
    }


def statistics_of(clearing: Clearing, failure: str) -> dict[str, int]:
    """Return the counts that are handed on, to be added up over tenants.

    A count that is not known is left out: no workflow is to take it for none.
    """
    values = {**clearing.counts, "tenants": 1, "tenants_failed": int(bool(failure))}
    known = ((name, values[name]) for name in STATISTICS)
    return {f"{PREFIX}{name}": value for name, value in known if value is not None}


def checked_of(clearing: Clearing, message: Sequence[str]) -> dict[str, list[str]]:
    """Return what check mode hands on besides, to be joined over tenants: ids that would be cleared, and the message.

    The ids are none where a guard stopped it or the tenant was not read, so that a clearing of these clears nothing.

    :param message: the lines that a person reads
    """
    goes_on = clearing.reached and clearing.stopped is None
    ids = [str(item["id"]) for item in clearing.items if goes_on and item["outcome"] == "updated"]
    return {f"{PREFIX}ids": ids, f"{PREFIX}message": list(message)}
