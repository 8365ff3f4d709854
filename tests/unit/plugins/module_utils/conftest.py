# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings and fixtures of the unit tests of what the plugins share."""

from __future__ import annotations

import pytest
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import Clock
from hypothesis import settings

# No deadline: how long an example takes says more of the machine than of the code.
settings.register_profile("collection", deadline=None, database=None, max_examples=100)
settings.load_profile("collection")


@pytest.fixture
def clock() -> Clock:
    """A clock to hand to a client, which the modules' work goes by, too."""
    return Clock()
