# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: brings one task to the desired state, and finds out what became of it."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any

from .._api import records
from .._api.task_status import TaskStatus, TaskStatusApi
from .._errors import (
    ApiError,
    NoAnswerError,
    NotShownError,
    SailPointError,
    SignInError,
    TooLateError,
)
from . import patching
from .outcomes import Outcome
from .reading import State

UNKNOWN = "whether the update took effect is not known"

FRESH_FOR = 30.0  # seconds after which a state that was read is read again before it is acted on
LOOK_AGAIN_AFTER = (1.0, 2.0, 3.0)  # seconds before each further look at a task that is just being completed
_FINAL = (401, 403, 429)  # what only the tenant's own door answers: nothing was changed
_REFUSALS_OF_A_TEST = (400, 409, 412, 422)  # RFC 5789, 2.2 and what servers make of a failed "test"


class Updater:
    """Brings tasks to the desired state, one a call. Thread-safe."""

    def __init__(self, api: TaskStatusApi, desired: patching.DesiredState, check_mode: bool) -> None:
        self.sent: dict[str, patching.Patch] = {}  # by id, from just before the first try on
        self._api = api
        self._desired = desired
        self._check_mode = check_mode
        # How often an update is tried or looked for again; no more once that was in vain, until one gets through:
        # ten thousand ids must not wait out ten thousand back-offs.
        self.patience = api.client.settings.retries

    def bring(self, task_id: str, state: State, not_after: float) -> Outcome:
        """Bring one task to the desired state.

        :param state: what reading it has shown
        :param not_after: when on the monotonic clock that is too old to be acted on
        """
        # Chosen once, as the instant of completion: it stays the same over every try.
        now = datetime.now(timezone.utc)
        update = _Update(self, task_id)
        while True:
            decided = self._decide(state, now)
            if isinstance(decided, Outcome):
                return decided
            result = update.send(*decided, not_after)
            if isinstance(result, Outcome):
                return result
            state, not_after = result, time.monotonic() + FRESH_FOR

    def _decide(self, state: State, now: datetime) -> Outcome | tuple[TaskStatus, patching.Patch]:
        """Return the outcome that needs no update, or the task with the patch to send for it."""
        if state is None:
            return Outcome("missing", [])
        if isinstance(state, SailPointError):
            return Outcome("failed", [], error=state.as_dict())
        if not records.says_something(state):
            error = NoAnswerError("The answer to reading the task says nothing about it, so it was left alone.", 200)
            return Outcome("failed", [], state, error=error.as_dict())
        if patching.too_young(state, self._desired, now):
            return Outcome("too_young", [], state)
        if patching.is_moving(state, now):
            return Outcome("moving", [], state)
        patch = patching.build_patch(state, self._desired, now)
        if not patch:
            return Outcome("unchanged", [], state)
        if self._check_mode:
            return Outcome("updated", patch, patching.apply_patch(state, patch), state)
        return state, patch


