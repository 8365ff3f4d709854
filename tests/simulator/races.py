# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Races: tasks that change by themselves between two requests.

A rule is ``{"after": "read" | "list" | "seconds", "n": N, "complete": [ids], "status": "SUCCESS", "completing": S,
"remove": [ids], "put": [tasks]}``:

``read``     each of the ids changes right after it was read for the Nth time (1), in a list or alone
``list``     all of it happens right after the Nth (1) list request, counted from when the rule was armed
``seconds``  all of it happens N seconds later

A task that completes gets its ``completed`` first, and its status ``completing`` (0) seconds later, as on real tenants.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .taskstatus import STATUSES

KEYS = {"after", "n", "complete", "status", "completing", "remove", "put"}


@dataclass
class Race:
    """A checked rule; ``done`` once all of it has happened."""

    after: str
    n: float
    complete: list[str]
    status: str
    remove: list[str]
    put: list[dict[str, Any]]
    completing: float = 0
    armed_at: float = field(default_factory=time.monotonic)
    seen: dict[str, int] = field(default_factory=dict)
    lists: int = 0
    done: bool = False

    @classmethod
    def parse(cls, data: Any) -> Race:
        """Check a rule of the control surface. Raises ValueError."""
        if not isinstance(data, dict) or set(data) - KEYS:
            raise ValueError(f"a race takes {sorted(KEYS)}")
        after, n = data.get("after"), data.get("n", 1)
        if after not in ("read", "list", "seconds"):
            raise ValueError("after is read, list or seconds")
        if not isinstance(n, (int, float)) or n < 0:
            raise ValueError("n is a number")
        completing = data.get("completing", 0)
        if not isinstance(completing, (int, float)) or completing < 0:
            raise ValueError("completing is a number of seconds")
        lists = {key: data.get(key) or [] for key in ("complete", "remove", "put")}
        if not all(isinstance(value, list) for value in lists.values()):
            raise ValueError("complete, remove and put are lists")
        if after == "read" and lists["put"]:
            raise ValueError("put goes with list and seconds")
        status = STATUSES.get(data.get("status", "SUCCESS"))
        if status is None:
            raise ValueError(f"status is one of {sorted(STATUSES)}")
        return cls(after, n, lists["complete"], status, lists["remove"], lists["put"], completing)

    def as_dict(self) -> dict[str, Any]:
        """The rule as it was armed, and whether it is done."""
        return {
            "after": self.after,
            "n": self.n,
            "complete": self.complete,
            "status": self.status,
            "completing": self.completing,
            "remove": self.remove,
            "put": self.put,
            "done": self.done,
        }


@dataclass
class Act:
    """What happens at once: tasks complete (``at`` of ``time.monotonic``), are removed, are put."""

    complete: list[str]
    remove: list[str]
    put: list[dict[str, Any]]
    status: str
    completing: float
    at: float


class Races:
    """The armed rules. ``act`` is called with what is to change."""

    def __init__(self, act: Callable[[Act], None]) -> None:
        self._act = act
        self.rules: list[Race] = []

    def complete_later(self, seconds: float, ids: list[str], status: str, *, completing: float = 0) -> None:
        """Arm a rule: these tasks complete in so many seconds."""
        self.rules.append(Race("seconds", seconds, ids, status, [], [], completing))

    def due(self) -> None:
        """Let the rules happen whose seconds are over; asked before each request, so that no timer is needed."""
        if not self.rules:
            return
        now = time.monotonic()
        for rule in self.rules:  # one that happens may arm another, which comes last
            due = rule.armed_at + rule.n
            if not rule.done and rule.after == "seconds" and now >= due:
                self._happen(rule, due)

    def after_read(self, ids: list[str], *, is_list: bool) -> None:
        """Tasks were read: by ``ids``, in a list or alone."""
        if not self.rules:
            return
        for rule in self.rules:
            if rule.done:
                continue
            if rule.after == "read":
                self._read(rule, ids)
            elif rule.after == "list" and is_list:
                rule.lists += 1
                if rule.lists >= rule.n:
                    self._happen(rule, time.monotonic())

    def _read(self, rule: Race, ids: list[str]) -> None:
        concerned = {*rule.complete, *rule.remove}
        now = []
        for task_id in ids:
            if task_id in concerned:
                rule.seen[task_id] = rule.seen.get(task_id, 0) + 1
                if rule.seen[task_id] == rule.n:
                    now.append(task_id)
        if now:
            complete = [task_id for task_id in now if task_id in rule.complete]
            remove = [task_id for task_id in now if task_id in rule.remove]
            self._act(Act(complete, remove, [], rule.status, rule.completing, time.monotonic()))
            rule.done = all(rule.seen.get(task_id, 0) >= rule.n for task_id in concerned)

    def _happen(self, rule: Race, at: float) -> None:
        rule.done = True
        self._act(Act(rule.complete, rule.remove, rule.put, rule.status, rule.completing, at))
