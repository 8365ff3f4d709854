# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings one task to the desired state, and finds out what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from .._api import records
from .._api.task_status import TaskStatus, TaskStatusApi
from .._errors import (
    ApiError,
    NoAnswerError,
    NotShownError,
    SailPointError,
    SignInError,
    TooLateError,
    UnexpectedError,
)
from .._http.pace import WINDOW
from .._http.retrying import Budget
from . import judging, patching
from .outcomes import Outcome
from .reading import State

UNKNOWN = "whether the update took effect is not known"
_UNREAD = f"{UNKNOWN}, since reading the task again failed too"

FRESH_FOR = 30.0  # seconds after which a state that was read is read again before it is acted on
LOOK_AGAIN_AFTER = (1.0, 2.0, 3.0)  # seconds before each further look at a task that is just being completed
# Seconds before each further look at a task that does not show an update which it may have had. Tenants were seen to
# lag behind themselves by 20 s.
SETTLES_AFTER = (1.0, 2.0, 4.0, 8.0, 15.0)
# Seconds that an update may wait besides, for its place in the pace: a window, and what requests under way take.
_MAX_WAIT = 1.5 * WINDOW


def is_fresh(read_at: float, now: float) -> bool:
    """Whether a state that was read at a time may still be acted on; both on the client's clock."""
    return now - read_at <= FRESH_FOR


def latest_sending(read_at: float, now: float) -> float:
    """Return until when an update may be sent that is taken up now, built on a state that was read at a time.

    As long as the state is fresh, and some moments more if it is now.
    """
    latest = read_at + FRESH_FOR
    return max(latest, now + _MAX_WAIT) if is_fresh(read_at, now) else latest