class _Update:
    """The update of one task."""

    def __init__(self, updater: Updater, task_id: str) -> None:
        self._updater = updater
        self._api = updater._api
        self._client = updater._api.client
        self._task_id = task_id
        self._failures = 0
        self._held_back = 0  # how often it could not be sent in time
        self._in_doubt = False  # whether one that was sent before may have taken effect

    def send(self, before: TaskStatus, patch: patching.Patch, not_after: float) -> Outcome | TaskStatus:
        """Send the update until it is known what became of it.

        :returns: that; or the task as it is now, when the state it was built on has become old meanwhile
        """
        self._updater.sent[self._task_id] = patch
        while True:
            error: SailPointError
            try:
                after = self._api.update(self._task_id, patch, not_after)
                if patching.reads_as_sent(after, patch):
                    self._updater.patience = self._client.settings.retries
                    return Outcome("updated", patch, after, before)
                self._in_doubt = True
                error = NotShownError()
            except SignInError as refusal:
                # Nobody can read the task again.
                return self._failed(patch, before, refusal, UNKNOWN if refusal.in_doubt or self._in_doubt else "")
            except ApiError as refusal:
                self._in_doubt = self._in_doubt or refusal.in_doubt
                if refusal.status in _FINAL and refusal.from_tenant and not self._in_doubt:
                    return self._failed(patch, before, refusal)
                error = refusal
            except TooLateError as lateness:
                self._in_doubt = self._in_doubt or lateness.in_doubt
                error = lateness
            except SailPointError as doubt:
                self._in_doubt = True
                error = doubt
            try:
                # A tenant may lag behind itself: what it just said, it would say again without a pause.
                waited = isinstance(error, NotShownError) and self._waited_to_try_again(error)
                there = self._read_settled()
                if isinstance(error, TooLateError) and not self._in_doubt:
                    return self._not_sent(before, there, error)
                if there is not None and patching.is_moving(there, datetime.now(timezone.utc)):
                    return Outcome("moving", patch, there)
                if there is not None and self._lacks(there, patch):
                    if isinstance(error, TooLateError) and self._may_be_held_back_again():
                        return there
                    if waited or self._waited_to_try_again(error):
                        continue
            except SailPointError as trouble:
                note = f"{UNKNOWN}, since reading the task again failed too: {str(trouble).rstrip('.')}"
                return self._failed(patch, before, error, note)
            return self._judged(before, there, patch, error)

    def _not_sent(self, before: TaskStatus, there: TaskStatus | None, error: SailPointError) -> Outcome | TaskStatus:
        """Return the task for a decision anew, unless that has come to nothing too often."""
        if there is None:
            return Outcome("missing", [])
        if patching.satisfies(there, self._updater._desired) or self._may_be_held_back_again():
            return there
        return self._failed([], before, error, task=there)

    def _may_be_held_back_again(self) -> bool:
        self._held_back += 1
        return self._held_back <= max(1, self._client.settings.retries)

    def _read_settled(self) -> TaskStatus | None:
        """Read the task, again and again for some seconds while it is just being completed, be it by our own update."""
        task = self._read()
        for pause in LOOK_AGAIN_AFTER:
            if task is None or not patching.is_moving(task, datetime.now(timezone.utc)):
                break
            self._client.sleep(pause)
            task = self._read()
        return task

    def _read(self) -> TaskStatus | None:
        task = self._api.get(self._task_id)
        if task is not None and not records.says_something(task):
            raise NoAnswerError("the answer says nothing about the task.", 200)
        return task

    def _lacks(self, there: TaskStatus, patch: patching.Patch) -> bool:
        """Whether a task shows neither this patch nor that the desired state was reached otherwise."""
        return not patching.took_effect(there, patch) and not patching.satisfies(there, self._updater._desired)

    def _waited_to_try_again(self, error: SailPointError) -> bool:
        """Wait before the update is sent again; returns False, at once, where that is no use or was tried in vain.

        It is of use after an answer that could not be read, such as a gateway's page, or that does not show the update:
        the client does not repeat those.
        """
        if not isinstance(error, NoAnswerError) or error.status is None:
            return False
        if self._failures >= self._updater.patience:
            self._updater.patience = 0
            return False
        self._client.wait_before_retry(self._failures)
        self._failures += 1
        return True

    def _judged(
        self, before: TaskStatus, there: TaskStatus | None, patch: patching.Patch, error: SailPointError
    ) -> Outcome:
        """Return what became of an update that met an error, from what reading the task again shows."""
        refused = isinstance(error, ApiError) and error.status in _REFUSALS_OF_A_TEST
        tested = patching.precondition_of(patch)
        # Then what the task shows is not our doing, however alike: with a precondition, not even in the same second.
        refused_for_sure = (
            isinstance(error, ApiError) and refused and error.from_tenant and not self._in_doubt and bool(tested)
        )
        if there is None:
            return Outcome("missing", patch)
        if patching.took_effect(there, patch) and not refused_for_sure:
            return Outcome("updated", patch, there, before)
        if refused and _changed_meanwhile(before, there, patch, error):
            return Outcome("conflict", patch, there)
        if patching.satisfies(there, self._updater._desired):
            # It was completed by somebody or something else while our update did not get through.
            return Outcome("unchanged", patch, there)
        return self._failed(patch, before, error, _not_taken(tested) if refused and tested else "", task=there)

    def _failed(
        self,
        patch: patching.Patch,
        before: TaskStatus,
        error: SailPointError,
        note: str = "",
        task: TaskStatus | None = None,
    ) -> Outcome:
        told = error.as_dict()
        if note:
            told["message"] = f"{str(error).rstrip('.')}; {note}."
        return Outcome("failed", patch, before if task is None else task, error=told)


def _not_taken(tested: dict[str, Any]) -> str:
    """Return what to think of a refusal although all that the precondition tests still holds."""
    nulls = [key for key, value in tested.items() if value is None]
    why = f"{' and '.join(nulls)} for null, since it has no modified date" if nulls else "what is still so"
    return (
        f"the task has not changed, but its precondition tests {why}, which this tenant may not take; "
        "leave out precondition"
    )


def _changed_meanwhile(before: TaskStatus, there: TaskStatus, patch: patching.Patch, error: SailPointError) -> bool:
    """Whether a task differs from what the update was built on.

    In what the patch tests or replaces; where the status says so outright, in any key.
    """
    if getattr(error, "status", None) in (400, 422):
        keys = {*patching.PATCHED_KEYS, *patching.precondition_of(patch)}
    else:
        keys = before.keys() | there.keys()
    return any(before.get(key) != there.get(key) for key in keys)
