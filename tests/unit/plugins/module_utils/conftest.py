# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the unit tests of what the plugins share."""

from __future__ import annotations

import pytest
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import Clock


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks of these tests to ansible-test, which goes by a configuration of its own."""
    for mark in ("thorough", "brief"):
        config.addinivalue_line("markers", f"{mark}: see pyproject.toml")


@pytest.fixture
def clock() -> Clock:
    """A clock to hand to a client, which the modules' work goes by, too."""
    return Clock()
