# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mutants that nobody could tell from the code as it is, by kind."""

from __future__ import annotations

from mutation.mutants import Mutant


def reason_of(mutant: Mutant) -> str:
    return ""
