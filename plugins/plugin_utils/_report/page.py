# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every HTML page of this collection is made with: its parts, how numbers are written for people, its policy.

Its only style sheet and its only script are allowed by their hashes in a content security policy that forbids all
else. Whatever came from the API reaches the page through a template that escapes it; the script reads the finished
page, so no data is embedded in it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from ...module_utils._tasks.outcomes import OUTCOMES
from .rows import STATUS_LABELS
from .script import SCRIPT
from .style import STYLE

# One letter per status: thousands of elements carry it as a class.
_STATUS_CODES = {
    "pending": "p",
    "completing": "c",
    "success": "s",
    "warning": "w",
    "error": "e",
    "terminated": "t",
    "temperror": "r",
    "other": "o",
}
_CODES = {**_STATUS_CODES, **{name: _STATUS_CODES[kind.tone] for name, kind in OUTCOMES.items()}}
# Control characters are errors in HTML, and invisible ones hide what a name really says.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)

_BADGE = Markup('<span class="b {}">{}</span>')
_CHANGE = Markup('<div>{} <code>{}</code> {} <span aria-label="becomes">→</span> {}</div>')
_WAS, _NOT_KNOWN = Markup("<del>{}</del>"), Markup("<i>not known</i>")
_BECOMES, _REMOVED = Markup("<ins>{}</ins>"), Markup("<i>removed</i>")


def render_page(template: str, **names: Any) -> str:
    """Return the page that a template of :mod:`template` or :mod:`overview_template` makes of what it is told."""
    page = _compiled(template).render(
        **names, style=STYLE, script=SCRIPT, style_hash=_hash(STYLE), script_hash=_hash(SCRIPT), outcomes=OUTCOMES
    )
    return _UNPRINTABLE.sub("\ufffd", page)


@lru_cache(maxsize=2)
def _compiled(template: str) -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(
        badge=_badge,
        patch=_patch,
        number=_number,
        span=human_seconds,
        moment=_moment,
        plural=plural,
        code=lambda name: _CODES.get(name, "o"),
        tooltip=_tooltip,
        shorten=_shorten,
        epoch=_epoch,
        setting=_setting,
    )
    return environment.from_string(template)


@lru_cache(maxsize=2)
def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def human_seconds(seconds: float | None) -> str:
    """Return a duration for people, its two largest units: ``3 h 20 min``; a dash for None."""
    if seconds is None:
        return "–"
    left = round(seconds)
    if left < 1:
        return "< 1 s" if seconds > 0 else "0 s"
    parts: list[str] = []
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        number, left = divmod(left, length)
        if number or parts:
            parts.append(f"{number} {unit}" if number else "")
        if len(parts) == 2:
            break
    return " ".join(part for part in parts if part)


def _number(number: float | None) -> str:
    return "–" if number is None else f"{number:,}"


def plural(number: float, noun: str) -> str:
    """Return ``1 day``, ``7 days``, ``0.5 days``."""
    amount = f"{number:,.10g}" if isinstance(number, float) else f"{number:,}"
    return f"{amount} {noun}" if number == 1 else f"{amount} {noun}s"


def _moment(instant: str | None) -> str:
    """Return ``2026-11-23 20:05`` of ``2026-11-23T20:05:12.345Z``; a dash for None."""
    return "–" if instant is None else f"{instant[:10]} {instant[11:16]}"


def _epoch(instant: str | None) -> str:
    """Return what a column of instants is sorted by: the instant itself, which sorts as text, or nothing."""
    return instant or ""


# Thousands of rows have few outcomes, statuses and patches between them.
@lru_cache(maxsize=256)
def _badge(status: str, text: str) -> Markup:
    return _BADGE.format(_CODES.get(status, "o"), text)


def _patch(changes: Sequence[Mapping[str, Any]]) -> str:
    """Return what the operations of a patch change, each from what to what; a dash where there is none."""
    if not changes:
        return "–"
    return Markup("").join(
        _change(
            change["op"] or "?",
            change["path"],
            _literal(change["before"]) if change["before_known"] else None,
            None if change["op"] == "remove" else _literal(change["after"]),
        )
        for change in changes
    )


@lru_cache(maxsize=256)
def _change(operation: str, path: str, before: str | None, after: str | None) -> Markup:
    was = _NOT_KNOWN if before is None else _WAS.format(before)
    return _CHANGE.format(operation, path, was, _REMOVED if after is None else _BECOMES.format(after))


def _literal(value: Any) -> str:
    """Return a value of a patch as JSON."""
    return json.dumps(value, ensure_ascii=False)


def _setting(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, list):
        return ", ".join(item if isinstance(item, str) else _literal(item) for item in value)
    return value if isinstance(value, str) else _literal(value)


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _tooltip(row: Mapping[str, Any]) -> str:
    lines = [_shorten(row["name"], 120)]
    if row["status"] == "pending":
        lines.append(f"Pending for {human_seconds(row['age_seconds'])}, since {_moment(row['start'])} UTC")
    elif row["status"] == "completing":
        lines.append(f"Being completed, since {_moment(row['end'])} UTC; begun {_moment(row['start'])} UTC")
    else:
        label = (row["completion_status"] or "") if row["status"] == "other" else STATUS_LABELS[row["status"]]
        lines.append(f"{_shorten(label, 60) or 'Completed'} after {human_seconds(row['duration_seconds'])}")
        lines.append(f"{_moment(row['start'])} to {_moment(row['end'])} UTC")
    if row["source"]:
        lines.append(_shorten(row["source"], 80))
    if row["launcher"]:
        lines.append(f"Started by {_shorten(row['launcher'], 80)}")
    return "\n".join(lines)
