# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What time it is for the tenant, on machines whose own clock is right, wrong, or jumps."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
import requests
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import SailPointError
from ansible_collections.idops.sailpoint.plugins.module_utils._http.answers import Reply
from ansible_collections.idops.sailpoint.plugins.module_utils._http.client import Client
from ansible_collections.idops.sailpoint.plugins.module_utils._http.tenant_clock import (
    INCREDIBLE,
    TOLERATED,
    Reading,
    TenantClock,
    reading_of,
    seconds_off,
)
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    TOKEN,
    Clock,
    Request,
    client_of,
    response,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)  # what it truly is when a test begins
DAY = 86400.0
OFF = [600.0, DAY]


class World(Clock):
    """The clocks of a machine that is off by so many seconds; ``true`` time passes with the monotonic one."""

    def __init__(self, off: float = 0.0) -> None:
        super().__init__()
        self.off = off

    @property
    def true(self) -> datetime:
        return NOW + timedelta(seconds=self() - 1000.0)

    def utc_now(self) -> datetime:
        return self.true + timedelta(seconds=self.off)

    def wrong(self, now: datetime) -> float:
        """Return by how many seconds an instant is not the true time."""
        return (now - self.true).total_seconds()


def dated(instant: datetime, **headers: str) -> dict[str, str]:
    return {"Date": format_datetime(instant, usegmt=True), **headers}


def client_that_asked(
    world: World, times: int = 1, *, sign_in: bool = True, off: float = 0.0, takes: float = 0.0
) -> Client:
    """Return a client that has asked so often, of a tenant that is off by so many seconds."""

    def answer(request: Request) -> requests.Response:
        headers = dated(world.true + timedelta(seconds=off))
        world.advance(takes)
        data = {"access_token": TOKEN, "expires_in": 749} if request.path == "/oauth/token" else {"id": "t"}
        return response(200, data, headers)

    client, _transport = client_of(answer, world, **({} if sign_in else {"access_token": TOKEN}))
    for _time in range(times):
        client.request("GET", "/x")
    return client


# Which clock holds


@pytest.mark.parametrize("off", [sign * seconds for sign in (1, -1) for seconds in OFF])
def test_a_machine_whose_clock_is_wrong_goes_by_the_tenants(off: float) -> None:
    """By the sign-in and one answer, as it is when the first tasks are judged."""
    world = World(off)
    client = client_that_asked(world)
    assert abs(world.wrong(client.now())) <= 1.0
    world.advance(5000.0)
    assert abs(world.wrong(client.now())) <= 1.0


@pytest.mark.parametrize("off", [0.0, 0.5, 59.0, -0.5, -59.0])
def test_up_to_a_minute_this_machines_clock_holds_as_it_is(off: float) -> None:
    world = World(off)
    client = client_that_asked(world, 3)
    assert client.now() == world.utc_now()
    assert client.warnings == []


@pytest.mark.parametrize(
    ("off", "told"),
    [
        (600.0, "9m59s ahead of"),  # less the second that Date leaves open
        (-600.0, "10m behind"),
        (DAY + 1, "1d ahead of"),
        (-DAY, "1d behind"),
    ],
)
def test_a_wrong_clock_is_warned_of_once_with_the_figure(off: float, told: str) -> None:
    client = client_that_asked(World(off), 3)
    once = ", once two answers agree" if off < 0 else ""
    assert client.warnings == [
        f"This machine's clock is {told} the tenant's, by the date of its answers; ages and the time of completion "
        f"go by the tenant's{once}. Set this machine's clock, as by NTP."
    ]


def test_before_anything_was_answered_this_machines_clock_holds() -> None:
    world = World(DAY)
    assert client_that_asked(world, 0).now() == world.utc_now()


def test_one_answer_is_enough_to_make_tasks_younger_and_not_to_make_them_older() -> None:
    """With a given token there is no sign-in, and a short list is one answer."""
    ahead, behind = World(DAY), World(-DAY)
    assert abs(ahead.wrong(client_that_asked(ahead, sign_in=False).now())) <= 1.0
    client = client_that_asked(behind, sign_in=False)
    assert client.now() == behind.utc_now() and "1d behind" in client.warnings[0]
    client.request("GET", "/x")
    assert abs(behind.wrong(client.now())) <= 1.0


def test_a_jump_of_this_machines_clock_makes_no_task_older_or_younger() -> None:
    world = World()
    client = client_that_asked(world, 3)
    for off in (3 * DAY, -3 * DAY):
        world.off = off
        assert abs(world.wrong(client.now())) <= 1.0


def test_a_machine_that_slept_takes_tasks_for_younger_until_it_has_heard_anew() -> None:
    """Its monotonic clock stands still meanwhile."""
    slept, asleep_at = 8 * 3600.0, NOW.timestamp()
    before, after = Reading(asleep_at, asleep_at + 1.0), Reading(asleep_at + slept, asleep_at + slept + 1.0)
    here = asleep_at + slept
    assert seconds_off([before] * 4 + [after], here) == 1.0 - slept
    assert seconds_off([after] * 5, here) == 0.0


def test_the_time_that_an_answer_took_is_no_fault_of_a_clock() -> None:
    world = World()
    client = client_that_asked(world, 3, takes=250.0)
    assert client.now() == world.utc_now()
    assert client.warnings == []


@pytest.mark.parametrize("off", [-DAY, DAY])
def test_what_is_known_is_known_in_spite_of_slow_answers(off: float) -> None:
    world = World(off)
    assert abs(world.wrong(client_that_asked(world, 3, takes=20.0).now())) <= 22.0


# Dates that are false


