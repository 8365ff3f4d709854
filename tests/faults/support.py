# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Running the modules' work against a tenant, and judging what they claim by what the tenant holds."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Union

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.idops.sailpoint.plugins.module_utils._http.client import Client
from ansible_collections.idops.sailpoint.plugins.module_utils._http.clock import Clock as MonotonicClock
from ansible_collections.idops.sailpoint.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.idops.sailpoint.plugins.module_utils._instants import parse_instant
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status, task_status_info
from ansible_collections.idops.sailpoint.plugins.module_utils._module.performing import perform
from simulator.server import Simulator
from tools import collection
from tools.limits import HANGS_AFTER
from tools.processes import descendants, stat

Result = dict[str, Any]
Fault = dict[str, Any]

OUTCOMES = ("updated", "unchanged", "too_young", "moving", "held", "conflict", "missing", "failed")
#: What the test process itself is told must not reach the playbooks.
_OWN_PREFIXES = ("ANSIBLE_", "SAIL_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "PYTEST_")


# The work of the modules, in this process


def connection(tenant: Simulator, **options: Any) -> dict[str, Any]:
    """Return connection options for a simulated tenant, unpaced and soon to give up trying."""
    return {
        "base_url": tenant.base_url,
        "client_id": tenant.client_id,
        "client_secret": tenant.client_secret,
        "timeout": 60.0,
        "retries": 2,
        "rate_limit": 0,
        **options,
    }


def run(
    work: Any,
    options: Mapping[str, Any],
    check_mode: bool = False,
    diff: bool = False,
    on_client: Callable[[Client], None] = lambda client: None,
    clock: MonotonicClock | None = None,
) -> Result:
    """Do a module's work as its hosts do, and return its result with ``warnings`` for the user.

    :param work: the module_utils of the module, such as ``task_status``
    :param on_client: is called with the client before the work begins
    :param clock: what the client goes by; None: this machine's
    """
    validation = ArgumentSpecValidator(**work.argument_spec()).validate(dict(options))
    assert validation.error_messages == []
    clients: list[Client] = []

    def get_client(settings: ConnectionSettings) -> Client:
        clients.append(Client(settings, clock=clock))
        on_client(clients[0])
        return clients[0]

    try:
        done = perform(work.run, validation.validated_parameters, get_client, check_mode, diff)
    finally:
        for client in clients:
            client.close()
    json.dumps(done.result)
    return {**done.result, "warnings": done.warnings}


_HOST = ("check_mode", "diff", "on_client", "clock")  # what a host gives besides the options


def update(tenant: Simulator, ids: Sequence[str], **options: Any) -> Result:
    """Run the module task_status; what a host gives is as for :func:`run`."""
    host = {name: options.pop(name) for name in _HOST if name in options}
    return run(task_status, {**connection(tenant), "id": list(ids), **options}, **host)


def info(tenant: Simulator, **options: Any) -> Result:
    """Run the module task_status_info."""
    host = {name: options.pop(name) for name in _HOST if name in options}
    return run(task_status_info, {**connection(tenant), **options}, **host)


def outcomes(result: Result) -> dict[str, str]:
    """Return the outcome of each id."""
    return {item["id"]: item["outcome"] for item in result["tasks"]}


def only(result: Result) -> dict[str, Any]:
    """Return the item of a result that has one."""
    (item,) = result["tasks"]
    assert isinstance(item, dict)
    return item


class Clock(MonotonicClock):
    """A clock for a client that can be put forward, or moves by that alone."""

    def __init__(self, stands_still: bool = False) -> None:
        self._ahead = 0.0
        self._stands_still = stands_still

    def __call__(self) -> float:
        return self._ahead + (0.0 if self._stands_still else super().__call__())

    def forward(self, seconds: float) -> None:
        """Put it forward."""
        self._ahead += seconds


# The truth


def is_by(patch: Sequence[Mapping[str, Any]], task: Mapping[str, Any] | None) -> bool:
    """Whether it was this patch that brought a task into its state: the instant tells one update from another."""
    sent = {operation["path"]: operation["value"] for operation in patch if operation["op"] != "test"}
    if task is None or not sent:
        return False
    status = sent.get("/completionStatus")
    if status is not None and str(task.get("completionStatus")).upper() != status.upper():
        return False
    return "/completed" not in sent or parse_instant(task.get("completed")) == parse_instant(sent["/completed"])


def check_truth(
    tenant: Simulator, ids: Sequence[str], result: Result, missing_ok: bool = False, may_end_early: bool = False
) -> Counter[str]:
    """Assert that every claim of a run agrees with what the tenant holds now; return the number of each outcome.

    The run is over, its updates set an instant, and nobody else has changed a task since it was settled.

    :param may_end_early: whether the run may have been ended by something, which it then says
    """
    held = tenant.tasks()
    items = result["tasks"]
    assert [item["id"] for item in items] == list(dict.fromkeys(ids)), "each id once, in order"
    for item in items:
        there, patch, outcome = held.get(item["id"]), item["patch"], item["outcome"]
        ours = is_by(patch, there)
        if outcome == "updated":
            assert ours, item
            assert item.get("task", there) == there
        elif outcome == "missing":
            assert there is None, item
        elif outcome == "failed":
            error = item["error"]
            assert set(error) == {"status", "detail_code", "tracking_id", "message"}
            assert not ours or "is not known" in error["message"], item
        else:
            assert there is not None and not ours, item
            if outcome in ("too_young", "moving"):
                assert patch == []  # it may finish by itself any time, or is just doing so
            else:
                assert there["completionStatus"] is not None, item
                assert item.get("task", there) == there
    counts = Counter(item["outcome"] for item in items)
    assert result["summary"] == {outcome: counts[outcome] for outcome in OUTCOMES}
    assert result["changed"] is (counts["updated"] > 0)
    check_message(result, missing_ok, may_end_early)
    check_log(tenant)
    return counts


def check_message(result: Result, missing_ok: bool = False, may_end_early: bool = False) -> None:
    """Assert that a run fails exactly if it is to, and that its message counts and names the first few."""
    counts = result["summary"]
    bad = [
        item["id"]
        for item in result["tasks"]
        if item["outcome"] == "failed" or (item["outcome"] == "missing" and not missing_ok)
    ]
    assert bool(result.get("failed")) is bool(bad)
    assert ("msg" in result) is bool(bad)
    if bad:
        message = result["msg"]
        assert len(message) < 1000
        if may_end_early:
            message = re.sub(r"^Interrupted \(.+?\): o", "O", message)
        total = len(result["tasks"])
        assert message.startswith(f"Of {total} task{'' if total == 1 else 's'} {counts['updated']} updated, ")
        for number, noun in ((counts["failed"], "failed"), (0 if missing_ok else counts["missing"], "not found")):
            assert (f", {number} {noun}" in message) is (number > 0)
        assert any(task_id in message for task_id in bad)


def check_log(tenant: Simulator) -> None:
    """Assert of the requests so far: no secret where it does not belong, and one patch per task over all tries."""
    patches: dict[str, Any] = {}
    for entry in tenant.log():
        assert entry["leaks"] == [], entry
        if entry["kind"] == "update":
            key = f"{entry['client_id']} {entry['task_id']}"
            assert patches.setdefault(key, entry["body"]) == entry["body"], "the instant is chosen once per task"


# Processes


class Process:
    """A process in a session and group of its own, whose output goes to files so that it never waits for a reader."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], stdin: str = "") -> None:
        self._files = [
            tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115  close() does
            for _stream in range(3)
        ]
        self._files[0].write(stdin)
        self._files[0].seek(0)
        stdin_file, stdout, stderr = self._files
        self.popen = subprocess.Popen(
            command, stdin=stdin_file, stdout=stdout, stderr=stderr, env=dict(environment), start_new_session=True
        )
        self.pid = self.popen.pid
        self._family = {self.pid: _born(self.pid)}

    def look(self) -> list[int]:
        """Return the processes that descend from this one, and remember them."""
        found = descendants(self.pid)
        for pid in found:
            self._family.setdefault(pid, _born(pid))
        return found

    def finished(self) -> tuple[int, str]:
        """Wait for the end; return the exit status, and the output with the error output behind it."""
        status = self.popen.wait(HANGS_AFTER)
        texts = []
        for file in self._files[1:]:
            file.seek(0)
            texts.append(file.read())
        return status, "".join(texts)

    def survivors(self) -> list[int]:
        """Return those of the processes seen so far that still run."""
        # By their birth, too: ids are used again, and nobody else's process is to be taken for one of these.
        return [pid for pid, born in list(self._family.items()) if born is not None and _born(pid) == born]

    def close(self) -> None:
        """End it, and all that it left behind."""
        if self.popen.poll() is None:
            self.look()
        for pid in self.survivors():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.popen.wait(HANGS_AFTER)
        for file in self._files:
            file.close()


@contextlib.contextmanager
def process(command: Sequence[str], environment: Mapping[str, str], stdin: str = "") -> Iterator[Process]:
    """Start a process; end it with all that it left behind at the end of the block."""
    started = Process(command, environment, stdin)
    try:
        yield started
    finally:
        started.close()


def _born(pid: int) -> str | None:
    """Return when a process began, in the kernel's ticks; None if it is over."""
    fields = stat(pid)
    return fields[19] if fields and fields[0] != "Z" else None


def catches(pid: int, number: signal.Signals) -> bool:
    """Whether a process has a handler of its own for a signal."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="latin-1").splitlines():
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False


def module_command(name: str) -> list[str]:
    """Return the command that runs a module as a child process does; its arguments come on standard input."""
    return [sys.executable, str(collection.ROOT / "plugins" / "modules" / f"{name}.py")]


def module_input(options: Mapping[str, Any]) -> str:
    """Return what a module gets on standard input."""
    return json.dumps({"ANSIBLE_MODULE_ARGS": dict(options)})


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return the environment of a child process that finds the collection and leaves everything below ``home``."""
    for folder in ("tmp", "home"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith(_OWN_PREFIXES)}
    tree = os.environ["ANSIBLE_COLLECTIONS_PATH"]
    return {
        **inherited,
        "ANSIBLE_COLLECTIONS_PATH": tree,
        "ANSIBLE_HOME": str(home / "home" / ".ansible"),
        "ANSIBLE_LOCALHOST_WARNING": "False",
        "ANSIBLE_NOCOLOR": "True",
        "HOME": str(home / "home"),
        "PYTHONPATH": tree,
        "TMPDIR": str(home / "tmp"),
        **more,
    }


def playbook_command(folder: Path, tasks: Sequence[Mapping[str, Any]], *arguments: str, **play: Any) -> list[str]:
    """Write a play of these tasks on localhost; return the command that runs it."""
    path = folder / "play.yml"
    content = {"name": "Test", "hosts": "localhost", "gather_facts": False, **play, "tasks": list(tasks)}
    path.write_text(json.dumps([content]), encoding="utf-8")  # which is YAML, too
    return [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", *_LOCAL, *arguments, str(path)]


_LOCAL = ("-c", "local", "-e", json.dumps({"ansible_python_interpreter": sys.executable}))


# Servers other than the simulator


def closed_port() -> int:
    """Return a port of the loopback address where nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


Answering = Callable[[str], Union[bytes, Iterator[bytes], None]]


class Listener:
    """A server that keeps every byte it gets and answers each request by a function of the request's text."""

    def __init__(self, answer: Answering) -> None:
        self.received: list[str] = []
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._socket.getsockname()[1]
        self.base_url = f"http://127.0.0.1:{self.port}"
        self._closing = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._closing:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while request := _read_request(connection):
                self.received.append(request)
                answer = self._answer(request)
                if answer is None:
                    return
                if not isinstance(answer, bytes):
                    for part in answer:
                        connection.sendall(part)
                    return
                connection.sendall(answer)
                if b"\r\nConnection: close\r\n" in answer:
                    return

    def close(self) -> None:
        """Stop listening."""
        self._closing = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(HANGS_AFTER)


@contextlib.contextmanager
def listening(answer: Answering) -> Iterator[Listener]:
    """Run a :class:`Listener`.

    :param answer: returns the whole answer as it is sent, or its parts, after which it hangs up, or None to do that
    """
    listener = Listener(answer)
    try:
        yield listener
    finally:
        listener.close()


def _read_request(connection: socket.socket) -> str:
    """Return the next request of a connection, head and body; empty at its end."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return data.decode("latin-1")
        data += chunk
    head, _blank, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    while len(body) < length:
        chunk = connection.recv(65536)
        if not chunk:
            break
        body += chunk
    return (head + b"\r\n\r\n" + body).decode("latin-1")


def http_answer(
    status: int, body: bytes | str | object = b"", headers: Iterable[tuple[str, str]] = (), close: bool = False
) -> bytes:
    """Return a whole HTTP answer; what is neither bytes nor text becomes JSON."""
    if isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = json.dumps(body).encode()
    given = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers]
    if close:
        given.append(("Connection", "close"))
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{name}: {value}" for name, value in given), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body
