# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of an update that met an error, judged by what reading the task again shows. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._api.task_status import TaskStatus
from .._errors import ApiError, SailPointError
from . import patching

_AT_THE_DOOR = (401, 403)  # what only the tenant's own door answers: nothing was changed
_TOO_MANY = 429
_OUT_OF_ORDER = 500  # and above: who answers so may have done what was asked
_REFUSALS_OF_A_TEST = (400, 409, 412, 422)  # RFC 5789, 2.2 and what servers make of a failed "test"


class Evidence(NamedTuple):
    """What is known of an update before the task is read again.

    ``before`` is the task that the ``patch`` was built on, ``error`` what its last try met, and ``in_doubt`` whether a
    try before that one may have taken effect.
    """

    before: TaskStatus
    patch: patching.Patch
    error: SailPointError
    in_doubt: bool


def is_put_off(error: ApiError) -> bool:
    """Whether a tenant says that it is asked too often. By itself that changes nothing; but who hands it on, such as a
    gateway that tries again, may have had another answer before.
    """
    return error.status == _TOO_MANY and _is_said(error)


def may_show_late(evidence: Evidence) -> bool:
    """Whether an update may have taken effect although the task did not show it when it was read again."""
    error = evidence.error
    return evidence.in_doubt or not isinstance(error, ApiError) or error.status >= _OUT_OF_ORDER


def is_refused_at_the_door(error: ApiError) -> bool:
    """Whether an error proves by itself that the update it answers changed nothing: in the tenant's own words, since
    without any it may be a gateway's, behind which the update took effect.
    """
    return error.status in _AT_THE_DOOR and _is_said(error)


def lacks(there: TaskStatus, patch: patching.Patch, desired: patching.DesiredState) -> bool:
    """Whether a task shows neither a patch nor that the desired state was reached otherwise."""
    return not patching.took_effect(there, patch) and not patching.satisfies(there, desired)


def judge(evidence: Evidence, there: TaskStatus | None, desired: patching.DesiredState) -> tuple[str, str]:
    """Return the name of the outcome, and of a failed one what to say besides the error, if anything.

    :param there: the task as it was read again; None: there is no such task
    """
    error, patch = evidence.error, evidence.patch
    is_refused = isinstance(error, ApiError) and error.status in _REFUSALS_OF_A_TEST
    tested = patching.precondition_of(patch)
    if there is None:
        return "missing", ""
    if patching.took_effect(there, patch) and not (tested and _is_refused_for_sure(evidence)):
        return "updated", ""
    if is_refused and _changed_meanwhile(evidence, there):
        return "conflict", ""
    if patching.satisfies(there, desired):
        # It was completed by somebody or something else while our update did not get through.
        return "unchanged", ""
    return "failed", _not_taken(tested) if is_refused and tested else ""


def _is_said(error: ApiError) -> bool:
    """Whether an error is in the tenant's own words."""
    return error.from_tenant and bool(error.said)


def _is_refused_for_sure(evidence: Evidence) -> bool:
    """Whether no try took effect: then what the task shows is not our doing, however alike, with a precondition not
    even in the same second.
    """
    error = evidence.error
    return (
        isinstance(error, ApiError)
        and error.status in _REFUSALS_OF_A_TEST
        and error.from_tenant
        and not evidence.in_doubt
    )


def _not_taken(tested: Mapping[str, Any]) -> str:
    """Return what to think of a refusal although all that the precondition tests still holds."""
    nulls = [key for key, value in tested.items() if value is None]
    why = f"{' and '.join(nulls)} for null, since it has no modified date" if nulls else "what is still so"
    return (
        f"the task has not changed, but its precondition tests {why}, which this tenant may not take; "
        "leave out precondition"
    )


def _changed_meanwhile(evidence: Evidence, there: TaskStatus) -> bool:
    """Whether a task differs from what the update was built on.

    In what the patch tests or replaces; where the status says so outright, in any key.
    """
    before = evidence.before
    if getattr(evidence.error, "status", None) in (400, 422):
        keys = {*patching.PATCHED_KEYS, *patching.precondition_of(evidence.patch)}
    else:
        keys = before.keys() | there.keys()
    return any(before.get(key) != there.get(key) for key in keys)
