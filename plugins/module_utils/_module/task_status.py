# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of module task_status, for any host that has validated parameters: what is asked, done and told."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._api import records
from .._api.task_status import TaskStatusApi
from .._durations import parse_age, parse_duration
from .._errors import OptionError, SailPointError, what_is
from .._http.client import Client
from .._http.transport import MAX_THREADS
from .._instants import parse_instant_option
from .._tasks import patching
from .._tasks.clearing import Clearing
from .._tasks.reading import Reading, check_ids
from .._tasks.updating import Updater
from .options import connection_argument_spec
from .progress import Progress, Say
from .task_status_pending import PENDING_SPEC, Pending, Wish, wish_of
from .task_status_result import Ledger, Result


@dataclass(frozen=True)
class Asked:
    """What the options of the module ask for, checked.

    ``wish`` selects pending tasks; where it is None, ``ids`` names the tasks. ``progress_interval`` is in seconds.
    """

    ids: Sequence[str]
    wish: Wish | None
    desired: patching.DesiredState
    concurrency: int
    missing_ok: bool
    return_tasks: bool
    progress_interval: float


def argument_spec() -> dict[str, Any]:
    """Return the keyword arguments of AnsibleModule, and of ArgumentSpecValidator, that describe the options."""
    return {
        "argument_spec": {
            **connection_argument_spec(),
            **{name: dict(definition) for name, definition in PENDING_SPEC.items()},
            "id": {"type": "list", "elements": "str", "aliases": ["ids", "task_id"]},
            "completion_status": {
                "type": "str",
                "choices": list(records.COMPLETION_STATUSES),
                "default": "error",
            },
            "completed": {"type": "str"},
            "overwrite": {"type": "bool", "default": False},
            "precondition": {"type": "bool", "default": False},
            "missing_ok": {"type": "bool", "default": False},
            "return_tasks": {"type": "bool", "default": True},
            "concurrency": {"type": "int", "default": 8},
            "progress_interval": {"type": "str", "default": "5s"},
        }
    }


def asked_of(params: Mapping[str, Any]) -> Asked:
    """Return what the options ask for.

    :param params: options validated by :func:`argument_spec`
    :raises OptionError: an option cannot be used
    """
    wish = wish_of(params)
    ids = [] if wish else check_ids("id", params["id"])
    concurrency = params["concurrency"]
    if not 1 <= concurrency <= MAX_THREADS:
        raise OptionError("concurrency", f"{concurrency} is out of range; it must be from 1 to {MAX_THREADS}")
    completed, older_than = params.get("completed"), params.get("older_than")
    desired = patching.DesiredState(
        completion_status=params["completion_status"],
        completed=None if completed is None else parse_instant_option("completed", completed),
        overwrite=params["overwrite"],
        older_than=None if older_than is None else parse_age("older_than", older_than),
        precondition=params["precondition"],
    )
    progress_interval = parse_duration("progress_interval", params["progress_interval"])
    return Asked(ids, wish, desired, concurrency, params["missing_ok"], params["return_tasks"], progress_interval)


def run(
    params: Mapping[str, Any],
    client: Client,
    check_mode: bool = False,
    diff: bool = False,
    say: Say | None = None,
) -> Result:
    """Bring tasks to the desired state.

    :param params: options validated by :func:`argument_spec`
    :param check_mode: predict, send no update
    :param diff: also return ``diff``
    :param say: where to say how long work stands; None: nowhere
    :returns: ``changed``, ``tasks``, ``summary``, ``request_stats``, with ``pending`` what the option's documentation
        says besides; with ``failed`` and ``msg`` when a task failed, is missing though it must not be, a guard stopped
        the run, or it was interrupted
    :raises OptionError: an option cannot be used; nothing was sent
    :raises SailPointError: the pending tasks cannot be read; nothing was changed
    """
    asked = asked_of(params)
    work = _Work(asked, client, check_mode, diff, say)
    try:
        work.do()
        return work.told()
    except SailPointError:
        raise
    except BaseException as end:  # too much to be told with what memory is left, or a signal just now
        work.shed(end)
        return work.told()


class _Work:
    """The work on tasks, be they named or selected."""

    def __init__(self, asked: Asked, client: Client, check_mode: bool, diff: bool, say: Say | None) -> None:
        self._asked = asked
        self._client = client
        self._check_mode = check_mode
        self._diff = diff
        self._progress = Progress(say, asked.progress_interval, client.clock)
        self._updater = Updater(TaskStatusApi(client), asked.desired, check_mode)
        self._ledger = Ledger(asked.ids, asked.return_tasks, client.now)
        self._pending: Pending | None = None  # once the pending tasks are read
        self._before = client.request_stats

    def do(self) -> None:
        """Bring the tasks to the desired state, those that are pending only if no guard stops it.

        :raises SailPointError: the pending tasks cannot be read
        """
        if self._asked.wish is None:
            self._guarded(functools.partial(self._clear, self._asked.ids))
            return
        pending = Pending(self._updater.api, self._asked.wish, self._progress)
        if not self._guarded(pending.read):
            return
        self._ledger = Ledger([*pending.selected], self._asked.return_tasks, self._client.now, pending.selected)
        self._pending = pending
        if pending.stopped is None:
            self._guarded(functools.partial(self._clear_selected, pending))
        else:
            pending.hold(self._ledger.settle)

    def told(self) -> Result:
        """Return what was done."""
        result = self._ledger.result(self._asked.missing_ok, self._diff)
        if self._pending is not None:
            result.update(self._pending.told())
            if self._pending.stopped is not None:
                result.update(failed=True, msg=self._pending.stopped)
        return {**result, "request_stats": self._client.stats_since(self._before)}

    def shed(self, end: BaseException) -> None:
        """Have what was done told by less: without whole tasks and a diff, and that there should have been more."""
        self._diff = False
        self._ledger.shed()
        self._ledger.interrupt(_reason(end), self._updater.sent)

    def _clear_selected(self, pending: Pending) -> None:
        if not pending.selected:
            return
        still = pending.observe(self._ledger.settle)
        pending.begin()
        self._clear([*still.states], still)
        if self._check_mode:
            pending.predict(self._ledger)
        else:
            pending.confirm(self._ledger)

    def _clear(self, ids: Sequence[str], known: Reading | None = None) -> None:
        ledger, total = self._ledger, len(ids) + self._ledger.done
        rate_limit = self._client.settings.rate_limit

        def tick() -> None:
            self._progress.updating(total, ledger.done, ledger.failed, rate_limit)

        self._progress.begin()
        Clearing(self._updater, ids, self._asked.concurrency, ledger.settle, tick, known).run()
        self._progress.updated(total, ledger.failed)

    def _guarded(self, work: Callable[[], None]) -> bool:
        """Do some work; return whether it came to its end. Else the ledger is told why it did not.

        Whatever ends it, a signal, the task's ``timeout`` keyword, memory that has run out: what was done must not go
        unsaid.

        :raises SailPointError: one of the work, before any update was sent
        """
        try:
            work()
        except BaseException as end:
            if isinstance(end, SailPointError) and not self._updater.sent:
                raise
            self._ledger.interrupt(_reason(end), self._updater.sent)
            self._client.cancel()
            return False
        return True


def _reason(end: BaseException) -> str:
    """Return in a few words what ended the work."""
    if isinstance(end, Exception) and not isinstance(end, SailPointError):
        return what_is(end)
    return str(end).rstrip(".") or type(end).__name__
