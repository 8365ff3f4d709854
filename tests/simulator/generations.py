# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each generation of the Task Management API has: the one place that knows their differences.

Source: the vendor's OpenAPI descriptions of the task-status paths and of those that start and watch aggregations, one
per generation (state of 2026-08), and what real tenants were seen to do where those are silent (the values of the
``type`` filter).
"""

from __future__ import annotations

from dataclasses import dataclass

_TYPES = frozenset(
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
_TYPES_2026 = _TYPES | {
    "CLOUD_ENTITLEMENT_IMPORT",
    "CLOUD_UNCORRELATED_REFRESH",
    "CLOUD_IDENTITY_AGGREGATION",
    "CLOUD_ATTRIBUTE_SYNCHRONIZATION",
    "IDENTITY_REFRESH",
}

_EQ_IN = frozenset({"eq", "in"})
_FIELDS = {"id": _EQ_IN, "sourceId": _EQ_IN, "type": _EQ_IN, "completionStatus": _EQ_IN}
_FIELDS_2025 = {**_FIELDS, "completionStatus": _EQ_IN | {"isnull"}}
_FIELDS_2026 = {**_FIELDS_2025, "launcher": _EQ_IN}


@dataclass(frozen=True)
class Generation:
    """One API generation.

    ``list_path`` is the list's path, ``task_path`` that of one task (``{id}`` for its id), ``pending_path`` the
    deprecated pending list's, or None where it is gone. ``accounts_path`` and ``entitlements_path`` start aggregations
    (``{source_id}`` for the source), ``aggregation_status_path`` tells how far one of accounts is.
    ``lists_pending`` tells whether the list holds pending tasks besides completed ones. ``filter_fields`` maps each
    field of ``filters`` to its operators, ``type_values`` are the values that the field ``type`` takes.
    """

    name: str
    list_path: str
    task_path: str
    pending_path: str | None
    accounts_path: str
    entitlements_path: str
    aggregation_status_path: str
    lists_pending: bool
    filter_fields: dict[str, frozenset[str]]
    type_values: frozenset[str]


def _yearly(
    name: str,
    fields: dict[str, frozenset[str]],
    types: frozenset[str],
    *,
    lists_pending: bool,
    pending_path: bool,
) -> Generation:
    base = f"/{name}/task-status"
    return Generation(
        name=name,
        list_path=base,
        task_path=base + "/{id}",
        pending_path=f"{base}/pending-tasks" if pending_path else None,
        accounts_path=f"/{name}/sources/{{source_id}}/load-accounts",
        entitlements_path=f"/{name}/sources/{{source_id}}/load-entitlements",
        aggregation_status_path=f"/{name}/account-aggregations/{{id}}/status",
        lists_pending=lists_pending,
        filter_fields=fields,
        type_values=types,
    )


GENERATIONS: dict[str, Generation] = {
    "beta": _yearly("beta", _FIELDS, _TYPES, lists_pending=False, pending_path=True),
    "v2024": _yearly("v2024", _FIELDS, _TYPES, lists_pending=False, pending_path=True),
    "v2025": _yearly("v2025", _FIELDS_2025, _TYPES, lists_pending=True, pending_path=True),
    "v2026": _yearly("v2026", _FIELDS_2026, _TYPES_2026, lists_pending=True, pending_path=False),
    "v1": Generation(
        name="v1",
        list_path="/task-status/v1",
        task_path="/task-status/v1/{id}",
        pending_path=None,
        accounts_path="/sources/v1/{source_id}/load-accounts",
        entitlements_path="/sources/v1/{source_id}/load-entitlements",
        aggregation_status_path="/account-aggregations/v1/{id}/status",
        lists_pending=True,
        filter_fields=_FIELDS_2026,
        type_values=_TYPES_2026,
    ),
}
