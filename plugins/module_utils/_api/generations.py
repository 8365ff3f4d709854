# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of what each generation of the API can do.

Source: the vendor's OpenAPI descriptions of Task Management, https://developer.sailpoint.com/docs/api/
"""

from __future__ import annotations

from dataclasses import dataclass, field

_TYPES_SINCE_BETA = frozenset(
    {
        "CLOUD_ACCOUNT_AGGREGATION",
        "CLOUD_GROUP_AGGREGATION",
        "CLOUD_PROCESS_UNCORRELATED_ACCOUNTS",
        "CLOUD_REFRESH_ROLE",
        "SOURCE_APPLICATION_DISCOVERY",
        "AI_AGENT_AGGREGATION",
        "APPLICATION_DISCOVERY",
        "MACHINE_IDENTITY_AGGREGATION",
        "MACHINE_IDENTITY_DELETION",
        "ACCOUNT_DELETION",
    }
)
_TYPES_SINCE_V2026 = _TYPES_SINCE_BETA | {
    "CLOUD_ENTITLEMENT_IMPORT",
    "CLOUD_UNCORRELATED_REFRESH",
    "CLOUD_IDENTITY_AGGREGATION",
    "CLOUD_ATTRIBUTE_SYNCHRONIZATION",
    "IDENTITY_REFRESH",
}


@dataclass(frozen=True)
class Generation:
    """What one generation of the API offers.

    ``list_path``: the list and, with ``/{id}`` behind it, one task; ``pending_path``: the list of pending tasks, which
    also answers HEAD, or None; ``pending_in_list``: the list holds pending tasks, to be had by
    ``completionStatus isnull``; ``experimental``: requests need ``X-SailPoint-Experimental: true``;
    ``filter_fields``: the fields that the list's ``filters`` know; ``types``: the values that its field ``type`` takes.
    """

    name: str
    list_path: str
    pending_path: str | None = None
    pending_in_list: bool = False
    experimental: bool = False
    filter_fields: frozenset[str] = field(default=frozenset({"id", "sourceId", "type", "completionStatus"}))
    types: frozenset[str] = _TYPES_SINCE_BETA

    @property
    def headers(self) -> dict[str, str]:
        """The headers that every request of this generation carries."""
        return {"X-SailPoint-Experimental": "true"} if self.experimental else {}

    @property
    def account_aggregations_path(self) -> str:
        """Where the status of account aggregations is; all generations name it alike."""
        return self.list_path.replace("task-status", "account-aggregations")


_WITH_LAUNCHER = frozenset({"id", "sourceId", "type", "completionStatus", "launcher"})

GENERATIONS: dict[str, Generation] = {
    generation.name: generation
    for generation in (
        Generation("beta", "/beta/task-status", "/beta/task-status/pending-tasks"),
        Generation("v2024", "/v2024/task-status", "/v2024/task-status/pending-tasks", experimental=True),
        Generation(
            "v2025",
            "/v2025/task-status",
            "/v2025/task-status/pending-tasks",
            pending_in_list=True,
            experimental=True,
        ),
        Generation(
            "v2026",
            "/v2026/task-status",
            pending_in_list=True,
            experimental=True,
            filter_fields=_WITH_LAUNCHER,
            types=_TYPES_SINCE_V2026,
        ),
        Generation(
            "v1",
            "/task-status/v1",
            pending_in_list=True,
            filter_fields=_WITH_LAUNCHER,
            types=_TYPES_SINCE_V2026,
        ),
    )
}

ALL_TYPES: frozenset[str] = frozenset().union(*(generation.types for generation in GENERATIONS.values()))
