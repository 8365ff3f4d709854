# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All tenants at a glance: what each had pending, what was done about it, and what is wrong, the worst first."""

from __future__ import annotations

import functools
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from ...module_utils._instants import format_instant
from ...module_utils._tasks.outcomes import OUTCOMES
from ...module_utils._wording import printable
from .._files import absolute
from .as_openmetrics import Family, Samples, exposition, made
from .formats import render_json
from .moments import as_utc
from .overview_template import OVERVIEW_TEMPLATE
from .page import render_page
from .plain import line, mapping, to_plain, whole
from .writing import Maker, Written, write_each

SCHEMA = "idops.sailpoint.tenants_report/1"

#: What an overview can be written as.
OVERVIEW_FORMATS = ("html", "json", "openmetrics")

_NOT_READ = "Its pending tasks could not be read."
_CLEARING_ONLY = ("pending_before", "selected", *OUTCOMES)
_COUNTS = (*_CLEARING_ONLY, "pending")
# How a tenant fared: a label, and the completion status whose colour it has.
STATES = {
    "unread": ("Not read", "error"),
    "failed": ("Failed", "error"),
    "held": ("Stopped", "warning"),
    "problem": ("Problem", "warning"),
    "fine": ("Fine", "success"),
}


def build_overview(
    entries: Sequence[Mapping[str, Any]], *, now: datetime, title: str | None = None, check_mode: bool = False
) -> dict[str, Any]:
    """Return what there is to say of all tenants as a dictionary that strict JSON can hold, the worst first.

    :param entries: one for each tenant, with ``tenant``, its name; ``kind``, ``clearing`` or ``tasks``; ``counts``:
        ``pending_before``, ``selected``, outcomes and ``pending_after`` of a clearing, else ``pending``, what is not
        known None or left out; ``problem``, a sentence or nothing; ``reports``, absolute paths of its reports
    """
    tenants = [_tenant(mapping(entry), check_mode) for entry in to_plain(entries)]
    tenants.sort(key=_badness)
    _tell_apart(tenants)
    return {
        "schema": SCHEMA,
        "title": line(to_plain(title)) or "SailPoint tenants",
        "generated": format_instant(as_utc(now)),
        "check_mode": check_mode,
        "totals": _totals(tenants),
        "tenants": tenants,
    }


