# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The handlers of the endpoints: a checked request goes in, an answer comes out."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from . import filters, patching
from .answers import ILLEGAL_VALUE, JSON, Answer, APIError
from .generations import Generation
from .store import Record
from .tenant import Tenant

if TYPE_CHECKING:
    from .app import Call

_LARGEST_PAGE = 250
_LARGEST_INT = 2**31 - 1
_DEPRECATED = {"X-Deprecated": "true"}


def _query(call: Call, tenant: Tenant, known: tuple[str, ...]) -> dict[str, str]:
    """The query parameters; of one that is given twice the first counts."""
    try:
        pairs = parse_qsl(call.query, keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as exc:
        raise APIError(400, "the query is not UTF-8", code=ILLEGAL_VALUE) from exc
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if name not in known and tenant.settings.unknown_parameters == "refuse":
            raise APIError(400, f"parameter {name} is not supported", code=ILLEGAL_VALUE)
        parameters.setdefault(name, value)
    return parameters


def _number(parameters: dict[str, str], name: str, default: int, largest: int = _LARGEST_INT) -> int:
    text = parameters.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"\d{1,10}", text, re.ASCII) or int(text) > largest:
        raise APIError(400, f"parameter {name} must be a number from 0 to {largest}", code=ILLEGAL_VALUE)
    return int(text)


def _flag(parameters: dict[str, str], name: str) -> bool:
    text = parameters.get(name, "false").lower()
    if text not in ("true", "false"):
        raise APIError(400, f"parameter {name} must be true or false", code=ILLEGAL_VALUE)
    return text == "true"


def _ascending(parameters: dict[str, str]) -> bool:
    sorters = [item.strip() for item in parameters.get("sorters", "").split(",") if item.strip()]
    for sorter in sorters:
        if sorter not in ("created", "-created"):
            raise APIError(400, f"sorting by {sorter} is not supported", code=ILLEGAL_VALUE)
    return bool(sorters) and sorters[0] == "created"


def _overlapping(offset: int, tenant: Tenant) -> int:
    """Where a page really begins: all but the first may repeat the end of the one before it."""
    return max(offset - tenant.settings.page_overlap, 0)


def _body(records: list[Record]) -> bytes:
    return b"[" + b",".join([record.body for record in records]) + b"]"


def list_tasks(call: Call, tenant: Tenant, generation: Generation) -> Answer:
    """``GET`` the list: completed tasks only, or all, as the generation has it."""
    parameters = _query(call, tenant, ("limit", "offset", "count", "filters", "sorters"))
    limit = _number(parameters, "limit", _LARGEST_PAGE, _LARGEST_PAGE)
    offset = _number(parameters, "offset", 0)
    count = _flag(parameters, "count")
    ascending = _ascending(parameters)
    text = parameters.get("filters", "").strip()
    try:
        selection = filters.parse(text, generation, tenant.settings) if text else None
    except filters.FilterError as exc:
        raise APIError(400, str(exc), code=ILLEGAL_VALUE, detail=exc.detail) from exc
    records, total = tenant.store.page(
        "all" if generation.lists_pending else "completed",
        offset=_overlapping(offset, tenant),
        limit=limit,
        ascending=ascending,
        selection=selection,
        selection_name=(generation.name, text),
        cutoff_ms=tenant.cutoff_ms(),
    )
    headers = {"Content-Type": JSON}
    if count:
        headers["X-Total-Count"] = str(total)
    answer = Answer(200, _body(records), headers)
    tenant.races.after_read([record.id for record in records], is_list=True)
    return answer


def pending_tasks(call: Call, tenant: Tenant, generation: Generation) -> Answer:
    """``GET`` or ``HEAD`` the deprecated pending list: no filters, no sorters."""
    parameters = _query(call, tenant, ("limit", "offset", "count"))
    limit = _number(parameters, "limit", _LARGEST_PAGE, _LARGEST_PAGE)
    offset = _number(parameters, "offset", 0)
    count = _flag(parameters, "count")
    records, total = tenant.store.page(
        "pending", offset=_overlapping(offset, tenant), limit=limit, cutoff_ms=tenant.cutoff_ms()
    )
    headers = dict(_DEPRECATED)
    if count:
        headers["X-Total-Count"] = str(total)
    if total == 0 and tenant.settings.empty_pending == 204:
        return Answer(204, b"", headers)
    headers["Content-Type"] = JSON
    answer = Answer(200, _body(records), headers)
    if call.method == "GET":
        tenant.races.after_read([record.id for record in records], is_list=True)
    return answer


def _record(call: Call, tenant: Tenant) -> Record:
    record = tenant.store.get(call.task_id or "", tenant.cutoff_ms())
    if record is None:
        raise APIError(404, "TaskStatus with the given id was not found.")
    return record


def get_task(call: Call, tenant: Tenant, generation: Generation) -> Answer:
    """``GET`` one task, pending or completed."""
    record = _record(call, tenant)
    answer = Answer(200, record.body, {"Content-Type": JSON})
    tenant.races.after_read([record.id], is_list=False)
    return answer


def update_task(call: Call, tenant: Tenant, generation: Generation) -> Answer:
    """``PATCH`` one task: needs a client that may write, and a JSON Patch document."""
    if not call.client.may_write:
        raise APIError(403, "A personal access token with idn:task-management:write is needed.")
    content_type = call.header("content-type") or ""
    if content_type.split(";")[0].strip().lower() != "application/json-patch+json":
        raise APIError(415, "The content type must be application/json-patch+json.")
    try:
        document = json.loads(call.body)
    except (ValueError, RecursionError) as exc:
        raise APIError(400, "the body is not JSON") from exc
    record = _record(call, tenant)
    try:
        task = patching.apply(tenant.current(record), document, tenant.now(), tenant.settings.test_op)
    except patching.PatchInvalid as exc:
        raise APIError(400, str(exc)) from exc
    except patching.PatchRefused as exc:
        raise APIError(tenant.settings.test_refused, str(exc)) from exc
    return Answer(200, tenant.change(record, task, call.shows_after).body, {"Content-Type": JSON})
