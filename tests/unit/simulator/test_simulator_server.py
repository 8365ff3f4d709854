# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starting and stopping: the command line, HTTPS, the ready line, and that nothing is left running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from simulator.server import Simulator, SimulatorError, running
from tools.limits import HANGS_AFTER, eventually

TESTS = Path(__file__).resolve().parents[2]


def refused(port: int) -> bool:
    """Whether nobody listens."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=HANGS_AFTER).close()
    except ConnectionRefusedError:
        return True
    return False


def test_options_reach_the_tenant() -> None:
    options: dict[str, Any] = {"experimental": [], "bodyless": [404], "latency": 0.25, "test_op": "ignore"}
    with running(tasks=12, stuck=3, seed=4, now="2026-11-01T08:00:00Z", rate_limit=9, **options) as simulator:
        state = simulator.state()
        assert state["tasks"] == {"all": 12, "pending": 3, "completed": 9}
        assert {name: state["settings"][name] for name in options} == options
        assert state["settings"]["rate_limit"] == 9
        first = simulator.tasks()
        port = simulator.port
    eventually(lambda: refused(port), "the end of the simulator")
    with running(tasks=12, stuck=3, seed=4, now="2026-11-01T08:00:00Z") as again:
        assert again.tasks() == first


def test_stops_when_the_test_fails() -> None:
    port = 0
    with pytest.raises(ZeroDivisionError), running() as simulator:
        port = simulator.port
        simulator.arm({"action": {"kind": "stall", "seconds": 3600}})
        client = socket.create_connection(("127.0.0.1", port), timeout=HANGS_AFTER)
        client.sendall(b"GET /v1 HTTP/1.1\r\nHost: x\r\n\r\n")
        raise ZeroDivisionError
    client.close()
    eventually(lambda: refused(port), "the end of the simulator")


def test_stops_when_its_parent_is_killed() -> None:
    script = (
        "import sys, time\n"
        f"sys.path.insert(0, {str(TESTS)!r})\n"
        "from simulator.server import running\n"
        "with running() as simulator:\n"
        "    print(simulator.port, flush=True)\n"
        "    time.sleep(3600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        port = int(parent.stdout.readline())
        assert Simulator(f"http://127.0.0.1:{port}").state()["tasks"]["all"] == 0
    finally:
        parent.kill()
        parent.wait()
        if parent.stdout is not None:
            parent.stdout.close()
    eventually(lambda: refused(port), "the end of the simulator")


@pytest.mark.parametrize("how", ["directory", "module"])
def test_command_line(how: str, tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    command = [sys.executable, str(TESTS / "simulator")] if how == "directory" else [sys.executable, "-m", "simulator"]
    process = subprocess.Popen(
        [*command, "--port-file", str(port_file), "--tasks", "20", "--seed", "1"],
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env={**os.environ, "PYTHONPATH": str(TESTS)},
        cwd=tmp_path,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        base_url = line.split()[0]
        assert "20 tasks, 2 of them pending" in line
        assert base_url == f"http://127.0.0.1:{port_file.read_text().strip()}"
        assert requests.get(f"{base_url}/_simulator/state", timeout=HANGS_AFTER).json()["tasks"]["all"] == 20
        process.send_signal(signal.SIGINT)
        assert process.wait(HANGS_AFTER) == 0
        assert process.stdout.read() == ""
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_help_teaches() -> None:
    answer = subprocess.run(
        [sys.executable, str(TESTS / "simulator"), "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=HANGS_AFTER,
    )
    for word in ("--rate-limit", "--port-file", "examples:", "demo-client", "SAIL_BASE_URL", "/_simulator/"):
        assert word in answer.stdout


@pytest.mark.parametrize(
    "options",
    [{"stuck": 3, "tasks": 2}, {"latency": -1}, {"experimental": ["v7"]}, {"now": "noon"}, {"colour": "red"},
     {"certfile": "/does/not/exist.pem"}, {"keyfile": "x"}, {"test_refused": 500}, {"bodyless": [500]}],
)  # fmt: skip
def test_bad_options_are_told(options: dict[str, Any]) -> None:
    with pytest.raises(SimulatorError, match="error:"), running(**options):
        raise AssertionError("it started")


def test_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SimulatorError, match="cannot listen"), running(port=port):
            raise AssertionError("it started")


def test_https(tmp_path: Path, caller: Any) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    ca, chain, key = tmp_path / "ca.pem", tmp_path / "chain.pem", tmp_path / "key.pem"
    authority.cert_pem.write_to_path(str(ca))
    certificate.cert_chain_pems[0].write_to_path(str(chain))
    certificate.private_key_pem.write_to_path(str(key))
    with running(certfile=chain, keyfile=key, tasks=3, stuck=1) as simulator:
        assert simulator.base_url.startswith("https://127.0.0.1:")
        assert simulator.state()["tasks"]["all"] == 3
        api = caller(simulator.base_url, simulator.token(), verify=str(ca))
        assert len(api.get("/v2025/task-status").json()) == 3
        form = {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": "demo-secret"}
        assert api("POST", "/oauth/token", data=form).status_code == 200
        simulator.arm({"match": {"times": 1, "kind": "get"}, "action": "reset_after"})
        with pytest.raises(requests.ConnectionError):
            api.get("/v2025/task-status/x")
        with pytest.raises(requests.exceptions.SSLError):
            caller(simulator.base_url, "x", verify=True).get("/v2025/task-status")
