# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of the simulated tenant, in one place: tasks, tokens, settings, faults, races, log."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from .faults import Faults
from .races import Races
from .ratelimit import RateLimit
from .requestlog import RequestLog
from .seed import seeded_tasks
from .settings import Settings
from .signin import SignIn
from .store import Record, Store
from .taskstatus import completed_with_defaults, format_instant


class Tenant:
    """A tenant with its settings, seeded with ``tasks`` tasks of which ``stuck`` are pending.

    Its clock starts at ``now`` (default: the real time) and runs from there; ``seed`` decides all chances.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        tasks: int = 0,
        stuck: int = 0,
        seed: int = 0,
        now: datetime | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self._initial_settings = self.settings.as_dict()
        self.store = Store()
        self.sign_in = SignIn()
        self.rate_limit = RateLimit()
        self.log = RequestLog()
        self.faults = Faults()
        self.races = Races(self._act)
        self.seeding: dict[str, Any] = {"tasks": tasks, "stuck": stuck, "seed": seed, "now": now}
        self._clock_offset = timedelta(0)
        self.epoch = 0  # counts the resets
        self.seed()

    def now(self) -> datetime:
        """The tenant's time, UTC."""
        return datetime.now(timezone.utc) + self._clock_offset

    def now_ms(self) -> int:
        """The tenant's time in milliseconds since 1970."""
        return int(self.now().timestamp() * 1000)

    def cutoff_ms(self) -> int | None:
        """Tasks created before this instant are not returned; None = no such limit."""
        days = self.settings.retention_days
        return int(self.now_ms() - days * 86_400_000) if days else None

    def seed(self) -> None:
        """Set the clock and make the tasks of :attr:`seeding`, in place of all there are."""
        real = datetime.now(timezone.utc)
        start = self.seeding["now"] or real
        self._clock_offset = start - real
        self.store.clear()
        tasks = seeded_tasks(self.seeding["tasks"], self.seeding["stuck"], self.seeding["seed"], start)
        self.store.load(tasks, int(start.timestamp() * 1000))
        self.faults.clear(self.seeding["seed"])

    def reset(self, settings: dict[str, Any] | None = None, **seeding: Any) -> None:
        """As after the start: new tasks, no tokens, faults, races or log; settings as started, then ``settings``.

        ``seeding`` (tasks, stuck, seed, now) replaces what the tenant was started with. Raises ValueError.
        """
        fresh = Settings()
        fresh.update(self._initial_settings)
        fresh.update(settings or {})
        self.seeding.update(seeding)
        if self.seeding["stuck"] > self.seeding["tasks"]:
            self.seeding["stuck"] = self.seeding["tasks"]
        self.settings = fresh
        self.sign_in.clear()
        self.rate_limit.clear()
        self.log.clear(in_flight_too=True)
        self.epoch += 1
        self.races.rules.clear()
        self.seed()

    def put(self, task: dict[str, Any], *, raw: bool = False) -> Record:
        """Add or replace a task: completed with defaults, or ``raw`` just as it is."""
        full = dict(task) if raw else completed_with_defaults(task, self.now())
        return self.store.put(full, self.now_ms(), raw)

    def complete(self, task_id: str, status: str) -> bool:
        """The task finishes by itself now with ``status``; False when there is no such task or it is completed."""
        record = self.store.get(task_id)
        if record is None or not record.pending:
            return False
        instant = format_instant(self.now())
        task = {**record.task, "completionStatus": status, "completed": instant, "modified": instant}
        task["percentComplete"] = 100
        self.store.change(record, task)
        return True

    def _act(self, complete: list[str], status: str, remove: list[str], put: list[dict[str, Any]]) -> None:
        for task_id in complete:
            self.complete(task_id, status)
        for task_id in remove:
            self.store.delete(task_id)
        for task in put:
            self.put(task)
