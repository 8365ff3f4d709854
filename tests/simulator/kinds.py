# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of tasks: what they are called, what they count and what they return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

ACCOUNTS, ENTITLEMENTS = "Cloud Account Aggregation", "Cloud Group Aggregation"

#: The message on the task of an aggregation that was started while another one of its source was running.
ALREADY_RUNNING = (
    "This aggregation failed because the currently running aggregation must complete before the next one can start."
)


@dataclass(frozen=True)
class Kind:
    """A kind of task: its definition's name, how long it runs (median, seconds), what it counts.

    ``numbered`` ones have something of their own behind the name, in ``uniqueName``.
    """

    name: str
    description: str
    weight: int
    median: float
    counts: tuple[str, ...] = ()
    on_source: bool = True
    numbered: bool = False
    service: str = "AggregationService"


KINDS = (
    Kind(ACCOUNTS, "Aggregate from the specified application", 30, 600,
         ("total", "created", "updated", "ignored", "deleted")),
    Kind(ENTITLEMENTS, "Aggregate from the specified application", 18, 420,
         ("total", "groupsCreated", "groupsUpdated", "groupsDeleted")),
    Kind("Cloud Entitlement Import", "Import entitlements into the specified application", 3, 200,
         ("total", "created"), service="EntitlementService"),
    Kind("Cloud Process Uncorrelated Accounts", "Process uncorrelated accounts", 6, 240, ("total", "correlated"),
         service="CorrelationService"),
    Kind("Cloud Uncorrelated Refresh", "Refresh uncorrelated accounts", 3, 300, ("total",),
         service="CorrelationService"),
    Kind("Identity Refresh", "Refresh identities", 14, 900, ("identityCount", "refreshed"), on_source=False,
         service="IdentityRefreshService"),
    Kind("Cloud Identity Aggregation", "Aggregate identities", 3, 700, ("identityCount",), on_source=False,
         service="IdentityService"),
    Kind("Cloud Refresh Role", "Refresh role memberships", 8, 500, ("identityCount", "roles"), on_source=False,
         service="RoleService"),
    Kind("Cloud Attribute Synchronization", "Synchronize attributes", 5, 150, ("identityCount", "synchronized"),
         service="AttributeSyncService"),
    Kind("Source Application Discovery", "Discover applications of the specified source", 2, 90, ("applications",),
         numbered=True, service="DiscoveryService"),
    Kind("Application Discovery", "Discover applications", 2, 120, ("applications",), on_source=False, numbered=True,
         service="DiscoveryService"),
    Kind("Machine Identity Aggregation", "Aggregate machine identities", 2, 260, ("total",), numbered=True,
         service="MachineIdentityService"),
    Kind("Machine Identity Deletion", "Delete machine identities", 1, 60, ("deleted",), numbered=True,
         service="MachineIdentityService"),
    Kind("AI Agent Aggregation", "Aggregate AI agents", 1, 180, ("total",), numbered=True,
         service="MachineIdentityService"),
    Kind("Account Deletion", "Delete accounts", 2, 45, ("deleted",), service="AccountService"),
)  # fmt: skip

_RETURNED = {
    ACCOUNTS: (
        "TASK_OUT_ACCOUNT_AGGREGATION_",
        "applications total optimizedAggregation ignored optimized created updated deleted managerChanges "
        "detectedRoleChanges exceptionChanges policies policyViolations policyNotifications scoresChanged "
        "snapshotsCreated scopesCreated scopesCorrelated scopesSelected scopesDormant unscopedIdentities "
        "certificationsCreated certificationsDeleted applicationsGenerated managedAttributesCreated "
        "managedAttributesCreatedByApplication identityEntitlementsCreated groupsCreated",
    ),
    ENTITLEMENTS: (
        "TASK_OUT_ACCOUNT_GROUP_AGGREGATION_",
        "applications total groupsCreated groupsUpdated groupsDeleted",
    ),
}


def returns_of(kind: Kind | str, shape: str = "real") -> list[dict[str, Any]]:
    """What tasks of the kind return: with ``displayLabel`` as real tenants say it, with ``name`` by the schema."""
    name = kind if isinstance(kind, str) else kind.name
    counted = "" if isinstance(kind, str) else " ".join(kind.counts)
    prefix, attributes = _RETURNED.get(name, ("TASK_OUT_", counted))
    key = "displayLabel" if shape == "real" else "name"
    return [{key: prefix + _upper(attribute), "attributeName": attribute} for attribute in attributes.split()]


def _upper(name: str) -> str:
    """``groupsCreated`` as ``GROUPS_CREATED``."""
    return "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in name)
