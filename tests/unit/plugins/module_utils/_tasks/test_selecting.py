# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._api.generations import GENERATIONS
from ansible_collections.idops.sailpoint.plugins.module_utils._api.task_status import Query
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.selecting import (
    Choice,
    Plan,
    Selection,
    choice_of,
    plan,
    selection_from,
)
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.vocabulary import CRITERIA
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils import grammar
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils._api.test_records import broken_tasks
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import task
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
IMPORT = {"uniqueName": "Cloud Entitlement Import"}
GROUPS, REFRESH = {"uniqueName": "Cloud Group Aggregation"}, {"uniqueName": "Identity Refresh"}
NAMELESS: dict[str, Any] = {"taskDefinitionSummary": None, "uniqueName": None, "launcher": None}
ALL = ("beta", "v2024", "v2025", "v2026", "v1")
OLD, LATER = ("beta", "v2024"), ("v2025", "v2026", "v1")
WITHOUT_LAUNCHER, WITH_LAUNCHER = ("beta", "v2024", "v2025"), ("v2026", "v1")


def plan_of(generation: str, sorters: str | None = None, **params: Any) -> Plan:
    return plan(selection_from(params), GENERATIONS[generation], sorters, NOW)


# generations, options, expression, number of predicates left to the client
EXPRESSIONS: list[tuple[tuple[str, ...], dict[str, Any], str, int]] = [
    (ALL, {}, "", 0),
    (ALL, {"pending": True}, "", 0),
    (ALL, {"completion_status": ["error"]}, 'completionStatus eq "Error"', 0),
    (
        ALL,
        {"completion_status": ["success", "warning", "error", "terminated", "temperror"]},
        'completionStatus in ("Success", "Warning", "Error", "Terminated", "TempError")',
        0,
    ),
    (ALL, {"type": ["CLOUD_ACCOUNT_AGGREGATION"]}, 'type eq "CLOUD_ACCOUNT_AGGREGATION"', 0),
    (ALL, {"type": ["cloud account aggregation"]}, 'type eq "CLOUD_ACCOUNT_AGGREGATION"', 0),
    (ALL, {"type": ["SOMETHING_newer"]}, 'type eq "SOMETHING_newer"', 0),
    (WITHOUT_LAUNCHER, {"type": ["IDENTITY_REFRESH"]}, "", 1),
    (WITHOUT_LAUNCHER, {"type": ["IDENTITY_REFRESH", "CLOUD_REFRESH_ROLE"]}, "", 1),
    (WITH_LAUNCHER, {"type": ["IDENTITY_REFRESH"]}, 'type eq "IDENTITY_REFRESH"', 0),
    (ALL, {"source_id": ["2c91"]}, 'sourceId eq "2c91"', 0),
    (ALL, {"source_id": ["a", 'b"']}, 'sourceId in ("a", "b\\"")', 0),
    (WITHOUT_LAUNCHER, {"launcher": ["ann"]}, "", 1),
    (WITH_LAUNCHER, {"launcher": ["ann"]}, 'launcher eq "ann"', 0),
    (ALL, {"filters": 'id eq "a" or id eq "b"'}, 'id eq "a" or id eq "b"', 0),
    (
        ALL,
        {"filters": ' id eq "a" or id eq "b" ', "completion_status": ["error"]},
        'completionStatus eq "Error" and (id eq "a" or id eq "b")',
        0,
    ),
    (ALL, {"older_than": "1d"}, "", 1),
    (ALL, {"older_than": "1d", "newer_than": "7d"}, "", 2),
    (
        WITH_LAUNCHER,
        {
            "completion_status": ["error"],
            "type": ["CLOUD_REFRESH_ROLE"],
            "source_id": ["s"],
            "launcher": ["ann", "bob"],
            "filters": 'id in ("x", "y")',
            "newer_than": "1h",
        },
        'completionStatus eq "Error" and type eq "CLOUD_REFRESH_ROLE" and sourceId eq "s" '
        'and launcher in ("ann", "bob") and (id in ("x", "y"))',
        1,
    ),
    # The list of pending tasks of these generations takes no filters.
    (OLD, {"pending": True, "type": ["CLOUD_REFRESH_ROLE"], "source_id": ["s"], "launcher": ["ann"]}, "", 3),
    (ALL, {"name": ["x"]}, "", 1),
    (ALL, {"name": ["x"], "exclude_name": ["y"]}, "", 2),
    (LATER, {"pending": True, "type": ["CLOUD_REFRESH_ROLE"]}, 'type eq "CLOUD_REFRESH_ROLE"', 0),
    (LATER, {"pending": True, "filters": 'id eq "a" or id eq "b"'}, '(id eq "a" or id eq "b")', 0),
    (ALL, {"exclude_source_id": ["s"]}, "", 1),
    # Of pending tasks the source is never the tenant's to judge: see plan().
    (LATER, {"pending": True, "source_id": ["s"]}, "", 1),
    (("v2025",), {"pending": True, "launcher": ["ann"], "source_id": ["s"]}, "", 2),
]


