# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of faults run on: a simulated tenant, and a client whose waits are noted instead of waited."""

from __future__ import annotations

import signal

import pytest
from tools.checkout import make_importable
from tools.fixtures import server, simulator

__all__ = ["server", "simulator"]  # fixtures of the tests below

make_importable()

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # So it is for a process in the background of a shell script, and for what that starts: but Ctrl-C is to be tried.
    signal.signal(signal.SIGINT, signal.default_int_handler)

from ansible_collections.idops.sailpoint.plugins.module_utils._http import pace as _pace  # noqa: E402
from ansible_collections.idops.sailpoint.plugins.module_utils._http import wire as _wire  # noqa: E402

_SHORT = 0.01  # seconds that stand for any wait of the client


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that clients of this process wanted to wait between tries; they wait hardly at all."""
    noted: list[float] = []
    sleep, pause = _wire.Wire.sleep, _pace.Pace.pause

    def short_sleep(wire: _wire.Wire, seconds: float) -> None:
        noted.append(seconds)
        sleep(wire, min(seconds, _SHORT))

    def short_pause(pace: _pace.Pace, seconds: float) -> None:
        noted.append(seconds)
        pause(pace, min(seconds, _SHORT))

    monkeypatch.setattr(_wire.Wire, "sleep", short_sleep)
    monkeypatch.setattr(_pace.Pace, "pause", short_pause)
    return noted


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep this machine's proxies, certificates and connection settings out of the tests."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("BASE_URL", "TENANT", "CLIENT_ID", "CLIENT_SECRET", "ACCESS_TOKEN", "API_VERSION"):
        monkeypatch.delenv(f"SAIL_{name}", raising=False)
