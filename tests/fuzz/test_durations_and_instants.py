# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is written for a duration or an instant: it is read as it is meant, or refused in one line."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.idops.sailpoint.plugins.module_utils import _durations, _instants
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError
from ansible_collections.idops.sailpoint.plugins.module_utils._http import retrying
from fuzz.conftest import Fuzz
from hypothesis import strategies as st

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_anything = st.one_of(
    st.text(max_size=20),
    st.text(alphabet="0123456789smhdw.+- eE_", max_size=20),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.lists(st.integers(), max_size=2),
)


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def test_any_duration_is_read_or_refused(fuzz: Fuzz) -> None:
    def target(value: Any) -> None:
        try:
            seconds = _durations.parse_duration("older_than", value)
        except OptionError as error:
            assert str(error).startswith("older_than: ") and str(error).endswith(".")
            return
        assert math.isfinite(seconds) and 0 <= seconds <= 100 * 366 * 86400
        shown = _durations.format_duration(seconds)
        # What is shown is the two largest units: never more, and short by less than the smaller of them.
        assert 0 <= seconds - _durations.parse_duration("older_than", shown) < _UNITS[shown[-1]]

    fuzz(target, _anything)


def test_a_sum_of_units_is_their_sum(fuzz: Fuzz) -> None:
    def target(parts: list[tuple[int, str]]) -> None:
        text = "".join(f"{number}{unit}" for number, unit in parts)
        expected = sum(number * _SECONDS[unit] for number, unit in parts)
        assert _durations.parse_duration("older_than", text) == expected

    fuzz(target, st.lists(st.tuples(st.integers(0, 999), st.sampled_from(sorted(_SECONDS))), min_size=1, max_size=5))


def test_any_instant_is_read_or_none(fuzz: Fuzz) -> None:
    def target(value: Any) -> None:
        instant = _instants.parse_instant(value)
        if instant is None:
            return
        assert instant.tzinfo is timezone.utc
        again = _instants.parse_instant(_instants.format_instant(instant))
        assert again is not None and timedelta(0) <= instant - again < timedelta(milliseconds=1)

    dates = st.text(alphabet="0123456789-:.,TtZz+ ", max_size=32)
    near = st.builds(
        lambda date, mark, time, zone: f"{date}{mark}{time}{zone}",
        st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True),
        st.sampled_from(["T", "t", " ", ""]),
        st.from_regex(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,12})?)?", fullmatch=True),
        st.sampled_from(["", "Z", "z", "+00:00", "-2359", "+14", "+99:99", " Z"]),
    )
    fuzz(target, st.one_of(_anything, dates, near))


def test_every_instant_is_read_as_it_is_meant(fuzz: Fuzz) -> None:
    def target(instant: datetime, minutes: int, digits: int) -> None:
        zone = timezone(timedelta(minutes=minutes))
        text = instant.replace(tzinfo=zone).isoformat(timespec="microseconds")
        wall, sign, offset = text[:-6], text[-6], text[-5:]
        text = wall[: len(wall) - 6 + digits].rstrip(".") + sign + offset
        there = _instants.parse_instant(text)
        assert there is not None
        expected = instant.replace(
            tzinfo=zone, microsecond=instant.microsecond // 10 ** (6 - digits) * 10 ** (6 - digits)
        )
        assert there == expected

    # Whole offsets only, away from the ends of the calendar.
    instants = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1))
    fuzz(target, instants, st.integers(-14 * 60, 14 * 60), st.integers(0, 6))


def test_any_retry_after_is_a_bounded_wait(fuzz: Fuzz) -> None:
    def target(text: str | None, failures: int) -> None:
        assert 0.25 <= retrying.delay(failures, retrying.asked_for(text)) <= 60.25

    near = st.text(alphabet="0123456789.-+:, GMTFriDec", max_size=30)
    fuzz(target, st.one_of(st.none(), st.text(max_size=30), near), st.sampled_from([0, 1, 3, 10, 10_000]))