@pytest.mark.parametrize(
    ("generation", "params", "expression", "left"),
    [
        pytest.param(generation, params, expression, left, id=f"{generation}-{' '.join(params)}-{number}")
        for number, (generations, params, expression, left) in enumerate(EXPRESSIONS)
        for generation in generations
    ],
)
def test_what_the_tenant_selects_and_what_is_left_to_us(
    generation: str, params: dict[str, Any], expression: str, left: int
) -> None:
    result = plan_of(generation, **params)
    assert result.query == Query(params.get("pending", False), expression, None)
    assert len(result.choice.predicates) == left
    assert result.exact is (left == 0)
    if expression:
        grammar.parse(expression)


@pytest.mark.parametrize("generation", OLD)
def test_a_raw_filter_on_a_pending_list_that_takes_none_names_both_options(generation: str) -> None:
    with pytest.raises(OptionError, match=f"^filters: .*{generation}.*pending"):
        plan_of(generation, pending=True, filters='id eq "a"')


@pytest.mark.parametrize("generation", ALL)
def test_the_tenant_sorts_where_its_list_can(generation: str) -> None:
    assert plan_of(generation, "-created").query.sorters == "-created"
    pending = plan_of(generation, "created", pending=True).query.sorters
    assert pending == (None if generation in OLD else "created")


@pytest.mark.parametrize("value", ["QUARTZ", "quartz", "QPOC", "QUEUED_TASK", "queued task"])
def test_a_type_that_tasks_return_is_refused(value: str) -> None:
    with pytest.raises(OptionError, match="^type: "):
        selection_from({"type": [value]})


