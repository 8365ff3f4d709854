# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles begin and end with: the directory for reports, the reports, and what a person is told.

It runs in the controller's worker, whatever the connection, and reads what earlier tasks have registered where it is: a
template would take seconds for thousands of tasks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.idops.sailpoint.plugins.module_utils._wording import printable
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report import overview, writing
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.data import build_clearing_report, build_report
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.plain import plain_tasks
from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles import clearing, ends, message

ARGUMENT_SPEC: dict[str, Any] = {
    "role": {"type": "str", "choices": ["clear_pending_tasks", "task_report"], "required": True},
    "step": {"type": "str", "choices": ["prepare", "tell", "overview"], "required": True},
    "variables": {"type": "dict"},
    "tenant_name": {"type": "str"},
}


class ActionModule(ActionBase):
    """The action of the module role_report, which has no other work."""

    _supports_check_mode = True
    _supports_diff = False
    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return what a step has to say; only options that cannot be used are a failure."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        given = self.validate_argument_spec(
            ARGUMENT_SPEC,
            required_if=[("step", "prepare", ["variables"]), ("step", "tell", ["tenant_name"])],
        )[1]
        steps = {"prepare": _prepare, "tell": _TELL[given["role"]], "overview": _overview}
        told = steps[given["step"]](given, task_vars or {}, bool(self._task.check_mode))
        return {**result, "changed": False, **told}


def _prepare(given: Mapping[str, Any], _variables: Mapping[str, Any], _check_mode: bool) -> dict[str, Any]:
    """Prepare the directory for reports, also in check mode, whose report is what it is for."""
    options, name = dict(given["variables"]), ends.DIRECTORIES[given["role"]]
    problem = options.get("problem")
    if problem is None and options[name]:
        options[name] = writing.absolute(os.path.expandvars(options[name]))
        why_not = writing.prepare(options[name])
        problem = f"{given['role']}_{name}: {why_not}" if why_not else None
    return {"variables": options, "problem": printable(problem or "")}


def _tell_clearing(given: Mapping[str, Any], variables: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    prepared = variables["__clear_pending_tasks_prepared"]
    cleared = variables.get("__clear_pending_tasks_cleared") or {}
    options, host = prepared["variables"], variables["inventory_hostname"]
    found = clearing.clearing_of(cleared, prepared["problem"], check_mode)
    written = writing.Written([], [])
    if not prepared["problem"] and options["report_dir"]:
        written = _written(
            lambda now: build_clearing_report(
                {**cleared, "stopped": found.stopped},
                now=now,
                title=clearing.title_of(found, check_mode),
                tenant=given["tenant_name"],
                check_mode=check_mode,
                settings=clearing.settings_of(options),
                notice=clearing.notice_of(found),
            ),
            (given["role"], host, options["report_dir"]),
            options["report_formats"],
        )
    failure = clearing.failure_of(found, options.get("fail_on_error", True), written.problems)
    lines = message.message_of(
        found,
        options,
        tenant=given["tenant_name"],
        check_mode=check_mode,
        reports=written.paths,
        unwritten=written.problems,
    )
    checked = clearing.checked_of(found, lines) if check_mode else {}
    return {
        "message": lines,
        "result": clearing.result_of(found, written.paths, failure),
        "statistics": {**clearing.statistics_of(found, failure), **checked},
        "failure": failure,
        "entry": ends.entry_of(given["role"], given["tenant_name"], options, found.counts, failure, written.paths),
    }


def _tell_report(given: Mapping[str, Any], variables: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    prepared = variables["__task_report_prepared"]
    pending, listed = (variables.get(f"__task_report_{name}") or {} for name in ("pending", "listed"))
    options, host = prepared["variables"], variables["inventory_hostname"]
    read = ends.read_of(pending, listed, options.get("max_tasks", 0), prepared["problem"])
    written = writing.Written([], [])
    if not read.problem:
        written = _written(
            lambda now: build_report(
                plain_tasks(read.tasks),
                now=now,
                title=options["title"],
                tenant=given["tenant_name"],
                days=options["days"],
                check_mode=check_mode,
                settings={"days": options["days"], "max_tasks": options["max_tasks"]},
                notice=read.notice,
            ),
            (given["role"], host, options["dir"]),
            options["formats"],
        )
    failure = printable(" ".join(filter(None, [read.problem, *written.problems])))
    return {
        "message": ends.lines_of(given["tenant_name"], read, written.paths, written.problems),
        "result": {**read.counts, "reports": written.paths},
        "failure": failure,
        "entry": ends.entry_of(given["role"], given["tenant_name"], options, read.counts, failure, written.paths),
    }


_TELL = {"clear_pending_tasks": _tell_clearing, "task_report": _tell_report}


def _written(
    make: Callable[[datetime], Mapping[str, Any]], whose: tuple[str, str | None, str], formats: Sequence[str]
) -> writing.Written:
    """Write a report of this moment; whatever goes wrong, what was done is still to be told.

    :param whose: the role, the host, and the directory
    """
    role, host, directory = whose
    now = datetime.now(timezone.utc)
    name = ends.stem(role, host, now)
    try:
        return writing.write(make(now), directory, name, formats)
    except Exception as error:
        return writing.Written([], [f"The report {name} could not be made: {type(error).__name__}: {error}."])


def _overview(given: Mapping[str, Any], variables: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Write what all tenants of the play are told of; the entry of each is a fact of its host."""
    role, now = given["role"], datetime.now(timezone.utc)
    told = {host: variables["hostvars"][host] for host in variables["ansible_play_hosts_all"]}
    all_of_them = [
        facts.get(f"__{role}_entry") or ends.unheard(role, host, facts.get(f"__{role}_unexpected") or "")
        for host, facts in told.items()
    ]
    paths: list[str] = []
    problems: list[str] = []
    for directory, entries in ends.overviews_of(all_of_them).items():
        shown = [entry["shown"] for entry in entries]
        # A page for people and numbers for a monitor in any case; what reads them need not read each tenant's.
        formats = ["html", "openmetrics", *(name for entry in entries for name in entry["formats"])]
        made = overview.build_overview(shown, now=now, title=ends.TITLES[role], check_mode=check_mode)
        written = overview.write_overview(made, directory, ends.stem(role, None, now), formats)
        paths += written.paths
        problems += written.problems
    lines = [*(f"All tenants: {path}" for path in paths), *problems]
    return {"message": [*map(printable, lines)], "problem": printable(" ".join(problems))}
