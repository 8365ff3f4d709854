# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._lists import items_of, lines_of
from hypothesis import given
from hypothesis import strategies as st

lines = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1).map(str.strip).filter(bool)


@pytest.mark.parametrize(
    ("value", "items"),
    [
        (None, []),
        ("", []),
        (" \n \n", []),
        ([], []),
        (["", None, " "], []),
        ([" a ", "b"], ["a", "b"]),
        (("a",), ["a"]),
        ("a", ["a"]),
        ("a\nb", ["a", "b"]),
        ("a\r\n\r\n b \n", ["a", "b"]),
        ("a,b", ["a", "b"]),
        ("a, b,", ["a", "b"]),
        ('["X"]', ["X"]),
        (' ["X", "Y, Z"] ', ["X", "Y, Z"]),
        ("['X', 'Y']", ["X", "Y"]),
        ("[]", []),
        (2024, ["2024"]),
        ([1, "2"], ["1", "2"]),
        ("- a\n- b", ["a", "b"]),
        ("- a", ["a"]),
    ],
)
def test_a_list_is_given_in_many_ways(value: object, items: list[str]) -> None:
    assert items_of(value) == items
    assert items_of(value, patterns=True) == items


@pytest.mark.parametrize(
    ("text", "words", "patterns"),
    [
        ("pay{1,2}roll", ["pay{1", "2}roll"], ["pay{1,2}roll"]),
        ("Payroll,HR", ["Payroll", "HR"], ["Payroll", "HR"]),
        ("a,b\nc", ["a,b", "c"], ["a,b", "c"]),
        ("[1]", ["1"], ["[1]"]),
        ("[a-z]", ["a-z"], ["[a-z]"]),
    ],
)
def test_a_pattern_is_not_cut_at_a_comma_of_its_own(text: str, words: list[str], patterns: list[str]) -> None:
    assert items_of(text) == words
    assert items_of(text, patterns=True) == patterns


def test_a_list_without_quotes_is_one_of_words() -> None:
    assert items_of("[2c91, 2c92]") == ["2c91", "2c92"]
    assert items_of("[John Doe]") == ["John Doe"]


@pytest.mark.parametrize("text", ["Payroll EU, Workday", "^Payroll,^Workday", "Payroll.*,HR", "[a,b]", "(?i)a,(?i)b"])
def test_commas_between_patterns_are_not_guessed_at(text: str) -> None:
    """Taken as one pattern it would be found in nothing, and an exclusion would protect nothing."""
    with pytest.raises(ValueError, match="may be one pattern or several; give a list, or one pattern a line"):
        items_of(text, patterns=True)
    assert items_of([text], patterns=True) == [text]
    assert items_of(f"{text}\nx", patterns=True) == [text, "x"]


@pytest.mark.parametrize("value", [True, False, {}, {"a": 1}, [["a"]], [True], [{"id": "a"}], '[["a"]]', "[true]"])
def test_what_no_text_was_meant_by_is_an_error(value: object) -> None:
    with pytest.raises(ValueError, match="not text"):
        items_of(value)


@pytest.mark.parametrize(
    ("values", "items"),
    [
        ([], []),
        (["a", " b "], ["a", "b"]),
        ([""], [""]),
        (["a", " "], ["a", ""]),
        (["a\n\nb\n"], ["a", "b"]),
        (['["a"', ' "b"]'], ["a", "b"]),
        (['["a"]'], ["a"]),
        (["[2c91", " 2c92]"], ["2c91", "2c92"]),
        (["- a\n- b"], ["a", "b"]),
        (["- a"], ["- a"]),
    ],
)
def test_what_ansible_has_split_is_put_together_again(values: list[str], items: list[str]) -> None:
    assert lines_of(values) == items


@pytest.mark.parametrize(
    ("values", "items"),
    [
        (["[0-9]", "[1]"], ["[0-9]", "[1]"]),
        (["[a", "b]"], ["[a", "b]"]),
        (['["a"', ' "b,c"]'], ["a", "b,c"]),
        (["[1]"], ["[1]"]),
    ],
)
def test_patterns_in_brackets_are_a_list_where_they_have_quotes_only(values: list[str], items: list[str]) -> None:
    assert lines_of(values, patterns=True) == items


@given(st.lists(lines, max_size=5))
def test_a_list_its_json_and_its_lines_are_the_same(values: list[str]) -> None:
    assert items_of(values) == values
    assert items_of(values, patterns=True) == values
    assert items_of(json.dumps(values), patterns=True) == values
    if len(values) > 1 and not values[0].startswith(("[", "-")):
        assert items_of("\n".join(values), patterns=True) == values


@given(st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.text()), st.lists, max_leaves=4))
def test_nothing_but_nothing_becomes_nothing(value: Any) -> None:
    try:
        items = items_of(value, patterns=True)
    except ValueError:
        return
    assert all(item == item.strip() and item for item in items)
    if isinstance(value, str) and value.strip(" \t\n,[]"):
        assert items or not value.strip().strip("[]").strip()