@pytest.mark.parametrize(
    ("params", "option"),
    [
        ({"pending": True, "completion_status": ["error"]}, "pending"),
        ({"type": [""]}, "type"),
        ({"source_id": ["a", " "]}, "source_id"),
        ({"launcher": [""]}, "launcher"),
        ({"filters": ""}, "filters"),
        ({"filters": 'id eq "a") or (id eq "b"'}, "filters"),
        ({"older_than": "yesterday"}, "older_than"),
        ({"older_than": "24"}, "older_than"),
        ({"newer_than": "3600"}, "newer_than"),
        ({"name": [""]}, "name"),
        ({"name": ["a", " "]}, "name"),
        ({"name": ["("]}, "name"),
        ({"exclude_name": [""]}, "exclude_name"),
        ({"exclude_name": ["pay{1", "2}roll"]}, "exclude_name"),
        ({"exclude_name": ["*payroll"]}, "exclude_name"),
        ({"exclude_source_id": [" "]}, "exclude_source_id"),
        ({"newer_than": ""}, "newer_than"),
    ],
)
def test_what_cannot_be_selected_is_an_error_of_its_option(params: dict[str, Any], option: str) -> None:
    with pytest.raises(OptionError) as caught:
        selection_from(params)
    assert caught.value.option == option


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"pending": True, "completion_status": ["error"]},
            "pending: a pending task has no completion status; leave out pending or completion_status.",
        ),
        ({"source_id": [""]}, "source_id: an empty value selects nothing; leave it out."),
        ({"name": [""]}, "name: an empty pattern is found in everything; leave it out."),
        (
            {"type": ["Quartz"]},
            "type: 'Quartz' is what tasks return, not what can be selected; give one such as "
            "CLOUD_ACCOUNT_AGGREGATION.",
        ),
        (
            {"name": ["pay{1"]},
            "name: 'pay{1' has a brace without its other half, as when text is split at a comma; give a list of "
            "patterns, and a brace itself as \\{.",
        ),
        ({"name": ["("]}, "name: '(' is not a regular expression (missing ), unterminated subpattern at position 0)."),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(params: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        selection_from(params)
    assert str(caught.value) == message


def test_a_filter_that_a_pending_list_does_not_take_is_told_with_what_to_do() -> None:
    with pytest.raises(OptionError) as caught:
        plan_of("v2024", pending=True, filters='id eq "a"')
    assert str(caught.value) == (
        "filters: the list of pending tasks takes none in v2024; leave out filters or pending, "
        "or set api_version to v2025 or later."
    )


@pytest.mark.parametrize("text", ["a\\{", "a\\}", "a{2}", "a{1}b{2}", "a\\{{2}"])
def test_braces_in_pairs_or_escaped_are_patterns(text: str) -> None:
    assert len(selection_from({"name": [text]}).criteria["name"]) == 1


def test_options_that_are_left_out_select_nothing_away() -> None:
    assert selection_from(dict.fromkeys(("pending", "filters", *CRITERIA))) == Selection()
    assert selection_from({name: [] for name, one in CRITERIA.items() if one.spec["type"] == "list"}) == Selection()
    assert selection_from({}) == Selection() == Selection(False, "", {})


def aged(seconds: float | None, **changes: Any) -> dict[str, Any]:
    launched = None if seconds is None else (NOW - timedelta(seconds=seconds)).isoformat()
    return task("t", launched=launched, **changes)


AGES = [(59, False, True), (60, True, False), (61, True, False), (-5, False, True)]


@pytest.mark.parametrize(("seconds", "older", "newer"), AGES)
def test_ages_count_from_the_launch(seconds: int, older: bool, newer: bool) -> None:
    assert plan_of("v2024", older_than="60s").choice.matches(aged(seconds)) is older
    assert plan_of("v2024", newer_than="60s").choice.matches(aged(seconds)) is newer


def test_without_a_launch_the_creation_counts_and_without_both_a_task_is_young() -> None:
    created = (NOW - timedelta(hours=2)).isoformat()
    assert plan_of("v2024", older_than="1h").choice.matches(aged(None, created=created))
    assert not plan_of("v2024", older_than="1h").choice.matches(aged(None, created=None))
    assert plan_of("v2024", newer_than="1h").choice.matches(aged(None, created=None))


SELECTED: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
    ({"type": ["cloud_account aggregation"]}, {}, True),
    ({"type": ["IDENTITY_REFRESH"]}, {"taskDefinitionSummary": {"uniqueName": "Identity Refresh"}}, True),
    ({"type": ["IDENTITY_REFRESH"]}, {"taskDefinitionSummary": None, "uniqueName": "identity refresh"}, True),
    ({"type": ["IDENTITY_REFRESH"]}, {"taskDefinitionSummary": None}, False),
    ({"type": ["IDENTITY_REFRESH"]}, {"type": "IDENTITY_REFRESH"}, False),
    ({"source_id": ["source-1"]}, {}, True),
    ({"source_id": ["source-1"]}, {"target": {"id": "source-1", "type": None}}, True),
    ({"source_id": ["source-1"]}, {"target": {"id": "source-1", "type": "IDENTITY"}}, False),
    ({"source_id": ["source-1"]}, {"target": None}, False),
    ({"source_id": ["source-1"]}, {"target": None, "attributes": {"appId": "source-1"}}, True),
    ({"source_id": [" source-1 "]}, {}, True),
    ({"source_id": ['["source-1"', ' "source-2"]']}, {}, True),
    ({"source_id": ["source-0\n\nsource-1"]}, {}, True),
    ({"launcher": ['["System"]']}, {}, True),
    ({"name": ["^HR"]}, {}, True),
    ({"name": ["(?i)hr \\[SOURCE"]}, {}, True),
    ({"name": ["Account"]}, {}, True),
    ({"name": ["Payroll"]}, {}, False),
    ({"name": ["Payroll", "^HR"]}, {}, True),
    ({"name": ["Aggregation.*HR"]}, {}, False),
    ({"name": ["[HX]"]}, {}, True),  # a set of characters, not a list of one text
    ({"name": ["Payroll"]}, {"target": None, "attributes": {"applications": "Payroll [source]"}}, True),
    ({"name": ["^HR"]}, {"target": {"id": "i", "type": "IDENTITY", "name": "HR"}}, False),
    ({"name": ["."]}, {"uniqueName": None, "target": None}, False),
    ({"exclude_name": ["(?i)^hr"]}, {}, False),
    ({"exclude_name": ["Payroll"]}, {}, True),
    ({"exclude_name": ["Group", "^HR"]}, {}, False),
    ({"exclude_name": ["Payroll"]}, {"target": None, "attributes": {"applications": "Payroll [source]"}}, False),
    ({"name": ["Account"], "exclude_name": ["HR"]}, {}, False),
    ({"exclude_source_id": ["source-1"]}, {}, False),
    ({"exclude_source_id": ["source-2"]}, {}, True),
    ({"exclude_source_id": ["source-1"]}, {"target": None, "attributes": {"appId": "source-1"}}, False),
    ({"exclude_source_id": ["source-2"]}, {"target": None}, False),
    ({"exclude_source_id": ["source-2"]}, {"target": None, "taskDefinitionSummary": GROUPS}, False),
    ({"exclude_source_id": ["source-2"]}, {"target": None, "taskDefinitionSummary": IMPORT}, False),
    ({"exclude_source_id": ["source-2"]}, {"target": None, "taskDefinitionSummary": REFRESH}, True),
    ({"exclude_source_id": ["source-2"]}, {**NAMELESS, "target": None}, False),
    ({"launcher": ["ann"]}, {"launcher": "ann"}, True),
    ({"launcher": ["ann"]}, {"launcher": "Ann"}, False),
    ({"launcher": ["ann"]}, {"launcher": None}, False),
    ({"launcher": ["ann"], "source_id": ["source-1"]}, {"launcher": "bob"}, False),
]


