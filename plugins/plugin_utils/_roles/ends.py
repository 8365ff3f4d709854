# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both roles end with: the names of files, what a report on tasks has read, what all tenants are told of.

Pure functions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from ...module_utils._wording import count_of, one_line, printable

#: The variable of each role that says where reports go, and that which says in what formats, without the prefix.
DIRECTORIES = {"clear_pending_tasks": "report_dir", "task_report": "dir"}
FORMATS = {"clear_pending_tasks": "report_formats", "task_report": "formats"}

#: What an overview calls what was done on a tenant, and its heading.
KINDS = {"clear_pending_tasks": "clearing", "task_report": "tasks"}
TITLES = {"clear_pending_tasks": "Pending tasks cleared: all tenants", "task_report": "Background tasks: all tenants"}

_MAX_REASON = 1000  # characters of what the module says
_MAX_HOST = 160  # characters of a host in the name of a file, which may have 255 bytes


@dataclass(frozen=True)
class Read:
    """The tasks that a report on tasks is made of; ``problem`` why there are none, empty where they could be read."""

    tasks: Sequence[Any] = ()
    pending: int | None = None
    notice: str = ""
    problem: str = ""

    @property
    def counts(self) -> dict[str, int | None]:
        """What the fact ``task_report_result`` counts."""
        if self.problem:
            return {"pending": self.pending, "tasks": None}
        return {"pending": self.pending, "tasks": len({str(task["id"]) for task in self.tasks if "id" in task})}


def read_of(pending: Mapping[str, Any], listed: Mapping[str, Any], most: int, refused: str = "") -> Read:
    """Return what was read, of that which is completed as many of the newest as are wanted.

    :param pending: what task_status_info returned of the pending tasks, as it was registered
    :param listed: what it returned of all that the tenant lists
    :param refused: why it was not called at all, a sentence
    """
    if refused:
        return Read(problem=refused)
    for result in (pending, listed):
        if "tasks" not in result:
            reason = one_line(str(result.get("msg") or "no reason is given"), _MAX_REASON)
            number = len(pending["tasks"]) if "tasks" in pending else None
            return Read(pending=number, problem=f"The tasks could not be read: {reason}")
    completed = [task for task in listed["tasks"] if task.get("completionStatus") is not None]
    notice = ""
    if len(completed) > most:
        notice = f"Only the newest {most} tasks beside the pending ones were read (task_report_max_tasks)."
    return Read([*pending["tasks"], *completed[:most]], len(pending["tasks"]), notice)


def lines_of(tenant: str, read: Read, reports: Iterable[str], unwritten: Iterable[str]) -> list[str]:
    """Return what a person reads at the end of a report on tasks."""
    told = read.problem
    if not told:
        told = f"{read.counts['pending']} pending, {count_of(read.counts['tasks'] or 0, 'task')} read"
    lines = [f"{tenant}: {told}", read.notice, *(f"Report: {path}" for path in reports), *unwritten]
    return [*map(printable, filter(None, lines))]


def entry_of(
    role: str,
    tenant: str,
    options: Mapping[str, Any],
    counts: Mapping[str, int | None],
    failure: str,
    reports: Sequence[str],
) -> dict[str, Any]:
    """Return what is told of a tenant where all are: ``shown``, and where and how that is asked for."""
    shown = {
        "tenant": tenant,
        "kind": KINDS[role],
        "counts": dict(counts),
        "problem": failure,
        "reports": list(reports),
    }
    directory, formats = options.get(DIRECTORIES[role], ""), options.get(FORMATS[role], [])
    return {"shown": shown, "directory": directory, "formats": list(formats), "failure": failure}


def unheard(role: str, tenant: str, problem: str) -> dict[str, Any]:
    """Return the entry of a tenant whose role did not come to its end."""
    nothing: dict[str, int | None] = {}
    return entry_of(role, tenant, {}, nothing, problem or "What became of it is not known.", [])


def overviews_of(entries: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return by directory the entries of an overview there: of those that report there, or nowhere.

    One tenant is no overview. What another directory is for may be none of its readers' business.
    """
    directories = dict.fromkeys(entry["directory"] for entry in entries if entry["directory"])
    found = {one: [entry for entry in entries if entry["directory"] in (one, "")] for one in directories}
    return {directory: those for directory, those in found.items() if len(those) > 1}


def stem(role: str, host: str | None, now: datetime) -> str:
    """Return the name of a report without its ending: after the host, or all of them, and the moment.

    Of a host whose name is too long for a file's, a part and a hash of the whole tell it from others.
    """
    whose = f"{role}_tenants" if host is None else f"{role}-{_in_a_file_name(host)}"
    return f"{whose}-{now:%Y%m%dT%H%M%SZ}"


def _in_a_file_name(host: str) -> str:
    quoted = quote(host, safe="", errors="surrogatepass")
    if len(quoted) <= _MAX_HOST:
        return quoted
    digest = hashlib.sha256(quoted.encode()).hexdigest()[:16]
    return f"{quoted[: _MAX_HOST - len(digest) - 1]}-{digest}"
