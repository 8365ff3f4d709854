# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the integration tests run on: the built and installed collection, and a simulated tenant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from simulator.generations import GENERATIONS
from simulator.server import Simulator, running
from tools import collection


def pytest_addoption(parser: pytest.Parser) -> None:
    """Lets a run on another ansible-core leave out what does not depend on it."""
    parser.addoption(
        "--generation",
        choices=list(GENERATIONS),
        help="run the targets that run in several API generations in this one only",
    )


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection's artifact, built from the checkout."""
    return collection.build(tmp_path_factory.mktemp("artifact"))


@pytest.fixture(scope="session")
def collections_path(artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the artifact is installed below, for ANSIBLE_COLLECTIONS_PATH; it holds no other collection."""
    parent = tmp_path_factory.mktemp("collections")
    collection.install(artifact, parent)
    return parent


@pytest.fixture(scope="session")
def _server() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest.fixture
def simulator(_server: Simulator) -> Simulator:
    """A simulated tenant as it is when it was just started, without a task."""
    _server.reset()
    return _server
