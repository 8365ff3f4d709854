# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of AWX's API, or of its stand-in, for tests that look at single answers."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from awx.api_stand_in import TOKEN


class Api:
    """Requests to an AWX at `url`, with a token; each returns the status and the body."""

    def __init__(self, url: str, token: str = TOKEN) -> None:
        self.url = url
        self.token = token

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Sends `body` as JSON; a path that does not begin with "/" is one of version 2."""
        url = self.url + (path if path.startswith("/") else f"/api/v2/{path}")
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text, kind, status = answer.read().decode(), answer.headers["Content-Type"], answer.status
        except urllib.error.HTTPError as error:
            text, kind, status = error.read().decode(), error.headers["Content-Type"], error.code
        return status, json.loads(text) if text and kind == "application/json" else text

    def new(self, kind: str, /, **fields: Any) -> int:
        """Creates an object and returns its id."""
        status, made = self("POST", f"{kind}/", fields)
        assert status == 201, made
        return int(made["id"])
