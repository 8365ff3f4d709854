# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One simulator for all of its tests, reset before each; a small client that adds nothing to the wire."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

_NEEDED = ("starlette", "uvicorn", "jsonpatch", "requests", "trustme")
_MISSING = [name for name in _NEEDED if importlib.util.find_spec(name) is None]

# Where the simulator cannot run (ansible-test's own environments), its tests are left out as a whole.
collect_ignore_glob = ["test_*.py"] if _MISSING else []


def pytest_report_header() -> str | None:
    """Say what is left out."""
    return f"tests of the simulator are left out: {', '.join(_MISSING)} not installed" if _MISSING else None


LISTS = {
    "beta": "/beta/task-status",
    "v2024": "/v2024/task-status",
    "v2025": "/v2025/task-status",
    "v2026": "/v2026/task-status",
    "v1": "/task-status/v1",
}


class Caller:
    """Requests with a token and the experimental header; ``path`` goes out exactly as it is given."""

    def __init__(self, base_url: str, token: str, verify: Any = True) -> None:
        import requests

        self.base_url = base_url
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = verify
        self.session.headers.update({"Authorization": f"Bearer {token}", "X-SailPoint-Experimental": "true"})

    def __call__(self, method: str, path: str, **options: Any) -> Any:
        from tools.limits import HANGS_AFTER

        return self.session.request(method, self.base_url + path, timeout=HANGS_AFTER, allow_redirects=False, **options)

    def get(self, path: str, **params: Any) -> Any:
        """GET with query parameters."""
        return self("GET", path, params=params)

    def patch(self, path: str, document: Any, content_type: str = "application/json-patch+json") -> Any:
        """PATCH with a JSON document, or with bytes as they are."""
        import json

        data = document if isinstance(document, bytes) else json.dumps(document)
        return self("PATCH", path, data=data, headers={"Content-Type": content_type})


@pytest.fixture(scope="session")
def _shared() -> Iterator[Any]:
    from simulator.server import running

    with running() as simulator:
        yield simulator


@pytest.fixture
def simulator(_shared: Any) -> Any:
    """A simulator without tasks, as freshly started."""
    _shared.reset(tasks=0)
    return _shared


@pytest.fixture
def api(simulator: Any) -> Caller:
    """Calls as the PAT's client."""
    return Caller(simulator.base_url, simulator.token())


@pytest.fixture
def lists() -> dict[str, str]:
    """The list's path in each generation."""
    return LISTS


@pytest.fixture
def caller() -> Any:
    """Makes callers with tokens of one's own."""
    return Caller
