# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An error where nobody expects one, in each function of the collection in turn: what was done is told all the same."""

from __future__ import annotations

import itertools
import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.idops.sailpoint.plugins.module_utils._instants import parse_instant
from ansible_collections.idops.sailpoint.plugins.module_utils._module import performing, task_status
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    CLIENT_ID,
    CLIENT_SECRET,
    Signal,
    Tenant,
    response,
    task,
)

TASKS = 12
CODE = str(Path(task_status.__file__).parents[1])  # where the files of module_utils are
IDS = [f"t{number}" for number in range(TASKS)]
WAYS: dict[str, dict[str, Any]] = {
    "ids": {"id": IDS, "concurrency": 4},
    "one by one": {"id": IDS, "concurrency": 1},
    "pending": {"pending": True, "observe": "1s", "concurrency": 4, "precondition": True},
}


def perform(tenant: Tenant, options: Mapping[str, Any], see: Callable[[CodeType], None]) -> dict[str, Any]:
    """Do the work as its hosts do, with each call seen; return the result."""

    def work(*given: Any, **more: Any) -> dict[str, Any]:
        with watching(see):
            return task_status.run(*given, **more)

    given = {"base_url": "https://acme.api.identitynow.com", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    validation = ArgumentSpecValidator(**task_status.argument_spec()).validate({**given, **options})
    client, _transport = tenant.client(retries=1)
    done = performing.perform(work, validation.validated_parameters, lambda settings: client, False, True)
    json.dumps(done.result)
    return done.result


def hard_tenant() -> Tenant:
    """Return a tenant of which one task is gone, one is finished, one update is refused and one answer is lost."""
    tenant = Tenant([task(task_id, "SUCCESS" if task_id == "t1" else None) for task_id in IDS if task_id != "t2"])
    lost = itertools.count()

    def before(request: Any) -> Any:
        if request.method == "PATCH" and request.path.endswith("/t3"):
            return response(400, {"detailCode": "400.1"})
        return None

    def after(request: Any, answer: Any) -> Any:
        is_lost = request.method == "PATCH" and request.path.endswith("/t4") and next(lost) == 0
        return response(504, text="<html>") if is_lost else answer

    tenant.before, tenant.after = before, after
    return tenant


@contextmanager
def watching(see: Callable[[CodeType], None]) -> Iterator[None]:
    """Have each call of a function of the collection seen, in any thread; what is raised is raised in the function."""

    def profile(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(CODE):
            see(frame.f_code)

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


def functions(options: dict[str, Any]) -> dict[str, int]:
    """Return the functions that a run calls, by file and name, and how often."""
    seen: dict[str, int] = {}

    def see(code: CodeType) -> None:
        seen[name_of(code)] = seen.get(name_of(code), 0) + 1

    perform(hard_tenant(), options, see)
    return seen


def name_of(code: CodeType) -> str:
    return f"{code.co_filename[len(CODE) + 1 :]}:{code.co_firstlineno} {code.co_name}"


def can_come_here(error: type[BaseException]) -> bool:
    return error is not Signal or threading.current_thread() is threading.main_thread()


def check(tenant: Tenant, result: dict[str, Any], place: str) -> None:
    """Assert that what is claimed is what the tenant holds."""
    written = {task_id for task_id, number in tenant.writes.items() if number}
    if "tasks" not in result:
        assert not written and not result["changed"], f"{place}: {written} are not told: {result['msg']}"
        return
    for item in result["tasks"]:
        sent = {operation["path"]: operation["value"] for operation in item["patch"] if operation["op"] == "replace"}
        there = tenant.tasks.get(item["id"], {})
        ours = bool(sent) and parse_instant(there.get("completed")) == parse_instant(sent["/completed"])
        if item["outcome"] == "failed":
            assert not ours or "is not known" in item["error"]["message"], (place, item)
        else:
            assert ours is (item["outcome"] == "updated"), (place, item)
    told = {item["id"] for item in result["tasks"]}
    assert written <= told, f"{place}: {written - told} are not told"
    assert result["changed"] is any(item["outcome"] == "updated" for item in result["tasks"])
    if any(item["outcome"] == "failed" for item in result["tasks"]):
        assert result["failed"] and len(result["msg"]) < 1000


def strike_everywhere(options: Mapping[str, Any], error: type[BaseException]) -> int:
    """Raise an error in each function that a run calls, at its first call, the second and the last, a run for each;
    return how many runs.
    """
    runs = 0
    for name, calls in functions(options).items():
        for number in sorted({1, 2, calls}):
            count = itertools.count(1)

            def strike(code: CodeType, name: str = name, number: int = number, count: Any = count) -> None:
                if name_of(code) == name and next(count) == number and can_come_here(error):
                    raise error("bad luck")

            tenant = hard_tenant()
            try:
                check(tenant, perform(tenant, options, strike), f"{name}, call {number}")
            except Signal:
                assert not tenant.writes, f"{name}, call {number}: {tenant.writes} are not told"
            runs += 1
    return runs


# The error may come right where a thread begins.
quiet = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@quiet
@pytest.mark.thorough
@pytest.mark.parametrize("error", [MemoryError, RuntimeError, Signal])
@pytest.mark.parametrize("way", WAYS)
def test_what_was_done_is_told_wherever_an_error_comes(way: str, error: type[BaseException]) -> None:
    assert strike_everywhere(WAYS[way], error) > 200


@quiet
@pytest.mark.brief
def test_what_was_done_is_told_wherever_memory_runs_out() -> None:
    assert strike_everywhere(WAYS["pending"], MemoryError) > 200
