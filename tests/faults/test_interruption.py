# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is interrupted sends nothing more and tells what was done, where there is anybody to tell.

How soon that is, tests/bench measures. Here the tenant falls silent: it never answers what is under way, so that a run
which is not broken off never ends, and one that is broken off late has sent more.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._http.pace import Pace
from ansible_collections.idops.sailpoint.plugins.module_utils._workers import looking_out
from faults.support import (
    catches,
    check_log,
    connection,
    environment,
    is_by,
    module_command,
    module_input,
    playbook_command,
    process,
    update,
)
from simulator.server import Simulator
from tools.limits import HANGS_AFTER, eventually

IDS = [f"t{number:04d}" for number in range(600)]
ANSWERED = 24  # updates
CONCURRENCY = 8  # the default
A_DAY = 86_400.0


@pytest.fixture
def silent(simulator: Simulator) -> Simulator:
    """A tenant that answers the first updates; the others take effect, and nobody is ever told."""
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    later = list(range(ANSWERED + 1, len(IDS) + 1))
    simulator.arm({"match": {"kind": "update", "nth": later}, "action": {"kind": "stall", "seconds": A_DAY}})
    return simulator


def under_way(simulator: Simulator, concurrency: int = CONCURRENCY) -> int:
    """Wait until the tenant is silent and all threads wait for its answers; return how many requests there were."""
    eventually(lambda: updates(simulator) == ANSWERED + concurrency, "as many updates as there are threads for")
    total: int = simulator.counters()["total"]
    return total


def updates(simulator: Simulator) -> int:
    number: int = simulator.counters()["by_kind"].get("update", 0)
    return number


def check_stopped(simulator: Simulator, sent: int) -> None:
    """Assert that nothing was sent since there were so many requests."""
    assert simulator.counters()["total"] == sent
    check_log(simulator)


def check_told(simulator: Simulator, result: dict[str, Any], reason: str) -> None:
    """Assert that an interrupted run told the truth about every task."""
    held = simulator.tasks()
    sent = {entry["task_id"] for entry in simulator.log(kind="update")}
    assert result["failed"] is True
    assert result["msg"].startswith(f"Interrupted ({reason}")
    assert [item["id"] for item in result["tasks"]] == IDS
    for item in result["tasks"]:
        ours = is_by(item["patch"], held[item["id"]])
        if item["outcome"] == "updated":
            assert ours
            continue
        assert item["outcome"] == "failed"
        if item["id"] not in sent:
            assert held[item["id"]]["completionStatus"] is None
        elif ours:
            assert "is not known" in item["error"]["message"]
        if "before this task was updated" in item["error"]["message"]:
            assert item["id"] not in sent
    done = result["summary"]["updated"]
    assert ANSWERED <= done < len(IDS) and result["changed"] is True
    assert f"of {len(IDS)} tasks {done} updated" in result["msg"]


def in_doubt(result: dict[str, Any]) -> int:
    return sum("is not known" in item.get("error", {}).get("message", "") for item in result["tasks"])


@pytest.mark.parametrize(
    ("number", "concurrency"), [(signal.SIGTERM, CONCURRENCY), (signal.SIGINT, 1), (signal.SIGHUP, CONCURRENCY)]
)
def test_a_module_process_tells_what_was_done(
    silent: Simulator, tmp_path: Path, number: signal.Signals, concurrency: int
) -> None:
    options = connection(silent, id=IDS, return_tasks=False, concurrency=concurrency, timeout=A_DAY)
    with process(module_command("task_status"), environment(tmp_path), module_input(options)) as module:
        sent = under_way(silent, concurrency)
        os.kill(module.pid, number)
        _status, output = module.finished()
    check_stopped(silent, sent)
    result = json.loads(output)
    check_told(silent, result, number.name)
    assert (result["summary"]["updated"], in_doubt(result)) == (ANSWERED, concurrency)


def test_further_signals_do_not_tear_what_is_told_apart(silent: Simulator, tmp_path: Path) -> None:
    """Whoever presses Ctrl-C presses it twice; ansible-core itself sends it to a module's process two times."""
    options = connection(silent, id=IDS, return_tasks=False, timeout=A_DAY)
    with process(module_command("task_status"), environment(tmp_path), module_input(options)) as module:
        sent = under_way(silent)
        while module.popen.poll() is None and catches(module.pid, signal.SIGTERM):
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                os.kill(module.pid, number)
            time.sleep(0.01)
        _status, output = module.finished()
    check_stopped(silent, sent)
    check_told(silent, json.loads(output), "SIG")


