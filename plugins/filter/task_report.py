# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter ``task_report``."""

from __future__ import annotations

DOCUMENTATION = r"""
name: task_report
author:
  - idops.sailpoint contributors (@idops)
short_description: Makes a report of tasks as HTML, JSON, CSV or OpenMetrics
version_added: 1.0.0
description:
  - Tells what the tasks of a tenant look like. Pending ones by kind and age, the oldest first; failures and warnings of
    the last days by source; how long tasks took, by kind; and, after a clearing, what was selected and patched.
  - The kind of a task and its source are those that the options O(idops.sailpoint.task_status_info#module:type) and
    O(idops.sailpoint.task_status_info#module:name) compare; who started a task is told beside them.
  - A task with a completion time and no completion status yet is just being completed. It is neither counted as pending
    nor as completed or failed.
  - The filter only renders. It calls no API, reads no file and changes nothing; write its result with
    M(ansible.builtin.copy).
  - V(html) is one self-contained page. It loads nothing from a network, draws a timeline with a bar for each task,
    sorts and filters its tables, follows the reader's light or dark setting, and can be printed and read by a screen
    reader. Text from the API is escaped.
  - V(openmetrics) is read by Prometheus' text parser too, for example through node_exporter's textfile collector. Its
    labels hold tenants, kinds, sources, statuses and outcomes, but never ids of tasks. C(sailpoint_tasks_pending) and
    the C(sailpoint_task_duration_) metrics have the label C(kind), such as C(CLOUD_ACCOUNT_AGGREGATION).
  - V(csv) has one line for each task, with the columns C(kind), C(source), C(source_id) and C(launcher) among others,
    and after a clearing C(outcome), C(patch), C(error) and C(moved).
    Each cell is one line, and text is in quotes. An apostrophe stands before what a spreadsheet would run as a formula,
    also where it takes semicolons for the ends of cells.
  - V(json) is one strict JSON object with all of the numbers.
  - Answers that break the API's schema (nulls, unknown statuses, unreadable dates, unknown keys) are reported as far as
    they can be read.
positional: _input
options:
  _input:
    description:
      - TaskStatus objects as the API returns them, for example RV(idops.sailpoint.task_status_info#module:tasks).
      - For the report of a clearing, the tasks as they were read before it, all pending ones or those selected. What a
        patch replaced is looked up in them. An empty list will do where nobody has read them; what each task of
        O(items) is, its item tells then.
      - A task that occurs twice is counted once, as it was read last.
    type: list
    elements: dict
    required: true
  format:
    description: What to make.
    type: str
    choices: [html, json, csv, openmetrics]
    default: html
  title:
    description: Heading of the page.
    type: str
  tenant:
    description: Name of the tenant, shown in the heading, and the label C(tenant) of each metric.
    type: str
  now:
    description:
      - The instant that ages are counted to and that the period ends at, in ISO 8601; without a zone it is UTC.
      - The current time if it is left out. With it, the same input gives the same output.
    type: str
  days:
    description: Length of the period, in days, for failures, warnings and the count of completed tasks.
    type: float
    default: 7
  check_mode:
    description: Whether the clearing was only predicted. The page then says that nothing was changed.
    type: bool
    default: false
  items:
    description:
      - The results per id of a clearing, which are RV(idops.sailpoint.task_status#module:tasks). What moved of a task
        while it was observed is shown with its outcome.
      - Giving a list, even an empty one, makes the report one of a clearing.
    type: list
    elements: dict
  summary:
    description:
      - Counts to headline the report of a clearing with. C(pending_before), C(selected), C(pending_after), and one of
        each outcome of the module, C(updated), C(failed) and so on
        (RV(idops.sailpoint.task_status#module:summary)).
      - What is left out is counted from O(items) and O(_input), except C(pending_after), which they do not tell, and
        C(pending_before) where there are just O(items).
    type: dict
  settings:
    description:
      - What the report was made with, listed at its end.
      - A value whose name speaks of a secret, a token or a password is masked.
    type: dict
  notice:
    description: A sentence shown above the numbers, for example why a clearing was stopped.
    type: str
"""

EXAMPLES = r"""
- name: Read the pending tasks
  idops.sailpoint.task_status_info:
    pending: true
  register: pending

- name: Write the report as a page
  ansible.builtin.copy:
    content: "{{ pending.tasks | idops.sailpoint.task_report(tenant='acme') }}"
    dest: /var/www/html/sailpoint-tasks.html
    mode: "0644"

- name: Hand the numbers to Prometheus through node_exporter
  ansible.builtin.copy:
    content: "{{ pending.tasks | idops.sailpoint.task_report('openmetrics', tenant='acme') }}"
    dest: /var/lib/node_exporter/textfile/sailpoint.prom
    mode: "0644"

- name: Clear what has been pending for more than a day
  idops.sailpoint.task_status:
    id: "{{ pending.tasks | map(attribute='id') | list }}"
    older_than: 24h
  register: cleared

- name: Write the report of the clearing
  ansible.builtin.copy:
    content: >-
      {{ pending.tasks | idops.sailpoint.task_report(title='Nightly clearing', items=cleared.tasks,
         check_mode=ansible_check_mode, settings={'older_than': '24h'}) }}
    dest: /var/www/html/sailpoint-clearing.html
    mode: "0644"
  check_mode: false

# The filter "string" keeps ansible-core before 2.19 from turning JSON into a dictionary again.
- name: Write the numbers as JSON
  ansible.builtin.copy:
    content: "{{ pending.tasks | idops.sailpoint.task_report(format='json') | string }}"
    dest: /var/www/html/sailpoint-tasks.json
    mode: "0644"
"""

