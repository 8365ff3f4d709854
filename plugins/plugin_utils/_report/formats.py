# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report can be written as: one table for the filter and for whoever writes files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...module_utils._wording import escaped
from .as_csv import render_csv
from .as_html import render_html
from .as_openmetrics import render_openmetrics


@dataclass(frozen=True)
class Format:
    """How a report becomes text, and what the name of a file that holds it ends with."""

    render: Callable[[Mapping[str, Any]], str]
    ending: str


def render_json(report: Mapping[str, Any]) -> str:
    """Return a report as a strict JSON object, of which nothing does anything to a terminal."""
    return escaped(json.dumps(report, ensure_ascii=False, allow_nan=False, indent=2)) + "\n"


FORMATS: dict[str, Format] = {
    "html": Format(render_html, "html"),
    "json": Format(render_json, "json"),
    "csv": Format(render_csv, "csv"),
    "openmetrics": Format(render_openmetrics, "prom"),
}
