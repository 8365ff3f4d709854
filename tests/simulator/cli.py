# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line: options, and the server with its ready line."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import uvicorn

from .app import create_app
from .control import default_stuck
from .generations import GENERATIONS
from .settings import Settings
from .signin import CLIENTS
from .taskstatus import parse_instant
from .tenant import Tenant
from .transport import protocol_class

_DESCRIPTION = """\
A simulated Identity Security Cloud tenant: the Task Management API of all generations
(beta, v2024, v2025, v2026, v1) over real HTTP, kept in memory. Prints one line with its base URL when ready.
"""

_EPILOG = """\
sign-in (client id / secret):
{clients}

examples:
  a tenant with 200 tasks, 20 of them stuck, on port 8080:
      python tests/simulator --port 8080 --tasks 200 --stuck 20 --seed 1
  the same, as slow and as strict as a real one:
      python tests/simulator --port 8080 --tasks 200 --latency 0.05 --rate-limit 100
  aim a play at it:
      export SAIL_BASE_URL=http://127.0.0.1:8080 SAIL_CLIENT_ID=demo-client SAIL_CLIENT_SECRET=demo-secret
      ansible localhost -m idops.sailpoint.task_status_info -a "pending=true"
  what was asked, and what happens when the third update meets a gateway error:
      curl http://127.0.0.1:8080/_simulator/log
      curl http://127.0.0.1:8080/_simulator/faults -d '{{"match": {{"kind": "update", "nth": 3}}, "action":
           {{"kind": "status", "status": 502}}}}'
  all that can be asked of the control surface:
      curl http://127.0.0.1:8080/_simulator/

docs/simulator.md tells more. The simulator is for tests: it has no real security, keep it on the loopback address.
"""


def _parser() -> argparse.ArgumentParser:
    clients = "\n".join(
        f"  {client.client_id} / {client.client_secret}\n      {client.meaning}" for client in CLIENTS.values()
    )
    parser = argparse.ArgumentParser(
        prog="simulator",
        description=_DESCRIPTION,
        epilog=_EPILOG.format(clients=clients),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    server = parser.add_argument_group("server")
    server.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    server.add_argument("--port", type=int, default=0, help="port; 0, the default, picks a free one")
    server.add_argument("--port-file", type=Path, metavar="FILE", help="write the port into FILE when ready")
    server.add_argument("--certfile", type=Path, help="certificate chain (PEM): serve HTTPS")
    server.add_argument("--keyfile", type=Path, help="its private key (PEM), unless it is in --certfile")
    server.add_argument("--watch-stdin", action="store_true", help="stop when standard input ends: with its parent")
    seeding = parser.add_argument_group("tasks")
    seeding.add_argument("--tasks", type=_count, default=100, metavar="N", help="tasks to make (%(default)s)")
    seeding.add_argument("--stuck", type=_count, metavar="N", help="how many of them are pending (a tenth)")
    seeding.add_argument("--seed", type=int, default=0, help="same seed and --now: same tasks (%(default)s)")
    seeding.add_argument(
        "--now",
        type=_instant,
        metavar="INSTANT",
        help="the tenant's time at the start, as 2026-11-01T08:00:00Z (real time)",
    )
    behaviour = parser.add_argument_group("behaviour (each can be changed later under /_simulator/settings)")
    for item in fields(Settings):
        default = getattr(Settings(), item.name)
        meaning = item.metadata["meaning"]
        choices: Any = item.metadata.get("choices")
        option = "--" + item.name.replace("_", "-")
        if isinstance(default, list):
            shown = ",".join(map(str, default)) or "none"
            of = item.metadata.get("shown") or ", ".join(map(str, choices))
            behaviour.add_argument(
                option,
                type=_list_of(choices),
                default=default,
                metavar="A,B",
                help=f"{meaning}; of {of}, or none ({shown})",
            )
        else:
            behaviour.add_argument(
                option, type=type(default), default=default, choices=choices, help=f"{meaning} (%(default)s)"
            )
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return number


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc


def _list_of(choices: list[Any]) -> Any:
    def convert(text: str) -> list[Any]:
        names = [name.strip() for name in text.split(",") if name.strip() and name.strip() != "none"]
        known = {str(choice): choice for choice in choices}
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"{unknown[0]} is none of {', '.join(known)}")
        return [known[name] for name in names]

    return convert


class _Server(uvicorn.Server):
    """uvicorn's server, which also stops when standard input ends."""

    watch_stdin = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.watch_stdin:
            asyncio.get_running_loop().add_reader(0, self._stdin)

    def _stdin(self) -> None:
        if not os.read(0, 4096):
            asyncio.get_running_loop().remove_reader(0)
            self.should_exit = self.force_exit = True


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the simulator until it is stopped; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    settings = Settings()
    try:
        settings.update({item.name: getattr(options, item.name) for item in fields(Settings)})
    except ValueError as exc:
        parser.error(str(exc))
    stuck = default_stuck(options.tasks) if options.stuck is None else options.stuck
    if stuck > options.tasks:
        parser.error("--stuck is more than --tasks")
    if options.keyfile and not options.certfile:
        parser.error("--keyfile needs --certfile")
    try:
        sock = socket.create_server((options.host, options.port), backlog=1024)
    except OSError as exc:
        parser.error(f"cannot listen on {options.host}:{options.port}: {exc}")
    tenant = Tenant(settings, tasks=options.tasks, stuck=stuck, seed=options.seed, now=options.now)
    config = uvicorn.Config(
        create_app(tenant),
        http=protocol_class(),
        ws="none",
        lifespan="off",
        access_log=False,
        log_level=logging.WARNING,
        server_header=False,
        date_header=False,  # the tenant has a clock of its own
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
        ssl_certfile=options.certfile,
        ssl_keyfile=options.keyfile,
    )
    try:
        config.load()
    except OSError as exc:  # ssl.SSLError is one
        parser.error(f"cannot use the certificate: {exc}")
    port = sock.getsockname()[1]
    scheme = "https" if options.certfile else "http"
    if options.port_file:
        options.port_file.write_text(f"{port}\n")
    pending = tenant.store.count("pending")
    print(
        f"{scheme}://{options.host}:{port} is ready: {len(tenant.store)} tasks, {pending} of them pending; "
        f"generations {', '.join(GENERATIONS)}",
        flush=True,
    )
    server = _Server(config)
    server.watch_stdin = options.watch_stdin
    try:
        server.run(sockets=[sock])
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
    return 0
