# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-rulebook can take of a task: anything but a key without a name, which stops its rules for good.

Found with ansible-rulebook 1.3.2, which says nothing then and handles no further event.
"""

from __future__ import annotations

import json
from typing import Any

from ...module_utils._api.task_status import TaskStatus

_NAME = "_empty"


def acceptable(task: TaskStatus) -> TaskStatus:
    """Return a task with a name for each key that has none: ``_empty``, with more underscores before it where that is
    taken. It is the same object where there is none.
    """
    text = json.dumps(task)
    # A quotation mark within a string is escaped, so this is a key.
    if '"": ' not in text:
        return task
    named: TaskStatus = json.loads(text, object_pairs_hook=_named)
    return named


def _named(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    name = _NAME
    while any(key == name for key, _value in pairs):
        name = f"_{name}"
    return {key or name: value for key, value in pairs}
