# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers that the role's variables do not have: ids of tasks, and how long to pause."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._durations import parse_duration
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.reading import check_ids
from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles.readers import as_interval, as_task_ids
from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles.reading import read
from hypothesis import given
from hypothesis import strategies as st

DEFAULTS = {"wait_for_tasks_timeout": "10m", "wait_for_tasks_interval": "10s", "wait_for_tasks_accepted": ["success"]}


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        (["a", " b ", None, ""], ["a", "b"]),
        ("a", ["a"]),
        ("a, b", ["a", "b"]),
        ("a\n\n b\n", ["a", "b"]),
        ("- a\n- b", ["a", "b"]),
        ('["a", "b"]', ["a", "b"]),
        ("[a, b]", ["a", "b"]),
        (7, ["7"]),
        (["a", 7, date(2026, 6, 1)], ["a", "7", "2026-06-01"]),
        ("...", ["..."]),
        ("../a", ["../a"]),  # one segment of a path, whatever it holds
        ([], []),
        ("[]", []),
        (" [ ] ", []),
        ("\n", []),
        ([None, " "], []),
        (None, []),
    ],
)
def test_ids_of_tasks_are_taken_in_the_ways_they_come(value: Any, ids: list[str]) -> None:
    assert as_task_ids("wait_for_tasks_ids", value) == ids


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (".", "'.' is not the id of a task"),
        (["a", ".."], "'..' is not the id of a task"),
        ("a, ..", "'..' is not the id of a task"),
        ("a\udcff", "'a\\udcff' holds bytes that are no UTF-8 text"),
        (True, "an item is true, not text"),
        (["a", False], "an item is false, not text"),
        ({"id": "a"}, "an item is a mapping, not text"),
        ([["a"]], "an item is a list, not text"),
        ([float("nan")], "an item is nan, not text"),
    ],
)
def test_what_is_the_id_of_no_task_is_an_error_that_names_the_variable(value: Any, problem: str) -> None:
    with pytest.raises(OptionError) as raised:
        as_task_ids("wait_for_tasks_ids", value)
    assert str(raised.value).startswith(f"wait_for_tasks_ids: {problem}")


@given(value=st.lists(st.text(st.characters(), max_size=4) | st.sampled_from([".", "..", "\udc80"]), max_size=3))
def test_what_is_taken_for_ids_the_module_takes_too(value: list[str]) -> None:
    """Else the module would refuse it under the name of its own option."""
    try:
        ids = as_task_ids("wait_for_tasks_ids", value)
    except OptionError as error:
        assert error.option == "wait_for_tasks_ids"
    else:
        assert check_ids("id", ids) == list(dict.fromkeys(ids))


@pytest.mark.parametrize("nothing", [None, "", " \n", [], "[]", " [ ] ", [None, " "], ["", ""]])
def test_to_wait_for_nothing_is_an_error(nothing: Any) -> None:
    with pytest.raises(OptionError, match="^wait_for_tasks_ids: it is missing or empty, and there is no default"):
        read("wait_for_tasks", {"wait_for_tasks_ids": nothing}, DEFAULTS)


@pytest.mark.parametrize(
    ("value", "interval"),
    [("10s", "10s"), (" 1m ", "1m"), ("1h30m", "1h30m"), (10, "10"), ("10", "10"), (0.5, "0.5"), ("0.001", "0.001")],
)
def test_a_pause_is_taken_in_the_ways_it_comes(value: Any, interval: str) -> None:
    assert as_interval("wait_for_tasks_interval", value) == interval


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (0, "0 would ask without a pause"),
        ("0", "0 would ask without a pause"),
        (0.0, "0 would ask without a pause"),
        ("0s", "0 would ask without a pause"),
        ("0h0m", "0 would ask without a pause"),
        (f"0.{'0' * 400}1", "0 would ask without a pause"),
        ("", "'' is not a duration"),
        (" ", "'' is not a duration"),
        ("10 s", "'10 s' is not a duration"),
        ("10x", "'10x' is not a duration"),
        ("10S", "'10S' is not a duration"),
        ("1.5m", "'1.5m' is not a duration"),
        (-1, "'-1' is not a duration"),
        (1e20, "'1e+20' is not a duration"),
        ("9" * 400 + "w", f"'{'9' * 400}w' is longer than a hundred years"),
        (True, "True is not text: YAML, and so AWX, takes the words yes, on and true for it"),
        (float("inf"), "inf is not text: YAML, and so AWX, takes the words .inf and .nan for it"),
        (None, "None is not text"),
        (["10s"], "['10s'] is not text"),
        ({"seconds": 10}, "{'seconds': 10} is not text"),
    ],
)
def test_what_is_no_pause_is_an_error_that_names_the_variable(value: Any, problem: str) -> None:
    with pytest.raises(OptionError) as raised:
        as_interval("wait_for_tasks_interval", value)
    assert str(raised.value).startswith(f"wait_for_tasks_interval: {problem}")


@given(value=st.text("0123456789.smhdw -", max_size=8) | st.floats() | st.integers())
def test_what_is_taken_for_a_pause_is_one(value: Any) -> None:
    try:
        interval = as_interval("wait_for_tasks_interval", value)
    except OptionError as error:
        assert error.option == "wait_for_tasks_interval"
    else:
        assert parse_duration("wait_interval", interval) > 0
