# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Realistic tasks from a number: the same seed and instant make the same tasks."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .taskstatus import format_instant

_DAY = 86_400.0
_OLDEST = 89 * _DAY  # a tenant returns nothing older than 90 days


@dataclass(frozen=True)
class _Kind:
    """A kind of task: its definition, how long it runs (median, seconds) and what it counts."""

    name: str
    launcher: str
    description: str
    weight: int
    median: float
    counts: tuple[str, ...] = ()
    on_source: bool = True
    type: str = "QUARTZ"
    service: str = "AggregationService"


_KINDS = (
    _Kind("Cloud Account Aggregation", "CLOUD_ACCOUNT_AGGREGATION", "Aggregates accounts from {}", 30, 600,
          ("total", "created", "updated", "ignored", "deleted")),
    _Kind("Cloud Group Aggregation", "CLOUD_GROUP_AGGREGATION", "Aggregates entitlements from {}", 18, 420,
          ("total", "groupsCreated", "groupsUpdated", "groupsDeleted")),
    _Kind("Cloud Entitlement Import", "CLOUD_ENTITLEMENT_IMPORT", "Imports entitlements into {}", 3, 200,
          ("total", "created"), service="EntitlementService"),
    _Kind("Cloud Process Uncorrelated Accounts", "CLOUD_PROCESS_UNCORRELATED_ACCOUNTS",
          "Processes uncorrelated accounts of {}", 6, 240, ("total", "correlated"), service="CorrelationService"),
    _Kind("Cloud Uncorrelated Refresh", "CLOUD_UNCORRELATED_REFRESH", "Refreshes uncorrelated accounts of {}", 3, 300,
          ("total",), service="CorrelationService"),
    _Kind("Identity Refresh", "IDENTITY_REFRESH", "Refreshes identities", 14, 900, ("identityCount", "refreshed"),
          on_source=False, service="IdentityRefreshService"),
    _Kind("Cloud Identity Aggregation", "CLOUD_IDENTITY_AGGREGATION", "Aggregates identities", 3, 700,
          ("identityCount",), on_source=False, service="IdentityService"),
    _Kind("Cloud Refresh Role", "CLOUD_REFRESH_ROLE", "Refreshes role memberships", 8, 500, ("identityCount", "roles"),
          on_source=False, service="RoleService"),
    _Kind("Cloud Attribute Synchronization", "CLOUD_ATTRIBUTE_SYNCHRONIZATION", "Synchronizes attributes with {}", 5,
          150, ("identityCount", "synchronized"), service="AttributeSyncService"),
    _Kind("Source Application Discovery", "SOURCE_APPLICATION_DISCOVERY", "Discovers applications of {}", 2, 90,
          ("applications",), type="QPOC", service="DiscoveryService"),
    _Kind("Application Discovery", "APPLICATION_DISCOVERY", "Discovers applications", 2, 120, ("applications",),
          on_source=False, type="QPOC", service="DiscoveryService"),
    _Kind("Machine Identity Aggregation", "MACHINE_IDENTITY_AGGREGATION", "Aggregates machine identities from {}", 2,
          260, ("total",), type="QUEUED_TASK", service="MachineIdentityService"),
    _Kind("Machine Identity Deletion", "MACHINE_IDENTITY_DELETION", "Deletes machine identities of {}", 1, 60,
          ("deleted",), type="QUEUED_TASK", service="MachineIdentityService"),
    _Kind("AI Agent Aggregation", "AI_AGENT_AGGREGATION", "Aggregates AI agents from {}", 1, 180, ("total",),
          type="QUEUED_TASK", service="MachineIdentityService"),
    _Kind("Account Deletion", "ACCOUNT_DELETION", "Deletes accounts of {}", 2, 45, ("deleted",), type="QUEUED_TASK",
          service="AccountService"),
)  # fmt: skip
_WEIGHTS = [kind.weight for kind in _KINDS]

_SOURCES = (
    "Active Directory", "Entra ID", "Workday", "SAP S/4HANA", "ServiceNow", "Salesforce", "Oracle Financials",
    "AWS Organizations", "Google Workspace", "Okta", "Slack", "Jira Cloud", "GitHub Enterprise", "Epic Hyperspace",
    "RACF Mainframe", "LDAP Contractors", "HR Feed (CSV)", "Snowflake", "Zoom", "Badge System \"Nord\"",
)  # fmt: skip

_STATUSES = ("SUCCESS", "WARNING", "ERROR", "TERMINATED", "TEMPERROR")
_STATUS_WEIGHTS = (82, 8, 6, 3, 1)

_MESSAGES = {
    "WARNING": ("WARN", "sources.aggregation.skipped", "{n} objects of {source} were skipped: no native identity."),
    "ERROR": ("ERROR", "sources.connector.failed", "Unable to connect to {source}: the connection timed out."),
    "TERMINATED": ("ERROR", "tasks.terminated", "The task was terminated by an administrator."),
    "TEMPERROR": ("WARN", "tasks.retried", "{source} did not answer; the task will be tried again."),
}


