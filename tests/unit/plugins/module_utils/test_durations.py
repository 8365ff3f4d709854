# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._durations import (
    format_duration,
    parse_age,
    parse_duration,
)
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError
from hypothesis import given
from hypothesis import strategies as st

SECONDS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
HUNDRED_YEARS = 100 * 366 * 86400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("24h", 86400),
        ("7d", 604800),
        ("2w", 1209600),
        ("1d12h", 129600),
        ("1h30m15s", 5415),
        ("0", 0),
        ("0s", 0),
        ("300", 300),
        ("1.5", 1.5),
        (" 10m ", 600),
        (300, 300),
        (2.5, 2.5),
    ],
)
def test_every_documented_notation_is_read(text: object, seconds: float) -> None:
    assert parse_duration("older_than", text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "h",
        ".",
        "-1",
        "-5m",
        "1y",
        "5 m",
        "1h-5m",
        "10M",
        "1.5h",
        "1e3",
        "nan",
        "inf",
        "+5",
        "٣m",
        "²s",
        "1:30",
    ],
)
def test_anything_else_is_refused_by_the_options_name(text: str) -> None:
    with pytest.raises(OptionError, match=r"^wait_timeout: .+\.$"):
        parse_duration("wait_timeout", text)


@pytest.mark.parametrize("value", [True, None, [], {}, object()])
def test_what_is_no_text_and_no_number_is_refused(value: object) -> None:
    with pytest.raises(OptionError, match="older_than"):
        parse_duration("older_than", value)


@pytest.mark.parametrize("text", ["101w" * 60, "9" * 400, "9" * 400 + "s", "9" * 5000 + "w", "9" * 5000, "36601d"])
def test_more_than_a_hundred_years_is_refused_whatever_its_length(text: str) -> None:
    with pytest.raises(OptionError, match="hundred years"):
        parse_duration("older_than", text)


@given(st.lists(st.tuples(st.integers(0, 999), st.sampled_from("wdhms")), min_size=1, max_size=6))
def test_a_sum_is_the_sum_of_its_parts(parts: list[tuple[int, str]]) -> None:
    text = "".join(f"{number}{unit}" for number, unit in parts)
    wanted = sum(number * SECONDS[unit] for number, unit in parts)
    if wanted <= HUNDRED_YEARS:
        assert parse_duration("older_than", text) == wanted


@given(st.one_of(st.text(max_size=30), st.text(alphabet="0123456789smhdw.", max_size=30)))
def test_any_text_is_a_duration_or_an_error_of_the_option(text: str) -> None:
    try:
        seconds = parse_duration("older_than", text)
    except OptionError as error:
        assert error.option == "older_than"
    else:
        assert 0 <= seconds <= HUNDRED_YEARS


@given(st.integers(0, HUNDRED_YEARS))
def test_what_is_shown_can_be_given_and_names_the_two_largest_units(seconds: int) -> None:
    shown = format_duration(seconds)
    read = parse_duration("wait_timeout", shown)
    assert read <= seconds
    assert sum(letter in SECONDS for letter in shown) <= 2
    largest = next(unit for unit in SECONDS if seconds >= SECONDS[unit] or unit == "s")
    assert shown.endswith(largest) or largest in shown
    assert seconds - read < SECONDS[largest]


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0s"), (0.9, "0s"), (59, "59s"), (250, "4m10s"), (90061, "1d1h"), (604800, "1w")]
)
def test_durations_are_shown_like_they_are_written(seconds: float, shown: str) -> None:
    assert format_duration(seconds) == shown


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("1d12h", 129600), ("0", 0), (0, 0), (" 0 ", 0), ("0s", 0)])
def test_an_age_has_a_unit_or_is_nothing(text: object, seconds: float) -> None:
    assert parse_age("older_than", text) == seconds


@pytest.mark.parametrize("number", ["24", 24, " 24 ", "1"])
def test_an_age_without_a_unit_offers_what_it_may_have_meant(number: object) -> None:
    text = str(number).strip()
    with pytest.raises(OptionError, match=rf"^older_than: '{text}' has no unit; write {text}h for hours, {text}s for"):
        parse_age("older_than", number)


@pytest.mark.parametrize("text", ["1.5", "", "yesterday", "-24", "24H", True, False, None, "200y", "99999999999w"])
def test_what_is_no_age_is_an_error(text: object) -> None:
    with pytest.raises(OptionError, match="^older_than: "):
        parse_age("older_than", text)
