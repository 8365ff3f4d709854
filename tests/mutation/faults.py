# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deliberate faults, each against a rule of what is claimed, sent or told: some unit test has to find each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mutation.mutants import Mutant, replaced


@dataclass(frozen=True)
class Fault:
    """The rule that it breaks, and the change that does."""

    rule: str
    mutant: Mutant


_FAULTS: tuple[tuple[str, str, str, str], ...] = ()


def all_of(targets: Iterable[str]) -> Iterator[Fault]:
    wanted = set(targets)
    for rule, target, old, new in _FAULTS:
        if target in wanted:
            yield Fault(rule, replaced(target, old, new))
