# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of module task_status for ``pending``: what is selected, guarded, observed, and counted at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .._api.task_status import TaskStatus, TaskStatusApi
from .._durations import parse_duration
from .._errors import Cancelled, NotShownError, OptionError, SailPointError
from .._lists import parse_items
from .._tasks import listing, selecting
from .._tasks.confirming import confirm
from .._tasks.guarding import Guards, stop_reason
from .._tasks.observing import observe
from .._tasks.outcomes import Outcome
from .._tasks.reading import Reading
from .._tasks.sifting import UNUSABLE, Sifted, sift
from .._tasks.vocabulary import CRITERIA, OF_PENDING
from .._wording import count_of
from .progress import Progress
from .task_status_result import Ledger

_GUARDS: dict[str, dict[str, Any]] = {
    "among": {"type": "list", "elements": "str"},
    "max_tasks": {"type": "int"},
    "max_fraction": {"type": "float"},
    "max_fraction_above": {"type": "int", "default": 10},
    "observe": {"type": "str", "default": "0"},
}
PENDING_SPEC: dict[str, dict[str, Any]] = {
    "pending": {"type": "bool", "default": False},
    **{name: dict(CRITERIA[name].spec) for name in OF_PENDING},
    **_GUARDS,
}
# older_than is for tasks that are named by id, too.
_OF_PENDING_ALONE = [name for name in PENDING_SPEC if name not in ("pending", "older_than")]


@dataclass(frozen=True)
class Wish:
    """Which pending tasks are wanted: by ``criteria``, ``among`` some ids or any (None); the ``guards``; for how many
    seconds to ``observe`` them.
    """

    criteria: Mapping[str, Any]
    among: frozenset[str] | None
    guards: Guards
    observe: float


def wish_of(params: Mapping[str, Any]) -> Wish | None:
    """Return what the options select among pending tasks; None where they name tasks by id instead.

    :raises OptionError: an option cannot be used, or there is not just one of ``id`` and ``pending``
    """
    if not params["pending"]:
        if params.get("id") is None:
            raise OptionError("id", "give the ids of tasks, or pending with what selects among all pending ones")
        for name in _OF_PENDING_ALONE:
            # An empty list selects nothing in particular, but among an empty one there is nothing.
            is_empty = params.get(name) == [] and name != "among"
            if not is_empty and params.get(name) not in (None, PENDING_SPEC[name].get("default")):
                raise OptionError(name, "it is for pending tasks; set pending in the place of id, or leave it out")
        return None
    if params.get("id") is not None:
        raise OptionError("id", "pending says which tasks; leave out one of the two, or give the ids as among")
    criteria = selecting.selection_from({option: params.get(option) for option in OF_PENDING}).criteria
    # Blank items count for nothing, and without any other nothing is selected.
    among = None if params.get("among") is None else frozenset(parse_items("among", params["among"]))
    return Wish(criteria, among, _guards(params), parse_duration("observe", params["observe"]))


def _guards(params: Mapping[str, Any]) -> Guards:
    share = params.get("max_fraction")
    if share is not None and not 0 <= share <= 1:
        raise OptionError("max_fraction", f"{share} is out of range; it is a share, from 0 to 1, such as 0.5 for half")
    for name in ("max_tasks", "max_fraction_above"):
        number = params.get(name)
        if number is not None and number < 0:
            raise OptionError(name, f"{number} is out of range; it must be at least 0")
    return Guards(params.get("max_tasks"), share, params["max_fraction_above"])


class Pending:
    """All pending tasks of a tenant, read once, and what a wish makes of them.

    ``stopped``: the sentence that says which guard stops the run, None if none does.
    """

    def __init__(self, api: TaskStatusApi, wish: Wish, progress: Progress) -> None:
        self.stopped: str | None = None
        self._api = api
        self._wish = wish
        self._progress = progress
        self._read_at = 0.0
        self._sifted = Sifted()
        self._pending_after: int | None = None

    def read(self) -> None:
        """Read and sift them.

        :raises SailPointError: they cannot be read
        """
        self._read_at = self._api.client.clock()
        tasks = listing.read_pending(self._api)
        self._sifted = sift(tasks, self._wish.criteria, self._wish.among, self._api.client.now())
        self._pending_after = self._sifted.pending
        self.stopped = stop_reason(self._wish.guards, len(self.selected), self._sifted.pending)
        listing.tell_doubt(self._api, self._sifted.in_doubt)
        unusable = self._sifted.left_out[UNUSABLE]
        if unusable:
            told = f"{count_of(unusable, 'pending task')} {'has' if unusable == 1 else 'have'}"
            self._api.client.warn(f"{told} no id that an update could name, and so cannot be cleared.")

    @property
    def selected(self) -> dict[str, TaskStatus]:
        """The tasks that are wanted, as they were read, by id."""
        return self._sifted.selected

    def hold(self, settle: Callable[[str, Outcome], None]) -> None:
        """Settle all selected tasks as held, since a guard stopped the run."""
        for task_id, task in self.selected.items():
            settle(task_id, Outcome("held", [], task))

    def observe(self, settle: Callable[[str, Outcome], None]) -> Reading:
        """Observe the selected tasks as long as is wanted; settle those that move, return the others.

        Where they cannot be read again, all are settled as failed: nothing was changed.
        """
        if not self._wish.observe:
            return Reading(self.selected, self._read_at)
        try:
            observed = observe(self._api, self.selected, self._pause)
        except Cancelled:
            raise
        except SailPointError as error:
            for task_id, task in self.selected.items():
                settle(task_id, Outcome("failed", [], task, error=error.as_dict()))
            return Reading({}, self._read_at)
        for task_id, outcome in observed.moving.items():
            settle(task_id, outcome)
        return observed.reading

    def begin(self) -> None:
        """Take that updates begin: from now on it is not known how many tasks are pending."""
        self._pending_after = None

    def predict(self, ledger: Ledger) -> None:
        """Take that the updates were only predicted; what was completed or gone by the end is no longer pending."""
        self._pending_after = self._sifted.pending - len(ledger.ids_of("updated", "unchanged", "missing"))

    def confirm(self, ledger: Ledger) -> None:
        """Read how many tasks are pending now; what was updated and is pending still is settled as failed."""
        try:
            confirmed = confirm(self._api, frozenset(ledger.ids_of("updated")))
        except Cancelled:
            raise
        except SailPointError as error:
            self._api.client.warn(f"How many tasks are pending now is not known: {error}")
            return
        for task_id in confirmed.still:
            ledger.not_shown(task_id, NotShownError())
        self._pending_after = confirmed.pending

    def told(self) -> dict[str, Any]:
        """Return what the result says of them."""
        sifted = self._sifted
        return {
            "pending_before": sifted.pending,
            "pending_after": self._pending_after,
            "selected": len(sifted.selected),
            "left_out": sifted.left_out,
            "excluded_by": sifted.excluded_by,
            "stopped": self.stopped,
        }

    def _pause(self) -> None:
        until = self._api.client.clock() + self._wish.observe

        def tell() -> None:
            self._progress.observing(len(self.selected), max(until - self._api.client.clock(), 0))

        self._progress.sleep(self._api.client, self._wish.observe, tell)
