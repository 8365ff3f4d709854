# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where each bar of the report's timeline lies.

One bar per task, from launch to completion or now, in lanes by kind of task. Bars of a lane are packed into as few rows
as do without overlap; rows grow thinner as they grow many, so that the drawing keeps a bearable height.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ...module_utils._instants import parse_instant
from .moments import back
from .rows import kind_name

Dated = tuple[Mapping[str, Any], datetime, datetime]  # a row, where its bar begins and where it ends

# All lengths in units of the drawing, which is as wide as the page's text column has pixels.
WIDTH = 1160
GUTTER = 270
PLOT = WIDTH - GUTTER - 14
AXIS = 30
_MAX_LANES = 12
_MIN_LANE = 24.0
_LANE_PADDING = 10.0
_ROWS_HEIGHT = 400.0
_MAX_ROW, _MIN_ROW = 16.0, 0.3
_MIN_BAR_WIDTH, _MIN_BAR_HEIGHT = 3.0, 1.2
_MAX_TICKS = 9
_LOOK_BACK = 90.0
_STEPS = (60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000, 7776000, 31536000)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# What matters most is painted last.
_PAINTED = ("success", "other", "completing", "pending", "warning", "temperror", "terminated", "error")
_OTHERS = "Others"


@dataclass
class Bar:
    """A task's bar: where it is drawn, and from ``left``, ``natural`` wide, where it would lie unwidened."""

    row: Mapping[str, Any]
    left: float
    natural: float
    x: float = 0.0
    width: float = 0.0
    y: float = 0.0
    height: float = 0.0

    def __post_init__(self) -> None:
        self.width = max(self.natural, _MIN_BAR_WIDTH)
        self.x = min(self.left, PLOT - self.width)

    @property
    def pending(self) -> bool:
        """Whether the task is pending."""
        return bool(self.row["status"] == "pending")

    @property
    def widened(self) -> bool:
        """Whether the bar is drawn wider than the task was long, so that it can be seen."""
        return self.width > self.natural


@dataclass
class Lane:
    """A band of bars of one kind."""

    name: str
    bars: list[Bar] = field(default_factory=list)
    top: float = 0.0
    height: float = 0.0

    @property
    def label_y(self) -> float:
        """The base line of the lane's name: in the middle of a low lane, at the top of a high one."""
        return 20.0 if self.height > 60 else round(self.height / 2 + 4, 1)


@dataclass
class Timeline:
    """The drawing: ``ticks`` are (x, label, is a day's start); ``cut`` bars begin before ``start``."""

    start: datetime
    end: datetime
    lanes: list[Lane]
    painted: list[tuple[str, list[Bar]]]
    ticks: list[tuple[float, str, bool]]
    height: float
    cut: int
    undated: int
    counts: dict[str, int]

    @property
    def thin(self) -> bool:
        """Whether bars are too thin for a pattern to be seen on them."""
        return any(mark.height < 5 for lane in self.lanes for mark in lane.bars)


def lay_out(rows: Sequence[Mapping[str, Any]], now: datetime, days: float) -> Timeline | None:
    """Return the timeline of the report's rows ``tasks``, or None where no task has an instant to draw it at.

    The time shown begins with the earliest task, but neither more than 90 days before ``now``, which is as far as a
    tenant looks back, nor before 95 in 100 tasks began: one unlikely date must not squeeze all tasks into a corner.
    """
    spans = [(row, *_span(row, now)) for row in rows]
    dated = [(row, start, end) for row, start, end in spans if start is not None and end is not None]
    if not dated:
        return None
    begin = _beginning([start for _row, start, _end in dated], now, days)
    seconds = (now - begin).total_seconds()
    scale = PLOT / seconds
    lanes = _lanes(dated, begin, scale)
    height = _stack(lanes)
    by_status: dict[str, list[Bar]] = {status: [] for status in _PAINTED}
    for mark in (mark for lane in lanes for mark in lane.bars):
        by_status[mark.row["status"]].append(mark)
    return Timeline(
        start=begin,
        end=now,
        lanes=lanes,
        painted=[(status, bars) for status, bars in by_status.items() if bars],
        ticks=_ticks(begin, seconds, scale),
        height=round(height, 1),
        cut=sum(start < begin for _row, start, _end in dated),
        undated=len(rows) - len(dated),
        counts={status: len(bars) for status, bars in by_status.items()},
    )


