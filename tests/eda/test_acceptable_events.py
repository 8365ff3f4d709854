# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a tenant puts into a task neither stops the real ansible-rulebook nor runs in its playbooks."""

from __future__ import annotations

import copy
import importlib
import json
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from eda.conftest import Start
from eda.support import TELLING, pending
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator.server import Simulator

SOURCE = """
- name: Tell what is stuck
  hosts: localhost
  sources:
    - idops.sailpoint.task_status:
        interval: 0.5
        older_than: 3s
        events: [stuck]
"""

AFTER_A_WHILE = TELLING.replace(
    "      action:", "      throttle: {once_after: 1 second, group_by_attributes: [event.tenant]}\n      action:"
)

PLAYING = """
  rules:
    - name: Play
      condition: event.event == "stuck"
      action:
        run_playbook:
          name: play.yml
          copy_files: false
"""

PLAYBOOK = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.debug:
        msg: "PLAYED {{ ansible_eda.event.task.id }} {{ ansible_eda.event.task.attributes }}"
"""


def nested(levels: int) -> Any:
    """Dicts and lists in one another, so many of them."""
    value: Any = "core"
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


#: Attributes of a task, each hostile in its way.
HOSTILE: dict[str, dict[str, Any]] = {
    "empty": {"": 1},
    "empty-below": {"a": {"": {"b": 1}}},
    "empty-in-a-list": {"a": [[{"": None}]]},
    "long-key": {"k" * 50_001: 1},
    "long-number": {"a": 10**1000},
    "large": {"a": "x" * 300_000, "b": "small"},
    "beyond": {"\U0001f600": "\U0001f600"},
    "template": {"a": "{{ 1 / 0 }}", "{% raw %}": "{#"},
    "odd-keys": {
        ".": 1,
        "a.b": 1,
        "a": {"b": 2},
        "[0]": 3,
        "/": 4,
        "$ref": 5,
        "@type": 6,
        "\x00": 7,
        "meta": 8,
        "m": 9,
    },
    "nested": nested(80),
}


@pytest.fixture(scope="module")
def taking(source: ModuleType) -> ModuleType:
    """What makes events acceptable, of the installed collection."""
    return importlib.import_module("ansible_collections.idops.sailpoint.plugins.plugin_utils._events.acceptable")


def event_with(attributes: Any, **fields: Any) -> dict[str, Any]:
    """An event of a task that has such attributes."""
    return {"event": "stuck", "task": {"id": "1", "attributes": attributes, **fields}, "tenant": "https://acme"}


def attributes_of(taking: ModuleType, attributes: Any) -> tuple[Any, list[str]]:
    """What becomes of such attributes, and what is said of that."""
    given_event = event_with(attributes)
    before = copy.deepcopy(given_event)
    event, changes = taking.acceptable(given_event)
    assert given_event == before
    return event["task"]["attributes"], changes


@pytest.mark.parametrize(
    ("attributes", "taken", "change"),
    [
        ({"": 1, "b": 2}, {"_empty": 1, "b": 2}, "an empty key is now _empty"),
        ({"": 1, "_empty": 2}, {"_empty_2": 1, "_empty": 2}, "an empty key is now _empty_2"),
        ({"a": [[{"": {"": 0}}]]}, {"a": [[{"_empty": {"_empty": 0}}]]}, "an empty key is now _empty"),
        ({"a": "x\U0001f600y"}, {"a": "x\ufffdy"}, "a character above U+FFFF is now U+FFFD"),
        ({"\U0001f600": 1, "\ud800": 2}, {"\ufffd": 1, "\ufffd_2": 2}, "a character above U+FFFF is now U+FFFD"),
        ({"a": "{{{ x }}} {%"}, {"a": "{ { { x }}} { %"}, "the beginning of a template now has a blank in it"),
        ({"{{ x }}": 1}, {"{ { x }}": 1}, "the beginning of a template now has a blank in it"),
        (
            {"a": -(10**1000)},
            {"a": "(left out: a number of more than 1000 digits)"},
            "a number of more than 1000 digits is left out",
        ),
        ({"k" * 50_001: 1}, {"k" * 50_000: 1}, "a key of more than 50000 characters is cut off"),
        (
            {"k" * 50_001: 1, "k" * 50_000: 2},
            "(left out: too large for ansible-rulebook)",
            "a part is left out, it is too large",
        ),
    ],
)
def test_what_cannot_be_taken_is_changed_and_told(
    taking: ModuleType, attributes: dict[str, Any], taken: Any, change: str
) -> None:
    found, changes = attributes_of(taking, attributes)
    assert found == taken
    assert changes[-1] == f"task.attributes: {change}"


def test_the_order_of_keys_stays(taking: ModuleType) -> None:
    found, _changes = attributes_of(taking, {"b": 1, "": 2, "a": 3})
    assert list(found) == ["b", "_empty", "a"]


@pytest.mark.parametrize("number", [10**1000 - 1, -(10**1000) + 1, 1e308, True, None, 0])
def test_what_can_be_taken_is_the_same_object(taking: ModuleType, number: object) -> None:
    event = event_with([number, {"key": "}} \u00e9 \uffff \x00"}, [], {}, nested(100)])
    taken, changes = taking.acceptable(event)
    assert taken is event
    assert changes == []


@pytest.mark.parametrize("levels", [500, 5000])
def test_what_is_nested_too_deeply_is_left_out_there(taking: ModuleType, levels: int) -> None:
    event, changes = taking.acceptable(event_with(nested(levels)))
    text = json.dumps(event)
    assert taking.TOO_DEEP in text
    assert text.count("[") + text.count("{") == taking.MAX_DEPTH
    assert changes == ["task.attributes: a part is left out, it is nested too deeply"]


def test_of_what_is_too_large_the_largest_parts_are_left_out(taking: ModuleType) -> None:
    attributes = {"large": ["x" * 1000] * 60, "larger": '"' * 40_000, "small": {"a": 1}}
    found, changes = attributes_of(taking, attributes)
    assert found == {**attributes, "larger": taking.TOO_LARGE}
    assert changes == ["task.attributes: a part is left out, it is too large"]


def test_a_field_of_many_small_parts_is_left_out_as_a_whole(taking: ModuleType) -> None:
    found, changes = attributes_of(taking, {f"key {number}": number for number in range(10_000)})
    assert found == taking.TOO_LARGE
    assert changes == ["task.attributes: a part is left out, it is too large"]


def test_a_task_of_many_small_fields_keeps_what_has_room(taking: ModuleType) -> None:
    event, changes = taking.acceptable(event_with({}, **{f"field {number}": "value" for number in range(10_000)}))
    assert taking._size(event) <= taking.MAX_SIZE
    assert len(event["task"]) > 1000
    assert changes == ["task: parts are left out, there are too many"]


TEXTS = st.text(st.characters(exclude_categories=())) | st.sampled_from(
    ["", "_empty", "{{", "{%", "\U0001f600", "\ud800"]
)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=30,
)


def texts_of(data: Any) -> list[str]:
    """All texts in data, and all keys."""
    if isinstance(data, dict):
        return [*data, *(text for item in data.values() for text in texts_of(item))]
    if isinstance(data, list):
        return [text for item in data for text in texts_of(item)]
    return [data] if isinstance(data, str) else []


def keys_of(data: Any) -> list[str]:
    """All keys in data."""
    if isinstance(data, dict):
        return [*data, *(key for item in data.values() for key in keys_of(item))]
    return [key for item in data for key in keys_of(item)] if isinstance(data, list) else []


def shape(data: Any) -> Any:
    """Data without its texts and keys, which must stay as it is."""
    if isinstance(data, dict):
        return [shape(item) for item in data.values()]
    if isinstance(data, list):
        return tuple(shape(item) for item in data)
    return "text" if isinstance(data, str) else (repr(data),)


@settings(max_examples=300, deadline=None)
@given(data=DATA)
def test_whatever_comes_can_be_taken(taking: ModuleType, data: Any) -> None:
    given_event = event_with(data)
    event, changes = taking.acceptable(given_event)
    assert "" not in keys_of(event)
    assert all(text.encode("utf-16", "surrogatepass").decode("utf-16") == text for text in texts_of(event))
    assert all(ord(max(text, default=" ")) <= 0xFFFF for text in texts_of(event))
    assert not any(begin in text for text in texts_of(event) for begin in ("{{", "{%", "{#"))
    assert shape(event) == shape(given_event)
    assert (event is given_event) == (not changes)
    again, more = taking.acceptable(event)
    assert again is event
    assert more == []


def test_hostile_tasks_are_told_once_each_and_so_are_those_after_them(rulebook: Start, simulator: Simulator) -> None:
    with rulebook(SOURCE + TELLING, simulator) as running:
        for number, (name, attributes) in enumerate(HOSTILE.items()):
            simulator.put_tasks([pending(name, age=4, attributes=attributes), pending(f"good-{number}", age=4)])
            running.wait_until(lambda: len(running.told()) >= 2 * (number + 1), f"{name} and a good one to be told")  # noqa: B023
    wanted = [*HOSTILE, *(f"good-{number}" for number in range(len(HOSTILE)))]
    assert Counter(running.told()) == Counter(("stuck", name) for name in wanted)
    for name in ("empty", "empty-in-a-list", "large", "beyond", "template"):
        assert running.output.count(f"The event stuck of task {name} is not as the tenant has it: task.attributes") == 1
    assert "of task odd-keys is not" not in running.output


def test_a_rule_that_waits_acts_after_a_large_task_too(rulebook: Start, simulator: Simulator) -> None:
    with rulebook(SOURCE + AFTER_A_WHILE, simulator) as running:
        for name in ("large", "good", "empty", "good-again"):
            simulator.put_tasks([pending(name, age=4, attributes=HOSTILE.get(name, {}))])
            running.wait_until(lambda: ("stuck", name) in running.told(), f"{name} to be told")  # noqa: B023


def test_a_playbook_runs_and_nothing_of_the_tenant_in_it(rulebook: Start, simulator: Simulator, tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text(PLAYBOOK, encoding="utf-8")
    ran = tmp_path / "ran"
    lookup = f"{{{{ lookup('ansible.builtin.pipe', 'touch {ran}') }}}}"
    simulator.put_tasks([pending("one", age=4, attributes={"a": lookup, "b": "\U0001f600", "": 1})])
    with rulebook(SOURCE + PLAYING, simulator) as running:
        running.wait_until(lambda: "PLAY RECAP" in running.output, "the playbook to end")
    assert "PLAYED one" in running.output
    assert "touch" in running.output
    assert not ran.exists()
