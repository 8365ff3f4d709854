# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user of the vendor's Python SDK 1.x does, in the generation of the first argument; tells it as JSON.

The second argument is a task to update, the third a source to aggregate.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import sys
from typing import Any

version, task_id, source_id = sys.argv[1:]


def part(module: str, name: str) -> Any:
    return getattr(importlib.import_module(f"sailpoint.{version}.{module}"), name)


def main() -> dict[str, object]:
    from sailpoint.configuration import Configuration

    configuration = Configuration()  # signs in, by what the environment says
    configuration.experimental = True
    configuration.suppress_experimental_warnings = True
    client = part("api_client", "ApiClient")(configuration)
    tasks = part("api.task_management_api", "TaskManagementApi")(client)
    told: dict[str, object] = {}
    pages = [tasks.get_task_status_list(limit=250, offset=offset) for offset in (0, 250, 500)]
    told["listed"] = [task.id for page in pages for task in page]
    if version != "v2026":
        told["pending"] = [task.id for task in tasks.get_pending_tasks()]
        head = tasks.get_pending_task_headers_with_http_info(count=True)
        told["count"] = int({name.lower(): value for name, value in head.headers.items()}["x-total-count"])
    else:
        pending = tasks.get_task_status_list_with_http_info(filters="completionStatus isnull", count=True)
        told["pending"] = [task.id for task in pending.data]
        told["count"] = int({name.lower(): value for name, value in pending.headers.items()}["x-total-count"])
    by_type = tasks.get_task_status_list(filters='type eq "CLOUD_ACCOUNT_AGGREGATION"')
    told["names"] = sorted({task.unique_name for task in by_type})
    by_source = tasks.get_task_status_list(filters=f'sourceId eq "{source_id}"')
    told["sources"] = sorted({task.target.id for task in by_source})
    operation = part("models.json_patch_operation", "JsonPatchOperation")
    values = {"/completionStatus": "Error", "/completed": "2026-05-17T19:33:16.470Z"}
    patch = [operation.from_dict({"op": "replace", "path": path, "value": value}) for path, value in values.items()]
    updated = tasks.update_task_status(task_id, patch)
    told["updated"] = [updated.id, updated.completion_status, updated.completed.isoformat()]
    told["read"] = tasks.get_task_status(task_id).completion_status
    if version == "v2026":
        return told  # it has no sources there
    sources = part("api.sources_api", "SourcesApi")(client)
    started = sources.import_accounts(source_id, disable_optimization="true").task
    told["started"] = [started.name, started.launcher]
    aggregations = part("api.account_aggregations_api", "AccountAggregationsApi")(client)
    told["status"] = aggregations.get_account_aggregation_status(started.id).status
    entitlements = sources.import_entitlements(source_id, file=b"id\n")
    told["entitlements"] = [entitlements.unique_name, entitlements.launcher]
    return told


with contextlib.redirect_stdout(io.StringIO()):  # it prints
    answer = main()
print(json.dumps(answer))
