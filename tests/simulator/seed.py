# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks from a number, in the shape that real tenants were seen to answer.

The same seed and instant make the same tasks. What they are is in ``uniqueName`` and ``taskDefinitionSummary``, the
source that they work on in ``target`` or, for some, in ``attributes`` alone; ``launcher`` is who started them. The
vendor's schema is not kept in all; with the shape ``schema`` it is.
"""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta
from typing import Any

from .kinds import ACCOUNTS, ALREADY_RUNNING, ENTITLEMENTS, KINDS, Kind, returns_of
from .taskstatus import format_instant

_DAY = 86_400.0
_OLDEST = 89 * _DAY  # a tenant returns nothing older than 90 days
_WEIGHTS = [kind.weight for kind in KINDS]

_SOURCES = (
    "Active Directory", "Entra ID", "Workday", "SAP S/4HANA", "ServiceNow", "[EMEA] Salesforce", "Oracle Financials",
    "AWS Organizations", "Google Workspace", "[Test] Okta", "Slack", "Jira Cloud", "GitHub Enterprise",
    "Epic Hyperspace", "RACF Mainframe", "LDAP Contractors", "HR Feed (CSV)", "Snowflake", "[EMEA] Payroll",
    "Badge System \"Nord\"",
)  # fmt: skip

_LAUNCHERS = ("System", "slpt.services", "sweep", "John Doe", "Amira Haddad", "Jürgen Weiß")
_LAUNCHER_WEIGHTS = (52, 22, 12, 6, 5, 3)

_STATUSES = ("SUCCESS", "WARNING", "ERROR", "TERMINATED", "TEMPERROR", "TEMP_ERROR")
_STATUS_WEIGHTS = (820, 80, 60, 30, 6, 4)

_MESSAGES = {
    "WARNING": ("WARN", "sources.aggregation.skipped", "{n} objects of {source} were skipped: no native identity."),
    "ERROR": ("ERROR", "sources.connector.failed", "Unable to connect to {source}: the connection timed out."),
    "TERMINATED": ("ERROR", "tasks.terminated", "The task was terminated by an administrator."),
    "TEMPERROR": ("WARN", "tasks.retried", "{source} did not answer; the task will be tried again."),
}


class _Seeder:
    def __init__(self, seed: int, now: datetime, shape: str) -> None:
        self._random = random.Random(seed)
        self._now = now
        self._real = shape == "real"
        self._sources = [{"id": self._hex(), "type": "APPLICATION", "name": f"{name} [source]"} for name in _SOURCES]
        self._summaries = {kind.name: self._summary(kind) for kind in KINDS}
        self._returns = {kind.name: returns_of(kind, shape) for kind in KINDS}

    def _hex(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def _in_real(self, share: float) -> bool:
        """Draws whether a task has a peculiarity, of those that break the schema or are the exception."""
        return self._random.random() < share and self._real

    def _summary(self, kind: Kind) -> dict[str, Any]:
        return {
            "id": self._hex(),
            "uniqueName": kind.name,
            "description": kind.description,
            "parentName": kind.name,
            "executor": "sailpoint.task.ServiceTaskExecutor",
            "arguments": {"serviceClass": f"sailpoint.service.{kind.service}"},
        }

    def task(self, stuck_rank: float | None) -> dict[str, Any]:
        """A task: completed, or stuck when ``stuck_rank`` (from 0, just begun, to 1, hangs for weeks) is given."""
        rng = self._random
        kind = rng.choices(KINDS, _WEIGHTS)[0]
        source = rng.choice(self._sources) if kind.on_source else None
        if stuck_rank is None:
            status: str | None = rng.choices(_STATUSES, _STATUS_WEIGHTS)[0]
            if status == "TEMP_ERROR" and not self._real:
                status = "TEMPERROR"
            duration = kind.median * math.exp(rng.gauss(0, 0.8))
            age = duration + 60 + (_OLDEST - duration - 60) * rng.random() ** 1.6  # more of late than long ago
        else:
            status, duration = None, 0.0
            # Ages from 10 minutes to 5 weeks, evenly over the powers of ten, so that each "older than" finds some.
            low, high = math.log(600), math.log(35 * _DAY)
            age = math.exp(low + (high - low) * stuck_rank) * rng.uniform(0.9, 1.1)
        launched = age - min(rng.expovariate(1 / 3), age)
        done = int(10 ** rng.uniform(1, 5))
        attributes: dict[str, Any] = {name: rng.randint(0, done) for name in kind.counts[1:]}
        if kind.counts:
            attributes[kind.counts[0]] = done
        target = self._place(source, attributes)
        if kind.name == ACCOUNTS:
            attributes.update(eventId=self._hex(), optimizedAggregation="enabled")
        task = {
            "id": self._hex(),
            "type": "QUARTZ",
            "uniqueName": self._unique_name(kind),
            "description": kind.description,
            "parentName": None,
            "launcher": rng.choices(_LAUNCHERS, _LAUNCHER_WEIGHTS)[0],
            "target": target,
            "created": self._when(age),
            "modified": self._when(launched - duration if status else launched * rng.random()),
            "launched": self._when(launched),
            "completed": self._when(launched - duration) if status else None,
            "completionStatus": status,
            "messages": self._messages(kind, status, source["name"] if source else "the tenant"),
            "returns": self._returns[kind.name],
            "attributes": attributes,
            "progress": None,
            "percentComplete": 0,
            "taskDefinitionSummary": self._summaries[kind.name],
        }
        self._peculiarities(task, pending=status is None)
        return task

    def _place(self, source: dict[str, Any] | None, attributes: dict[str, Any]) -> dict[str, Any] | None:
        """Tells the source: as the target with its id among the attributes, or in one of two ways there alone."""
        drawn = self._random.random()
        if source is None:
            return None
        if drawn < 0.8 or not self._real:
            attributes["appId"] = source["id"]
            return source
        if drawn < 0.95:
            attributes["appId"] = source["id"]
        if drawn >= 0.85:
            attributes["applications"] = source["name"]
        return None

    def _unique_name(self, kind: Kind) -> str:
        number = self._random.randint(100, 9999)
        odd = self._random.random() < 0.02 and kind.name == ENTITLEMENTS
        return f"{kind.name} - ID{number}" if kind.numbered or odd else kind.name

    def _peculiarities(self, task: dict[str, Any], *, pending: bool) -> None:
        """What real tenants do now and then."""
        if self._in_real(0.5):
            del task["percentComplete"]
        if self._in_real(0.2):
            task["taskDefinitionSummary"] = {**task["taskDefinitionSummary"], "description": None}
        if self._in_real(0.2):
            del task["taskDefinitionSummary"]
        if self._in_real(0.25) and pending:
            task["launched"] = None
        if self._in_real(0.1) and pending:
            task["modified"] = None
        if self._in_real(0.15):
            for key in ("created", "modified", "launched", "completed"):
                if task[key] is not None:
                    task[key] = task[key].replace("Z", "+00:00")

    def _when(self, age: float) -> str:
        return format_instant(self._now - timedelta(seconds=age))

    def _messages(self, kind: Kind, status: str | None, source: str) -> list[dict[str, Any]]:
        number = self._random.randint(1, 400)
        if status is None or status == "SUCCESS":
            return []
        level, key, text = _MESSAGES[status.replace("TEMP_", "TEMP")]
        message = text.format(n=number, source=source)
        if status == "ERROR" and kind.name == ACCOUNTS and number % 3 == 0:
            key = message = ALREADY_RUNNING
        return [
            {
                "type": level,
                "key": key,
                "localizedText": {"locale": "en-US", "message": message},
                "parameters": [source, str(number)],
            }
        ]


def seeded_tasks(tasks: int, stuck: int, seed: int, now: datetime, shape: str = "real") -> list[dict[str, Any]]:
    """``tasks`` TaskStatus objects of which ``stuck`` are pending, the oldest of them for weeks.

    The same numbers and ``now`` (with a zone) give the same tasks; ``shape`` is the setting of that name.
    """
    seeder = _Seeder(seed, now, shape)
    pending = min(stuck, tasks)
    made = [seeder.task((index + 0.5) / pending) for index in range(pending)]
    made += [seeder.task(None) for dummy in range(tasks - pending)]
    return made
