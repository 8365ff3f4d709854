# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of a machine's own troubles run on: a simulated tenant; everything else is the real thing."""

from __future__ import annotations

from tools.checkout import make_importable
from tools.fixtures import server, simulator

__all__ = ["server", "simulator"]  # fixtures of the tests below

make_importable()
