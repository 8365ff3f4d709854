# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The simulator as a subprocess, for tests: :func:`running` starts it, waits for it, and always stops it.

Only the standard library is needed here; the interpreter that runs the simulator needs Starlette, uvicorn and
jsonpatch.
"""

from __future__ import annotations

import http.client
import json
import os
import queue
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from tools.limits import HANGS_AFTER

_KILLED_AFTER = 5.0  # seconds that it gets to end by itself


class SimulatorError(Exception):
    """The simulator did not start, or refused a request to its control surface."""


class Simulator:
    """A running simulator: where it is, how to sign in, and its control surface."""

    client_id = "demo-client"
    client_secret = "demo-secret"
    second_client_id = "demo-second-client"
    second_client_secret = "demo-second-secret"
    readonly_client_id = "demo-reader"
    readonly_client_secret = "demo-reader-secret"
    outsider_client_id = "demo-outsider"
    outsider_client_secret = "demo-outsider-secret"

    def __init__(self, base_url: str, certfile: str | os.PathLike[str] | None = None, pid: int | None = None) -> None:
        self.base_url = base_url
        self.pid = pid
        parts = urlsplit(base_url)
        self.port = parts.port or 0
        self._host = parts.hostname or "127.0.0.1"
        self._context: ssl.SSLContext | None = None
        if parts.scheme == "https":
            # The server's own certificate is all the trust that is needed to talk to one's own child.
            self._context = ssl.create_default_context(cafile=str(certfile) if certfile else None)
            self._context.check_hostname = False
            self._context.verify_flags |= getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0)

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which the collection and the vendor's tools find this tenant."""
        return {
            "SAIL_BASE_URL": self.base_url,
            "SAIL_CLIENT_ID": self.client_id,
            "SAIL_CLIENT_SECRET": self.client_secret,
        }

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the control surface (``path`` below ``/_simulator``). Raises SimulatorError if refused."""
        if self._context is not None:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self._host, self.port, timeout=HANGS_AFTER, context=self._context
            )
        else:
            connection = http.client.HTTPConnection(self._host, self.port, timeout=HANGS_AFTER)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, f"/_simulator{path}", data, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status >= 400:
            raise SimulatorError(answer.get("error", f"status {response.status}"))
        return answer

    def reset(self, *, settings: dict[str, Any] | None = None, **seeding: Any) -> dict[str, Any]:
        """Begin anew. ``seeding``: tasks, stuck, seed, now; ``settings`` on top of those of the start."""
        body = {**seeding, **({"settings": settings} if settings is not None else {})}
        state: dict[str, Any] = self.control("POST", "/reset", body)
        return state

    def state(self) -> dict[str, Any]:
        """Settings, number of tasks, faults, races."""
        state: dict[str, Any] = self.control("GET", "/state")
        return state

    def settings(self, **changes: Any) -> dict[str, Any]:
        """The settings, after changing those that are given."""
        method, body = ("PATCH", changes) if changes else ("GET", None)
        settings: dict[str, Any] = self.control(method, "/settings", body)
        return settings

    def put_tasks(self, tasks: Iterable[dict[str, Any]], *, raw: bool = False, replace: bool = False) -> list[str]:
        """Add or replace tasks, partial ones completed with defaults unless ``raw``; ``replace`` drops all others.

        Returns their ids. Raises SimulatorError for tasks that are too old to be returned (see ``retention_days``).
        """
        answer = self.control("PUT" if replace else "POST", "/tasks", {"tasks": list(tasks), "raw": raw})
        if answer["hidden"]:
            raise SimulatorError(
                f"created too long ago to be returned, unless the setting retention_days is 0: {answer['hidden']}"
            )
        ids: list[str] = answer["ids"]
        return ids

    def tasks(self) -> dict[str, dict[str, Any]]:
        """All tasks by id, newest first."""
        return {str(task.get("id")): task for task in self.control("GET", "/tasks")}

    def task(self, task_id: str) -> dict[str, Any]:
        """One task. Raises SimulatorError when there is none."""
        task: dict[str, Any] = self.control("GET", f"/tasks/{quote(task_id, safe='')}")
        return task

    def pending(self) -> dict[str, dict[str, Any]]:
        """The pending tasks by id, newest first."""
        return {task_id: task for task_id, task in self.tasks().items() if task.get("completionStatus") is None}

    def delete_tasks(self, ids: Iterable[str] | None = None) -> int:
        """Delete these tasks, or all; tells how many."""
        deleted: int = self.control("DELETE", "/tasks", {} if ids is None else {"ids": list(ids)})["deleted"]
        return deleted

    def complete(self, ids: Iterable[str], status: str = "SUCCESS", completing: float = 0) -> list[str]:
        """Let pending tasks finish by themselves, their status ``completing`` seconds after ``completed``.

        Tells which did.
        """
        body = {"ids": list(ids), "status": status, "completing": completing}
        completed: list[str] = self.control("POST", "/complete", body)["completed"]
        return completed

    def log(self, **wanted: Any) -> list[dict[str, Any]]:
        """The requests, oldest first; ``since=N`` and any key of an entry select (``kind="update"``)."""
        query = f"?{urlencode(wanted)}" if wanted else ""
        entries: list[dict[str, Any]] = self.control("GET", f"/log{query}")
        return entries

    def clear_log(self) -> None:
        """Forget requests, counters and peaks."""
        self.control("DELETE", "/log")

    def counters(self) -> dict[str, Any]:
        """Requests by kind, status, client, version and fault; in flight, now and at most; peaks per 10 seconds."""
        counters: dict[str, Any] = self.control("GET", "/counters")
        return counters

    def arm(self, *rules: dict[str, Any]) -> None:
        """Arm faults, besides those that are: ``{"match": {...}, "action": {...}}``."""
        self.control("POST", "/faults", {"faults": list(rules)})

    def faults(self) -> list[dict[str, Any]]:
        """The armed faults with how often they matched and fired."""
        rules: list[dict[str, Any]] = self.control("GET", "/faults")
        return rules

    def disarm(self) -> None:
        """Disarm all faults and races."""
        self.control("DELETE", "/faults")
        self.control("DELETE", "/races")

    def release(self) -> int:
        """Let requests go on that a fault holds back at this moment; tells how many. Others are held as before."""
        released: int = self.control("POST", "/release")["released"]
        return released

    def race(self, *rules: dict[str, Any]) -> None:
        """Arm races: ``{"after": "read" | "list" | "seconds", "n", "complete", "status", "completing", "remove",
        "put"}``.
        """
        self.control("POST", "/races", {"races": list(rules)})

    def complete_after_read(self, ids: Iterable[str], status: str = "SUCCESS", reads: int = 1) -> None:
        """These tasks finish right after they were read, each for the ``reads``-th time."""
        self.race({"after": "read", "n": reads, "complete": list(ids), "status": status})

    def finish_after_list(self, ids: Iterable[str], lists: int = 1, status: str = "SUCCESS") -> None:
        """These tasks finish right after the ``lists``-th list request from now on: between two pages."""
        self.race({"after": "list", "n": lists, "complete": list(ids), "status": status})

    def finish_in(self, seconds: float, ids: Iterable[str], status: str = "SUCCESS") -> None:
        """These tasks finish in so many seconds."""
        self.race({"after": "seconds", "n": seconds, "complete": list(ids), "status": status})

    def expire_tokens(self) -> int:
        """Let all live tokens die now; tells how many."""
        expired: int = self.control("POST", "/expire-tokens")["expired"]
        return expired

    def token(self, client_id: str = client_id, lifetime: float | None = None) -> str:
        """A token without signing in."""
        body = {"client_id": client_id, **({} if lifetime is None else {"lifetime": lifetime})}
        token: str = self.control("POST", "/tokens", body)["access_token"]
        return token


@contextmanager
def running(
    *,
    python: str = sys.executable,
    tasks: int = 0,
    stuck: int | None = None,
    seed: int = 0,
    now: str | None = None,
    port: int = 0,
    certfile: str | os.PathLike[str] | None = None,
    keyfile: str | os.PathLike[str] | None = None,
    **settings: Any,
) -> Iterator[Simulator]:
    """Start a simulator on 127.0.0.1 and stop it at the end; it also stops when this process dies.

    ``settings`` are those of :class:`simulator.settings.Settings`, by name; ``python`` runs it.
    Raises SimulatorError, with what it said, when it does not start.
    """
    command = [python, str(Path(__file__).resolve().parent), "--watch-stdin"]
    given: dict[str, Any] = {
        "tasks": tasks, "stuck": stuck, "seed": seed, "now": now, "port": port, "certfile": certfile,
        "keyfile": keyfile, **settings,
    }  # fmt: skip
    for name, value in given.items():
        if value is not None:
            text = ",".join(map(str, value)) or "none" if isinstance(value, (list, tuple)) else str(value)
            command.append(f"--{name.replace('_', '-')}={text}")
    with tempfile.TemporaryFile("w+") as stderr:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True, close_fds=True
        )
        try:
            line = _first_line(process)
            if not line.startswith("http"):
                stderr.seek(0)
                raise SimulatorError(f"the simulator did not start: {line}{stderr.read()}")
            yield Simulator(line.split()[0], certfile, process.pid)
        finally:
            _stop(process)


def _first_line(process: subprocess.Popen[str]) -> str:
    """The ready line; empty when the process ends or the time is over before it comes."""
    lines: queue.Queue[str] = queue.Queue()
    stdout = process.stdout
    assert stdout is not None
    threading.Thread(target=lambda: lines.put(stdout.readline()), daemon=True).start()
    try:
        return lines.get(timeout=HANGS_AFTER)
    except queue.Empty:
        return ""


def _stop(process: subprocess.Popen[str]) -> None:
    """End of standard input asks it to stop; what does not listen is killed."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(_KILLED_AFTER)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
