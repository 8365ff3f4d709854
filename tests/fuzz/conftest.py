# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fuzzing that is bounded in time: each target is given new input for a second unless told otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from tools.checkout import make_importable

make_importable()

_AT_ONCE = 50  # inputs between two looks at the clock

Fuzz = Callable[..., None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run take longer: ``--fuzz-seconds=600``."""
    parser.addoption("--fuzz-seconds", type=float, default=1.0, help="how long to fuzz each target")


@pytest.fixture
def fuzz(request: pytest.FixtureRequest) -> Fuzz:
    """Call a function with input of strategies until the time is over; what it raises comes with the smallest input."""

    def run(target: Callable[..., Any], *strategies: SearchStrategy[Any]) -> None:
        # A closure, since hypothesis keeps what it learns with the function.
        test = settings(
            max_examples=_AT_ONCE,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )(given(*strategies)(target))
        until = time.monotonic() + request.config.getoption("--fuzz-seconds")
        inputs = 0
        while True:
            test()
            inputs += _AT_ONCE
            if time.monotonic() >= until:
                break
        print(f"{inputs} inputs")

    return run