class Updater:
    """Brings tasks to the desired state, one a call. Thread-safe."""

    def __init__(self, api: TaskStatusApi, desired: patching.DesiredState, check_mode: bool) -> None:
        """Take the tenant, what tasks are to be like, and whether to predict alone, without an update."""
        self.api = api
        self.desired = desired
        self.check_mode = check_mode
        self.sent: dict[str, patching.Patch] = {}  # by id, from just before the first try on
        self.doubted: dict[str, judging.Evidence] = {}  # of updates told as failed that may yet show
        self._now = api.client.now
        self._mark = self._now()
        # Of tries after answers that cannot be read or do not show the update, which the client does not repeat.
        self.budget = Budget(api.client.settings.retries)

    def bring(self, task_id: str, state: State, read_at: float) -> Outcome:
        """Bring one task to the desired state.

        :param state: what reading it has shown
        :param read_at: when that was, on the client's clock
        """
        try:
            return self._brought(task_id, state, read_at)
        except SailPointError:  # nobody is let in, or the run is to stop
            raise
        except Exception as unexpected:
            return self._ended(task_id, state, UnexpectedError(unexpected))

    def judged_again(self, task_id: str, state: State) -> Outcome | None:
        """Return what became of an update of ``doubted``, as reading the task once more shows it; None if it could not
        be read, or may be just being completed, or cannot be judged.
        """
        try:
            return None if isinstance(state, SailPointError) else self._judged_again(task_id, state)
        except Exception:  # what was told of it stays true
            return None

    def _judged_again(self, task_id: str, state: TaskStatus | None) -> Outcome | None:
        evidence = self.doubted[task_id]
        if state is not None and (not records.says_something(state) or patching.is_moving(state, self._now())):
            return None
        name, note = judging.judge(evidence, state, self.desired)
        if name == "failed":
            self.doubt(task_id, evidence)
            return _failure(evidence, note, state)
        return Outcome(name, evidence.patch, state, evidence.before if name == "updated" else None)

    def doubt(self, task_id: str, evidence: judging.Evidence, is_unread: bool = False) -> None:
        """Take the evidence of an update that is told as failed; ``is_unread``: the task could not be read again."""
        self.doubted.pop(task_id, None)
        if is_unread or judging.may_show_late(evidence):
            self.doubted[task_id] = evidence._replace(error=evidence.error.kept())

    def _brought(self, task_id: str, state: State, read_at: float) -> Outcome:
        # Chosen once, as the instant of completion: it stays the same over every try.
        now, completed = self._now(), self._instant()
        update = _Update(self, task_id)
        while True:
            decided = self._decide(state, now, completed)
            if isinstance(decided, Outcome):
                return decided
            result = update.send(*decided, read_at)
            if isinstance(result, Outcome):
                return result
            state, read_at = result, self.api.client.clock()

    def _instant(self) -> datetime:
        """Return the last instant until now that has the millisecond at which this run began: by that its updates are
        told from those of other runs, which may want the same of the same task.
        """
        return self._mark + timedelta(seconds=(self._now() - self._mark) // timedelta(seconds=1))

    def _ended(self, task_id: str, state: State, error: SailPointError) -> Outcome:
        """Return what became of a task whose update, or what came before it, ended with an error of our own."""
        before = state if isinstance(state, dict) else {}
        patch = self.sent.get(task_id, [])
        if not patch:
            return Outcome("failed", [], before or None, error=error.as_dict())
        evidence = judging.Evidence(before, patch, error, True)
        self.doubt(task_id, evidence)
        return _failure(evidence, UNKNOWN)

    def _decide(self, state: State, now: datetime, completed: datetime) -> Outcome | tuple[TaskStatus, patching.Patch]:
        """Return the outcome that needs no update, or the task with the patch to send for it."""
        if state is None:
            return Outcome("missing", [])
        if isinstance(state, SailPointError):
            return Outcome("failed", [], error=state.as_dict())
        if not records.says_something(state):
            error = NoAnswerError("The answer to reading the task says nothing about it, so it was left alone.", 200)
            return Outcome("failed", [], state, error=error.as_dict())
        if patching.too_young(state, self.desired, now):
            return Outcome("too_young", [], state)
        if patching.is_moving(state, now):
            return Outcome("moving", [], state)
        patch = patching.build_patch(state, self.desired, completed)
        if not patch:
            return Outcome("unchanged", [], state)
        if self.check_mode:
            return Outcome("updated", patch, patching.apply_patch(state, patch), state)
        return state, patch


class _Update:
    """The update of one task."""

    def __init__(self, updater: Updater, task_id: str) -> None:
        self._updater = updater
        self._api = updater.api
        self._client = updater.api.client
        self._desired = updater.desired
        self._budget = updater.budget
        self._task_id = task_id
        self._failures = 0
        self._held_back = 0  # how often it could not be sent in time
        self._in_doubt = False  # whether one that was sent before may have taken effect

    def send(self, before: TaskStatus, patch: patching.Patch, read_at: float) -> Outcome | TaskStatus:
        """Send the update until it is known what became of it.

        :returns: that; or the task as it is now, when the state it was built on has become old meanwhile
        """
        self._updater.sent[self._task_id] = patch
        check = self._freshness_check(read_at)
        while True:
            met = self._try(before, patch, check)
            if isinstance(met, Outcome):
                return met
            evidence = judging.Evidence(before, patch, met, self._in_doubt)
            try:
                result = self._look(evidence)
            except SailPointError as trouble:
                return self._failed(evidence, f"{_UNREAD}: {str(trouble).rstrip('.')}", is_unread=True)
            if result is not None:
                return result

    def _freshness_check(self, read_at: float) -> Callable[[str], None]:
        """Return what to call before each try is sent; it raises TooLateError when the state has become old."""
        clock = self._client.clock
        latest = latest_sending(read_at, clock())

        def check(request: str) -> None:
            if clock() > latest:
                raise TooLateError(request)

        return check

    def _try(self, before: TaskStatus, patch: patching.Patch, check: Callable[[str], None]) -> Outcome | SailPointError:
        """Send the update; return what became of it where the answer tells, else what it met."""
        try:
            after = self._api.update(self._task_id, patch, check)
        except SignInError as error:
            # Nobody can read the task again.
            is_unknown = error.in_doubt or self._in_doubt
            return self._failed(judging.Evidence(before, patch, error, is_unknown), UNKNOWN if is_unknown else "")
        except (ApiError, TooLateError) as error:
            self._in_doubt = self._in_doubt or error.in_doubt
            if isinstance(error, ApiError) and judging.is_refused_at_the_door(error) and not self._in_doubt:
                return _failure(judging.Evidence(before, patch, error, False))
            if isinstance(error, ApiError) and judging.is_put_off(error) and not self._in_doubt:
                # Looked at with all others at the end: to ask on now would put off the others for longer.
                return self._failed(judging.Evidence(before, patch, error, False), is_unread=True)
            return error
        except SailPointError as error:
            self._in_doubt = True
            return error
        if patching.reads_as_sent(after, patch):
            self._budget.got_through()
            return Outcome("updated", patch, after, before)
        self._in_doubt = True
        return NotShownError()

    def _look(self, evidence: judging.Evidence) -> Outcome | TaskStatus | None:
        """Read the task again; return what became of the update, the task for a decision anew, or None to try again.

        :raises SailPointError: it cannot be read
        """
        error, patch = evidence.error, evidence.patch
        # A tenant may lag behind itself: what it just said, it would say again without a pause.
        has_waited = isinstance(error, NotShownError) and self._waited_to_try_again(error)
        there = self._read_settled()
        if isinstance(error, TooLateError) and not self._in_doubt:
            return self._not_sent(evidence, there)
        if there is not None and patching.is_moving(there, self._client.now()):
            return Outcome("moving", patch, there)
        if there is not None and judging.lacks(there, patch, self._desired):
            if isinstance(error, TooLateError) and self._may_be_held_back_again():
                return there
            if has_waited or self._waited_to_try_again(error):
                return None
        name, note = judging.judge(evidence, there, self._desired)
        if name == "failed":
            return self._failed(evidence, note, there)
        return Outcome(name, patch, there, evidence.before if name == "updated" else None)

    def _not_sent(self, evidence: judging.Evidence, there: TaskStatus | None) -> Outcome | TaskStatus:
        """Return the task for a decision anew, unless that has come to nothing too often."""
        if there is None:
            return Outcome("missing", [])
        if patching.satisfies(there, self._desired) or self._may_be_held_back_again():
            return there
        return Outcome("failed", [], there, error=evidence.error.as_dict())

    def _may_be_held_back_again(self) -> bool:
        self._held_back += 1
        return self._held_back <= max(1, self._client.settings.retries)

    def _read_settled(self) -> TaskStatus | None:
        """Read the task, again and again for some seconds while it is just being completed, be it by our own update."""
        task = self._read()
        for pause in LOOK_AGAIN_AFTER:
            if task is None or not patching.is_moving(task, self._client.now()):
                break
            self._client.sleep(pause)
            task = self._read()
        return task

    def _read(self) -> TaskStatus | None:
        task = self._api.get(self._task_id)
        if task is not None and not records.says_something(task):
            raise NoAnswerError("the answer says nothing about the task.", 200)
        return task

    def _waited_to_try_again(self, error: SailPointError) -> bool:
        """Wait before the update is sent again; returns False, at once, where that is no use or was tried in vain.

        It is of use after an answer that could not be read, such as a gateway's page, or that does not show the update:
        the client does not repeat those.
        """
        if not isinstance(error, NoAnswerError) or error.status is None or not self._budget.grants(self._failures):
            return False
        self._client.wait_before_retry(self._failures)
        self._failures += 1
        return True

    def _failed(
        self, evidence: judging.Evidence, note: str = "", there: TaskStatus | None = None, is_unread: bool = False
    ) -> Outcome:
        self._updater.doubt(self._task_id, evidence, is_unread)
        return _failure(evidence, note, there)


def _failure(evidence: judging.Evidence, note: str = "", there: TaskStatus | None = None) -> Outcome:
    error = evidence.error
    told = error.as_dict()
    if note:
        told["message"] = f"{str(error).rstrip('.')}; {note}."
    return Outcome("failed", evidence.patch, (evidence.before or None) if there is None else there, error=told)
