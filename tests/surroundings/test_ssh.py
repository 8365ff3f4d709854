# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules on another host, over SSH: here it is an OpenSSH server of the test's own on a loopback port."""

from __future__ import annotations

import getpass
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from faults.support import Process, catches, check_log, closed_port, environment, process
from faults.test_secrets import Watch
from simulator.server import Simulator
from surroundings.support import program
from tools.limits import eventually
from tools.processes import descendants

A_DAY = 86_400
HOSTS = ("acme", "globex")
FILES = pytest.param(False, id="files", marks=pytest.mark.thorough)
PIPELINING = pytest.mark.parametrize("pipelining", [pytest.param(True, id="pipelining"), FILES])

_SERVER = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/key.pub
PidFile none
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
UsePAM no
Subsystem sftp internal-sftp
"""


@dataclass
class Server:
    """An SSH server that lets whoever has the key in as the user who runs the tests."""

    process: Process
    port: int
    folder: Path

    @property
    def variables(self) -> dict[str, Any]:
        """How a host of an inventory is reached through it."""
        known_hosts = f"-o UserKnownHostsFile={self.folder}/known_hosts -o StrictHostKeyChecking=yes"
        return {
            "ansible_connection": "ssh",
            "ansible_host": "127.0.0.1",
            "ansible_port": self.port,
            "ansible_user": getpass.getuser(),
            "ansible_ssh_private_key_file": str(self.folder / "key"),
            "ansible_ssh_common_args": f"-F none -o IdentitiesOnly=yes {known_hosts}",
            "ansible_python_interpreter": sys.executable,
        }

    def modules(self) -> list[int]:
        """The modules that are at work on its side: they have a handler for the signal of a closed terminal."""
        return [pid for pid in descendants(self.process.pid) if catches(pid, signal.SIGHUP)]


@pytest.fixture(scope="module")
def server_folder() -> Iterator[Path]:
    # ssh makes a socket in such a folder, whose path may have some hundred bytes at most.
    with tempfile.TemporaryDirectory(prefix="sp-") as folder:
        yield Path(folder)


@pytest.fixture
def ssh(server_folder: Path) -> Iterator[Server]:
    daemon = program("sshd", "openssh-server")
    keygen = program("ssh-keygen", "openssh-client")
    program("ssh", "openssh-client")
    folder, port = server_folder, closed_port()
    for name in ("key", "host_key"):
        if not (folder / name).exists():
            subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {(folder / 'host_key.pub').read_text()}", encoding="ascii")
    (folder / "sshd_config").write_text(_SERVER.format(port=port, folder=folder), encoding="ascii")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # as its service does
    log = folder / "log"
    log.unlink(missing_ok=True)
    with process([daemon, "-D", "-f", str(folder / "sshd_config"), "-E", str(log)], os.environ) as running:
        eventually(lambda: running.popen.poll() is not None or "listening" in _text(log), "a server that listens")
        assert running.popen.poll() is None, _text(log)
        yield Server(running, port, folder)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def command(
    folder: Path, ssh: Server, simulator: Simulator, tasks: list[dict[str, Any]], *arguments: str, **more: Any
) -> list[str]:
    """Write a play, and an inventory of hosts over SSH with the tenant in their variables; return what runs it."""
    tenant = {
        "sailpoint_base_url": simulator.base_url,
        "sailpoint_client_id": simulator.client_id,
        "sailpoint_client_secret": simulator.client_secret,
    }
    inventory = folder / "inventory.json"
    hosts = {name: {**ssh.variables, **tenant, **more} for name in HOSTS}
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    play = folder / "play.yml"
    play.write_text(
        json.dumps([{"name": "Test", "hosts": "all", "gather_facts": False, "tasks": tasks}]), encoding="utf-8"
    )
    return [sys.executable, "-m", "ansible", "playbook", "-i", str(inventory), *arguments, str(play)]


def surroundings(folder: Path, ssh: Server, pipelining: bool, **more: str) -> dict[str, str]:
    return environment(
        folder,
        ANSIBLE_PIPELINING=str(pipelining),
        ANSIBLE_REMOTE_TMP=str(folder / "remote"),
        ANSIBLE_SSH_CONTROL_PATH_DIR=str(ssh.folder),
        ANSIBLE_BECOME_ALLOW_SAME_USER="true",
        ANSIBLE_INJECT_FACT_VARS="false",
        **more,
    )


IDS = {"acme": ["a1", "a2"], "globex": ["g1", "g2"]}
MINE = {"id": "{{ ids[inventory_hostname] }}"}
TASKS: list[dict[str, Any]] = [
    {"name": "Predict", "idops.sailpoint.task_status": MINE, "check_mode": True, "register": "predicted"},
    {"name": "Update", "idops.sailpoint.task_status": MINE, "register": "done"},
    {"name": "Read", "idops.sailpoint.task_status_info": MINE, "register": "read"},
    {
        "name": "Fail",
        "idops.sailpoint.task_status": {"id": "nowhere"},
        "register": "failed",
        "ignore_errors": True,
    },
    {
        "name": "Compare",
        "ansible.builtin.assert": {
            "that": [
                "predicted is changed and done is changed",
                "predicted.summary == done.summary and done.summary.updated == 2",
                "read.tasks | map(attribute='completionStatus') | list == ['ERROR', 'ERROR']",
                "failed.msg is search('nowhere') and failed.summary.missing == 1",
            ]
        },
    },
]


def become(wanted: bool) -> dict[str, Any]:
    """Return the variables of a host that its modules run on as another user."""
    if not wanted:
        return {}
    if os.getuid() != 0:
        pytest.skip("su asks whoever is not root for a password")
    program("su", "util-linux")
    return {"ansible_become": True, "ansible_become_method": "su", "ansible_become_user": "root"}


@PIPELINING
@pytest.mark.parametrize(
    "other_user", [pytest.param(False, id="same-user"), pytest.param(True, id="become", marks=pytest.mark.thorough)]
)
def test_modules_do_over_ssh_what_they_do_here(
    simulator: Simulator, tmp_path: Path, ssh: Server, pipelining: bool, other_user: bool
) -> None:
    """With the tenant in the inventory, and the secret on no command line, in no environment and no output."""
    simulator.put_tasks({"id": task_id} for ids in IDS.values() for task_id in ids)
    more = become(other_user)
    arguments = ("-vvvvv", "--diff", "-e", json.dumps({"ids": IDS}))
    run = command(tmp_path, ssh, simulator, TASKS, *arguments, **more)
    with process(run, surroundings(tmp_path, ssh, pipelining)) as playbook:
        watches = [Watch(playbook), Watch(ssh.process)]
        status, output = playbook.finished()
        seen = set[bytes]().union(*(watch.close() for watch in watches))
    assert status == 0, output
    assert "SSH: EXEC ssh" in output, "it went over SSH"
    assert not simulator.pending()
    check_log(simulator)
    secret = simulator.client_secret.encode()
    assert secret not in output.encode()
    assert any(b"sshd" in content for content in seen)
    assert not any(secret in content for content in seen), "on a command line, or in an environment"
    assert not list(tmp_path.glob("remote/ansible-tmp-*"))


@PIPELINING
def test_an_interrupted_playbook_ends_its_modules_on_the_other_side_of_ssh(
    simulator: Simulator, tmp_path: Path, ssh: Server, pipelining: bool
) -> None:
    """The connection goes with the playbook, and with it whoever could read a result."""
    simulator.put_tasks({"id": task_id} for ids in IDS.values() for task_id in ids)
    simulator.arm({"match": {"kind": "update"}, "action": {"kind": "stall", "seconds": A_DAY}})
    task = {"name": "Update", "idops.sailpoint.task_status": {**MINE, "timeout": A_DAY}}
    run = command(tmp_path, ssh, simulator, [task], "-e", json.dumps({"ids": IDS}))
    with process(run, surroundings(tmp_path, ssh, pipelining)) as playbook:
        eventually(lambda: simulator.counters()["by_kind"].get("update") == 4, "all updates")
        assert len(ssh.modules()) == len(HOSTS)
        os.killpg(playbook.pid, signal.SIGINT)
        status, _output = playbook.finished()
        assert status != 0
        eventually(lambda: not ssh.modules(), "the end of the modules")
    assert simulator.counters()["by_kind"]["update"] == 4
