# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vendor's own Python SDK drives the simulator: a client that no one here wrote, and its strict models."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

sailpoint = pytest.importorskip("sailpoint", reason="the vendor's SDK is not installed (pip install sailpoint)")


@pytest.fixture
def tasks_api(simulator: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Any]:
    """The SDK's TaskManagementApi, signed in by itself; it speaks the un-versioned paths (v1) only."""
    from sailpoint.task_management.api.task_management_api import TaskManagementApi

    with _client(simulator, "task_management", monkeypatch, tmp_path) as client:
        yield TaskManagementApi(client)


def _client(simulator: Any, part: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    """The client of a part of the SDK, signed in by itself."""
    from sailpoint.configuration import Configuration, ConfigurationParams

    monkeypatch.chdir(tmp_path)  # the SDK reads ./config.json
    for name, value in simulator.environment.items():
        monkeypatch.setenv(name, value)
    parameters = ConfigurationParams()
    parameters.base_url = simulator.base_url
    parameters.client_id = simulator.client_id
    parameters.client_secret = simulator.client_secret
    return import_module(f"sailpoint.{part}.api_client").ApiClient(Configuration(parameters))


@pytest.fixture
def seeded(simulator: Any) -> Any:
    """600 tasks by the vendor's schema, 40 of them pending; made before the SDK signs in."""
    simulator.reset(tasks=600, stuck=40, seed=11, settings={"shape": "schema"})
    return simulator


def test_list(seeded: Any, tasks_api: Any) -> None:
    from sailpoint.paginator import Paginator

    listed = Paginator.paginate(tasks_api.get_task_status_list_v1, 1000, limit=250)
    assert [task.id for task in listed] == list(seeded.tasks())
    answer = tasks_api.get_task_status_list_v1_with_http_info(
        filters="completionStatus isnull", count=True, limit=5, sorters="created"
    )
    assert {name.lower(): value for name, value in answer.headers.items()}["x-total-count"] == "40"
    assert [task.id for task in answer.data] == list(seeded.pending())[::-1][:5]
    by_type = tasks_api.get_task_status_list_v1(filters='type eq "CLOUD_ACCOUNT_AGGREGATION"')
    assert {task.unique_name for task in by_type} == {"Cloud Account Aggregation"}


def test_its_strict_models_refuse_what_real_tenants_answer(simulator: Any, tasks_api: Any) -> None:
    simulator.put_tasks([{"id": "a", "returns": [{"displayLabel": "TASK_OUT_TOTAL", "attributeName": "total"}]}])
    with pytest.raises(ValueError, match="TaskReturnDetails"):
        tasks_api.get_task_status_v1("a")


def test_get(seeded: Any, tasks_api: Any) -> None:
    for task_id, stored in list(seeded.tasks().items())[::50]:
        task = tasks_api.get_task_status_v1(task_id)
        assert (task.id, task.unique_name, task.completion_status) == (
            task_id, stored["uniqueName"], stored["completionStatus"],
        )  # fmt: skip
        assert task.task_definition_summary.unique_name == stored["taskDefinitionSummary"]["uniqueName"]
        assert task.attributes == stored["attributes"]


def test_get_of_an_unknown_task(seeded: Any, tasks_api: Any) -> None:
    from sailpoint.task_management.exceptions import NotFoundException

    with pytest.raises(NotFoundException):
        tasks_api.get_task_status_v1("none")


def test_update(seeded: Any, tasks_api: Any) -> None:
    from sailpoint.task_management.models.json_patch_operation import JsonPatchOperation
    from sailpoint.task_management.models.json_patch_operation_value import JsonPatchOperationValue

    def replace(path: str, value: str) -> Any:
        return JsonPatchOperation(op="replace", path=path, value=JsonPatchOperationValue(value))

    task_id = next(iter(seeded.pending()))
    operations = [replace("/completionStatus", "Error"), replace("/completed", "2026-05-17T19:33:16.470Z")]
    updated = tasks_api.update_task_status_v1(task_id, operations)
    assert (updated.id, updated.completion_status) == (task_id, "ERROR")
    assert updated.completed.isoformat() == "2026-05-17T19:33:16.470000+00:00"
    assert seeded.task(task_id)["completionStatus"] == "ERROR"
    assert seeded.log(kind="update")[0]["headers"]["content-type"] == "application/json-patch+json"


@pytest.mark.parametrize("shape", ["real", "schema"])
def test_aggregations(shape: str, seeded: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    from sailpoint.account_aggregations.api.account_aggregations_api import AccountAggregationsApi
    from sailpoint.sources.api.sources_api import SourcesApi

    seeded.settings(shape=shape)
    source_id = next(task["target"]["id"] for task in seeded.tasks().values() if task["target"])
    sources = SourcesApi(_client(seeded, "sources", monkeypatch, tmp_path))
    entitlements = sources.import_entitlements_v1(source_id, file=b"id\n")
    assert (entitlements.unique_name, entitlements.launcher) == ("Cloud Group Aggregation", "slpt.services")
    started = sources.import_accounts_v1(source_id, disable_optimization="true").task
    assert (started.name, started.attributes.optimized_aggregation) == ("Cloud Account Aggregation", "disabled")
    aggregations = AccountAggregationsApi(_client(seeded, "account_aggregations", monkeypatch, tmp_path))
    assert aggregations.get_account_aggregation_status_v1(started.id).status == "ACCOUNTS_COLLECTED"