def test_a_module_process_whose_updates_are_answered_stops_too(simulator: Simulator, tmp_path: Path) -> None:
    """All of them would take many times as long as the interruption does."""
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    simulator.settings(latency=0.2)
    options = connection(simulator, id=IDS, return_tasks=False)
    with process(module_command("task_status"), environment(tmp_path), module_input(options)) as module:
        eventually(lambda: updates(simulator) > ANSWERED + CONCURRENCY, "some updates")
        os.kill(module.pid, signal.SIGTERM)
        _status, output = module.finished()
    assert updates(simulator) < len(IDS)
    check_log(simulator)
    result = json.loads(output)
    check_told(simulator, result, "SIGTERM")
    assert in_doubt(result) <= CONCURRENCY


@pytest.mark.parametrize("kind", ["pending", "sign_in"])
def test_an_interruption_before_anything_was_updated_is_told(simulator: Simulator, tmp_path: Path, kind: str) -> None:
    simulator.put_tasks({"id": task_id} for task_id in IDS[:10])
    simulator.arm({"match": {"kind": kind}, "action": {"kind": "stall", "seconds": A_DAY}})
    options = connection(simulator, id=IDS[:10], timeout=A_DAY)
    with process(module_command("task_status"), environment(tmp_path), module_input(options)) as module:
        eventually(lambda: simulator.counters()["by_kind"].get(kind), f"a {kind}")
        os.kill(module.pid, signal.SIGTERM)
        _status, output = module.finished()
    result = json.loads(output)
    assert result["failed"] and not result["changed"] and result["summary"]["failed"] == 10
    assert result["msg"].startswith("Interrupted (SIGTERM): of 10 tasks 0 updated, 10 failed")
    assert all("before this task was updated" in item["error"]["message"] for item in result["tasks"])
    assert simulator.log(kind="update") == []


@pytest.mark.parametrize("concurrency", [CONCURRENCY, 1])
def test_an_interruption_while_all_is_being_paused_is_obeyed(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch, concurrency: int
) -> None:
    """A pause for Retry-After, or for the pace, holds nobody back who is to stop."""
    monkeypatch.undo()  # real waits
    simulator.put_tasks({"id": task_id} for task_id in IDS[:50])
    simulator.arm({"match": {"kind": "update"}, "action": {"kind": "status", "status": 429}})
    paused = threading.Event()
    pause = Pace.pause

    def long_pause(pace: Pace, seconds: float) -> None:
        pause(pace, A_DAY)
        paused.set()

    monkeypatch.setattr(Pace, "pause", long_pause)

    def interrupt() -> None:
        paused.wait()
        signal.raise_signal(signal.SIGINT)

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    result = update(simulator, IDS[:50], concurrency=concurrency)
    thread.join()
    assert result["msg"].startswith("Interrupted (KeyboardInterrupt): of 50 tasks 0 updated, 50 failed")
    assert updates(simulator) <= concurrency
    assert simulator.pending().keys() == set(IDS[:50])


# What ends the work of a process for sure

WORK = """
import gc, os, signal, sys, time
from ansible_collections.idops.sailpoint.plugins.module_utils._module import module

class Lost:
    # What is raised while an object ends is lost: Python says so on standard error and goes on.
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)

def work():
    while True:
        time.sleep(0.01)

def deaf():
    while True:
        try:
            work()
        except BaseException:
            pass

with module._as_long_as_anybody_listens():
    sys.stderr.write("begun\\n")
    sys.stderr.flush()
    CALL
"""


