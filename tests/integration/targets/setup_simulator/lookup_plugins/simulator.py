# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lookup ``simulator``: the control surface of the simulated tenant, for the targets beside this folder.

It runs on the controller, so that a look at the tenant costs milliseconds instead of a module. The variable
``simulator_url`` says where the tenant is. The first term is one of

``begin``
    Puts exactly the given ``tasks`` (partial TaskStatus objects), ``settings``, ``faults`` and ``races`` in place of
    all there was, and forgets the log; returns the tenant's state. A task may have an ``age`` in seconds, which becomes
    its ``created`` and ``launched``. ``pending=N`` adds N pending tasks, task-0000 and so on, the newest first, an hour
    old. With ``raw`` tasks are taken as they are, missing keys and all; else they are completed.
``requests``
    Returns the requests, oldest first, since this was last asked, each with its query as the dict ``parameters`` too,
    and all that matters as the text ``line``.
anything else
    The method and the path of a request to the control surface, such as ``POST /complete``; the second term is its
    body. Returns the answer.
"""

from __future__ import annotations

import http.client
import json
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        self._address = urlsplit(str(self._templar.template((variables or {})["simulator_url"])))
        if terms[0] == "begin":
            return [self._begin(**kwargs)]
        if terms[0] == "requests":
            log = self._ask("GET", "/log")
            self._ask("DELETE", "/log")
            return [[{**entry, "parameters": dict(parse_qsl(entry["query"])), "line": _line(entry)} for entry in log]]
        method, _blank, path = terms[0].partition(" ")
        return [self._ask(method, path, *terms[1:])]

    def _begin(
        self,
        tasks: Any = (),
        pending: int = 0,
        raw: bool = False,
        settings: Any = None,
        faults: Any = (),
        races: Any = (),
    ) -> Any:
        self._ask("POST", "/reset", {"tasks": 0, "settings": settings or {}})
        more = [{"id": f"task-{number:04}", "age": 3600 + number} for number in range(pending)]
        self._ask("PUT", "/tasks", {"tasks": [_aged(task) for task in [*tasks, *more]], "raw": raw})
        if faults:
            self._ask("PUT", "/faults", {"faults": list(faults)})
        if races:
            self._ask("POST", "/races", {"races": list(races)})
        return self._ask("GET", "/state")

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection(self._address.hostname or "", self._address.port, timeout=30)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(method, f"/_simulator{path}", data, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise AnsibleLookupError(f"{method} {path} of the simulator: {answer}")
        return answer


def _line(entry: dict[str, Any]) -> str:
    return "{method} {path}?{query} {body} -> {status} {fault}".format(**entry)


def _aged(task: dict[str, Any]) -> dict[str, Any]:
    if "age" not in task:
        return task
    instant = datetime.now(timezone.utc) - timedelta(seconds=float(task["age"]))
    text = instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"created": text, "launched": text, **{key: value for key, value in task.items() if key != "age"}}
