# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the lookups' unit tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar
from ansible.utils.display import Display
from ansible_collections.idops.sailpoint.plugins.module_utils._http.client import Client
from ansible_collections.idops.sailpoint.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.idops.sailpoint.plugins.plugin_utils import _clients
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    Answer,
    Tenant,
    Transport,
    client_of,
)

VARIABLES = {
    "sailpoint_tenant": "acme",
    "sailpoint_client_id": "unit-client",
    "sailpoint_client_secret": "unit-secret-9f2c",
}


@dataclass
class Office:
    """Where lookups get their clients: they talk to ``answer``; ``settings`` and ``transports`` are of those made."""

    answer: Answer = field(default_factory=lambda: Tenant([]))
    settings: list[ConnectionSettings] = field(default_factory=list)
    transports: list[Transport] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def make(self, settings: ConnectionSettings) -> Client:
        options = {name: getattr(settings, name) for name in settings.__dataclass_fields__}
        client, transport = client_of(self.answer, **{**options, "rate_limit": 0})
        self.settings.append(settings)
        self.transports.append(transport)
        return client


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    for name in list(os.environ):
        if name.startswith("SAIL_"):
            monkeypatch.delenv(name)
    office = Office()
    monkeypatch.setattr(_clients, "_clients", {})
    monkeypatch.setattr(_clients, "Client", office.make)
    monkeypatch.setattr(Display, "warning", lambda self, text, *_rest, **_more: office.warnings.append(text))
    return office


Lookup = Callable[..., list[Any]]


@pytest.fixture
def lookup() -> Lookup:
    """Return a function that finds a lookup as Ansible does and runs it."""

    def run(name: str, *terms: Any, variables: dict[str, Any] | None = None, **options: Any) -> list[Any]:
        variables = VARIABLES if variables is None else variables
        loader = DataLoader()
        plugin = lookup_loader.get(
            f"idops.sailpoint.{name}", loader=loader, templar=Templar(loader=loader, variables=variables)
        )
        assert plugin is not None
        return plugin.run(list(terms), variables=variables, **options)

    return run
