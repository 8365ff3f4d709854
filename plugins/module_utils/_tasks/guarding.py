# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guards: numbers of selected tasks that look wrong, so that nothing is to be changed. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

from .._wording import count_of


@dataclass(frozen=True)
class Guards:
    """How many tasks may be selected, and what share of all pending ones; None: any.

    ``max_fraction`` holds only where more than ``max_fraction_above`` are selected: one stuck task on an idle tenant is
    all of its pending tasks.
    """

    max_tasks: int | None
    max_fraction: float | None
    max_fraction_above: int


def stop_reason(guards: Guards, selected: int, pending: int) -> str | None:
    """Return the sentence that says which guard stops a run; None where none does.

    :param selected: how many tasks are to be updated
    :param pending: how many are pending in all, the selected ones among them
    """
    are = "is" if selected == 1 else "are"
    if guards.max_tasks is not None and selected > guards.max_tasks:
        tasks = count_of(selected, "task")
        return f"Nothing was changed: {tasks} {are} selected, more than max_tasks ({guards.max_tasks}) allows."
    if guards.max_fraction is None or selected <= guards.max_fraction_above:
        return None
    # A share such as 0.3 of 10 tasks is 3, and not a little less, as floating point has it.
    if selected > round(guards.max_fraction * pending, 6):
        return (
            f"Nothing was changed: {selected} of {count_of(pending, 'pending task')} {are} selected, "
            f"a greater share than max_fraction ({guards.max_fraction:g}) allows."
        )
    return None
