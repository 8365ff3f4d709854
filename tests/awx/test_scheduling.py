# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/scheduling.md, docs/systemd and docs/inventory, tried: the very command lines, with their paths in a temporary
folder.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from awx.machine import GUIDE, SYSTEMD, Machine
from awx.support import DOCS, EXAMPLE_VAULT_PASSWORD, SECRET, TENANTS, Run, pending, search_path, tool, updates
from simulator.server import Simulator
from tools.limits import HANGS_AFTER, eventually

LOCKED = 75


@pytest.fixture
def machine(tmp_path: Path, collections_path: Path) -> Machine:
    """A machine without /etc/sailpoint/environment yet."""
    return Machine(tmp_path / "machine", collections_path)


def ended(command: list[str], env: Mapping[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs a command with this environment only."""
    tool("flock")
    return subprocess.run(
        command,
        env=dict(env),
        cwd=cwd,
        check=False,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@contextmanager
def under_way(
    command: list[str], env: Mapping[str, str], cwd: Path, simulator: Simulator
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Runs a command and yields it, with the file of its output, while its first update is under way: the tenant
    answers that when it is released.
    """
    tool("flock")
    simulator.arm({"match": {"kind": "update", "nth": 1}, "action": {"kind": "stall", "seconds": 3600}})
    output = cwd / "output-of-what-is-under-way"
    with output.open("w") as file:
        process = subprocess.Popen(
            command, env=dict(env), cwd=cwd, text=True, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
    try:
        eventually(lambda: process.poll() is not None or simulator.counters()["by_kind"].get("update"), "an update")
        yield process, output
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(HANGS_AFTER)


def check_processes(process: subprocess.Popen[str]) -> None:
    """Assert that no secret is in the process list."""
    if sys.platform.startswith("linux"):  # it is read from /proc
        lines = {pid: _command_line(pid) for pid in _family(process.pid)}
        assert any("idops.sailpoint.clear_pending_tasks" in line for line in lines.values()), lines
        assert not any(SECRET in line for line in lines.values())


def test_cron_clears_what_is_stuck_and_leaves_a_report(machine: Machine, simulator: Simulator) -> None:
    machine.write_environment(simulator)
    with under_way(machine.cron, machine.environment, machine.root, simulator) as (process, output):
        check_processes(process)
        simulator.release()
        assert process.wait(HANGS_AFTER) == 0, output.read_text()
    assert pending(simulator) == {"young"}
    assert SECRET not in output.read_text()
    reports = list((machine.state / "reports").iterdir())
    assert {path.suffix for path in reports} == {".html", ".json"}
    assert not any(SECRET in path.read_text(encoding="utf-8") for path in reports)
    again = ended(machine.cron, machine.environment, machine.root)
    assert again.returncode == 0, again.stdout
    assert sorted(updates(simulator)) == ["old", "older"]


def test_the_service_clears_what_is_stuck_and_a_second_run_does_nothing_meanwhile(
    machine: Machine, simulator: Simulator
) -> None:
    machine.write_environment(simulator)
    command, environment = machine.service("sailpoint-clear.service")
    with under_way(command, environment, machine.state, simulator) as (first, output):
        second = ended(machine.cron, machine.environment, machine.root)
        assert first.poll() is None, "the first run was over too early to tell anything"
        assert second.returncode == LOCKED
        assert second.stdout == ""
        check_processes(first)
        simulator.release()
        assert first.wait(HANGS_AFTER) == 0, output.read_text()
    assert pending(simulator) == {"young"}
    assert SECRET not in output.read_text()
    for unit in SYSTEMD.glob("sailpoint-clear*.service"):
        assert f"SuccessExitStatus={LOCKED}\n" in unit.read_text(encoding="utf-8")


def test_the_service_for_several_tenants_serves_each(machine: Machine, tenants: dict[str, Simulator]) -> None:
    """With the example inventory and its vaulted secrets, and the password that only the service gets."""
    text = (DOCS / "inventory" / "tenants.yml").read_text(encoding="utf-8")
    for name in TENANTS:
        assert text.count(f"https://{name}.api.identitynow.com") == 1
        text = text.replace(f"https://{name}.api.identitynow.com", tenants[name].base_url)
    (machine.etc / "tenants.yml").write_text(text, encoding="utf-8")
    (machine.etc / "vault-password").write_text(f"{EXAMPLE_VAULT_PASSWORD}\n", encoding="utf-8")
    command, environment = machine.service("sailpoint-clear-tenants.service")
    tenants["globex"].arm({"match": {}, "action": {"kind": "status", "status": 403}})
    done = ended(command, environment, machine.state)
    assert done.returncode == 2, done.stdout
    for name, server in tenants.items():
        assert updates(server) == ([] if name == "globex" else [f"stuck-{name}"])
    assert SECRET not in done.stdout
    assert EXAMPLE_VAULT_PASSWORD not in done.stdout

    tenants["globex"].disarm()
    done = ended(command, environment, machine.state)
    assert done.returncode == 0, done.stdout
    assert updates(tenants["globex"]) == ["stuck-globex"]
    assert updates(tenants["acme"]) == ["stuck-acme"]

    place = command.index("tenants=all")
    for misspelt in ("nobody", "acme,nobody"):
        command[place] = f"tenants={misspelt}"
        done = ended(command, environment, machine.state)
        assert done.returncode == 4, done.stdout


@pytest.mark.parametrize("text", [None, "tenants: {hosts: {acme: {sailpoint_base_url"])
def test_an_inventory_that_cannot_be_read_is_no_success_of_nothing(machine: Machine, text: str | None) -> None:
    (machine.etc / "vault-password").write_text(f"{EXAMPLE_VAULT_PASSWORD}\n", encoding="utf-8")
    if text is not None:
        (machine.etc / "tenants.yml").write_text(text, encoding="utf-8")
    command, environment = machine.service("sailpoint-clear-tenants.service")
    done = ended(command, environment, machine.state)
    assert done.returncode == 1, done.stdout
    assert "tenants.yml" in done.stdout


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""  # ended meanwhile


def _family(pid: int) -> set[int]:
    """A process and all its descendants."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    family = {pid}
    while True:
        more = {child for child, parent in parents.items() if parent in family} - family
        if not more:
            return family
        family |= more


@pytest.mark.parametrize(
    "code, change",
    [
        pytest.param(2, {"max_tasks": 1}, id="limit"),
        pytest.param(2, {"max_tasks": "many"}, id="variable"),
        pytest.param(2, {"SAIL_CLIENT_SECRET": "wrong"}, id="secret"),
        pytest.param(2, {"SAIL_BASE_URL": "http://127.0.0.1:1", "SAIL_RETRIES": "0"}, id="unreachable"),
        pytest.param(1, {"ANSIBLE_COLLECTIONS_PATH": "/nowhere"}, id="collection"),
        pytest.param(1, {"clear.yml": None}, id="no-variables"),
        pytest.param(5, {"clear.yml": "just text"}, id="bad-variables"),
    ],
)
def test_the_exit_codes_are_those_of_the_table(
    code: int, change: dict[str, object], machine: Machine, simulator: Simulator
) -> None:
    machine.write_environment(simulator)
    variables, environment = machine.etc / "clear.yml", machine.etc / "environment"
    for name, value in change.items():
        if name == "clear.yml":
            variables.unlink() if value is None else variables.write_text(str(value), encoding="utf-8")
        elif name.isupper() or name.startswith(("SAIL", "ANSIBLE")):
            with environment.open("a", encoding="utf-8") as file:
                file.write(f"{name}={value}\n")
        else:
            values = yaml.safe_load(variables.read_text(encoding="utf-8"))
            variables.write_text(yaml.safe_dump({**values, f"clear_pending_tasks_{name}": value}), encoding="utf-8")
    done = ended(machine.cron, machine.environment, machine.root)
    assert done.returncode == code, done.stdout
    assert not updates(simulator)
    (row,) = [line for line in GUIDE.splitlines() if re.match(rf"\| (\d+, )*{code}(, \d+)* \|", line)]
    assert row


def test_a_task_that_cannot_be_cleared_is_exit_code_2(machine: Machine, simulator: Simulator) -> None:
    machine.write_environment(simulator)
    simulator.arm({"match": {"kind": "update", "task_id": "old"}, "action": {"kind": "status", "status": 400}})
    done = ended(machine.cron, machine.environment, machine.root)
    assert done.returncode == 2, done.stdout
    assert pending(simulator) == {"young", "old"}


def test_the_units_are_right_by_systemds_own_check(tmp_path: Path) -> None:
    """It also looks whether a command is there, as ansible-rulebook is not: another one stands for it."""
    units = [str(shutil.copy(path, tmp_path)) for path in sorted(SYSTEMD.glob("sailpoint-*"))]
    assert len(units) == 5
    rulebook = tmp_path / "sailpoint-rulebook.service"
    text = rulebook.read_text(encoding="utf-8")
    command = "ExecStart=/opt/sailpoint/bin/ansible-rulebook "
    assert text.count(command) == 1
    rulebook.write_text(text.replace(command, f"ExecStart={tool('true')} "), encoding="utf-8")
    done = subprocess.run(
        [tool("systemd-analyze"), "verify", *units],
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_systemds_check_would_see_a_mistake(tmp_path: Path) -> None:
    unit = tmp_path / "sailpoint-clear.service"
    text = (SYSTEMD / unit.name).read_text(encoding="utf-8")
    unit.write_text(text.replace("LockPersonality=yes", "LockPersonalty=yes"), encoding="utf-8")
    done = subprocess.run(
        [tool("systemd-analyze"), "verify", str(unit)],
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert "LockPersonalty" in done.stdout


def test_the_timers_name_a_moment_of_each_night() -> None:
    for timer in SYSTEMD.glob("*.timer"):
        (calendar,) = re.findall(r"^OnCalendar=(.*)$", timer.read_text(encoding="utf-8"), flags=re.MULTILINE)
        done = subprocess.run(
            [tool("systemd-analyze"), "calendar", "--iterations=2", calendar],
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": search_path(), "TZ": "UTC", "LC_ALL": "C"},
        )
        assert done.returncode == 0, done.stdout
        assert len(re.findall(r" 02:15:00 UTC", done.stdout)) >= 2


def test_the_units_and_the_guide_speak_of_the_same_files() -> None:
    commands = [
        re.findall(
            r"^ExecStart=(.*)$", (SYSTEMD / "sailpoint-clear.service").read_text(encoding="utf-8"), re.MULTILINE
        )[0],
        re.findall(r"exec (flock .*)\n```", GUIDE)[0],
    ]
    service, cron = (command.replace("/usr/bin/flock", "flock").replace("%S", "/var/lib") for command in commands)
    assert service == cron
    for name in set(re.findall(r"\]\((systemd|inventory)/([\w.-]+)\)", GUIDE)):
        assert (DOCS / "/".join(name)).is_file()


def settings(unit: str) -> list[str]:
    """The lines of a unit, by the name of its file, that set something, sorted."""
    return sorted(
        line for line in (SYSTEMD / unit).read_text(encoding="utf-8").splitlines() if re.match(r"[A-Z]\w+=", line)
    )


def test_what_is_always_on_is_kept_in_as_what_runs_at_night() -> None:
    """All that hardens sailpoint-clear.service is in sailpoint-rulebook.service; Java wants one thing left out."""
    night, always = settings("sailpoint-clear.service"), settings("sailpoint-rulebook.service")
    own = ("Description=", "Type=", "ExecStart=", "SuccessExitStatus=", "TimeoutStartSec=")
    assert set(night) - set(always) == {line for line in night if line.startswith(own)}
    assert not any(line.startswith("MemoryDenyWriteExecute=") for line in always)


def test_the_files_that_the_rulebooks_unit_names_come_with_the_collection() -> None:
    """And the guide says how they get to where the unit looks for them."""
    (command,) = [line for line in settings("sailpoint-rulebook.service") if line.startswith("ExecStart=")]
    names = re.findall(r"/etc/sailpoint/(\S+)", command)
    assert sorted(names) == ["rulebook-inventory.yml", "rulebook.yml"]
    for name in names:
        assert (SYSTEMD / name).is_file()
        assert f"{name} /etc/sailpoint/{name}\n" in GUIDE


def test_the_example_inventory_is_one_that_ansible_reads(run: Run) -> None:
    inventory = DOCS / "inventory"
    done = run(
        [
            "ansible-inventory",
            "-i",
            str(inventory / "tenants.yml"),
            "--list",
            "--vault-password-file",
            str(inventory / "example-vault-password"),
        ]
    )
    assert done.returncode == 0, done.stdout
    variables = yaml.safe_load(done.stdout)["_meta"]["hostvars"]
    assert set(variables) == set(TENANTS)
    for name, host in variables.items():
        assert host["sailpoint_base_url"] == f"https://{name}.api.identitynow.com"
        assert set(host["sailpoint_client_secret"]) == {"__ansible_vault"}


def test_the_guides_command_vaults_a_secret_that_ansible_reads(machine: Machine, run: Run, tmp_path: Path) -> None:
    (command,) = re.findall(r"^/opt/sailpoint/bin/(ansible-vault encrypt_string .*)$", GUIDE, flags=re.MULTILINE)
    (machine.etc / "vault-password").write_text("another password\n", encoding="utf-8")
    words = shlex.split(machine.mapped(command, shell=True))
    done = subprocess.run(
        [tool(words[0]), *words[1:]],
        input="tell nobody",
        env={"PATH": search_path(), "HOME": str(tmp_path)},
        check=False,
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    assert "tell nobody" not in done.stdout + done.stderr
    inventory = tmp_path / "inventory.yml"
    indented = "".join(f"      {line}\n" for line in done.stdout.splitlines())
    inventory.write_text(f"tenants:\n  hosts:\n    acme:\n{indented}", encoding="utf-8")
    password = machine.etc / "vault-password"
    arguments = ["-m", "ansible.builtin.debug", "-a", "var=sailpoint_client_secret"]
    shown = run(["ansible", "acme", "-i", str(inventory), "--vault-password-file", str(password), *arguments])
    assert shown.returncode == 0, shown.stdout
    assert '"sailpoint_client_secret": "tell nobody"' in shown.stdout
    assert os.path.getsize(password) > 0
