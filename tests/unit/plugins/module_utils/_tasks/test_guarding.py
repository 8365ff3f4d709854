# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.guarding import Guards, stop_reason
from hypothesis import given
from hypothesis import strategies as st


def guards(max_tasks: int | None = None, max_fraction: float | None = None, max_fraction_above: int = 10) -> Guards:
    return Guards(max_tasks, max_fraction, max_fraction_above)


TOO_MANY = "Nothing was changed: {} selected, more than max_tasks ({}) allows."
TOO_GREAT = "Nothing was changed: {} selected, a greater share than max_fraction ({}) allows."


@pytest.mark.parametrize(
    ("given_guards", "selected", "pending", "told"),
    [
        (guards(), 1000, 1000, None),
        (guards(max_tasks=16), 16, 20, None),
        (guards(max_tasks=15), 16, 20, TOO_MANY.format("16 tasks are", 15)),
        (guards(max_tasks=0), 0, 20, None),
        (guards(max_tasks=0), 1, 20, TOO_MANY.format("1 task is", 0)),
        (guards(max_fraction=0.8), 16, 20, None),
        (guards(max_fraction=0.79), 16, 20, TOO_GREAT.format("16 of 20 pending tasks are", 0.79)),
        (guards(max_fraction=1.0), 16, 16, None),
        # One stuck task on an idle tenant is all of its pending tasks.
        (guards(max_fraction=0.5), 1, 1, None),
        (guards(max_fraction=0.5), 10, 10, None),
        (guards(max_fraction=0.5), 11, 11, TOO_GREAT.format("11 of 11 pending tasks are", 0.5)),
        (guards(max_fraction=0.0, max_fraction_above=0), 0, 20, None),
        (guards(max_fraction=0.0, max_fraction_above=0), 1, 20, TOO_GREAT.format("1 of 20 pending tasks is", 0)),
        (guards(max_tasks=5, max_fraction=0.1), 16, 20, TOO_MANY.format("16 tasks are", 5)),
    ],
)
def test_a_guard_stops_what_is_beyond_it(given_guards: Guards, selected: int, pending: int, told: str | None) -> None:
    assert stop_reason(given_guards, selected, pending) == told


@given(st.integers(1, 1000), st.integers(1, 1000))
def test_a_share_is_not_cut_short_by_floating_point(selected: int, others: int) -> None:
    pending = selected + others
    assert stop_reason(guards(max_fraction=selected / pending, max_fraction_above=0), selected, pending) is None
    assert stop_reason(guards(max_fraction=(selected - 0.5) / pending, max_fraction_above=0), selected, pending)
