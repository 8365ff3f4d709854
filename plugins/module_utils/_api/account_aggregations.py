# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far an account aggregation is: the one endpoint of the API that tells.

Source: https://developer.sailpoint.com/docs/api/v2024/get-account-aggregation-status
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from .._errors import ApiError, NoAnswerError
from .task_status import TaskStatusApi


def status_of(api: TaskStatusApi, task_id: str) -> dict[str, Any] | None:
    """Return what the tenant tells of a running account aggregation, such as ``processedAccounts``.

    None where it knows of none: it forgets it an hour after its end.

    :param task_id: the id of the aggregation's task
    :raises SailPointError: as :meth:`Client.request`; HTTP 403 where the user is of another level than ORG_ADMIN,
        SOURCE_ADMIN and SOURCE_SUBADMIN
    """
    path = f"{api.generation.account_aggregations_path}/{quote(task_id, safe='')}/status"
    try:
        answer = api.client.request("GET", path, headers=api.generation.headers)
    except ApiError as error:
        if error.status == 404 and error.from_tenant:
            return None
        raise
    if not isinstance(answer.data, dict):
        raise NoAnswerError(f"GET {path} was answered with something else than a status.", answer.status)
    return answer.data
