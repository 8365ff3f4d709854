# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.idops.sailpoint.plugins.filter.role_variables import role_variables
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.outcomes import OUTCOMES
from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles.reading import read
from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles.table import ROLES, STATISTICS
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).absolute().parents[4]
BY_ROLE = ("clear_pending_tasks", "task_report")
REQUIRED = {"clear_pending_tasks": {}, "task_report": {"task_report_dir": "/tmp"}}
CLEAR = "clear_pending_tasks"


def of(role: str, name: str) -> Any:
    return yaml.safe_load((ROOT / "roles" / role / name).read_text(encoding="utf-8"))


def defaults(role: str) -> dict[str, Any]:
    loaded: dict[str, Any] = of(role, "defaults/main.yml")
    return loaded


def values(role: str = CLEAR, **variables: Any) -> dict[str, Any]:
    given_ = {**REQUIRED[role], **{f"{role}_{name}": value for name, value in variables.items()}}
    return read(role, given_, defaults(role))


@pytest.mark.parametrize("role", BY_ROLE)
def test_one_set_of_variables_is_in_the_table_the_defaults_the_specification_and_the_readme(role: str) -> None:
    names = {f"{role}_{short}" for short in ROLES[role].readers}
    specified = of(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert set(specified) == names
    required = {f"{role}_{short}" for short in ROLES[role].required}
    optional = {f"{role}_{short}" for short in ROLES[role].optional}
    assert set(defaults(role)) == names - required - optional
    assert {name: one["default"] for name, one in specified.items() if "default" in one} == defaults(role)
    assert {name for name, one in specified.items() if one.get("required")} == required
    # Anything else would have Ansible refuse what is empty before the role reads it.
    assert {one["type"] for one in specified.values()} == {"raw"}
    readme = (ROOT / "roles" / role / "README.md").read_text(encoding="utf-8")
    assert [line.split("`")[1] for line in readme.splitlines() if line.startswith(f"| `{role}_")] == list(specified)


@pytest.mark.parametrize("role", BY_ROLE)
def test_defaults_are_read_as_they_are(role: str) -> None:
    for name, value in defaults(role).items():
        read_value = values(role)[name.removeprefix(f"{role}_")]
        assert read_value == value and type(read_value) is type(value)


@pytest.mark.parametrize("empty", [None, "", "  ", "\n", [], [""], [None, " "], ()])
@pytest.mark.parametrize("role", BY_ROLE)
def test_what_is_null_or_blank_counts_as_not_given(role: str, empty: object) -> None:
    for short in set(ROLES[role].readers) - ROLES[role].required - ROLES[role].optional:
        assert values(role, **{short: empty}) == values(role)
    for short in ROLES[role].required:
        with pytest.raises(OptionError, match=f"^{role}_{short}: it is missing or empty"):
            values(role, **{short: empty})


@pytest.mark.parametrize("nothing", [None, "", " \n "])
def test_ids_that_are_not_given_are_all(nothing: object) -> None:
    assert values()["ids"] is None
    assert values(ids=nothing) == values()


@pytest.mark.parametrize("none", [[], (), "[]", " [ ] ", [""], [None], [" "]])
def test_an_approval_that_has_seen_nothing_clears_nothing(none: object) -> None:
    assert values(ids=none)["ids"] == []


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"max_tasks": "50"}, 50),
        ({"max_tasks": 50.0}, 50),
        ({"max_tasks": 0}, 0),
        ({"max_fraction": "0.5"}, 0.5),
        ({"max_fraction": 1}, 1.0),
        ({"max_fraction_above": "25"}, 25),
        ({"observe": " 2m "}, "2m"),
        ({"observe": 45}, "45"),
        ({"observe": 0}, "0"),
        ({"ids": ["a", " b ", None]}, ["a", "b"]),
        ({"ids": "a\nb"}, ["a", "b"]),
        ({"precondition": "yes"}, True),
        ({"precondition": 1}, True),
        ({"fail_on_error": "False"}, False),
        ({"older_than": " 7d "}, "7d"),
        ({"older_than": 0}, "0"),
        ({"types": "A, B"}, ["A", "B"]),
        ({"launchers": '["X"]'}, ["X"]),
        ({"names": "a{1,2}"}, ["a{1,2}"]),
        ({"exclude_names": "a\n\nb\n"}, ["a", "b"]),
        ({"exclude_names": 2024}, ["2024"]),
        ({"completion_status": "Success"}, "success"),
        ({"report_formats": "HTML,csv"}, ["html", "csv"]),
        ({"report_dir": 2024}, "2024"),
    ],
)
def test_values_are_taken_in_the_ways_they_come(variables: dict[str, Any], expected: object) -> None:
    (short,) = variables
    found = values(**variables)[short]
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({"older_than": 24}, "'24' has no unit; write 24h for hours, 24s for seconds"),
        ({"older_than": True}, "True is not text"),
        ({"older_than": "yesterday"}, "'yesterday' is not an age"),
        ({"max_tasks": "many"}, "'many' is not a number"),
        ({"max_tasks": -1}, "-1 is out of range"),
        ({"max_tasks": 1.5}, "1.5 is not a whole number"),
        ({"max_tasks": "nan"}, "nan is out of range"),
        ({"max_tasks": True}, "True is not a number"),
        ({"max_tasks": [5]}, r"\[5\] is not a number"),
        ({"max_fraction_above": 0.5}, "0.5 is not a whole number"),
        ({"observe": "a while"}, "'a while' is not a duration"),
        ({"observe": True}, "True is not text"),
        ({"ids": {"id": "a"}}, "an item is a mapping, not text"),
        ({"ids": False}, "an item is false, not text"),
        ({"max_fraction": 50}, "50 is out of range"),
        ({"max_fraction": "50%"}, "'50%' is not a number"),
        ({"max_fraction": "inf"}, "inf is out of range"),
        ({"precondition": "maybe"}, "'maybe' is neither true nor false"),
        ({"names": ["("]}, r"'\(' is not a regular expression"),
        ({"exclude_names": True}, "an item is true, not text"),
        ({"exclude_names": {"a": 1}}, "an item is a mapping, not text"),
        ({"completion_status": "done"}, "'done' is not one of success, warning"),
        ({"report_formats": ["pdf"]}, "'pdf' is not one of html"),
        ({"report_dir": ["/tmp"]}, r"\['/tmp'\] is not text"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_names_the_variable(variables: dict[str, Any], problem: str) -> None:
    (short,) = variables
    with pytest.raises(OptionError, match=f"^clear_pending_tasks_{short}: {problem}"):
        values(**variables)
    told = role_variables({f"{CLEAR}_{short}": variables[short]}, CLEAR, defaults(CLEAR))
    assert list(told) == ["problem"] and told["problem"].startswith(f"clear_pending_tasks_{short}: ")


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=4,
)