def _tenant(entry: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    told, clearing = mapping(entry.get("counts")), entry.get("kind") == "clearing"
    counts = {key: whole(told.get(key)) if clearing or key not in _CLEARING_ONLY else None for key in _COUNTS}
    # What a check predicts is not what is pending.
    if clearing:
        counts["pending"] = counts["pending_before"] if check_mode else whole(told.get("pending_after"))
    read = counts["pending"] is not None or counts["pending_before"] is not None
    problem = line(entry.get("problem")) or (None if read else _NOT_READ)
    reports = entry.get("reports")
    return {
        "tenant": printable(line(entry.get("tenant")) or "") or "(no name)",
        "kind": "clearing" if clearing else "tasks",
        "state": _state(counts, read, problem),
        "served": read,
        "problem": problem,
        "counts": counts,
        "reports": [path for path in map(line, reports if isinstance(reports, list) else ()) if path],
    }


def _state(counts: Mapping[str, int | None], read: bool, problem: str | None) -> str:
    if not read:
        return "unread"
    found = (state for state in ("failed", "held") if counts.get(state))
    return next(found, "problem" if problem else "fine")


def _badness(tenant: Mapping[str, Any]) -> tuple[Any, ...]:
    counts = tenant["counts"]
    most = (-(counts.get(key) or 0) for key in ("failed", "held", "pending"))
    return (tenant["served"], not tenant["problem"], *most, tenant["tenant"].casefold(), tenant["tenant"])


def _tell_apart(tenants: Iterable[dict[str, Any]]) -> None:
    """Number the tenants whose name another one has: a series that there is twice is refused as a whole."""
    taken: set[str] = set()
    for tenant in tenants:
        name, number = tenant["tenant"], 1
        while tenant["tenant"] in taken:
            number += 1
            tenant["tenant"] = f"{name} ({number})"
        taken.add(tenant["tenant"])


def _totals(tenants: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return sums of what is known, None where it is known of no tenant."""
    known = {key: [t["counts"][key] for t in tenants if t["counts"][key] is not None] for key in _COUNTS}
    return {
        "tenants": len(tenants),
        "served": sum(tenant["served"] for tenant in tenants),
        "problems": sum(tenant["state"] != "fine" for tenant in tenants),
        "counts": {key: sum(values) if values else None for key, values in known.items()},
        "known": {key: len(values) for key, values in known.items()},
    }


def render_overview_html(overview: Mapping[str, Any], directory: str | None = None) -> str:
    """Return the page for an overview of :func:`build_overview`.

    :param directory: where the page will be, absolute: links to the reports lead from there
    """
    totals, tenants = overview["totals"], overview["tenants"]
    return render_page(
        OVERVIEW_TEMPLATE,
        title=overview["title"],
        tenant=None,
        report=overview,
        totals=totals,
        clearing=any(tenant["kind"] == "clearing" for tenant in tenants),
        # An outcome that no tenant has needs no column.
        columns=[name for name in OUTCOMES if name in ("updated", "failed") or totals["counts"][name]],
        rows=[(tenant, _link(tenant["reports"], directory)) for tenant in tenants],
        states=STATES,
        options=[
            (state, label) for state, (label, _tone) in STATES.items() if any(t["state"] == state for t in tenants)
        ],
    )


def _link(reports: Sequence[str], directory: str | None) -> str | None:
    """Return where the page of a tenant is, as an address; its first report if there is no page, None without any."""
    paths = [path for path in reports if path.startswith("/")]
    path = next((path for path in paths if path.endswith(".html")), paths[0] if paths else None)
    return None if path is None else quote(path if directory is None else posixpath.relpath(path, directory))


def render_overview_openmetrics(overview: Mapping[str, Any]) -> str:
    """Return the numbers of an overview of :func:`build_overview`, with the label ``tenant``, ended by ``# EOF``."""
    return exposition(_families(overview), {})


def _families(overview: Mapping[str, Any]) -> Iterator[Family]:
    tenants = overview["tenants"]
    yield (
        "sailpoint_tenant_served",
        "1 if the pending tasks of the tenant could be read, else 0.",
        [({"tenant": tenant["tenant"]}, int(tenant["served"])) for tenant in tenants],
    )
    yield (
        "sailpoint_tenant_problem",
        "1 if something is wrong: not reached, stopped by a limit, or a task that could not be updated.",
        [({"tenant": tenant["tenant"]}, int(tenant["state"] != "fine")) for tenant in tenants],
    )
    for key, help_text in (
        ("pending", "Pending tasks of the tenant now, after the clearing if there was one."),
        ("pending_before", "Pending tasks of the tenant before the clearing."),
        ("selected", "Tasks of the tenant selected for clearing."),
    ):
        yield f"sailpoint_tenant_{key}", help_text, _samples(tenants, [key])
    yield (
        "sailpoint_tenant_outcome",
        "Selected tasks of the tenant by outcome of the clearing, predicted in check mode.",
        _samples(tenants, OUTCOMES, "outcome"),
    )
    yield (
        "sailpoint_tenants_check_mode",
        "1 if clearings were only predicted and nothing was changed.",
        [({}, int(overview["check_mode"]))],
    )
    yield made("sailpoint_tenants_report_timestamp_seconds", overview["generated"])


def _samples(tenants: Iterable[Mapping[str, Any]], keys: Iterable[str], label: str | None = None) -> Samples:
    """Return the counts that are known; ``label`` is to tell those of more than one key apart."""
    return [
        ({"tenant": tenant["tenant"], **({label: key} if label else {})}, tenant["counts"][key])
        for tenant in tenants
        for key in keys
        if tenant["counts"][key] is not None
    ]


def write_overview(overview: Mapping[str, Any], directory: str, stem: str, formats: Iterable[str]) -> Written:
    """Write an overview as files into a directory that is there, as :func:`writing.write` does a report.

    What it cannot be written as, CSV, is passed over: the formats are those that the tenants' reports have.
    """
    makers = {
        "html": Maker("html", functools.partial(render_overview_html, overview, absolute(directory))),
        "json": Maker("json", functools.partial(render_json, overview)),
        "openmetrics": Maker("prom", functools.partial(render_overview_openmetrics, overview)),
    }
    return write_each([name for name in formats if name in makers], makers, directory, stem)
