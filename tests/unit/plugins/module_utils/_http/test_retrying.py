# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._http.failures import Failure
from ansible_collections.idops.sailpoint.plugins.module_utils._http.retrying import (
    Budget,
    Repeat,
    Tries,
    asked_for,
    delay,
)


def failures_until_the_end(tries: Tries, failure: Failure = Failure.LOST) -> int:
    count = 1
    while tries.another(failure) is not None:
        count += 1
    return count


@pytest.mark.parametrize("retries", [0, 1, 5])
def test_each_request_has_its_tries(retries: int) -> None:
    budget = Budget(retries)
    for _request in range(3):
        budget.got_through()
        assert failures_until_the_end(Tries(budget, Repeat.READ)) == retries + 1


def test_once_one_has_used_up_its_tries_each_other_has_one_until_anything_gets_through() -> None:
    budget = Budget(3)
    begun_before = Tries(budget, Repeat.READ)
    assert begun_before.another(Failure.LOST) == 0
    assert failures_until_the_end(Tries(budget, Repeat.READ)) == 4
    assert begun_before.another(Failure.LOST) is None
    assert failures_until_the_end(Tries(budget, Repeat.READ)) == 1
    assert failures_until_the_end(Tries(budget, Repeat.SAME_EFFECT)) == 1
    assert Tries(budget, Repeat.READ).another_after_429() is None
    budget.got_through()
    assert failures_until_the_end(Tries(budget, Repeat.READ)) == 4


def test_what_may_not_be_repeated_spends_no_budget() -> None:
    budget = Budget(3)
    assert failures_until_the_end(Tries(budget, Repeat.ONCE)) == 1
    assert failures_until_the_end(Tries(budget, Repeat.READ), Failure.HOPELESS) == 1
    assert failures_until_the_end(Tries(budget, Repeat.READ)) == 4


def test_the_budget_can_be_renewed_although_nothing_got_through() -> None:
    budget = Budget(2)
    assert failures_until_the_end(Tries(budget, Repeat.READ)) == 3
    budget.renew()
    assert failures_until_the_end(Tries(budget, Repeat.READ)) == 3
    assert budget.successes == 0


def test_a_429_is_no_failure_while_anything_gets_through() -> None:
    budget = Budget(1)
    tries = Tries(budget, Repeat.READ)
    for _time in range(20):
        budget.got_through()
        assert tries.another_after_429() == 0
    assert tries.another_after_429() == 0
    assert tries.another_after_429() is None


def test_a_429_and_other_failures_are_counted_together() -> None:
    tries = Tries(Budget(2), Repeat.READ)
    assert tries.another(Failure.LOST) == 0
    assert tries.another_after_429() == 1
    assert tries.another(Failure.LOST) is None


@pytest.mark.parametrize(
    ("repeat", "after"),
    [
        (Repeat.READ, {Failure.NOT_SENT, Failure.LOST, Failure.UNREADABLE}),
        (Repeat.SAME_EFFECT, {Failure.NOT_SENT, Failure.LOST}),
        (Repeat.ONCE, {Failure.NOT_SENT}),
    ],
)
def test_after_what_a_request_is_repeated(repeat: Repeat, after: set[Failure]) -> None:
    for failure in Failure:
        assert (Tries(Budget(9), repeat).another(failure) is not None) == (failure in after)
    assert Tries(Budget(9), repeat).another_after_429() == 0


def test_what_was_not_sent_leaves_no_doubt() -> None:
    tries = Tries(Budget(9), Repeat.SAME_EFFECT)
    assert not tries.in_doubt
    tries.another(Failure.NOT_SENT)
    tries.another_after_429()
    assert not tries.in_doubt
    tries.another(Failure.LOST)
    assert tries.in_doubt


@pytest.mark.parametrize("failures", range(12))
def test_pauses_grow_and_end_growing(failures: int) -> None:
    longest = min(30.0, 0.5 * 2**failures)
    assert all(longest / 2 <= delay(failures) <= longest for _time in range(20))


@pytest.mark.parametrize(
    ("header", "asked"), [(None, 0), ("", 0), ("soon", 0), ("7", 7), ("0", 0), ("9" * 400, 61), ("86400", 61)]
)
def test_what_retry_after_asks_for(header: str | None, asked: float) -> None:
    found = min(asked_for(header), 61.0)  # what is more is all the same
    assert found == asked or (found == 0 and len(header or "") > 300)
    assert 0.25 <= delay(0, asked_for(header)) <= 60.25


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [(0.1, 0.1, 0.35), (7.0, 7.0, 7.25), (60.0, 60.0, 60.25), (60.1, 60.0, 60.0), (1e9, 60.0, 60.0), (-5.0, 0.25, 0.5)],
)
def test_a_pause_is_what_was_asked_for_and_a_little_more_up_to_a_minute(
    asked: float, least: float, most: float
) -> None:
    pauses = [delay(0, asked) for _time in range(300)]
    assert all(least <= pause <= most for pause in pauses)
    assert max(pauses) - min(pauses) >= 0.8 * (most - least), "they are spread"


@pytest.mark.parametrize("failures", [0, 3, 6, 10, 11, 5000])
def test_without_a_wish_pauses_are_between_half_and_all_of_their_length(failures: int) -> None:
    length = min(30.0, 0.5 * 2.0 ** min(failures, 20))
    pauses = [delay(failures) for _time in range(300)]
    assert all(length / 2 <= pause <= length for pause in pauses)
    assert max(pauses) - min(pauses) >= 0.4 * length, "they are spread"


@pytest.mark.parametrize(("failures", "granted"), [(0, True), (2, True), (3, False), (4, False)])
def test_a_budget_grants_as_many_tries_as_there_are_retries(failures: int, granted: bool) -> None:
    assert Budget(3).grants(failures) is granted


def test_what_gets_through_is_counted() -> None:
    budget = Budget(1)
    for number in range(3):
        assert budget.successes == number
        budget.got_through()


def test_another_try_is_told_how_many_failed_before() -> None:
    tries = Tries(Budget(5), Repeat.READ)
    assert [tries.another(Failure.LOST) for _time in range(6)] == [0, 1, 2, 3, 4, None]


def test_a_date_to_retry_after_is_so_many_seconds_ahead() -> None:
    ahead = format_datetime(datetime.now(timezone.utc) + timedelta(hours=1), usegmt=True)
    assert 3000 < asked_for(ahead) <= 3600
    assert asked_for("Wed, 21 Oct 2015 07:28:00 GMT") == 0


@pytest.mark.parametrize(("date", "asked"), [("07:27:30", 30.0), ("07:28:00", 0.0), ("07:29:00", 0.0)])
def test_a_date_is_by_the_clock_of_whoever_tells_it(date: str, asked: float) -> None:
    """Ours may be wrong, or jump."""
    assert asked_for("Wed, 21 Oct 2015 07:28:00 GMT", f"Wed, 21 Oct 2015 {date} GMT") == asked
    assert asked_for("20", f"Wed, 21 Oct 2015 {date} GMT") == 20.0
    assert asked_for("Wed, 21 Oct 2015 07:28:00 GMT", "some day") == 0
