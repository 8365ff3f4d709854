# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is pending after the updates, and whether those that were accepted show."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from .._api import records
from .._api.task_status import TaskStatusApi
from . import listing
from .reading import may_be_pending, read_singly
from .updating import SETTLES_AFTER


@dataclass(frozen=True)
class Confirmed:
    """How many tasks are ``pending``, and the ids of those that still are although their update was accepted."""

    pending: int
    still: list[str]


def confirm(api: TaskStatusApi, updated: Container[str]) -> Confirmed:
    """Read the list of pending tasks again, and each updated one that it still shows, with pauses.

    A list may lag behind; the task itself is what holds.

    :param updated: the ids of tasks whose update the tenant has accepted
    :raises SailPointError: the list cannot be read
    """
    pending = listing.read_pending(api)
    shown = still = [task["id"] for task in pending if records.identity(task) in updated]
    for pause in SETTLES_AFTER:
        if not still:
            break
        api.client.sleep(pause)
        states = read_singly(api, still)
        still = [task_id for task_id in still if may_be_pending(states[task_id])]
    return Confirmed(len(pending) - len(shown) + len(still), still)
