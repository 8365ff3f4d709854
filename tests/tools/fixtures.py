# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures that the tests of several folders run on; a conftest.py imports those that it offers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from simulator.server import Simulator, running


@pytest.fixture(scope="session")
def server() -> Iterator[Simulator]:
    """A simulated tenant for the whole session, as the test before left it."""
    with running() as simulator:
        yield simulator


@pytest.fixture
def simulator(server: Simulator) -> Simulator:
    """A simulated tenant as it is when it was just started, without a task."""
    server.reset()
    return server
