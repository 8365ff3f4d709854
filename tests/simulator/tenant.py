# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of the simulated tenant, in one place: tasks, tokens, settings, faults, races, log."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any

from .faults import Faults
from .races import Act, Races
from .ratelimit import RateLimit
from .requestlog import RequestLog
from .seed import seeded_tasks
from .settings import Settings
from .signin import SignIn
from .store import Record, Store
from .taskstatus import completed_with_defaults, format_instant, status_of


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
        self._late: dict[str, tuple[float, dict[str, Any]]] = {}  # id: when it shows (time.monotonic), the task
        self.epoch = 0  # counts the resets
        self.seed()

    def now(self) -> datetime:
        """The tenant's time, UTC."""
        return datetime.now(timezone.utc) + self._clock_offset + timedelta(seconds=self.settings.clock_ahead)

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
        self._clock_offset = (self.seeding["now"] or real) - real
        start = real + self._clock_offset + timedelta(seconds=self.settings.clock_ahead)
        self.store.clear()
        self._late.clear()
        seeding = self.seeding
        tasks = seeded_tasks(seeding["tasks"], seeding["stuck"], seeding["seed"], start, self.settings.shape)
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
        record = self.store.put(full, self.now_ms(), raw)
        self._late.pop(record.id, None)
        return record

    def current(self, record: Record) -> dict[str, Any]:
        """The task as it is, which reading it may not show yet."""
        return self._late[record.id][1] if record.id in self._late else record.task

    def change(self, record: Record, task: dict[str, Any], shows_after: float = 0) -> Record:
        """Replace a task; reading it shows that so many seconds later, the control surface at once."""
        self._late.pop(record.id, None)
        if not shows_after:
            return self.store.change(record, task)
        self._late[record.id] = (time.monotonic() + shows_after, task)
        return Record(record.id, task, record.key, record.raw)

    def catch_up(self) -> None:
        """Show the changes whose time has come; asked before each request, so that no timer is needed."""
        now = time.monotonic()
        for task_id, (shows_at, task) in list(self._late.items()):
            record = self.store.get(task_id)
            if now >= shows_at or record is None:
                del self._late[task_id]
                if record is not None:
                    self.store.change(record, task)

    def complete(self, task_id: str, status: str, *, completing: float = 0, at: float | None = None) -> bool:
        """The task finishes by itself with ``status``; False when there is no such task or it is completed.

        It gets ``completed`` now (or ``at``, of ``time.monotonic``), unless it has one already, and its status
        ``completing`` seconds later.
        """
        record = self.store.get(task_id)
        if record is None or status_of(self.current(record)) is not None:
            return False
        task = self.current(record)
        ago = 0.0 if at is None else time.monotonic() - at
        instant = format_instant(self.now() - timedelta(seconds=ago))
        changes = {"completed": task.get("completed") or instant, "modified": instant}
        if completing > 0:
            self.races.complete_later(completing - ago, [task_id], status)
        else:
            changes["completionStatus"] = status
        self.change(record, {**task, **changes})
        return True

    def _act(self, act: Act) -> None:
        for task_id in act.complete:
            self.complete(task_id, act.status, completing=act.completing, at=act.at)
        for task_id in act.remove:
            self.store.delete(task_id)
        for task in act.put:
            self.put(task)