@given(st.sampled_from(sorted(ROLES[CLEAR].readers)), anything)
def test_nothing_that_is_given_is_taken_for_no_limit(short: str, value: Any) -> None:
    try:
        found = values(**{short: value})
    except OptionError as error:
        assert str(error).startswith(f"clear_pending_tasks_{short}: ")
        return
    usual = values()
    assert {name: one for name, one in found.items() if name != short} == {
        name: one for name, one in usual.items() if name != short
    }
    if short not in ROLES[CLEAR].optional:
        assert type(found[short]) is type(usual[short])
    else:
        is_blank = value is None or (isinstance(value, str) and not value.strip())
        assert (found[short] is None) == is_blank
    assert found["older_than"] is not None and 0 <= found["max_fraction"] <= 1 and found["max_tasks"] >= 0


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("clear_pending_tasks_exclude_name", "clear_pending_tasks_exclude_names"),
        ("clear_pending_task_max_tasks", "clear_pending_tasks_max_tasks"),
        ("clear_pending_tasks_oldr_than", "clear_pending_tasks_older_than"),
        ("clear_pending_task_result", "clear_pending_tasks_"),
        ("clear_pending_tasks_", "clear_pending_tasks_"),
    ],
)
def test_a_name_that_is_not_known_names_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(
        OptionError, match=f"^{name}: there is no such variable, so nothing was done; the nearest is {nearest}"
    ):
        read(CLEAR, {name: None}, defaults(CLEAR))


@pytest.mark.parametrize(
    ("short", "instead"), [("include_names", "clear_pending_tasks_names"), ("batch_size", "one call")]
)
def test_a_variable_that_is_gone_names_what_to_do_instead(short: str, instead: str) -> None:
    with pytest.raises(
        OptionError, match=f"^clear_pending_tasks_{short}: there is no such variable any more; .*{instead}"
    ):
        values(**{short: ["x"]})


