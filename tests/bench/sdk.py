# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same work by the vendor's Python SDK, as its documentation shows it: one call after the other.

Usage: sdk.py update N | list N, with SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET set.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timezone
from typing import Any

from sailpoint.configuration import Configuration, ConfigurationParams
from sailpoint.paginator import Paginator
from sailpoint.task_management.api.task_management_api import TaskManagementApi
from sailpoint.task_management.api_client import ApiClient
from sailpoint.task_management.models.json_patch_operation import JsonPatchOperation
from sailpoint.task_management.models.json_patch_operation_value import JsonPatchOperationValue


def _replace(path: str, value: str) -> Any:
    return JsonPatchOperation(op="replace", path=path, value=JsonPatchOperationValue(value))


def main() -> None:
    what, most = sys.argv[1], int(sys.argv[2])
    parameters = ConfigurationParams()
    parameters.base_url = os.environ["SAIL_BASE_URL"]
    parameters.client_id = os.environ["SAIL_CLIENT_ID"]
    parameters.client_secret = os.environ["SAIL_CLIENT_SECRET"]
    with ApiClient(Configuration(parameters)) as client:
        api = TaskManagementApi(client)
        filters = {"filters": "completionStatus isnull"} if what == "update" else {}
        tasks = Paginator.paginate(api.get_task_status_list_v1, most, limit=250, **filters)
        if what == "update":
            now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            for task in tasks:
                api.update_task_status_v1(
                    task.id, [_replace("/completionStatus", "Error"), _replace("/completed", now)]
                )
    if len(tasks) != most:
        raise SystemExit(f"{what}: {len(tasks)} instead of {most}")


if __name__ == "__main__":
    main()