class _Seeder:
    def __init__(self, seed: int, now: datetime) -> None:
        self._random = random.Random(seed)
        self._now = now
        self._sources = [{"id": self._hex(), "type": "APPLICATION", "name": f"{name} [source]"} for name in _SOURCES]
        self._summaries = {kind.name: self._summary(kind) for kind in _KINDS}
        self._returns = {
            kind.name: [{"name": f"task_out_{count}", "attributeName": count} for count in kind.counts]
            for kind in _KINDS
        }

    def _hex(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def _summary(self, kind: _Kind) -> dict[str, Any]:
        return {
            "id": self._hex(),
            "uniqueName": kind.name,
            "description": kind.description.format("a source"),
            "parentName": kind.name,
            "executor": "sailpoint.task.ServiceTaskExecutor",
            "arguments": {"serviceClass": f"sailpoint.service.{kind.service}"},
        }

    def _when(self, age: float) -> str:
        return format_instant(self._now - timedelta(seconds=age))

    def task(self, stuck_rank: float | None) -> dict[str, Any]:
        """A task: completed, or stuck when ``stuck_rank`` (from 0, just begun, to 1, hangs for weeks) is given."""
        rng = self._random
        kind = rng.choices(_KINDS, _WEIGHTS)[0]
        target = rng.choice(self._sources) if kind.on_source else None
        source = target["name"].removesuffix(" [source]") if target else "the tenant"
        if stuck_rank is None:
            status: str | None = rng.choices(_STATUSES, _STATUS_WEIGHTS)[0]
            duration = kind.median * math.exp(rng.gauss(0, 0.8))
            age = duration + 60 + (_OLDEST - duration - 60) * rng.random() ** 1.6  # more of late than long ago
        else:
            status, duration = None, 0.0
            # Ages from 10 minutes to 5 weeks, evenly over the powers of ten, so that each "older than" finds some.
            low, high = math.log(600), math.log(35 * _DAY)
            age = math.exp(low + (high - low) * stuck_rank) * rng.uniform(0.9, 1.1)
        waited = min(rng.expovariate(1 / 3), age)
        launched = age - waited
        total = int(10 ** rng.uniform(1, 5))
        done = rng.randrange(total) if stuck_rank is not None else total
        attributes: dict[str, Any] = {name: rng.randint(0, done) for name in kind.counts[1:]}
        if kind.counts:
            attributes[kind.counts[0]] = done
        if target is not None:
            attributes["appId"] = target["id"]
        task_id = self._hex()
        return {
            "id": task_id,
            "type": kind.type,
            "uniqueName": f"{kind.name} - {source} - {task_id[:8]}" if target else f"{kind.name} - {task_id[:8]}",
            "description": kind.description.format(source),
            "parentName": kind.name,
            "launcher": kind.launcher,
            "target": target,
            "created": self._when(age),
            "modified": self._when(launched - duration if status else launched * rng.random()),
            "launched": self._when(launched),
            "completed": self._when(launched - duration) if status else None,
            "completionStatus": status,
            "messages": self._messages(status, source),
            "returns": self._returns[kind.name],
            "attributes": attributes,
            "progress": self._progress(status, done, total),
            "percentComplete": self._percent(status, done, total),
            "taskDefinitionSummary": self._summaries[kind.name],
        }

    def _messages(self, status: str | None, source: str) -> list[dict[str, Any]]:
        if status not in _MESSAGES:
            return []
        level, key, text = _MESSAGES[status]
        number = self._random.randint(1, 400)
        message = text.format(n=number, source=source)
        return [
            {
                "type": level,
                "key": key,
                "localizedText": {"locale": "en-US", "message": message},
                "parameters": [source, str(number)],
            }
        ]

    def _progress(self, status: str | None, done: int, total: int) -> str | None:
        if status is None:
            return self._random.choice(("Started", f"{done} of {total} processed", "Waiting for the source", "Queued"))
        return "Completed" if status == "SUCCESS" else None

    def _percent(self, status: str | None, done: int, total: int) -> int:
        if status is None:
            return min(99, done * 100 // total)
        # A finished task that says 0 percent: real tenants have them.
        return 0 if self._random.random() < 0.05 else 100 if status in ("SUCCESS", "WARNING") else done % 100


def seeded_tasks(tasks: int, stuck: int, seed: int, now: datetime) -> list[dict[str, Any]]:
    """``tasks`` TaskStatus objects of which ``stuck`` are pending, the oldest of them for weeks.

    The same numbers and ``now`` (with a zone) give the same tasks.
    """
    seeder = _Seeder(seed, now)
    pending = min(stuck, tasks)
    made = [seeder.task((index + 0.5) / pending) for index in range(pending)]
    made += [seeder.task(None) for dummy in range(tasks - pending)]
    return made
