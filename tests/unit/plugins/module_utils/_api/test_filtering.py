# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._api import filtering
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils import grammar
from hypothesis import given
from hypothesis import strategies as st

nasty = st.text(alphabet=st.sampled_from("ab \"\\()',\n\t and or not in eq%&#é€\x00"), max_size=20)
values = st.one_of(st.text(max_size=20), nasty)
literals = values.map(filtering.quote)
comparisons = st.one_of(
    st.tuples(st.sampled_from(["id", "type"]), st.lists(values, min_size=1, max_size=4)).map(
        lambda pair: filtering.equals_any(*pair)
    ),
    st.just("completionStatus isnull"),
)
expressions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"not ({text})"),
    ),
    max_leaves=8,
)


@given(values)
def test_what_was_quoted_is_read_back(value: str) -> None:
    assert grammar.parse(filtering.equals_any("id", [value])) == ("eq", "id", value)


@given(st.lists(values, min_size=2, max_size=8))
def test_lists_of_what_was_quoted_are_read_back(several: list[str]) -> None:
    assert grammar.parse(filtering.equals_any("sourceId", several)) == ("in", "sourceId", tuple(several))


def test_the_documented_forms() -> None:
    assert filtering.equals_any("type", ["a"]) == 'type eq "a"'
    assert filtering.equals_any("type", ["a", 'b"\\']) == 'type in ("a", "b\\"\\\\")'
    assert filtering.is_null("completionStatus") == "completionStatus isnull"
    assert filtering.all_of(["a isnull", "b isnull"]) == "a isnull and b isnull"
    assert filtering.all_of([]) == ""


@given(expressions, st.sampled_from(["", " ", "\n"]))
def test_every_expression_of_the_grammar_passes_stripped(expression: str, blank: str) -> None:
    checked = filtering.check_expression("filters", blank + expression + blank)
    assert checked == (blank + expression + blank).strip()


@given(st.one_of(expressions, nasty, st.text(max_size=30), st.text(alphabet='ab()"\\ ', max_size=12)))
def test_parentheses_around_what_passes_hold_all_of_it(expression: str) -> None:
    try:
        checked = filtering.check_expression("filters", expression)
    except OptionError as error:
        assert error.option == "filters"
        return
    assert _depths_outside_strings(f"({checked})")[:-1].count(0) == 0
    assert _depths_outside_strings(f"({checked})")[-1] == 0


def _depths_outside_strings(text: str) -> list[int]:
    """Return the depth of parentheses after each character; a string that stays open counts as one deeper."""
    depths, depth, quoted, escaped = [], 0, False, False
    for character in text:
        if escaped:
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(character, 0)
        depths.append(depth + quoted)
    return depths


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ('id eq "a', "double quote open"),
        ('id eq "a\\"', "double quote open"),
        ('"', "double quote open"),
        ('(id eq "a"', "parenthesis open"),
        ('id eq "a")', "not opened"),
        ('id eq "a") or (id eq "b"', "not opened"),
        (")(", "not opened"),
    ],
)
def test_what_parentheses_would_not_hold_is_refused(expression: str, problem: str) -> None:
    with pytest.raises(OptionError, match=problem):
        filtering.check_expression("filters", expression)


@pytest.mark.parametrize("expression", ['id eq ")("', 'id eq "\\")"', '((id eq "a"))', 'name co "(" and (x eq ")")'])
def test_parentheses_in_strings_do_not_count(expression: str) -> None:
    assert filtering.check_expression("filters", expression) == expression
