# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A machine that docs/scheduling.md was done on: its files below a folder, and what systemd or cron run on it."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

from awx.support import DOCS, tool
from simulator.server import Simulator

SYSTEMD = DOCS / "systemd"
GUIDE = (DOCS / "scheduling.md").read_text(encoding="utf-8")


class Machine:
    """A machine set up as the guide says, below a folder; tells what systemd or cron would run."""

    def __init__(self, root: Path, collections: Path, *commands: str) -> None:
        """Set it up.

        :param root: the folder, which is made
        :param collections: where the collection is installed
        :param commands: what /opt/sailpoint/bin has besides ansible-playbook
        """
        self.root = root
        self.etc, self.state = root / "etc/sailpoint", root / "var/lib/sailpoint"
        for folder in (self.etc, self.state, root / "opt/sailpoint/bin"):
            folder.mkdir(parents=True)
        # A wrapper: a link would not find the packages of this interpreter's environment.
        for name in ("ansible-playbook", *commands):
            wrapper = root / "opt/sailpoint/bin" / name
            wrapper.write_text(f'#!/bin/sh\nexec {shlex.quote(tool(name))} "$@"\n', encoding="utf-8")
            wrapper.chmod(0o755)
        (root / "opt/sailpoint/collections").symlink_to(collections)
        variables = self.mapped((SYSTEMD / "clear.yml").read_text(encoding="utf-8"))
        # Observing takes its time, and has tests of its own.
        variables = re.sub(r"(observe: ).*", r'\g<1>"0"', variables)
        (self.etc / "clear.yml").write_text(variables, encoding="utf-8")

    def mapped(self, text: str, shell: bool = False) -> str:
        """The text with this machine's paths in place of the real ones; a shell reads them as one word each."""
        root = shlex.quote(str(self.root)) if shell else str(self.root)
        return re.sub(r"(?<![\w.])/(etc|opt|var/lib)/sailpoint", lambda match: f"{root}{match[0]}", text)

    def write_environment(self, simulator: Simulator) -> None:
        """/etc/sailpoint/environment: the example, with the address of the simulated tenant."""
        text = self.mapped((SYSTEMD / "environment").read_text(encoding="utf-8"), shell=True)
        text = re.sub(r"^SAIL_BASE_URL=.*$", f"SAIL_BASE_URL={simulator.base_url}", text, flags=re.MULTILINE)
        (self.etc / "environment").write_text(text, encoding="utf-8")
        (self.etc / "environment").chmod(0o600)

    @property
    def cron(self) -> list[str]:
        """What cron runs: the shell command of the guide's line."""
        (line,) = re.findall(r"^(?:\S+ ){5}sailpoint (.*)$", GUIDE, flags=re.MULTILINE)
        return ["/bin/sh", "-c", self.mapped(line, shell=True)]

    def service(self, name: str) -> tuple[list[str], dict[str, str]]:
        """What systemd runs: the command of a service, without a shell, and the environment that the unit gives."""
        unit = (SYSTEMD / name).read_text(encoding="utf-8")
        folder = self.root / "run/credentials"
        folder.mkdir(parents=True, exist_ok=True)
        for credential, path in re.findall(r"^LoadCredential=([\w-]+):(\S+)$", unit, flags=re.MULTILINE):
            shutil.copy(self.mapped(path), folder / credential)
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
        specifiers = {"%S": "/var/lib", "%d": str(folder)}

        def expanded(text: str) -> list[str]:
            return [
                self.mapped(re.sub("%[Sd]", lambda match: specifiers[match[0]], word)) for word in shlex.split(text)
            ]

        for line in re.findall(r"^Environment=(.*)$", unit, flags=re.MULTILINE):
            environment.update({word.split("=", 1)[0]: word.split("=", 1)[1] for word in expanded(line)})
        for path in re.findall(r"^EnvironmentFile=(\S+)$", unit, flags=re.MULTILINE):
            for line in Path(self.mapped(path)).read_text(encoding="utf-8").splitlines():
                if line and not line.startswith("#"):
                    name, value = line.split("=", 1)
                    environment[name] = "".join(shlex.split(value))
        (command,) = re.findall(r"^ExecStart=(.*)$", unit, flags=re.MULTILINE)
        return expanded(command), environment

    @property
    def environment(self) -> dict[str, str]:
        """What cron gives: little."""
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.state), "SHELL": "/bin/sh", "LOGNAME": "sailpoint"}
