# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError
from ansible_collections.idops.sailpoint.plugins.module_utils._instants import (
    format_instant,
    parse_instant,
    parse_instant_option,
)
from hypothesis import given
from hypothesis import strategies as st

INSTANT = datetime(2020, 7, 11, 21, 23, 15, tzinfo=timezone.utc)

instants = st.datetimes(
    min_value=datetime(1000, 1, 2), max_value=datetime(9998, 12, 30), timezones=st.just(timezone.utc)
)
offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59)


@pytest.mark.parametrize(
    "text",
    [
        "2020-07-11T21:23:15.000Z",
        "2020-07-11T21:23:15Z",
        "2020-07-11T21:23:15.000+00:00",
        "2020-07-11T21:23:15+0000",
        "2020-07-11 21:23:15.000Z",
        "2020-07-11 21:23:15.0+00:00",
        "2020-07-11T23:23:15+02:00",
        "2020-07-11T23:23:15+02",
        "2020-07-11T16:53:15.000000-04:30",
        "2020-07-11t21:23:15z",
        "2020-07-11T21:23:15,000Z",
        "2020-07-11T21:23:15.000000000Z",
        " 2020-07-11T21:23:15.000Z ",
    ],
)
def test_every_notation_seen_in_answers_is_the_same_instant(text: str) -> None:
    assert parse_instant(text) == INSTANT
    assert parse_instant_option("completed", text) == INSTANT


@pytest.mark.parametrize("text", ["2020-07-11T21:23:15.000", "2020-07-11 21:23:15", "2020-07-11T21:23:15"])
def test_without_a_zone_an_answer_is_utc_and_an_option_is_refused(text: str) -> None:
    assert parse_instant(text) == INSTANT
    with pytest.raises(OptionError, match=r"^completed: .*time zone"):
        parse_instant_option("completed", text)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "yesterday",
        "2020-07-11",
        "2020-13-11T21:23:15Z",
        "2020-02-30T21:23:15Z",
        "2020-07-11T25:23:15Z",
        "2020-07-11T21:23:15+99:00",
        "2020-07-11T21:23:15+02:75",
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-23:00",
        "２０２０-07-11T21:23:15Z",
        "2020-07-11T21:23:15Z\x00",
    ],
)
def test_what_is_no_instant_is_none_in_an_answer_and_an_error_in_an_option(value: str | None) -> None:
    assert parse_instant(value) is None
    with pytest.raises(OptionError, match=r"^completed: .* is not an ISO 8601 instant"):
        parse_instant_option("completed", value or "")


def test_a_number_is_milliseconds_since_1970() -> None:
    assert parse_instant(1594502595000) == INSTANT
    assert parse_instant(1594502595250.0) == INSTANT + timedelta(milliseconds=250)


# Seconds would be read as a day in January 1970, and make a task older than any other.
@pytest.mark.parametrize("value", [0, 1594502595, -1594502595000, 10**20, float("nan"), float("inf"), 1.5, True])
def test_a_number_that_cannot_be_that_is_no_instant(value: float) -> None:
    assert parse_instant(value) is None


@pytest.mark.parametrize("value", [[], {}, b"2020-07-11T21:23:15Z"])
def test_values_that_are_no_text_are_none(value: object) -> None:
    assert parse_instant(value) is None


@given(st.one_of(st.text(max_size=40), st.none(), st.integers(), st.binary(max_size=10)))
def test_nothing_that_a_tenant_answers_breaks_the_parser(value: object) -> None:
    instant = parse_instant(value)
    assert instant is None or instant.tzinfo is timezone.utc


@given(instants)
def test_what_is_sent_is_read_back_to_the_millisecond(instant: datetime) -> None:
    text = format_instant(instant)
    assert text.endswith("Z") and len(text) == len("2024-05-17T19:33:16.470Z")
    read = parse_instant(text)
    assert read is not None and timedelta(0) <= instant - read < timedelta(milliseconds=1)
    assert format_instant(read) == text


@given(instants, offsets, st.sampled_from("T "), st.booleans())
def test_any_offset_names_the_same_instant(instant: datetime, minutes: int, separator: str, colon: bool) -> None:
    zone = timezone(timedelta(minutes=minutes))
    text = instant.astimezone(zone).isoformat(sep=separator)
    if not colon:
        text = text[:-3] + text[-2:]
    assert parse_instant(text) == instant
    assert parse_instant_option("completed", text) == instant


@given(instants, st.integers(0, 12))
def test_fractions_of_any_length_are_read(instant: datetime, digits: int) -> None:
    fraction = f"{instant.microsecond:06d}".ljust(12, "0")[:digits]
    text = instant.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + (f".{fraction}" if digits else "") + "Z"
    wanted = instant.replace(microsecond=int(fraction[:6].ljust(6, "0")) if digits else 0)
    assert parse_instant(text) == wanted


def test_an_instant_is_sent_as_the_api_documents_it() -> None:
    assert format_instant(datetime(2024, 5, 17, 21, 33, 16, 470999, timezone(timedelta(hours=2)))) == (
        "2024-05-17T19:33:16.470Z"
    )