@pytest.mark.parametrize(("params", "changes", "wanted"), SELECTED)
def test_what_we_select_ourselves(params: dict[str, Any], changes: dict[str, Any], wanted: bool) -> None:
    one = task("t", **changes)
    assert plan_of("v2024", pending=True, **params).choice.matches(one) is wanted
    assert choice_of(selection_from({"pending": True, **params}), NOW).matches(one) is wanted


BY_STATUS: list[tuple[dict[str, Any], str | None, bool]] = [
    ({"pending": True}, None, True),
    ({"pending": True}, "ERROR", False),
    ({"completion_status": ["error"]}, "Error", True),
    ({"completion_status": ["error", "success"]}, "SUCCESS", True),
    ({"completion_status": ["error"]}, "SUCCESS", False),
    ({"completion_status": ["error"]}, None, False),
]


@pytest.mark.parametrize(("params", "status", "wanted"), BY_STATUS)
def test_tasks_known_by_id_are_selected_by_status_too(params: dict[str, Any], status: str | None, wanted: bool) -> None:
    assert choice_of(selection_from(params), NOW).matches(task("t", status)) is wanted


@pytest.mark.parametrize(
    ("params", "in_doubt"),
    [({}, True), ({"name": ["Account"]}, True), ({"name": ["Group"]}, False), ({"type": ["IDENTITY_REFRESH"]}, False)],
)
def test_what_is_left_out_in_doubt_is_only_what_else_would_be_wanted(params: dict[str, Any], in_doubt: bool) -> None:
    choice = choice_of(selection_from({"exclude_source_id": ["source-2"], **params}), NOW)
    assert choice.left_out_in_doubt(task("t", target=None)) is in_doubt
    assert not choice.matches(task("t", target=None))
    assert not choice.left_out_in_doubt(task("t"))
    assert not Choice().left_out_in_doubt(task("t", target=None))


@given(broken_tasks, st.sampled_from(ALL), st.lists(st.sampled_from([*CRITERIA]), unique=True))
def test_no_answer_breaks_the_selection(broken: dict[str, Any], generation: str, options: list[str]) -> None:
    values: dict[str, Any] = {name: ["error"] if one.spec["type"] == "list" else "1h" for name, one in CRITERIA.items()}
    params = {name: values[name] for name in options}
    pending = {**params, "pending": True, "completion_status": None}
    assert plan_of(generation, **pending).choice.matches(broken) in (True, False)
    choice = choice_of(selection_from(params), NOW)
    assert len(choice.predicates) == len(options)
    assert choice.matches(broken) in (True, False)
    assert choice.left_out_in_doubt(broken) in (True, False)


@pytest.mark.parametrize("option", CRITERIA)
def test_every_criterion_is_shown_to_select(option: str) -> None:
    """Each has a case above in which it takes a task and one in which it leaves it, whoever selects."""
    taken = {"older_than": {older for _age, older, _newer in AGES}, "newer_than": {newer for *_age, newer in AGES}}
    cases = [(params, wanted) for params, _what, wanted in (*SELECTED, *BY_STATUS)]
    taken.setdefault(option, {wanted for params, wanted in cases if [*params] == [option]})
    assert taken[option] == {True, False}
    # ... and one that says who selects by it.
    assert any(option in params for _generations, params, _expression, _left in EXPRESSIONS)


@given(
    st.lists(
        st.text(min_size=1).filter(
            lambda text: text == text.strip() and len(text.splitlines()) == 1 and text[0] != "["
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(WITH_LAUNCHER),
)
def test_values_of_any_text_reach_the_tenant_as_they_are(values: list[str], generation: str) -> None:
    query = plan_of(generation, launcher=values, source_id=values, filters='id eq "a" or id eq "b"').query
    left, raw = grammar.parse(query.filters)[1:]
    assert raw == ("or", ("eq", "id", "a"), ("eq", "id", "b"))
    for comparison, field in zip(left[1:], ("sourceId", "launcher")):
        assert comparison == (("eq", field, values[0]) if len(values) == 1 else ("in", field, tuple(values)))


def test_patterns_are_known_as_such() -> None:
    assert [name for name, one in CRITERIA.items() if one.has_patterns] == ["name", "exclude_name"]
