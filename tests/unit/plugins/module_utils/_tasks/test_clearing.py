# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Union

import pytest
import requests
from ansible_collections.idops.sailpoint.plugins.module_utils._api.task_status import TaskStatusApi
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks import clearing, patching, reading
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.clearing import Clearing
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.outcomes import Outcome
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.patching import DesiredState
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.updating import Updater
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    Clock,
    Request,
    Tenant,
    Transport,
    response,
    task,
)


def clear(
    tenant: Tenant, ids: list[str], clock: Clock | None = None, check_mode: bool = False, **connection: Any
) -> tuple[dict[str, Outcome], Transport]:
    client, transport = tenant.client(clock or Clock(), **connection)
    outcomes: dict[str, Outcome] = {}
    updater = Updater(TaskStatusApi(client), DesiredState("error"), check_mode)
    Clearing(updater, ids, 1, outcomes.__setitem__, lambda: None).run()
    return outcomes, transport


def rounds(transport: Transport) -> list[int]:
    """Return how many tasks were read in each round: how many updates lie between two bouts of reading, at the end."""
    reads = [[]] if not transport.api_requests else [[1]]
    for before, now in zip(transport.api_requests, transport.api_requests[1:]):
        if now.method == "GET":
            reads[-1:] = [[*reads[-1], 1]] if before.method == "GET" else [reads[-1], [1]]
    return [len(one) for one in reads]


def test_when_nobody_is_let_in_any_more_what_was_done_stays_done() -> None:
    """The first round is cleared, then reading the second meets a sign-in that is refused."""
    ids = [f"t{number:04d}" for number in range(1300)]
    tenant = Tenant(map(task, ids))

    def lock_out(request: Request) -> requests.Response | None:
        return response(401) if len(tenant.writes) >= 1000 else None

    tenant.before = lock_out
    outcomes, _transport = clear(tenant, ids)
    assert {outcomes[task_id].name for task_id in tenant.writes} == {"updated"}
    left = [outcomes[task_id] for task_id in ids if task_id not in tenant.writes]
    assert len(left) == 300
    for outcome in left:
        assert (outcome.name, outcome.patch, outcome.task) == ("failed", [], None)
        assert outcome.error is not None and outcome.error["status"] == 401


@pytest.mark.parametrize(("rate_limit", "pages"), [(0, 4), (1000, 4), (200, 3), (100, 2), (10, 1)])
def test_no_more_is_read_at_once_than_the_pace_lets_be_acted_on(rate_limit: int, pages: int) -> None:
    """A thousand at most, in half a minute of three windows."""
    ids = [f"t{number:04d}" for number in range(1100)]
    client, transport = Tenant(map(task, ids)).client(Clock(), rate_limit=rate_limit)
    api = TaskStatusApi(client)
    first: list[int] = []

    def note(*_outcome: Any) -> None:
        first.append(transport.count("GET"))

    Clearing(Updater(api, DesiredState("error"), False), ids, 1, note, lambda: None).run()
    assert first[0] == pages


@pytest.mark.parametrize("reading", [45.0])
def test_after_slow_reading_some_moments_are_left_to_act_and_one_task_always_is(reading: float) -> None:
    """What is old by then is read again one by one, but to read all of it again would take as long again."""
    ids = [f"t{number:02d}" for number in range(40)]
    tenant, clock = Tenant(map(task, ids)), Clock()
    lists: list[float] = []

    def take_time(request: Request) -> None:
        if request.path.endswith("pending-tasks"):
            clock.advance(reading)
            lists.append(clock.now)
        elif request.method == "PATCH":
            clock.advance(1.0)

    tenant.before = take_time
    outcomes, transport = clear(tenant, ids, clock)
    assert [outcomes[task_id].name for task_id in ids] == ["updated"] * 40
    # Ten seconds' worth of updates after each page.
    assert [round(after - before - reading) for before, after in zip(lists, lists[1:])] == [11, 11, 11]
    assert transport.count("PATCH") == 40


def test_the_next_round_is_no_longer_than_what_could_be_acted_on() -> None:
    ids = [f"t{number:04d}" for number in range(1500)]
    tenant, clock = Tenant(map(task, ids)), Clock()
    tenant.before = lambda request: clock.advance(0.1) if request.method == "PATCH" else None
    outcomes, transport = clear(tenant, ids, clock)
    assert {outcome.name for outcome in outcomes.values()} == {"updated"}
    # Three hundred in half a minute: the first round was four pages, the others are two.
    assert rounds(transport)[:4] == [4, 2, 2, 2]