def test_what_the_roles_set_themselves_is_no_mistake() -> None:
    """AWX gives what a job of a workflow has set by set_stats to the jobs after it, as variables."""
    names = ["pending_before", "selected", *OUTCOMES, "pending_after", "tenants", "tenants_failed"]
    assert set(names) == set(STATISTICS)
    for count in (3, "3", 0, None):
        assert values(**dict.fromkeys(names, count)) == values()
    for name in names:
        for meant in (["t01"], "24h", True, "no"):
            with pytest.raises(OptionError, match=f"^clear_pending_tasks_{name}: there is no such variable"):
                values(**{name: meant})


def test_what_a_check_hands_on_is_no_mistake_in_the_job_after_it() -> None:
    for message in (["acme: 3 pending"], "acme: 3 pending", None, [], 2024, True):
        assert values(message=message) == values()
    assert values(ids=["t01"], message=["a"])["ids"] == ["t01"]


DIGITS = "12345678901234567890123456789012"
A_DAY = date(2024, 5, 17)


@pytest.mark.parametrize(
    ("role", "short", "value", "expected"),
    [
        (CLEAR, "ids", int(DIGITS), [DIGITS]),
        (CLEAR, "ids", [int(DIGITS), None, "a"], [DIGITS, "a"]),
        (CLEAR, "ids", [None], []),
        (CLEAR, "names", 2024, ["2024"]),
        (CLEAR, "exclude_names", A_DAY, ["2024-05-17"]),
        (CLEAR, "launchers", [A_DAY, 2.5], ["2024-05-17", "2.5"]),
        (CLEAR, "types", 0, ["0"]),
        (CLEAR, "observe", 30, "30"),
        (CLEAR, "report_dir", A_DAY, "2024-05-17"),
        ("task_report", "title", 2024, "2024"),
        ("task_report", "title", A_DAY, "2024-05-17"),
        ("task_report", "title", True, "true"),
        ("task_report", "title", False, "false"),
        ("task_report", "title", datetime(2024, 5, 17, 10), "2024-05-17 10:00:00"),
        ("task_report", "title", float("inf"), "inf"),
    ],
)
def test_what_yaml_has_made_of_text_is_text_again(role: str, short: str, value: object, expected: object) -> None:
    found = values(role, **{short: value})[short]
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize("short", ["ids", "types", "source_ids", "launchers", "names", "exclude_names"])
@pytest.mark.parametrize(
    ("value", "told"),
    [
        (True, ("true", "the words yes, on and true", "yes")),
        (False, ("false", "the words no, off and false", "no")),
        (datetime(2024, 5, 17, 10), ("2024-05-17 10:00:00", "what looks like a date and time", "2024-05-17 10:00:00")),
        (float("nan"), ("nan", "the words .inf and .nan", "nan")),
    ],
)
def test_a_word_that_yaml_takes_for_something_else_is_not_guessed_at(
    short: str, value: object, told: tuple[str, str, str]
) -> None:
    shown, of, example = told
    for given_ in (value, ["a", value]):
        with pytest.raises(OptionError) as caught:
            values(**{short: given_})
        assert str(caught.value) == (
            f"{CLEAR}_{short}: an item is {shown}, not text: YAML, and so AWX, takes {of} for it; "
            f'write it as a list with quotes, such as ["{example}"].'
        )
    assert values(**{short: f'["{example}"]'})[short] == [example]


@pytest.mark.parametrize(
    ("short", "value", "instead"),
    [
        ("older_than", True, "24h"),
        ("completion_status", False, "success"),
        ("report_dir", True, "./yes"),
        ("report_dir", False, "./no"),
        ("report_dir", datetime(2024, 5, 17), "./reports"),
    ],
)
def test_a_word_where_there_is_one_says_what_to_write_instead(short: str, value: object, instead: str) -> None:
    problem = rf"^{CLEAR}_{short}: {value} is not text: YAML, and so AWX, takes .* for it; write it otherwise, such as "
    with pytest.raises(OptionError, match=problem) as caught:
        values(**{short: value})
    assert str(caught.value).endswith(f", such as {instead}.")


def test_what_a_rulebook_was_given_and_does_not_know_is_an_error_too() -> None:
    assert values(others="") == values() == values(others=[])
    with pytest.raises(OptionError, match="^clear_pending_tasks_exclude_name: .* is clear_pending_tasks_exclude_names"):
        values(others="clear_pending_tasks_exclude_name")
    with pytest.raises(OptionError, match="^clear_pending_tasks_include_names: there is no such variable any more"):
        values(others=["clear_pending_tasks_include_names", "clear_pending_tasks_x"])
