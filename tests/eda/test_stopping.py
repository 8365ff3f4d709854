# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/systemd/sailpoint-rulebook.service, started and stopped: its very command, with its paths in a temporary folder.

systemd itself, as the first process of a machine, is not to be had in a test. So the test does what systemd does by
systemd.kill(5) and what the unit says: it sends the unit's signal to the processes that the unit's KillMode names. The
processes of the unit's control group are those that have the unit's INVOCATION_ID in their environment, which systemd
gives to them, too; what a process of the group starts inherits it, also in a session of its own.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from awx.machine import SYSTEMD, Machine
from eda.support import Rulebook, pending, why_no_rulebook
from simulator.server import Simulator
from tools.limits import eventually

UNIT = SYSTEMD / "sailpoint-rulebook.service"
IDS = [f"t{number:03d}" for number in range(200)]
ANSWERED = 24
CONCURRENCY = 8  # of the module, by default


def setting(name: str) -> str:
    """What the unit sets, once."""
    (value,) = re.findall(rf"^{name}=(.*)$", UNIT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return str(value)


def updates(simulator: Simulator) -> int:
    """How many updates the tenant was asked for."""
    return int(simulator.counters()["by_kind"].get("update", 0))


class Service:
    """The unit, as it runs on a machine."""

    def __init__(self, machine: Machine) -> None:
        command, environment = machine.service(UNIT.name)
        if "JAVA_HOME" in os.environ:  # the machine that runs the test may have Java where it likes
            environment["JAVA_HOME"] = os.environ["JAVA_HOME"]
        assert Path(command[0]).name == "ansible-rulebook"
        self.main = Rulebook(command[1:], environment, machine.state)

    def kill(self, mode: str, number: signal.Signals) -> None:
        """Sends a signal to the processes that a KillMode names."""
        assert mode in ("control-group", "process")
        for pid in self.main.processes() if mode == "control-group" else [self.main.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


@contextmanager
def started(machine: Machine) -> Iterator[Service]:
    """Runs the unit."""
    service = Service(machine)
    try:
        yield service
    finally:
        service.main.stop()


@pytest.fixture
def machine(tmp_path: Path, collections_path: Path, simulator: Simulator) -> Machine:
    """A machine set up as the guide says, for a tenant with many tasks that are stuck; no limit is in their way."""
    reason = why_no_rulebook()
    if reason:
        pytest.skip(reason)
    made = Machine(tmp_path / "machine", collections_path, "ansible-rulebook", "ansible-galaxy")
    made.write_environment(simulator)
    for name in ("rulebook.yml", "rulebook-inventory.yml"):
        text = made.mapped((SYSTEMD / name).read_text(encoding="utf-8"))
        (made.etc / name).write_text(text, encoding="utf-8")
    changed: dict[str, Any] = {"max_tasks": len(IDS), "max_fraction": 1, "observe": 0}
    values = yaml.safe_load((made.etc / "rulebook.yml").read_text(encoding="utf-8"))
    values.update({f"clear_pending_tasks_{name}": value for name, value in changed.items()})
    (made.etc / "rulebook.yml").write_text(yaml.safe_dump(values), encoding="utf-8")
    simulator.put_tasks([pending(task_id, age=90_000) for task_id in IDS])
    return made


def fall_silent(simulator: Simulator) -> None:
    """Has the tenant answer the first updates; the others take effect, but nobody is told before it is released."""
    later = list(range(ANSWERED + 1, len(IDS) + 1))
    simulator.arm({"match": {"kind": "update", "nth": later}, "action": {"kind": "stall", "seconds": 86_400}})


def wait_until_silent(service: Service, simulator: Simulator) -> None:
    """Waits until all threads of the playbook wait for the tenant."""
    service.main.wait_until(lambda: updates(simulator) == ANSWERED + CONCURRENCY, "the playbook to be under way")


def test_a_stop_ends_the_playbook_and_the_next_start_does_the_rest(machine: Machine, simulator: Simulator) -> None:
    fall_silent(simulator)
    with started(machine) as service:
        wait_until_silent(service, simulator)
        assert len(service.main.processes()) > 1, "the playbook is a process of its own"
        service.kill(setting("KillMode"), signal.Signals[setting("KillSignal")])
        eventually(lambda: not service.main.processes(), "the end of all processes, without SIGKILL")
        eventually(lambda: service.main.ended, "its exit code")
    simulator.disarm()
    simulator.release()
    assert updates(simulator) == ANSWERED + CONCURRENCY
    assert len(simulator.pending()) == len(IDS) - ANSWERED - CONCURRENCY
    assert service.main.exit_code == int(setting("SuccessExitStatus")), "a stop is no failure"
    with started(machine) as service:
        service.main.wait_until(lambda: not simulator.pending(), "the rest to be cleared")
        service.main.wait_until(lambda: "PLAY RECAP" in service.main.output, "the playbook to end")
    assert sorted(entry["task_id"] for entry in simulator.log(kind="update")) == IDS
    assert simulator.client_secret not in service.main.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_that_is_stopped_alone_leaves_its_playbook_at_work(
    machine: Machine, simulator: Simulator, number: signal.Signals
) -> None:
    """Why the unit tells all processes, and not the main one only: here the playbook clears the rest, unseen."""
    fall_silent(simulator)
    with started(machine) as service:
        wait_until_silent(service, simulator)
        service.kill("process", number)
        eventually(lambda: service.main.ended, "the end of ansible-rulebook")
        assert service.main.processes(), "the playbook is still there"
        simulator.disarm()
        simulator.release()
        eventually(lambda: not simulator.pending(), "the rest to be cleared by what was left behind")
    assert updates(simulator) == len(IDS)
    assert "PLAY RECAP" not in service.main.output