@pytest.mark.parametrize("false", [600.0, 3 * DAY, 300 * DAY])
def test_an_answer_that_agrees_with_this_machines_clock_keeps_it_from_being_put_forward(false: float) -> None:
    """As where one of several gateways has a wrong clock."""
    here = NOW.timestamp()
    right, wrong = Reading(here - 1, here + 1), Reading(here + false, here + false + 1)
    assert seconds_off([wrong, wrong, wrong, right], here) == 0.0
    assert seconds_off([wrong, wrong], here) == false


def test_of_two_false_dates_the_earlier_holds() -> None:
    readings = [Reading(5000.0, 5001.0), Reading(700.0, 701.0), Reading(9000.0, 9001.0)]
    assert seconds_off(readings, 0.0) == 700.0
    assert seconds_off([*readings, Reading(-901.0, -900.0)], 0.0) == -900.0


@pytest.mark.parametrize("off", [401 * DAY, -401 * DAY])
def test_a_date_that_nothing_explains_is_not_believed_and_told(off: float) -> None:
    world = World()
    client = client_that_asked(world, 6, off=off)
    assert client.now() == world.utc_now()
    (warning,) = client.warnings
    assert "too much to be believed, so ages go by this machine's" in warning


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "Mon, 01 Jun 2026 12:00:00",
        "Mon, 01 Jun 2026 12:00:00 +0000",
        "Mon, 01 Jun 26 12:00:00 GMT",
        "Mon, 01 Foo 2026 12:00:00 GMT",
        "Mon, 31 Jun 2026 12:00:00 GMT",
        "Mon, 01 Jun 2026 25:00:00 GMT",
        "Mon, 01 Jun 0000 12:00:00 GMT",
        "Mon, ０１ Jun 2026 12:00:00 GMT",
        "Mon, 01 Jun 2026 12:00:00 GMT, Mon, 01 Jun 2026 12:00:00 GMT",
        "Mon, 01 Jun " + "9" * 10_000 + " 12:00:00 GMT",
    ],
)
def test_what_is_no_date_says_nothing(text: str) -> None:
    assert reading_of(Reply(200, {"Date": text}, b"", under_way=(0.0, 0.0))) is None


@pytest.mark.parametrize("age", ["1", "86400", "old", "0, 5"])
def test_what_a_cache_has_kept_says_nothing(age: str) -> None:
    assert reading_of(Reply(200, dated(NOW, Age=age), b"", under_way=(0.0, 0.0))) is None


def test_what_a_cache_has_just_had_is_the_tenants() -> None:
    told = reading_of(Reply(200, dated(NOW, Age="0"), b"", under_way=(5.0, 7.0)))
    assert told == Reading(NOW.timestamp() - 7.0, NOW.timestamp() + 1.0 - 5.0)


@pytest.mark.parametrize(
    "others",
    [
        response(404, {"messages": []}, dated(NOW)),
        response(200, None, dated(NOW), text="<html>"),
        response(200, None, dated(NOW), text=""),
        response(204, None, dated(NOW)),
        response(503, {"error": "x"}, dated(NOW)),
    ],
    ids=["error", "page", "nothing", "without a body", "gateway"],
)
def test_what_may_be_anybodys_answer_says_nothing(others: requests.Response) -> None:
    world = World(DAY)
    client, _transport = client_of(lambda request: others, world, access_token=TOKEN, retries=0)
    with contextlib.suppress(SailPointError):
        client.request("GET", "/x")
    assert client.now() == world.utc_now()
    assert client.warnings == []


# Whatever comes

HEADERS = st.dictionaries(
    st.sampled_from(["Date", "Age"]),
    st.one_of(
        st.text(),
        st.datetimes(timezones=st.just(timezone.utc)).map(lambda instant: format_datetime(instant, usegmt=True)),
        st.integers().map(str),
    ),
)
SECONDS = st.floats(0.0, 1e7)


@given(st.lists(st.tuples(HEADERS, SECONDS, SECONDS), max_size=8))
def test_no_header_breaks_it_or_takes_it_further_than_is_believed(
    answers: list[tuple[Mapping[str, str], float, float]],
) -> None:
    world, warned = World(), []
    clock = TenantClock(world, lambda message, about: warned.append((message, about)))
    for headers, sent, took in answers:
        clock.hear(Reply(200, headers, b"", under_way=(sent, sent + took)))
    assert abs(world.wrong(clock.now())) <= INCREDIBLE
    assert {about for _message, about in warned} <= {"the clock"}


OFFS = st.floats(-2 * INCREDIBLE, 2 * INCREDIBLE)


@given(st.lists(OFFS, max_size=5), OFFS)
def test_tasks_are_made_older_only_by_what_all_answers_say_and_two_at_least(offs: list[float], here: float) -> None:
    readings = [Reading(here + off, here + off + 1.0) for off in offs]
    off = seconds_off(readings, here)
    assert abs(off) <= INCREDIBLE and (off == 0.0 or abs(off) > TOLERATED)
    told = [one for one in (reading.off(here) for reading in readings) if abs(one) <= INCREDIBLE]
    if off > 0:
        assert len(told) >= 2 and off == min(told)
    assert off <= max(min(told, default=0.0), 0.0)


@given(st.floats(-300 * DAY, 300 * DAY), st.floats(0.0, 50.0), st.integers(2, 6))
def test_a_true_date_brings_any_machine_to_the_tenants_time(off: float, takes: float, times: int) -> None:
    world = World(off)
    client = client_that_asked(world, times, takes=takes)
    assert abs(world.wrong(client.now())) <= TOLERATED + takes + 1.0
