# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the job "SailPoint: start aggregations again" runs, where an aggregation that it started does not end well."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from awx.support import Run, pending, task
from simulator.server import Simulator

SOURCE = "1" * 32


def _when(there: Callable[[], set[str]]) -> set[str]:
    """Waits until something is there, and returns it."""
    for _try in range(600):
        found = there()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("nothing was started within a minute")


def test_an_aggregation_that_ends_badly_fails_the_job(run: Run, simulator: Simulator) -> None:
    """The sentence names the task and its status."""
    source = {"id": SOURCE, "type": "APPLICATION", "name": "Workday [source]"}
    ended = {"completed": "2026-01-01T00:00:00.000Z", "completionStatus": "SUCCESS"}
    simulator.put_tasks([task("earlier", 300, target=source, **ended)])
    simulator.settings(aggregation_time=600)
    command = ["ansible-playbook", "idops.sailpoint.reaggregate", "-e", f"reaggregate_source_ids={SOURCE}"]
    for status in ("ERROR", "TERMINATED"):
        before = pending(simulator)
        with ThreadPoolExecutor() as pool:
            job = pool.submit(
                run, [*command, "-e", "reaggregate_interval=1s", "-e", "reaggregate_timeout=1m"], simulator.environment
            )
            (started,) = _when(lambda known=before: pending(simulator) - known)  # type: ignore[misc]
            simulator.complete([started], status)
            done = job.result()
        assert done.returncode == 2, done.stdout
        assert f"Task {started} with {status} did not end well." in done.stdout
