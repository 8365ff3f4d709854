# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One of the soak's runs, a process of its own: it does what it is told, line by line, with one client all the time.

Each line of standard input is a JSON object with the options of task_status; it is answered with one line of JSON:
``result`` (without tasks' states), ``read`` (how many pending tasks were seen afterwards, None when reading failed),
``warnings``, ``memory`` (resident bytes), ``peak`` (the most of them so far), ``threads`` and ``files`` (open ones).
The client is that of the first line.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from tools.checkout import make_importable

make_importable()

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator  # noqa: E402
from ansible_collections.idops.sailpoint.plugins.module_utils._http.client import Client  # noqa: E402
from ansible_collections.idops.sailpoint.plugins.module_utils._http.settings import ConnectionSettings  # noqa: E402
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status as _task_status  # noqa: E402
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status_info  # noqa: E402
from ansible_collections.idops.sailpoint.plugins.module_utils._module.performing import Performance, perform  # noqa: E402

_CONNECTION = ("base_url", "client_id", "client_secret", "timeout", "retries", "rate_limit", "api_version")


def main() -> None:
    """Answer each line until standard input ends."""
    clients: list[Client] = []

    def client_of(settings: ConnectionSettings) -> Client:
        if not clients:
            clients.append(Client(settings))
        return clients[0]

    for line in sys.stdin:
        options = json.loads(line)
        connection = {name: options[name] for name in _CONNECTION if name in options}
        updated = _work(_task_status, options, client_of)
        listed = _work(task_status_info, {**connection, "pending": True, "fields": ["id"]}, client_of)
        if clients[0].cancelled:
            clients.pop().close()
        answer = {
            "result": updated.result,
            "read": None if listed.result.get("failed") else len(listed.result["tasks"]),
            "read_error": listed.result.get("msg"),
            "warnings": updated.warnings + listed.warnings,
        }
        text = json.dumps(answer)
        del updated, listed, answer
        gc.collect()
        print(json.dumps({**_footprint(), "answer": text}), flush=True)
    for client in clients:
        client.close()


def _work(work: Any, options: dict[str, Any], client_of: Any) -> Performance:
    validation = ArgumentSpecValidator(**work.argument_spec()).validate(options)
    if validation.error_messages:
        raise SystemExit(str(validation.error_messages))
    return perform(work.run, validation.validated_parameters, client_of, False, False)


def _footprint() -> dict[str, int]:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines())
    return {
        "memory": int(status["VmRSS"].split()[0]) * 1024,
        "peak": int(status["VmHWM"].split()[0]) * 1024,
        "threads": threading.active_count(),
        "files": len(os.listdir("/proc/self/fd")),
    }


if __name__ == "__main__":
    main()
