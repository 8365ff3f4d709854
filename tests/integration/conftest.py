# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the integration tests run on: the built and installed collection, and a simulated tenant."""

from __future__ import annotations

from pathlib import Path

import pytest
from simulator.generations import GENERATIONS
from tools import collection
from tools.fixtures import server, simulator

__all__ = ["server", "simulator"]  # fixtures of the tests below


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