def _beginning(starts: Sequence[datetime], now: datetime, days: float) -> datetime:
    """Return where the time shown begins; there are ten minutes of it at least."""
    ordered = sorted(starts)
    begin = max(ordered[0], min(back(now, max(days, _LOOK_BACK)), ordered[len(ordered) // 20]))
    return back(now, 10 / 1440) if now - begin < timedelta(minutes=10) else begin


def _lanes(dated: Sequence[Dated], begin: datetime, scale: float) -> list[Lane]:
    """Return the lanes with their bars, those of most tasks first; kinds beyond what has room share the last."""
    kinds = Counter(row["kind"] for row, _start, _end in dated)
    names = {row["kind"]: kind_name(row) for row, _start, _end in dated}
    shown = [kind for kind, _count in sorted(kinds.items(), key=lambda entry: (-entry[1], entry[0]))]
    if len(shown) > _MAX_LANES:
        shown = shown[: _MAX_LANES - 1]
    lanes = {kind: Lane(names[kind]) for kind in shown}
    others = Lane(f"{_OTHERS} ({len(kinds) - len(shown)} kinds)")
    for row, start, end in sorted(dated, key=lambda entry: (entry[1], entry[2])):
        left = max((start - begin).total_seconds() * scale, 0.0)
        natural = max((end - begin).total_seconds() * scale - left, 0.0)
        lanes.get(row["kind"], others).bars.append(Bar(row, left, natural))
    return [*lanes.values(), *([others] if others.bars else [])]


def _span(row: Mapping[str, Any], now: datetime) -> tuple[datetime | None, datetime | None]:
    start = parse_instant(row["start"])
    end = now if row["status"] == "pending" else parse_instant(row["end"])
    if start is None or end is None:
        return None, None
    # Clocks differ: what a tenant says will be in a moment has been.
    end = min(end, now)
    return min(start, end), end


def _stack(lanes: list[Lane]) -> float:
    """Give each bar its row's place and each lane its own; return the drawing's height.

    Pending tasks lie below the completed ones: together they make the staircase that shows how they pile up. As each of
    them takes a row to itself, their rows are as thin as need be; the others stay legible.
    """
    packed = [
        [_pack([mark for mark in lane.bars if mark.pending == pending]) for pending in (False, True)] for lane in lanes
    ]
    pitches = [_pitch(sum(rows for _bars, rows in part)) for part in zip(*packed)]
    pitches[1] = min(pitches)
    top = 0.0
    for lane, parts in zip(lanes, packed):
        used = sum(rows * pitch for (_bars, rows), pitch in zip(parts, pitches))
        lane.top, lane.height = top, max(used + _LANE_PADDING, _MIN_LANE)
        first = top + (lane.height - used) / 2
        for (bars, rows), pitch in zip(parts, pitches):
            gap = 4.0 if pitch >= 12 else 2.0 if pitch >= 6 else 1.0 if pitch >= 3 else 0.0
            for mark, row in bars:
                mark.y = first + gap / 2 + row * pitch
                mark.height = max(pitch - gap, _MIN_BAR_HEIGHT)
            first += rows * pitch
        top += lane.height
    return top


def _pitch(rows: int) -> float:
    return min(max(_ROWS_HEIGHT / max(rows, 1), _MIN_ROW), _MAX_ROW)


def _pack(bars: Sequence[Bar]) -> tuple[list[tuple[Bar, int]], int]:
    """Return each bar with its row, the topmost that is free, and the number of rows; bars come by their beginning."""
    busy: list[tuple[float, int]] = []
    free: list[int] = []
    placed: list[tuple[Bar, int]] = []
    rows = 0
    for mark in bars:
        while busy and busy[0][0] <= mark.x:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if free:
            row = heapq.heappop(free)
        else:
            row, rows = rows, rows + 1
        heapq.heappush(busy, (mark.x + mark.width + 1.0, row))
        placed.append((mark, row))
    return placed, rows


def _ticks(begin: datetime, seconds: float, scale: float) -> list[tuple[float, str, bool]]:
    longest = math.ceil(seconds / _MAX_TICKS / _STEPS[-1]) * _STEPS[-1]
    step = next((step for step in _STEPS if seconds / step <= _MAX_TICKS), longest)
    offset = (begin - begin.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)).total_seconds()
    number = int(-(-offset // step))
    ticks = []
    while number * step - offset <= seconds:
        at = number * step - offset
        moment = begin + timedelta(seconds=at)
        x = round(at * scale, 1)
        midnight = moment.hour == moment.minute == 0
        if step >= 86400 or midnight:
            label = f"{moment.day} {_MONTHS[moment.month - 1]}"
            if seconds > 300 * 86400:
                label += f" {moment.year}"
        else:
            label = f"{moment.hour:02}:{moment.minute:02}"
        # A label at the very edge would be cut off, or cover the word "now".
        if 12 <= x <= PLOT - 62:
            ticks.append((x, label, midnight))
        number += 1
    return ticks
