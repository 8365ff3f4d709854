# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter grammar, against an oracle written in plain Python."""

from __future__ import annotations

from typing import Any

import pytest
from simulator import filters
from simulator.generations import GENERATIONS
from simulator.store import Record

SOURCE = "2c9180835d191a86015d28455b4a2329"


def task(**values: Any) -> Record:
    full: dict[str, Any] = {"id": "a", "completionStatus": None, "launcher": "sweep", "target": None, **values}
    return Record(full["id"], full, (0, 0, full["id"]), False)


def matches(text: str, record: Record, generation: str = "v1") -> bool:
    return filters.parse(text, GENERATIONS[generation]).matches(record)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('id eq "a"', True),
        ('id eq "b"', False),
        ('id in ("b", "a")', True),
        ('id in("b","c")', False),
        ('completionStatus eq "error"', True),
        ('completionStatus eq "Error"', True),
        ('completionStatus in ("SUCCESS", "ERROR")', True),
        ("completionStatus isnull", False),
        ("not completionStatus isnull", True),
        ("not not completionStatus isnull", False),
        (f'sourceId eq "{SOURCE}"', True),
        ('launcher in ("sweep")', True),
        ('type eq "CLOUD_ACCOUNT_AGGREGATION"', True),
        ('type in ("CLOUD_REFRESH_ROLE", "IDENTITY_REFRESH")', False),
        # "and" binds closer than "or", "not" closer than both
        ('id eq "a" or id eq "x" and id eq "y"', True),
        ('(id eq "a" or id eq "x") and id eq "y"', False),
        ('not id eq "x" and id eq "a"', True),
        ('not (id eq "x" or id eq "a")', False),
        ('  id\teq\n"a"  ', True),
    ],
)
def test_evaluates(text: str, expected: bool) -> None:
    record = task(
        completionStatus="ERROR",
        target={"id": SOURCE, "type": "APPLICATION"},
        taskDefinitionSummary={"uniqueName": "Cloud Account Aggregation"},
    )
    assert matches(text, record) is expected


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        (r'"plain"', "plain"),
        (r'"a \"quoted\" one"', 'a "quoted" one'),
        (r'"back\\slash"', "back\\slash"),
        (r'"\\\""', '\\"'),
        ('"and or not ( ) , eq"', "and or not ( ) , eq"),
        ('""', ""),
        ('"Zürich 猫"', "Zürich 猫"),
    ],
)
def test_strings_and_their_escapes(literal: str, value: str) -> None:
    expression = filters.parse(f"id eq {literal}", GENERATIONS["v2025"])
    assert expression.ids == {value}


@pytest.mark.parametrize(
    "text",
    [
        "id", "id eq", "id eq a", "id eq 'a'", 'id eq "a', 'id eq "a" and', 'and id eq "a"', '(id eq "a"', 'id eq "a")',
        'id EQ "a"', 'id eq "a" AND id eq "b"', 'id in ()', 'id in "a"', 'id in ("a",)', 'id in ("a" "b")',
        'id isnull', 'id ne "a"', 'id co "a"', 'created eq "x"', 'uniqueName eq "x"', 'ID eq "a"', 'not', '()',
        r'id eq "a\n"', 'completionStatus isnull "x"', 'id eq "a" id eq "b"', 'type eq "QUARTZ"', "id eq null", "%",
        "(" * 200 + 'id eq "a"' + ")" * 200, "not " * 5000 + 'id eq "a"',
    ],
)  # fmt: skip
def test_refuses_what_is_not_the_grammar(text: str) -> None:
    with pytest.raises(filters.FilterError):
        filters.parse(text, GENERATIONS["v1"])


@pytest.mark.parametrize(
    ("text", "supported"),
    [
        ("completionStatus isnull", {"v2025", "v2026", "v1"}),
        ('launcher eq "x"', {"v2026", "v1"}),
        ('type eq "IDENTITY_REFRESH"', {"v2026", "v1"}),
        ('type eq "ACCOUNT_DELETION"', {"beta", "v2024", "v2025", "v2026", "v1"}),
        ('type eq "cloud_account_aggregation"', set()),
        ('type eq "QPOC"', set()),
    ],
)
def test_generations_differ(text: str, supported: set[str]) -> None:
    accepted = set()
    for name, generation in GENERATIONS.items():
        try:
            filters.parse(text, generation)
        except filters.FilterError:
            continue
        accepted.add(name)
    assert accepted == supported


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"id": SOURCE, "type": "APPLICATION"}, True),
        ({"id": SOURCE, "type": None}, True),
        ({"id": SOURCE, "type": "IDENTITY"}, False),
        ({"id": "s2", "type": "APPLICATION"}, False),
        (None, False),
        (SOURCE, False),
    ],
)
def test_source_id_is_the_target_of_an_application(target: Any, expected: bool) -> None:
    assert matches(f'sourceId eq "{SOURCE}"', task(target=target)) is expected


@pytest.mark.parametrize("target", [None, {"id": SOURCE[::-1], "type": "IDENTITY"}, {"type": "APPLICATION"}, "x"])
def test_source_id_is_else_that_of_the_attributes(target: Any) -> None:
    assert matches(f'sourceId eq "{SOURCE}"', task(target=target, attributes={"appId": SOURCE}))
    for attributes in (None, [], {"appId": 7}, {"applications": "HR [source]"}):
        assert not matches(f'sourceId eq "{SOURCE}"', task(target=target, attributes=attributes))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"taskDefinitionSummary": {"uniqueName": "Account Deletion"}, "uniqueName": "Cloud Refresh Role"}, True),
        ({"taskDefinitionSummary": {"uniqueName": "Cloud Refresh Role"}, "uniqueName": "Account Deletion"}, False),
        ({"taskDefinitionSummary": {"uniqueName": None}, "uniqueName": "Account Deletion"}, True),
        ({"taskDefinitionSummary": None, "uniqueName": "Account Deletion - ID123"}, True),
        ({"uniqueName": "account  deletion"}, True),
        ({"uniqueName": "Account Deletions"}, False),
        ({"uniqueName": None, "launcher": "ACCOUNT_DELETION"}, True),
        ({"uniqueName": "", "launcher": "ACCOUNT_DELETION"}, True),
        ({"uniqueName": "Cloud Refresh Role", "launcher": "ACCOUNT_DELETION"}, False),
        ({}, False),
    ],
)
def test_type_is_the_definition_else_the_name_else_the_launcher(told: dict[str, Any], expected: bool) -> None:
    assert matches('type eq "ACCOUNT_DELETION"', task(**told)) is expected


def test_both_spellings_of_a_temporary_error_are_one() -> None:
    for text in ('completionStatus eq "TempError"', 'completionStatus eq "TEMP_ERROR"'):
        assert all(matches(text, task(completionStatus=status)) for status in ("TEMPERROR", "TEMP_ERROR", "TempError"))


@pytest.mark.parametrize(
    ("text", "ids", "pending_only"),
    [
        ('id eq "a" and completionStatus isnull', {"a"}, True),
        ('id eq "a" or completionStatus isnull', None, False),
        ('id eq "a" or id in ("b", "c")', {"a", "b", "c"}, False),
        ('not id eq "a"', None, False),
        ('id in ("a", "b") and id in ("b", "c")', {"b"}, False),
    ],
)
def test_hints_for_the_store(text: str, ids: set[str] | None, pending_only: bool) -> None:
    expression = filters.parse(text, GENERATIONS["v1"])
    assert expression.ids == ids
    assert expression.pending_only is pending_only
