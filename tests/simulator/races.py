# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Races: tasks that change by themselves between two requests.

A rule is ``{"after": "read" | "list" | "seconds", "n": N, "complete": [ids], "status": "SUCCESS", "remove": [ids],
"put": [tasks]}``:

``read``     each of the ids changes right after it was read for the Nth time (1), in a list or alone
``list``     all of it happens right after the Nth (1) list request, counted from when the rule was armed
``seconds``  all of it happens N seconds later
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .taskstatus import STATUSES

KEYS = {"after", "n", "complete", "status", "remove", "put"}


@dataclass
class Race:
    """A checked rule; ``done`` once all of it has happened."""

    after: str
    n: float
    complete: list[str]
    status: str
    remove: list[str]
    put: list[dict[str, Any]]
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
        lists = {key: data.get(key) or [] for key in ("complete", "remove", "put")}
        if not all(isinstance(value, list) for value in lists.values()):
            raise ValueError("complete, remove and put are lists")
        if after == "read" and lists["put"]:
            raise ValueError("put goes with list and seconds")
        status = STATUSES.get(data.get("status", "SUCCESS"))
        if status is None:
            raise ValueError(f"status is one of {sorted(STATUSES)}")
        return cls(after, n, lists["complete"], status, lists["remove"], lists["put"])

    def as_dict(self) -> dict[str, Any]:
        """The rule as it was armed, and whether it is done."""
        return {
            "after": self.after,
            "n": self.n,
            "complete": self.complete,
            "status": self.status,
            "remove": self.remove,
            "put": self.put,
            "done": self.done,
        }


class Races:
    """The armed rules. ``act`` is called with what is to change: (complete ids, status, remove ids, tasks to put)."""

    def __init__(self, act: Callable[[list[str], str, list[str], list[dict[str, Any]]], None]) -> None:
        self._act = act
        self.rules: list[Race] = []

    def due(self) -> None:
        """Let the rules happen whose seconds are over; asked before each request, so that no timer is needed."""
        if not self.rules:
            return
        now = time.monotonic()
        for rule in self.rules:
            if not rule.done and rule.after == "seconds" and now >= rule.armed_at + rule.n:
                self._happen(rule)

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
                    self._happen(rule)

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
            self._act(complete, rule.status, remove, [])
            rule.done = all(rule.seen.get(task_id, 0) >= rule.n for task_id in concerned)

    def _happen(self, rule: Race) -> None:
        rule.done = True
        self._act(rule.complete, rule.status, rule.remove, rule.put)
