# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of each role and playbook: which there are, and what each of them may be."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

from ...module_utils._api import records
from ...module_utils._durations import parse_age, parse_duration
from ...module_utils._tasks import vocabulary
from ...module_utils._tasks.outcomes import COUNTS
from . import readers

FORMATS = ("html", "json", "csv", "openmetrics")

#: What role clear_pending_tasks hands on by set_stats, with its name in front: counts of tasks, and of tenants.
STATISTICS = (*COUNTS, "tenants", "tenants_failed")


@dataclass(frozen=True)
class Variables:
    """The variables of a role or playbook, by name without the prefix.

    ``required``: those without a default; ``optional``: lists without one, of which an empty list is not the same as
    nothing; ``gone``: those of earlier versions, with what to do instead; ``own``: names that it sets itself, some of
    which AWX hands to later jobs of a workflow: counts, and ``told``, which nothing can be meant by.
    """

    readers: Mapping[str, readers.Reader]
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    gone: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    told: frozenset[str] = frozenset()


_AGE = functools.partial(readers.as_duration, parse_age)
_WAIT = functools.partial(readers.as_duration, parse_duration)
_STATUSES = tuple(records.COMPLETION_STATUSES)

ROLES: dict[str, Variables] = {
    "clear_pending_tasks": Variables(
        readers={
            "older_than": _AGE,
            **{
                f"{option}s": readers.as_patterns if vocabulary.CRITERIA[option].has_patterns else readers.as_items
                for option in vocabulary.SHARED
            },
            "ids": readers.as_items,
            "completion_status": functools.partial(readers.as_choice, _STATUSES),
            "max_tasks": readers.as_whole_number,
            "max_fraction": readers.as_share,
            "max_fraction_above": readers.as_whole_number,
            "observe": _WAIT,
            "precondition": readers.as_switch,
            "report_dir": readers.as_path,
            "report_formats": functools.partial(readers.as_choices, FORMATS),
            "fail_on_error": readers.as_switch,
        },
        # What an approval has seen: where it has seen nothing, nothing is cleared.
        optional=frozenset({"ids"}),
        gone={
            "include_names": "use clear_pending_tasks_names, whose patterns are looked for in the source's name too",
            "batch_size": "all tasks are cleared by one call, so leave it out",
        },
        own=frozenset({"result", *STATISTICS}),
        told=frozenset({"message"}),
    ),
    "task_report": Variables(
        readers={
            "dir": readers.as_path,
            "formats": functools.partial(readers.as_choices, FORMATS),
            "days": readers.as_whole_number,
            "title": readers.as_title,
            "max_tasks": readers.as_whole_number,
        },
        required=frozenset({"dir"}),
        own=frozenset({"result"}),
    ),
    "reaggregate": Variables(
        readers={"source_ids": readers.as_items, "timeout": _WAIT, "interval": readers.as_interval},
        required=frozenset({"source_ids"}),
        own=frozenset({"result"}),
    ),
    "wait_for_tasks": Variables(
        readers={
            "ids": readers.as_task_ids,
            "timeout": _WAIT,
            "interval": readers.as_interval,
            "accepted": functools.partial(readers.as_choices, _STATUSES),
        },
        required=frozenset({"ids"}),
        own=frozenset({"result"}),
    ),
}
