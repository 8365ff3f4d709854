# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report's tasks as CSV (RFC 4180), one line per task, with all text in quotes."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...module_utils._wording import printable

_TASK_COLUMNS = (
    "id",
    "name",
    "description",
    "kind",
    "type",
    "launcher",
    "definition",
    "source",
    "source_id",
    "status",
    "completion_status",
    "created",
    "launched",
    "completed",
    "duration_seconds",
    "age_seconds",
    "percent_complete",
    "progress",
    "message",
)
_ITEM_COLUMNS = ("outcome", "patch", "error", "moved")

# A spreadsheet takes a cell that begins with one of these for a formula (CWE-1236). Some fold full-width forms to the
# plain ones, and skip blanks before they decide. Where a semicolon separates cells, as it does in many countries, or
# quotes are not understood, one cell of ours is several.
_FORMULA = re.compile(r"""((?:^|[,;|])[\s"']*)(?=[=+\-@＝＋－＠])""")


def render_csv(report: Mapping[str, Any]) -> str:
    """Return the tasks of a report of :func:`data.build_report`, headed by the columns' names.

    A report of a clearing has the columns ``outcome``, ``patch``, ``error`` and ``moved`` as well, and a line for each
    id that is not among the tasks. Each text is one line, and an apostrophe stands before whatever a spreadsheet could
    run as a formula, be cells separated by commas, semicolons or bars; tabs there are none.
    """
    clearing = report["clearing"]
    columns = _TASK_COLUMNS if clearing is None else _TASK_COLUMNS + _ITEM_COLUMNS
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(columns)
    writer.writerows([_cell(line.get(column)) for column in columns] for line in _lines(report))
    return text.getvalue()


def _lines(report: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    items = {} if report["clearing"] is None else {item["id"]: item for item in report["clearing"]["items"]}
    for row in report["tasks"]:
        item = items.pop(row["id"], None) if row["id"] is not None else None
        yield row if item is None else {**row, **{column: item[column] for column in _ITEM_COLUMNS}}
    yield from items.values()


def _cell(value: Any) -> str | int | float:
    if value is None or value == []:
        return ""
    if isinstance(value, (int, float)):
        return value
    text = printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return _FORMULA.sub(r"\1'", text)
