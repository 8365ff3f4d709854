# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest
from ansible_collections.idops.sailpoint.plugins.plugin_utils import _clients
from ansible_collections.idops.sailpoint.plugins.plugin_utils._clients import shared_client
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import settings


@pytest.fixture(autouse=True)
def none_yet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(_clients, "_clients", {})
    yield
    for client in _clients._clients.values():
        client.close()


def test_the_same_settings_give_the_same_client() -> None:
    assert shared_client(settings()) is shared_client(settings())


@pytest.mark.parametrize(
    "changes",
    [
        {"base_url": "https://other.example.com"},
        {"client_secret": "other"},
        {"client_id": "other"},
        {"access_token": "t"},
        {"api_version": "v1"},
        {"validate_certs": False},
        {"timeout": 1.0},
        {"rate_limit": 5},
    ],
)
def test_other_settings_give_another_client(changes: dict[str, object]) -> None:
    assert shared_client(settings()) is not shared_client(settings(**changes))


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "REQUESTS_CA_BUNDLE"])
def test_other_surroundings_give_another_client(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shared_client(settings())
    with monkeypatch.context() as surroundings:
        surroundings.setenv(name, "http://proxy.example.com:3128")
        second = shared_client(settings())
    assert second is not first and shared_client(settings()) is first


def test_a_cancelled_client_is_not_given_again() -> None:
    first = shared_client(settings())
    first.cancel()
    second = shared_client(settings())
    assert second is not first and not second.cancelled


def test_another_process_gets_its_own_and_leaves_the_parents_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    parents = [shared_client(settings(timeout=float(number))) for number in range(1, 7)]
    closed: list[object] = []
    for client in parents:
        monkeypatch.setattr(client, "close", lambda client=client: closed.append(client))
    own_id = os.getpid()
    with monkeypatch.context() as fork:
        fork.setattr(os, "getpid", lambda: own_id + 1)
        children = [shared_client(settings(timeout=float(number))) for number in range(1, 13)]
    assert not set(map(id, children)) & set(map(id, parents))
    assert closed == []
    assert [shared_client(settings(timeout=float(number))) for number in range(1, 7)] == parents
    monkeypatch.undo()
    for client in (*parents, *children):
        client.close()


def test_the_least_recently_used_is_closed_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    clients = [shared_client(settings(timeout=float(number))) for number in range(1, 9)]
    closed: list[float] = []
    for client in clients:
        close = client.close
        monkeypatch.setattr(
            client, "close", lambda client=client, close=close: (closed.append(client.settings.timeout), close())
        )
    assert shared_client(settings(timeout=1.0)) is clients[0]
    shared_client(settings(timeout=100.0))
    shared_client(settings(timeout=101.0))
    assert closed == [2.0, 3.0]
    assert shared_client(settings(timeout=1.0)) is clients[0]


def test_threads_get_one_client() -> None:
    ready = threading.Barrier(8)
    given = []

    def ask() -> None:
        ready.wait(10)
        given.append(shared_client(settings()))

    threads = [threading.Thread(target=ask) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(given) == 8 and len(set(map(id, given))) == 1


def test_secrets_do_not_show_in_what_clients_are_kept_by() -> None:
    shared_client(settings(client_secret="very-secret"))
    assert "very-secret" not in repr(list(_clients._clients))