RETURN = r"""
_value:
  description:
    - The report as text.
    - In JSON an object with the keys C(schema), C(title), C(tenant), C(generated), C(check_mode), C(notice),
      C(period) with C(days), C(start) and C(end), C(totals) with the counts of all tasks and of those completed in the
      period, C(pending) with C(count), C(oldest_age_seconds), C(by_kind), C(by_age) and C(oldest), C(failures)
      with C(by_source), C(durations) with C(count), C(median_seconds), C(p95_seconds) and C(max_seconds) for each
      kind, C(clearing) or null, C(settings), and C(tasks) with one object for each task.
    - C(clearing) has C(summary), with null for what is not known, and C(items), where C(moved) names what changed of a
      task while it was observed. The reports of the role P(idops.sailpoint.clear_pending_tasks#role) also tell
      C(left_out), by reason how many pending tasks were not selected, C(excluded_by), by pattern or id how many
      pending tasks it matches, C(observed) with C(for) and C(moved), how long tasks were observed and how many of them
      moved, and C(stopped), the sentence of the guard that stopped the clearing. They are null here.
    - C(schema) is C(idops.sailpoint.task_report/2). The number is raised when a key goes or changes its name or its
      meaning.
    - A C(kind) is written as in C(CLOUD_ACCOUNT_AGGREGATION), and C(name) beside it as the tenant writes it. C(source)
      is the name of a task's source, its id where it has no name, and C(source_id) the id; C(launcher) is who started
      the task. C(status) is V(pending), V(completing), V(success), V(warning), V(error), V(terminated), V(temperror) or
      V(other).
    - Instants are in UTC, such as C(2024-05-17T19:33:16.470Z), and durations in seconds.
  type: str
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, Callable

from ansible.errors import AnsibleFilterError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.idops.sailpoint.plugins.module_utils._instants import parse_instant
from ansible_collections.idops.sailpoint.plugins.module_utils._wording import printable
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.data import build_report
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.formats import FORMATS
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.plain import plain_items, plain_tasks, to_plain


def task_report(
    tasks: Any,
    format: Any = "html",
    title: Any = None,
    tenant: Any = None,
    now: Any = None,
    days: Any = 7,
    check_mode: Any = False,
    items: Any = None,
    summary: Any = None,
    settings: Any = None,
    notice: Any = None,
) -> str:
    """Return the report of ``tasks`` as text; the arguments are described in DOCUMENTATION.

    :raises AnsibleFilterError: an argument is not what DOCUMENTATION says; no content of a task is ever an error
    """
    chosen = FORMATS.get(str(format))
    if chosen is None:
        raise AnsibleFilterError(f"task_report: format is one of {', '.join(FORMATS)}, not {format!r}")
    report = build_report(
        plain_tasks(_list("tasks", tasks) or []),
        now=_now(now),
        days=_days(days),
        title=_text(title),
        tenant=_text(tenant),
        check_mode=_flag(check_mode),
        items=None if items is None else plain_items(_list("items", items)),
        summary=_dictionary("summary", summary),
        settings=_dictionary("settings", settings),
        notice=_text(notice),
    )
    text = chosen.render(report)
    if any(marker in text for marker in ("{{", "{%", "{#")):
        # Before ansible-core 2.19 a variable's text is templated again unless it is marked: a task could be named like
        # a template. From 2.19 on text is templated only if it is marked, and this returns it as it is.
        text = wrap_var(text)
    return text


def _list(name: str, value: Any) -> Any:
    if value is None or (isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping))):
        return value
    raise AnsibleFilterError(f"task_report: {name} is a list, not {type(value).__name__}")


def _dictionary(name: str, value: Any) -> Any:
    if value is None or isinstance(value, Mapping):
        return to_plain(value)
    raise AnsibleFilterError(f"task_report: {name} is a dictionary, not {type(value).__name__}")


def _text(value: Any) -> str | None:
    return None if value is None else str(to_plain(str(value)))


def _now(value: Any) -> datetime:
    if value is None or value == "":
        return datetime.now(timezone.utc)
    instant = parse_instant(to_plain(value))
    if instant is None:
        raise AnsibleFilterError(f"task_report: now is an instant such as 2024-05-17T19:33:16Z, not {value!r}")
    return instant


def _days(value: Any) -> float:
    try:
        days = float(value)
    except (TypeError, ValueError):
        days = -1.0
    if not days >= 0:
        raise AnsibleFilterError(f"task_report: days is a number that is not negative, not {value!r}")
    return days


def _flag(value: Any) -> bool:
    try:
        return bool(boolean(value))
    except TypeError as exc:
        raise AnsibleFilterError(printable(f"task_report: check_mode: {exc}")) from None  # ansible-core tells both


class FilterModule:
    """What ansible-core looks for in a file of filters."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return the filters by name."""
        return {"task_report": task_report}
