# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...module_utils._instants import parse_instant
from ...module_utils._tasks.outcomes import OUTCOMES
from . import timeline
from .clearing import LEFT_OUT
from .page import plural, render_page
from .rows import STATUS_LABELS
from .template import TEMPLATE


def render_html(report: Mapping[str, Any]) -> str:
    """Return the page for a report of :func:`data.build_report` or :func:`data.build_clearing_report`."""
    now = parse_instant(report["generated"])
    drawing = None if now is None else timeline.lay_out(report["tasks"], now, report["period"]["days"])
    clearing = report["clearing"]
    by_status = report["totals"]["by_status"]
    outcomes = set() if clearing is None else {item["outcome"] for item in clearing["items"]}
    return render_page(
        TEMPLATE,
        title=report["title"],
        tenant=report["tenant"],
        report=report,
        totals=report["totals"],
        period=report["totals"]["in_period"],
        pending=report["pending"],
        clearing=clearing,
        drawing=drawing,
        # The tasks of a clearing may be those it selected: without one, that says nothing of what is pending.
        shows_pending=report["pending"]["count"] or clearing is None or clearing["summary"]["pending_before"] == 0,
        left_out_labels=LEFT_OUT,
        days=plural(report["period"]["days"], "day"),
        status_labels=STATUS_LABELS,
        outcome_label=_label,
        status_options=[(status, label) for status, label in STATUS_LABELS.items() if by_status[status]],
        outcome_options=[(name, _label(name)) for name in sorted(outcomes, key=_outcome_order)],
        plot=timeline.PLOT,
        gutter=timeline.GUTTER,
        width=timeline.WIDTH,
        axis=timeline.AXIS,
    )


def _outcome_order(outcome: str) -> tuple[int, str]:
    return ([*OUTCOMES].index(outcome) if outcome in OUTCOMES else len(OUTCOMES), outcome)


def _label(outcome: str) -> str:
    return OUTCOMES[outcome].label if outcome in OUTCOMES else outcome