@pytest.mark.parametrize(
    ("call", "listens"),
    [("Lost(); work()", True), ("Lost(); work()", False), ("work()", False), ("deaf()", False)],
)
def test_an_interruption_that_python_loses_is_repeated_and_who_is_deaf_to_it_ends(
    tmp_path: Path, call: str, listens: bool
) -> None:
    command = [sys.executable, "-c", WORK.replace("CALL", call)]
    with subprocess.Popen(
        command, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as worker:
        try:
            assert worker.stdout is not None and worker.stderr is not None
            assert worker.stderr.readline() == "begun\n"
            if not listens:
                worker.stdout.close()
            said = worker.stderr.read()
            status = worker.wait(HANGS_AFTER)
        finally:
            worker.kill()
    assert status == 1
    assert ("Interrupted: SIGTERM" in said.splitlines()[-1]) is (call != "deaf()") if said else call == "deaf()"


ORPHAN = """
import multiprocessing, os, time
from ansible_collections.idops.sailpoint.plugins.plugin_utils._action.binding import bound_to_the_controller

controller = os.getpid()

def work():
    while os.getppid() == controller:
        time.sleep(0.01)
    with bound_to_the_controller():
        print("at work", flush=True)

multiprocessing.get_context("fork").Process(target=work).start()
os._exit(0)
"""


def test_a_worker_whose_controller_ended_first_does_nothing(tmp_path: Path) -> None:
    """It is forked, Ctrl-C ends the playbook, and only then it comes to its task."""
    command = [sys.executable, "-c", ORPHAN]
    done = subprocess.run(
        command, env=environment(tmp_path), check=False, capture_output=True, text=True, timeout=HANGS_AFTER
    )  # until the worker has closed its output: its controller is still to be waited for by then
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


UNTOLD = """
import multiprocessing, os, signal, sys, time
from ansible_collections.idops.sailpoint.plugins.plugin_utils._action.binding import bound_to_the_controller

def work():
    def term(number, frame):  # as a worker of ansible-core
        os._exit(7)
    signal.signal(signal.SIGINT, term)
    with bound_to_the_controller():
        print("begun", flush=True)
        time.sleep(86400)

worker = multiprocessing.get_context("fork").Process(target=work)
worker.start()
time.sleep(float(sys.argv[1]))
signal.signal(signal.SIGINT, signal.SIG_DFL)  # as a controller that has been interrupted
worker.join()
print(worker.exitcode)
"""


@pytest.mark.parametrize("seconds", ["0", "1"])
def test_a_worker_that_its_controller_does_not_tell_of_ctrl_c_ends(tmp_path: Path, seconds: str) -> None:
    """It was just being forked when Ctrl-C came; the controller then waits for it, whatever it has to do."""
    command = [sys.executable, "-c", UNTOLD, seconds]
    done = subprocess.run(
        command, env=environment(tmp_path), check=False, capture_output=True, text=True, timeout=HANGS_AFTER
    )
    assert (done.returncode, done.stdout.split()[-1:], done.stderr) == (0, ["7"], "")


def test_a_look_out_takes_no_signal_from_the_main_thread() -> None:
    """The kernel may hand a signal to any thread, and Python handles it when the main thread wakes up by itself."""
    masks: list[set[int]] = []

    def look() -> bool:
        masks.append(set(signal.pthread_sigmask(signal.SIG_BLOCK, [])))
        return True

    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    with looking_out(look):
        eventually(lambda: masks, "a look")
        assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
    assert {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM} <= masks[0]


# A whole ansible-playbook

UPDATE = {
    "name": "Update",
    "idops.sailpoint.task_status": {"id": IDS, "return_tasks": False, "progress_interval": "0"},
    "register": "result",
}


def with_connection(simulator: Simulator) -> dict[str, Any]:
    options = connection(simulator, timeout=A_DAY)
    return {"module_defaults": {"group/idops.sailpoint.task_management": options}}


@pytest.mark.parametrize("in_process", [True, False])
def test_the_timeout_keyword_ends_the_task_and_what_was_done_is_told(
    silent: Simulator, tmp_path: Path, in_process: bool
) -> None:
    """Ansible lets go of a module's process, so that only a run in the controller's own process can tell."""
    result_file, seen = tmp_path / "result.json", tmp_path / "seen"
    until_seen = ["sh", "-c", 'until [ -e "$0" ]; do sleep 0.05; done', str(seen)]
    tasks: list[dict[str, Any]] = [
        {**UPDATE, "timeout": int(A_DAY), "ignore_errors": True, "vars": {"ansible_sailpoint_in_process": in_process}},
        {
            "name": "Keep the result",
            "ansible.builtin.copy": {"dest": str(result_file), "content": "{{ result | to_json }}", "mode": "0600"},
        },
        {"name": "Go on", "ansible.builtin.command": {"argv": until_seen}},
    ]
    command = playbook_command(tmp_path, tasks, **with_connection(silent))
    with process(command, environment(tmp_path)) as playbook:
        sent = under_way(silent)
        at_work = playbook.look()
        # The alarm that Ansible has set for the end of the day: it comes now.
        (worker,) = [pid for pid in at_work if catches(pid, signal.SIGALRM)]
        os.kill(worker, signal.SIGALRM)
        eventually(result_file.exists, "the result")
        eventually(lambda: not set(at_work) & set(playbook.survivors()), "the end of all that was at work")
        check_stopped(silent, sent)
        assert playbook.popen.poll() is None, "the playbook goes on"
        seen.touch()
        status, output = playbook.finished()
        check_stopped(silent, sent)
        assert playbook.survivors() == []
    assert status == 0, output
    result = json.loads(result_file.read_text())
    if in_process:
        check_told(silent, result, "")
        assert (result["summary"]["updated"], in_doubt(result)) == (ANSWERED, CONCURRENCY)
    else:
        assert result["failed"] is True


@pytest.mark.parametrize(
    ("number", "to", "in_process"),
    [
        (signal.SIGINT, "the group", True),
        (signal.SIGKILL, "the group", True),
        (signal.SIGTERM, "ansible-playbook alone", True),
        (signal.SIGKILL, "ansible-playbook alone", False),
    ],
)
def test_an_interrupted_playbook_stops_sending_and_leaves_no_process(
    silent: Simulator, tmp_path: Path, number: signal.Signals, to: str, in_process: bool
) -> None:
    """Ctrl-C in a terminal reaches the group; AWX kills it; a service manager may reach one process only."""
    task = {**UPDATE, "vars": {"ansible_sailpoint_in_process": in_process}}
    command = playbook_command(tmp_path, [task], **with_connection(silent))
    with process(command, environment(tmp_path)) as playbook:
        sent = under_way(silent)
        assert playbook.look()
        if to == "the group":
            os.killpg(playbook.pid, number)
        else:
            os.kill(playbook.pid, number)
        status, _output = playbook.finished()
        assert status != 0
        eventually(lambda: not playbook.survivors(), "the end of all processes")
        check_stopped(silent, sent)
    # What was done stays, and the next run does the rest.
    silent.disarm()
    done = len(IDS) - len(silent.pending())
    rest = update(silent, IDS, return_tasks=False)
    assert done == ANSWERED + CONCURRENCY
    assert rest["summary"]["updated"] == len(IDS) - done and rest["summary"]["unchanged"] == done


def threads(pid: int) -> list[int]:
    """Return the threads of a process but the main one."""
    return [int(path.name) for path in Path(f"/proc/{pid}/task").glob("*") if int(path.name) != pid]


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGINT,
        pytest.param(signal.SIGTERM, marks=pytest.mark.thorough),
        pytest.param(signal.SIGALRM, marks=pytest.mark.thorough),
    ],
)
def test_a_signal_that_the_kernel_hands_to_the_look_out_reaches_the_worker(
    silent: Simulator, tmp_path: Path, number: signal.Signals
) -> None:
    """A worker that waits for a module's process is else deaf to Ctrl-C, and to its task's timeout, to that end."""
    task = {**UPDATE, "timeout": int(A_DAY), "vars": {"ansible_sailpoint_in_process": False}}
    command = playbook_command(tmp_path, [task], **with_connection(silent))
    with process(command, environment(tmp_path)) as playbook:
        sent = under_way(silent)
        (worker,) = [pid for pid in playbook.look() if catches(pid, signal.SIGALRM)]
        (look_out,) = threads(worker)
        os.kill(look_out, number)  # to the process, and to this thread first, if it takes it
        status, _output = playbook.finished()
        assert status != 0
        eventually(lambda: not playbook.survivors(), "the end of all processes")
        check_stopped(silent, sent)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(12))
def test_ctrl_c_at_any_moment_stops_module_processes(simulator: Simulator, tmp_path: Path, seed: int) -> None:
    """All of the tasks take half a minute. By then nothing may have been sent for long, and nobody be there."""
    chance = random.Random(seed)
    simulator.put_tasks({"id": task_id} for task_id in IDS)
    simulator.settings(latency=0.4)
    task = {**UPDATE, "vars": {"ansible_sailpoint_in_process": False}}
    command = playbook_command(tmp_path, [task], **with_connection(simulator))
    with process(command, environment(tmp_path)) as playbook:
        if seed % 2:  # around the time when the module begins
            eventually(lambda: simulator.counters()["total"], "a request")
        until = time.monotonic() + chance.uniform(0.1, 2.0)
        while time.monotonic() < until:
            playbook.look()
            time.sleep(0.01)
        os.killpg(playbook.pid, signal.SIGINT)
        playbook.finished()
        eventually(lambda: not playbook.survivors(), "the end of all processes")
        assert updates(simulator) < len(IDS) / 2
