# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever values are selected: the tenant's own reader of filters understands what is sent, and means the same."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from ansible_collections.idops.sailpoint.plugins.module_utils._api import filtering
from ansible_collections.idops.sailpoint.plugins.module_utils._api.generations import GENERATIONS
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks import selecting
from fuzz.conftest import Fuzz
from hypothesis import strategies as st
from simulator import filters as reader
from simulator.generations import GENERATIONS as READERS
from simulator.settings import Settings
from simulator.store import Record

LENIENT = Settings(refused_types=[], source_ids="any")  # the language is what matters here
NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
_values = st.one_of(
    st.sampled_from(["a", "b", 'a"', 'a" or id eq "b', "\\", '\\"', '")', "a, b", "(", "and", "not", "isnull", "\n"]),
    st.text(max_size=6),
    st.text(alphabet='ab"\\(), ', max_size=12),
)
# As options: trimmed, and what looks like a list of its own is one.
_items = _values.map(str.strip).filter(lambda text: len(text.splitlines()) == 1 and text[0] != "[")
_sources = st.sampled_from(["1" * 32, "2" * 32, "3" * 32])  # the tenant's filter takes nothing else
_statuses = st.sampled_from(["success", "warning", "error", "terminated", "temperror"])
_types = st.sampled_from(
    ["CLOUD_ACCOUNT_AGGREGATION", "cloud account aggregation", "IDENTITY_REFRESH", "Identity Refresh"]
)
_selections = st.fixed_dictionaries(
    {},
    optional={
        "pending": st.booleans(),
        "completion_status": st.lists(_statuses, max_size=3),
        "type": st.lists(_types, max_size=3),
        "source_id": st.lists(_sources, max_size=3),
        "exclude_source_id": st.lists(_sources, max_size=2),
        "launcher": st.lists(_items, max_size=3),
        "name": st.lists(st.sampled_from(["(?i)hr", "Aggregation"]), max_size=2),
    },
)
_tasks = st.fixed_dictionaries(
    {"id": _values, "completionStatus": st.one_of(st.none(), st.sampled_from(["SUCCESS", "ERROR", "Warning", "ODD"]))},
    optional={
        "launcher": st.one_of(_items, st.none()),
        "uniqueName": st.sampled_from(["Cloud Account Aggregation", "Identity Refresh", None]),
        "target": st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {"id": _sources, "type": st.sampled_from(["APPLICATION", "IDENTITY", None]), "name": _values}
            ),
        ),
        "taskDefinitionSummary": st.fixed_dictionaries({"uniqueName": _types}),
    },
)


def test_what_is_sent_selects_what_was_asked_for(fuzz: Fuzz) -> None:
    def target(options: dict[str, Any], task: dict[str, Any], api_version: str) -> None:
        try:
            selection = selecting.selection_from(options)
        except OptionError:
            return
        plan = selecting.plan(selection, GENERATIONS[api_version], None, NOW)
        wanted = selecting.choice_of(selection, NOW).matches(task)
        selected = plan.choice.matches(task)
        if plan.query.filters:
            understood = reader.parse(plan.query.filters, READERS[api_version], LENIENT)
            selected = selected and understood.matches(Record(task["id"], task, (0, 0, task["id"]), True))
        if plan.query.pending:
            selected = selected and task["completionStatus"] is None
        assert selected is wanted

    fuzz(target, _selections, _tasks, st.sampled_from(list(GENERATIONS)))


def test_a_raw_expression_stays_within_its_parentheses(fuzz: Fuzz) -> None:
    """What is accepted narrows the other options, whatever it is: it is refused here, by the tenant, or narrows."""

    def target(raw: str, launchers: list[str], task: dict[str, Any]) -> None:
        try:
            selection = selecting.selection_from({"filters": raw, "launcher": launchers})
        except OptionError:
            return
        query = selecting.plan(selection, GENERATIONS["v1"], None, NOW).query
        try:
            understood = reader.parse(query.filters, READERS["v1"], LENIENT)
        except reader.FilterError:
            return
        if understood.matches(Record(task["id"], task, (0, 0, task["id"]), True)):
            assert task.get("launcher") in launchers

    comparisons = st.builds(lambda value: f"launcher eq {filtering.quote(value)}", _values)
    words = st.sampled_from([" or ", " and ", "not ", "(", ")", " ", "id isnull", "completionStatus isnull", '"', "\\"])
    raws = st.lists(st.one_of(comparisons, words), max_size=8).map("".join)
    fuzz(target, raws, st.lists(_items, min_size=1, max_size=2), _tasks)


def test_lists_of_ids_are_read_back(fuzz: Fuzz) -> None:
    def target(ids: list[str]) -> None:
        expression = filtering.equals_any("id", ids)
        assert reader.parse(expression, READERS["v2024"]).ids == frozenset(ids)
        selection = selecting.Selection(filters=filtering.check_expression("filters", expression))
        assert selecting.plan(selection, GENERATIONS["v2024"], None, NOW).query.filters == expression

    fuzz(target, st.lists(_values, min_size=1, max_size=5))
