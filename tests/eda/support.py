# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several tests of the event source and its rulebooks use."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from tools.limits import HANGS_AFTER, eventually

ROOT = Path(__file__).resolve().parents[2]
RULEBOOKS = ROOT / "extensions" / "eda" / "rulebooks"


def search_path() -> str:
    """PATH with the commands of this interpreter's environment first."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def why_no_rulebook() -> str:
    """Why ansible-rulebook cannot run here; empty when it can. It wants Java 17 or newer."""
    if shutil.which("ansible-rulebook", path=search_path()) is None:
        return "ansible-rulebook is not installed here"
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    try:
        done = subprocess.run([java or "java", "-version"], check=True, stderr=subprocess.PIPE, text=True)
    except (OSError, subprocess.CalledProcessError):
        return "ansible-rulebook needs Java 17, and there is no Java here"
    version = re.search(r'version "(\d+)', done.stderr)
    if version is None or int(version[1]) < 17:
        return f"ansible-rulebook needs Java 17; here is {done.stderr.splitlines()[0]}"
    return ""


def ago(seconds: float) -> str:
    """The instant so many seconds ago, as the API writes it."""
    instant = datetime.now(timezone.utc) - timedelta(seconds=seconds)
    return instant.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def pending(task_id: str, age: float = 0.0, **fields: Any) -> dict[str, Any]:
    """A pending TaskStatus that was launched so many seconds ago."""
    return {"id": task_id, "created": ago(age), "launched": ago(age), **fields}


def completed(task_id: str, status: str = "SUCCESS", age: float = 0.0) -> dict[str, Any]:
    """A TaskStatus that was launched so many seconds ago and has ended."""
    return pending(task_id, age, completionStatus=status, completed=ago(0))


class Rulebook:
    """A running ansible-rulebook, and what it printed so far. Stopped at the end of a `with` block, and with it the
    playbooks that it started: of itself it leaves them running, each in a session of its own.

    All its processes have an INVOCATION_ID of its own in their environment, as those of a systemd unit do.
    """

    def __init__(self, arguments: list[str], env: Mapping[str, str], cwd: Path) -> None:
        self._lines: list[str] = []
        invocation = uuid.uuid4().hex
        self._mark = f"INVOCATION_ID={invocation}".encode()
        self._process = subprocess.Popen(
            [str(shutil.which("ansible-rulebook", path=search_path())), *arguments],
            env={**env, "INVOCATION_ID": invocation},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Rulebook:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    @property
    def output(self) -> str:
        """All that it printed so far, errors included."""
        return "".join(self._lines)

    @property
    def pid(self) -> int:
        """Its process, the main one."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """What it ended with, None while it runs."""
        return self._process.poll()

    @property
    def ended(self) -> bool:
        """Whether it ended by itself."""
        return self._process.poll() is not None

    def processes(self) -> list[int]:
        """Its processes and those of its playbooks; one that ended, and that nobody has asked for its exit code, is
        none.
        """
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                environment = (folder / "environ").read_bytes().split(b"\0")
                found += [int(folder.name)] if self._mark in environment else []
        return found

    def told(self) -> list[tuple[str, str]]:
        """The events and ids of tasks that a rule of `TELLING` printed so far."""
        return re.findall(r"^TOLD (\w+) (\S+)$", self.output, re.MULTILINE)

    def wait_until(self, true: Callable[[], Any], what: str) -> None:
        """As `eventually`; also fails, with all output, as soon as it ended."""

        def settled() -> bool:
            return bool(true()) or self.ended

        try:
            eventually(settled, what)
        finally:
            print(self.output)  # shown where the test fails
        assert true(), f"ended before {what}"

    def stop(self) -> None:
        """Interrupts it, as Ctrl-C does, and waits; what does not listen is killed."""
        if not self.ended:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(HANGS_AFTER)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        while left := self.processes():
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stdout:
            self._lines.extend(stdout)


#: Rules that print each event.
TELLING = """
  rules:
    - name: Tell
      condition: event.event is defined
      action:
        debug:
          msg: "TOLD {{ event.event }} {{ event.task.id }}"
"""