@pytest.mark.parametrize(("check_mode", "threads"), [(False, 3), (True, 1)])
def test_an_interruption_reaches_the_client(check_mode: bool, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sends nothing further at once, and then breaks off what is under way; a prediction needs no threads."""
    given: list[tuple[Any, ...]] = []

    def noting(items: Any, work: Any, *rest: Any) -> None:
        given.append(rest)
        for item in items:
            work(item)

    monkeypatch.setattr(clearing, "work_side_by_side", noting)
    client, _transport = Tenant(map(task, "abcdef")).client(Clock())
    tick = list[None]().clear
    updater = Updater(TaskStatusApi(client), DesiredState("error"), check_mode)
    Clearing(updater, list("abcdef"), 3, lambda *one: None, tick).run()
    assert given == [(threads, client.cancel, tick, client.stop)]


def test_looking_again_at_what_moves_ends_when_nothing_does() -> None:
    clock = Clock()
    assert clear(Tenant([task("a")]), ["a"], clock)[0]["a"].name == "updated"
    assert clock.waits == []


def test_what_has_its_status_is_not_looked_at_any_longer() -> None:
    clock = Clock()
    tenant = Tenant([task("a") | {"completed": datetime.now(timezone.utc).isoformat()}])
    tenant.before = lambda request: tenant.finish("a") if clock.waits else None
    assert clear(tenant, ["a"], clock)[0]["a"].name == "unchanged"
    assert clock.waits == [1.0]


def test_what_no_list_shows_is_read_in_no_more_threads_than_told(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[tuple[Any, ...]] = []
    work_side_by_side = reading.work_side_by_side

    def noting(items: Any, work: Any, threads: int, *rest: Any) -> None:
        used.append((threads, *rest))
        work_side_by_side(items, work, threads, *rest)

    monkeypatch.setattr(reading, "work_side_by_side", noting)
    ids = [f"t{number}" for number in range(20)]
    tenant = Tenant(map(task, ids))
    tenant.before = lambda request: response(200, []) if request.path.endswith(("-tasks", "-status")) else None
    client, _transport = tenant.client(Clock())
    updater = Updater(TaskStatusApi(client), DesiredState("error"), False)
    Clearing(updater, ids, 3, lambda *one: None, lambda: None).run()
    assert tenant.writes == dict.fromkeys(ids, 1) and set(used) == {(3, client.cancel)}, (
        "and an interruption breaks it off"
    )


# Tenants that are late, and answers that do not tell


Answered = Union[requests.Response, Exception, None]


class LateTenant(Tenant):
    """A tenant that shows an update some seconds after it took effect; its answer to the update may be another."""

    def __init__(self, ids: list[str], clock: Clock, seconds: float, answer: Answered = None) -> None:
        super().__init__(map(task, ids), "v2025")
        self.shown = {task_id: dict(one) for task_id, one in self.tasks.items()}
        self.before = self._hide
        self._clock = clock
        self._seconds = seconds
        self._answer = answer
        self._due: list[tuple[float, str, dict[str, Any]]] = []

    def _hide(self, request: Request) -> requests.Response | None:
        for at, task_id, one in self._due:
            if self._clock() >= at:
                self.tasks[task_id] = one
        self._due = [one for one in self._due if self._clock() < one[0]]
        if request.method != "PATCH":
            return None
        task_id = request.path.rpartition("/")[2]
        before = dict(self.tasks[task_id])
        self._patch(task_id, request.patch)
        if not any(task_id == other for _at, other, _one in self._due):  # the first one counts
            self._due.append((self._clock() + self._seconds, task_id, self.tasks[task_id]))
        self.tasks[task_id] = before
        if isinstance(self._answer, Exception):
            raise self._answer
        return response(200, before) if self._answer is None else self._answer


REFUSED = response(403, {"detailCode": "403.1", "messages": [{"text": "no"}]})
DOUBTFUL: dict[str, Answered] = {
    "accepted": None,
    "lost": requests.ConnectionError("reset"),
    "unreadable": response(200, text="<html>"),
    "504": response(504, text="<html>"),
    "500": response(500, {"detailCode": "500.1"}),
}


@pytest.mark.parametrize("retries", [0, 3])
@pytest.mark.parametrize("kind", DOUBTFUL)
@pytest.mark.parametrize("seconds", [0.5, 20.0])
def test_an_update_that_shows_late_is_waited_for(kind: str, seconds: float, retries: int) -> None:
    clock = Clock()
    tenant = LateTenant(["a", "b", "c"], clock, seconds, DOUBTFUL[kind])
    begun = clock.now
    outcomes, _transport = clear(tenant, ["a", "b", "c"], clock, retries=retries)
    assert {task_id: outcome.name for task_id, outcome in outcomes.items()} == dict.fromkeys("abc", "updated")
    assert clock.now - begun < 120, "all of them together"


@pytest.mark.parametrize("refusal", [response(400, {"messages": [{"text": "test failed"}]}), response(412)])
@pytest.mark.parametrize("answer", [response(429), response(401), response(429, text="<html>"), response(503)])
def test_with_a_precondition_what_is_refused_after_a_try_in_doubt_is_no_conflict(
    answer: requests.Response, refusal: requests.Response
) -> None:
    """The first try took effect, and was answered without a word of the tenant's; the second is refused for that."""
    tenant = Tenant([task("a", modified="2026-01-02T03:04:05.000Z")])

    def after(request: Request, given: requests.Response) -> requests.Response:
        return given if request.method != "PATCH" else answer if tenant.writes == {"a": 1} and given.ok else refusal

    tenant.before = lambda request: (
        tenant.tasks["a"].update(modified="2026-01-02T04:00:00.000Z") if tenant.writes else None
    )
    tenant.after = after
    client, _transport = tenant.client(Clock())
    outcomes: dict[str, Outcome] = {}
    updater = Updater(TaskStatusApi(client), DesiredState("error", precondition=True), False)
    Clearing(updater, ["a"], 1, outcomes.__setitem__, lambda: None).run()
    assert (outcomes["a"].name, tenant.writes) == ("updated", {"a": 1})


@pytest.mark.parametrize("first", ["accepted", "unreadable"])
def test_a_refusal_after_an_update_that_was_accepted_is_none_of_that(first: str) -> None:
    """The tenant accepts an update, shows it late, and refuses it when it is sent again."""
    clock = Clock()
    tenant = LateTenant(["a"], clock, 20.0, DOUBTFUL[first])
    accept = tenant.before

    def before(request: Request) -> requests.Response | None:
        return REFUSED if request.method == "PATCH" and tenant.writes else accept(request)

    tenant.before = before
    outcomes, _transport = clear(tenant, ["a"], clock, retries=2)
    assert (outcomes["a"].name, tenant.writes) == ("updated", {"a": 1})


@pytest.mark.parametrize("answer", [response(403), response(403, text="<html>"), response(429, text="<html>")])
def test_what_is_answered_without_the_tenants_own_words_is_no_refusal(answer: requests.Response) -> None:
    clock = Clock()
    outcomes, _transport = clear(LateTenant(["a"], clock, 0.0, answer), ["a"], clock, retries=0)
    assert outcomes["a"].name == "updated"


@pytest.mark.parametrize(
    ("answer", "seconds"), [(DOUBTFUL["lost"], 31.0), (DOUBTFUL["accepted"], 31.0), (REFUSED, 0.0)]
)
def test_there_is_an_end_to_waiting(answer: Answered, seconds: float) -> None:
    """Half a minute, and none at all for what was refused for sure."""
    clock = Clock()
    begun = clock.now
    outcomes, _transport = clear(LateTenant(["a"], clock, seconds + 60, answer), ["a"], clock, retries=0)
    assert outcomes["a"].name == "failed" and outcomes["a"].error is not None
    assert clock.now - begun <= seconds


def test_what_could_not_be_read_again_is_read_once_the_tenant_is_back() -> None:
    """Its gateway is out of order for ten seconds, right after an update went through."""
    clock = Clock()
    tenant = Tenant([task("a")])
    down: list[float] = []

    def after(request: Request, answer: requests.Response) -> requests.Response:
        if request.method == "PATCH" and not down:
            down.append(clock.now + 10)
        return response(502, text="<html>") if down and clock.now < down[0] else answer

    tenant.after = after
    outcomes, _transport = clear(tenant, ["a"], clock, retries=0)
    assert outcomes["a"].name == "updated" and tenant.writes == {"a": 1}


def test_what_could_never_be_read_again_is_said_to_be_unknown() -> None:
    tenant = Tenant([task("a")])
    tenant.after = lambda request, answer: response(502, text="<html>") if tenant.writes else answer
    outcomes, _transport = clear(tenant, ["a"], retries=0)
    assert outcomes["a"].name == "failed" and outcomes["a"].error is not None
    assert "whether the update took effect is not known, since reading" in outcomes["a"].error["message"]


@pytest.mark.parametrize("retry_after", [None, "3600"])
def test_a_run_has_a_bound(retry_after: str | None) -> None:
    """The tenant takes as long as it may for each answer, which then is that it is out of order."""
    clock, ids = Clock(), [f"t{number}" for number in range(20)]
    tenant, timeout, retries = Tenant(map(task, ids)), 30.0, 5

    def before(request: Request) -> requests.Response:
        clock.advance(11 * timeout)
        return response(503, headers={} if retry_after is None else {"Retry-After": retry_after})

    tenant.before = before
    begun = clock.now
    outcomes, _transport = clear(tenant, ids, clock, retries=retries)
    assert {outcome.name for outcome in outcomes.values()} == {"failed"}
    assert clock.now - begun <= (retries + 1) * (11 * timeout + 60) + len(ids) * 11 * timeout + 60


# Errors that nobody expects


def test_an_error_of_our_own_is_one_tasks_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything was sent for it."""
    build_patch = patching.build_patch

    def odd(there: dict[str, Any], *rest: Any) -> Any:
        if there["id"] == "b":
            raise TypeError("odd")
        return build_patch(there, *rest)

    monkeypatch.setattr(patching, "build_patch", odd)
    tenant = Tenant(map(task, "abc"))
    outcomes, _transport = clear(tenant, ["a", "b", "c"])
    assert {task_id: outcome.name for task_id, outcome in outcomes.items()} == {
        "a": "updated",
        "b": "failed",
        "c": "updated",
    }
    assert outcomes["b"].error is not None and outcomes["b"].patch == []
    assert outcomes["b"].error["message"].startswith("An unexpected error ended it: TypeError: odd, in ")
    assert tenant.writes == {"a": 1, "c": 1}


def test_an_error_of_our_own_after_an_update_hides_it_not(monkeypatch: pytest.MonkeyPatch) -> None:
    reads_as_sent, odd = patching.reads_as_sent, [True]

    def once(*given: Any) -> bool:
        if odd.pop() if odd else False:
            raise TypeError("odd")
        return reads_as_sent(*given)

    monkeypatch.setattr(patching, "reads_as_sent", once)
    tenant = Tenant([task("a")])
    outcomes, _transport = clear(tenant, ["a"])
    assert (outcomes["a"].name, tenant.writes) == ("updated", {"a": 1}), "reading it again shows it"


def test_an_error_of_our_own_at_every_turn_leaves_it_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def odd(*given: Any) -> bool:
        raise TypeError("odd")

    monkeypatch.setattr(patching, "reads_as_sent", odd)
    outcomes, _transport = clear(Tenant([task("a")]), ["a"])
    assert outcomes["a"].name == "failed" and outcomes["a"].error is not None and outcomes["a"].patch
    assert "TypeError: odd" in outcomes["a"].error["message"]
    assert outcomes["a"].error["message"].endswith("; whether the update took effect is not known.")


def test_when_nobody_is_let_in_for_another_try_the_doubt_of_the_first_is_told() -> None:
    """The first try was answered with a page, and the task then shows nothing of it."""
    tenant = Tenant([task("a")])
    tries: list[Request] = []

    def before(request: Request) -> requests.Response | None:
        if request.path == "/oauth/token" and tries:
            return response(401, {"error": "invalid_client"})
        if request.method != "PATCH":
            return None
        tries.append(request)
        return response(200, text="<html>") if len(tries) == 1 else response(401, {"error": "JWT is expired"})

    tenant.before = before
    outcomes, _transport = clear(tenant, ["a"], retries=2)
    assert (outcomes["a"].name, len(tries)) == ("failed", 2) and outcomes["a"].error is not None
    assert outcomes["a"].error["message"].startswith("Signing in failed")
    assert outcomes["a"].error["message"].endswith("; whether the update took effect is not known.")
