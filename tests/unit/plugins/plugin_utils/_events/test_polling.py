# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a tenant is asked, and by whose clock: polls of a small tenant."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.selecting import Selection
from ansible_collections.idops.sailpoint.plugins.plugin_utils._events.poller import Poller
from ansible_collections.idops.sailpoint.plugins.plugin_utils._events.watch import Telling
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import BASE_URL, Tenant, settings, task

HOUR = 3600.0
Polling = Callable[[Tenant], Poller]


@pytest.fixture
def polling(monkeypatch: pytest.MonkeyPatch) -> Polling:
    """Returns a poller of a tenant."""

    def poller_of(tenant: Tenant) -> Poller:
        monkeypatch.setitem(Poller.__init__.__globals__, "Client", lambda _settings: tenant.client()[0])
        return Poller(settings(), Selection(), Telling(BASE_URL, HOUR))

    return poller_of


def began(age: float) -> dict[str, str]:
    at = (datetime.now(timezone.utc) - timedelta(seconds=age)).isoformat()
    return {"created": at, "launched": at}


def told(poller: Poller) -> list[tuple[str, str]]:
    return [(event["event"], event["task"]["id"]) for event in poller.poll()]


@pytest.mark.parametrize("ahead", [3 * HOUR, -3 * HOUR])
def test_what_is_stuck_and_how_old_it_is_goes_by_the_tenants_clock(
    polling: Polling, ahead: float, caplog: pytest.LogCaptureFixture
) -> None:
    tenant = Tenant([task("old", **began(1.5 * HOUR - ahead)), task("young", **began(0.5 * HOUR - ahead))])
    tenant.ahead = ahead
    poller = polling(tenant)
    events: list[dict[str, Any]] = []
    for _poll in range(3):  # a clock that makes tasks older is believed once two answers agree
        events += poller.poll()
    assert [(event["event"], event["task"]["id"]) for event in events] == [("stuck", "old")]
    assert abs(events[0]["age_seconds"] - 1.5 * HOUR) < 60
    beside = "behind" if ahead > 0 else "ahead of"
    assert caplog.text.count(f"{beside} the tenant's, by the date of its answers; ages") == 1


@pytest.mark.parametrize("created", ["0001-01-01T00:00:00Z", "0001-01-01T00:04:59Z", "9999-12-31T23:59:59Z"])
@pytest.mark.parametrize("status", [None, "ERROR"])
def test_a_date_at_the_ends_of_the_calendar_ends_no_source(polling: Polling, created: str, status: str | None) -> None:
    tenant = Tenant([task("odd", status, created=created, launched=created)])
    poller = polling(tenant)
    told(poller)
    told(poller)
    tenant.tasks["new"] = task("new", **began(0))
    assert told(poller) == [("started", "new")]
    tenant.finish("new", "ERROR")
    assert told(poller) == [("failed", "new")]
