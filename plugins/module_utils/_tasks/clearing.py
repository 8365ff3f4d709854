# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The update of many tasks, in rounds of reading and updating so that no update is built on an old state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from .._errors import SailPointError, SignInError
from .._http.pace import WINDOW
from .._workers import work_side_by_side
from . import updating
from .outcomes import Outcome
from .reading import Reading, State, StateReader, read_each, read_singly
from .updating import Updater

MAX_ROUND = 1000  # tasks whose state is read before they are acted on: four pages of the pending list
MIN_ROUND = 250
_FIRST_FEW = 3
_MANY = 100


class Clearing:
    """Brings many tasks to the desired state, each once."""

    def __init__(
        self,
        updater: Updater,
        ids: Sequence[str],
        concurrency: int,
        settle: Callable[[str, Outcome], None],
        tick: Callable[[], None],
        known: Reading | None = None,
    ) -> None:
        """Take what updates one task, and the tasks.

        :param concurrency: how many are updated at the same time, at most
        :param settle: takes each id with its outcome once that is known, from any thread; again, with another, for one
            that was just being completed
        :param tick: called now and then from the calling thread
        :param known: the states of all of them, if they were just read; what becomes old meanwhile is read again
        """
        self._updater = updater
        self._api = updater.api
        self._clock = updater.api.client.clock
        self._ids = ids
        self._concurrency = concurrency
        self._settle = settle
        self._tick = tick
        self._known = known
        self._names: dict[str, str] = {}  # of outcomes, by id
        # Just being completed, with nothing sent. One that an update was sent to was looked at again then already, and
        # who completed it later could not be told.
        self._moving: set[str] = set()

    def run(self) -> None:
        """Bring all tasks to the desired state; those that are just being completed are looked at again shortly, and
        those whose update is told as failed although it may have taken effect are for half a minute.

        When the tenant lets nobody in, every task left is failed for that reason.
        """
        try:
            self._update(self._ids if self._known is None else self._update_known(self._known))
            for pause in updating.LOOK_AGAIN_AFTER:
                moving = [task_id for task_id in self._ids if task_id in self._moving]
                if not moving:
                    break
                self._api.client.sleep(pause)
                self._update(moving)
            self._look_again()
        except SignInError as error:
            for task_id in self._ids:
                if task_id not in self._names:
                    self._note(task_id, Outcome("failed", [], error=error.as_dict()))

    def _update_known(self, known: Reading) -> list[str]:
        """Act on states for as long as they are fresh; return the ids that are left to be read again."""
        acted_on = self._act_on(known.states, known.at) if known.states else set()
        return [task_id for task_id in self._ids if task_id not in acted_on]

    def _update(self, ids: Sequence[str]) -> None:
        reader = StateReader(self._api, ids, self._concurrency)
        size = self._max_round()
        while reader:
            begun = self._clock()
            states = reader.next_round(size)
            acted_on = self._act_on(states, begun)
            left = [task_id for task_id in states if task_id not in acted_on]
            if left:
                size = max(MIN_ROUND, min(size, len(acted_on)))
            # In check mode nothing leaves the list of pending tasks.
            gone = set() if self._updater.check_mode else acted_on
            reader.settle(sum(self._names[task_id] == "updated" for task_id in gone), left)

    def _look_again(self) -> None:
        """Read again what is told as failed although an update was sent: it may have taken effect late, or when the
        tenant could not be asked.
        """
        left = self._doubted()
        for pause in updating.SETTLES_AFTER:
            if not left:
                break
            self._api.client.sleep(pause)
            if self._looked_at(left[:_FIRST_FEW]):  # else the tenant is down, which each further one would find out
                self._looked_at(left[_FIRST_FEW:])
            left = self._doubted()

    def _doubted(self) -> list[str]:
        doubted = self._updater.doubted
        return [task_id for task_id in self._ids if task_id in doubted and self._names[task_id] == "failed"]

    def _looked_at(self, ids: Sequence[str]) -> bool:
        """Read tasks again and note what that shows; return whether any could be read."""
        if len(ids) > _MANY:  # a list may be behind, but is asked again
            states = read_each(self._api, ids)
        else:
            states = read_singly(self._api, ids, self._concurrency) if ids else {}
        for task_id, state in states.items():
            outcome = self._updater.judged_again(task_id, state)
            if outcome is not None:
                self._note(task_id, outcome)
        return not all(isinstance(state, SailPointError) for state in states.values())

    def _max_round(self) -> int:
        """Return how many tasks to read at once: as many as the pace lets us act on while their states are fresh."""
        limit = self._api.client.settings.rate_limit
        return max(MIN_ROUND, min(MAX_ROUND, int(limit * updating.FRESH_FOR / WINDOW))) if limit else MAX_ROUND

    def _act_on(self, states: Mapping[str, State], read_at: float) -> set[str]:
        """Act on states for as long as they are fresh, on one at least; return on which.

        After slow reading that is some moments at least: what is old by then is read again one by one, but to read all
        again would take as long again.
        """
        acted_on: set[str] = set()
        until = self._clock() + updating.FRESH_FOR / 3

        def worth_it() -> Iterator[str]:
            for task_id in states:
                now = self._clock()
                if acted_on and not updating.is_fresh(read_at, now) and now > until:
                    return
                acted_on.add(task_id)
                yield task_id

        work_side_by_side(
            worth_it(),
            lambda task_id: self._note(task_id, self._updater.bring(task_id, states[task_id], read_at)),
            self._threads(len(states)),
            self._api.client.cancel,
            self._tick,
            self._api.client.stop,
        )
        return acted_on

    def _threads(self, tasks: int) -> int:
        """Return in how many threads to update: no more than the pace gives places, so that none waits longer for one
        than a window.
        """
        limit = self._api.client.settings.rate_limit
        return 1 if self._updater.check_mode else min(self._concurrency, tasks, limit or self._concurrency)

    def _note(self, task_id: str, outcome: Outcome) -> None:
        self._settle(task_id, outcome)
        self._names[task_id] = outcome.name
        if outcome.name == "moving" and not outcome.patch:
            self._moving.add(task_id)
        else:
            self._moving.discard(task_id)
