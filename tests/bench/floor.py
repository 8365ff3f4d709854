# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The floor: the least that plain Python with requests needs for the same work. Checks each answer's status, no more.

Usage: floor.py update N | list N, with SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET set.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any

import requests

BASE = os.environ["SAIL_BASE_URL"]
THREADS = 8


def session() -> requests.Session:
    form = {
        "grant_type": "client_credentials",
        "client_id": os.environ["SAIL_CLIENT_ID"],
        "client_secret": os.environ["SAIL_CLIENT_SECRET"],
    }
    answer = requests.post(f"{BASE}/oauth/token", data=form, timeout=30)
    answer.raise_for_status()
    made = requests.Session()
    made.mount(BASE, requests.adapters.HTTPAdapter(pool_maxsize=THREADS))
    made.headers.update(
        {"Authorization": f"Bearer {answer.json()['access_token']}", "X-SailPoint-Experimental": "true"}
    )
    return made


def pages(http: requests.Session, path: str, most: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while len(found) < most:
        answer = http.get(BASE + path, params={"limit": "250", "offset": str(len(found))}, timeout=30)
        answer.raise_for_status()
        page = answer.json()
        found += page
        if len(page) < 250:
            break
    return found[:most]


def update(http: requests.Session, most: int) -> int:
    ids = [task["id"] for task in pages(http, "/v2024/task-status/pending-tasks", most)]
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    patch = [
        {"op": "replace", "path": "/completionStatus", "value": "Error"},
        {"op": "replace", "path": "/completed", "value": now},
    ]

    def clear(task_id: str) -> None:
        answer = http.patch(
            f"{BASE}/v2024/task-status/{task_id}",
            json=patch,
            headers={"Content-Type": "application/json-patch+json"},
            timeout=30,
        )
        answer.raise_for_status()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(clear, ids))
    return len(ids)


def main() -> None:
    what, most = sys.argv[1], int(sys.argv[2])
    done = update(session(), most) if what == "update" else len(pages(session(), "/task-status/v1", most))
    if done != most:
        raise SystemExit(f"{what}: {done} instead of {most}")


if __name__ == "__main__":
    main()
