# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Aggregations: the endpoints that start them, and the one that tells how far one of accounts is."""

from __future__ import annotations

import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from . import forms
from .answers import JSON, Answer, APIError, dump, json_answer
from .generations import Generation
from .kinds import ACCOUNTS, ENTITLEMENTS, returns_of
from .taskstatus import created_ms, parse_instant
from .tenant import Tenant

if TYPE_CHECKING:
    from .app import Call

_TOLD_AFTER_ITS_END = timedelta(hours=1)
# The keys of an account aggregation's task as the answer to its start has them, beside its name.
_TOLD_OF_ACCOUNTS = (
    "id", "type", "description", "parentName", "launcher", "created", "launched", "completed", "completionStatus",
    "messages", "returns", "attributes", "progress",
)  # fmt: skip
_TOLD_OF_ENTITLEMENTS = ("id", "type", "uniqueName", "description", "launcher", "created", "launched", "returns")


def _target(call: Call, tenant: Tenant) -> dict[str, Any]:
    """The source: one that a task works on; there are no others here."""
    if not call.client.may_write:
        raise APIError(403)
    known = [record.task for record in tenant.store if record.source_id == call.source_id]
    if not known:
        raise APIError(404, "Source with the given id was not found.")
    targets = (task["target"] for task in known if isinstance(task.get("target"), dict))
    found: dict[str, Any] | None = next(targets, None)
    name = next((task["attributes"].get("applications") for task in known if not task.get("target")), None)
    return found or {"id": call.source_id, "type": "APPLICATION", "name": name or "Source [source]"}


def _start(tenant: Tenant, name: str, target: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A pending task, which succeeds after ``aggregation_time``."""
    task = {"uniqueName": name, "target": target, "returns": returns_of(name, tenant.settings.shape), **more}
    task = tenant.put(task).task
    settings = tenant.settings
    tenant.races.complete_later(settings.aggregation_time, [task["id"]], "SUCCESS", completing=settings.completing_time)
    return task


def load_accounts(call: Call, tenant: Tenant, generation: Generation) -> Answer:
    """``POST``: starts an account aggregation. The form may name ``disableOptimization``; a file is not read."""
    content_type = call.header("content-type")
    if call.body and forms.media_type(content_type) not in (forms.MULTIPART, forms.URLENCODED):
        raise APIError(415, "The content type must be multipart/form-data.")
    try:
        form = forms.fields(content_type, call.body)
    except ValueError as exc:
        raise APIError(500, str(exc)) from exc
    target = _target(call, tenant)
    attributes: dict[str, Any] = {"appId": call.source_id}
    unoptimized = form.get("disableOptimization", "").lower() == "true"
    attributes["optimizedAggregation"] = "disabled" if unoptimized else "enabled"
    real = tenant.settings.shape == "real"
    if real:
        attributes["eventId"] = uuid4().hex
    task = _start(tenant, ACCOUNTS, target, attributes=attributes)
    told = {"name": task["uniqueName"], **{key: task[key] for key in _TOLD_OF_ACCOUNTS}}
    if real:
        told["created"] = told["launched"] = created_ms(task, 0)
    return json_answer(202, {"success": True, "task": told})


def load_entitlements(call: Call, tenant: Tenant, generation: Generation) -> Answer:
    """``POST``: starts an entitlement aggregation. Answers with the task itself, without a wrapper."""
    content_type = call.header("content-type")
    try:
        forms.fields(content_type, call.body)
        multipart = forms.media_type(content_type) == forms.MULTIPART
    except ValueError:
        multipart = False
    if not multipart:
        raise APIError(500, "the request was rejected because no multipart boundary was found")
    target = _target(call, tenant)
    more = {"launcher": "slpt.services", "launched": None, "attributes": {"appId": call.source_id}}
    task = _start(tenant, ENTITLEMENTS, target, **more)
    told = {key: task[key] for key in _TOLD_OF_ENTITLEMENTS}
    told["created"] = told["created"].replace("Z", "+00:00")
    if tenant.settings.shape != "real":
        del told["launched"]
    return json_answer(202, told)


def aggregation_status(call: Call, tenant: Tenant, generation: Generation) -> Answer:
    """``GET``: how far an account aggregation is, up to an hour after its end; while it is pending nothing moves."""
    if not call.client.may_write:
        raise APIError(403)
    record = tenant.store.get(call.task_id or "", tenant.cutoff_ms())
    if record is None or record.type_key != "CLOUD_ACCOUNT_AGGREGATION":
        raise APIError(404)
    completed = record.task.get("completed")
    if completed is not None and tenant.now() - parse_instant(completed) > _TOLD_AFTER_ITS_END:
        raise APIError(404)
    state = {None: "ACCOUNTS_COLLECTED", "TERMINATED": "TERMINATED"}.get(record.status, "COMPLETED")
    total = 100 + zlib.crc32(record.id.encode("utf-8", "replace")) % 5000
    done = total if state == "COMPLETED" else total * 2 // 3
    told = {
        "start": record.task.get("launched") or record.task.get("created"),
        "status": state,
        "totalAccounts": total,
        "processedAccounts": done,
        "totalAccountsMarkedForDeletion": total // 50,
        "deletedAccounts": done // 50,
        "totalIdentities": total,
        "processedIdentities": done,
    }
    return Answer(200, dump(told), {"Content-Type": JSON})
