# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is claimed of an update, whole: outcome, patch, task and message. Mutation testing found these untold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import requests
from ansible_collections.idops.sailpoint.plugins.module_utils._api.task_status import TaskStatusApi
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import TooLateError
from ansible_collections.idops.sailpoint.plugins.module_utils._instants import format_instant, parse_instant
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks import judging, patching
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

INSTANT = parse_instant("2026-05-17T19:33:16Z")
ERROR = DesiredState("error", INSTANT)
UPDATE = [
    {"op": "replace", "path": "/completionStatus", "value": "Error"},
    {"op": "replace", "path": "/completed", "value": "2026-05-17T19:33:16.000Z"},
]
PATH = "/v2024/task-status/a"
GATEWAY = response(200, text="<html>gateway</html>", headers={"Content-Type": "text/html"})
LATER = response(429, {"message": "Rate Limit Exceeded"}, {"Retry-After": "55"})  # longer than a state is fresh


def clear(
    tenant: Tenant, desired: DesiredState = ERROR, check_mode: bool = False, clock: Clock | None = None, **options: Any
) -> tuple[Outcome, Transport]:
    """Clear the task ``a`` alone."""
    client, transport = tenant.client(clock, **options)
    outcomes: dict[str, Outcome] = {}
    updater = Updater(TaskStatusApi(client), desired, check_mode)
    Clearing(updater, ["a"], 1, outcomes.__setitem__, lambda: None).run()
    return outcomes["a"], transport


def told(outcome: Outcome) -> str:
    assert outcome.error is not None
    return str(outcome.error["message"])


def updates(*answers: Any) -> Callable[[Request], requests.Response | None]:
    """Answer the updates with these one after the other, before anything is changed; None: let the tenant answer."""
    left = list(answers)

    def answer(request: Request) -> requests.Response | None:
        if request.method != "PATCH" or not left:
            return None
        given = left.pop(0)
        if callable(given):
            given = given()
        if isinstance(given, Exception):
            raise given
        return given  # type: ignore[no-any-return]

    return answer


def applied(tenant: Tenant, status: str = "ERROR", completed: str = UPDATE[1]["value"]) -> Callable[[], Exception]:
    """Let an update take effect and its answer be lost."""

    def lose() -> Exception:
        tenant.finish("a", status, completed)
        tenant.writes["a"] = tenant.writes.get("a", 0) + 1
        return requests.ConnectionError("reset")

    return lose


# Outcomes without an update


def test_what_needs_no_update_is_told_whole() -> None:
    assert clear(Tenant([]))[0] == Outcome("missing", [])
    done = task("a", "SUCCESS")
    assert clear(Tenant([done]))[0] == Outcome("unchanged", [], done)
    young = task("a", launched=format_instant(datetime.now(timezone.utc)))
    assert clear(Tenant([young]), DesiredState("error", older_than=60.0))[0] == Outcome("too_young", [], young)
    moving = task("a") | {"completed": format_instant(datetime.now(timezone.utc) - timedelta(seconds=1))}
    assert clear(Tenant([moving]))[0] == Outcome("moving", [], moving)


@pytest.mark.parametrize("answer", [{}, {"uniqueName": "x"}])
def test_an_answer_that_says_nothing_of_the_task_is_no_pending_task(answer: dict[str, Any]) -> None:
    tenant = Tenant([task("a")])
    tenant.before = lambda request: response(200, answer) if request.method == "GET" else None
    outcome, transport = clear(tenant)
    message = "The answer to reading the task says nothing about it, so it was left alone."
    error = {"status": 200, "detail_code": None, "tracking_id": None, "message": message}
    assert outcome == Outcome("failed", [], answer, error=error)
    assert transport.count("PATCH") == 0


def test_an_error_of_reading_is_the_outcome() -> None:
    tenant = Tenant([task("a")])
    tenant.before = lambda request: response(500, {"detailCode": "x"}) if request.path == PATH else None
    outcome, transport = clear(tenant)
    assert (outcome.name, outcome.patch, outcome.task, transport.count("PATCH")) == ("failed", [], None, 0)
    assert outcome.error is not None and outcome.error["status"] == 500 and outcome.error["detail_code"] == "x"


def test_a_prediction_shows_the_task_before_and_after() -> None:
    before = task("a")
    after = {**before, "completionStatus": "Error", "completed": UPDATE[1]["value"]}
    outcome, transport = clear(Tenant([before]), check_mode=True)
    assert outcome == Outcome("updated", UPDATE, after, before)
    assert transport.count("PATCH") == 0


# Outcomes of an update


def test_an_update_shows_the_task_before_and_after() -> None:
    before, tenant = task("a"), Tenant([task("a")])
    assert clear(tenant)[0] == Outcome("updated", UPDATE, tenant.tasks["a"], before)
    tenant = Tenant([task("a")])
    tenant.before = updates(applied(tenant))
    assert clear(tenant, retries=0)[0] == Outcome("updated", UPDATE, tenant.tasks["a"], before), "read again"


def test_a_refusal_is_told_with_the_task_as_it_was_read_again() -> None:
    tenant = Tenant([task("a")])
    later = task("a", percentComplete=50)

    def refuse() -> requests.Response:
        tenant.tasks["a"] = later
        return response(422, {"messages": [{"text": "no."}]})

    tenant.before = updates(refuse)
    outcome, _transport = clear(tenant)
    error = {
        "status": 422,
        "detail_code": None,
        "tracking_id": None,
        "message": f"PATCH {PATH} was answered with HTTP 422: no.",
    }
    assert outcome == Outcome("failed", UPDATE, later, error=error)


@pytest.mark.parametrize("said", ["not yours", ""])
def test_a_refusal_at_the_door_is_told_with_the_task_it_was_to_change(said: str) -> None:
    """Without another look where the tenant says so itself; with one where anything before it may."""
    tenant = Tenant([task("a")])
    tenant.before = updates(response(403, {"messages": [{"text": said}]} if said else None))
    outcome, transport = clear(tenant)
    assert (outcome.name, outcome.patch, outcome.task) == ("failed", UPDATE, task("a"))
    assert [request.method for request in transport.api_requests] == ["GET", "PATCH", *([] if said else ["GET"])]
    words = f": {said}" if said else ""
    assert told(outcome) == (
        f"PATCH {PATH} was answered with HTTP 403{words}; an update needs a personal access token (PAT) of a user with "
        "the right idn:task-management:write, such as an ORG_ADMIN; an API client can only read."
    )


def once_sent(tenant: Tenant, answer: requests.Response) -> None:
    """Let updates be answered with 503, and whatever reads the task after one with this."""
    sent: list[Request] = []

    def before(request: Request) -> requests.Response | None:
        if request.method == "PATCH":
            sent.append(request)
            return response(503)
        return answer if sent else None

    tenant.before = before


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (response(503), f"GET {PATH} was answered with HTTP 503."),
        (response(200, {}), "the answer says nothing about the task."),
        (response(200, {"uniqueName": "x"}), "the answer says nothing about the task."),
    ],
)
def test_that_nothing_is_known_is_told_with_why(answer: requests.Response, why: str) -> None:
    tenant = Tenant([task("a")])
    once_sent(tenant, answer)
    outcome, _transport = clear(tenant, retries=0)
    assert (outcome.name, outcome.patch, outcome.task) == ("failed", UPDATE, task("a"))
    assert told(outcome) == (
        f"PATCH {PATH} was answered with HTTP 503; whether the update took effect is not known, "
        f"since reading the task again failed too: {why}"
    )


def test_what_ends_otherwise_is_told_with_the_task_as_it_is_and_none_before() -> None:
    tenant = Tenant([task("a")])
    tenant.before = updates(lambda: applied(tenant, "WARNING")() and response(500))
    assert clear(tenant)[0] == Outcome("unchanged", UPDATE, tenant.tasks["a"])
    tenant = Tenant([task("a")])
    tenant.before = updates(lambda: applied(tenant, "WARNING")() and response(409))
    assert clear(tenant)[0] == Outcome("conflict", UPDATE, tenant.tasks["a"])


def test_what_begins_to_move_at_an_update_in_doubt_is_told_with_what_was_sent() -> None:
    """It was looked at for some seconds, and what a later look showed could be anybody's doing."""
    tenant, clock = Tenant([task("a")]), Clock()
    completed = format_instant(datetime.now(timezone.utc))
    tenant.before = updates(lambda: tenant.tasks["a"].update(completed=completed) or response(500))
    assert clear(tenant, clock=clock)[0] == Outcome("moving", UPDATE, tenant.tasks["a"])
    assert clock.waits == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("answer", "waits"), [(response(200, task("a")), True), (GATEWAY, False), (requests.ConnectionError("x"), False)]
)
def test_only_a_tenant_that_lags_behind_itself_is_given_time_before_it_is_asked(answer: Any, waits: bool) -> None:
    """What it just said, it would say again at once; what it did not say is asked for without a pause."""
    tenant, clock = Tenant([task("a")]), Clock()
    times: list[tuple[str, float]] = []
    answers = updates(answer)

    def before(request: Request) -> requests.Response | None:
        times.append((request.method, clock.now))
        return answers(request)

    tenant.before = before
    clear(tenant, clock=clock, retries=1 if waits or answer is GATEWAY else 0)
    sent = next(place for place, (method, _time) in enumerate(times) if method == "PATCH")
    assert times[sent + 1][0] == "GET"
    assert (times[sent + 1][1] > times[sent][1]) is waits


# Doubt


def test_a_late_update_may_have_taken_effect_at_a_try_before() -> None:
    """The answer to the first try is lost, the second is told to wait until the state is too old to be acted on."""
    tenant = Tenant([task("a")])
    tenant.before = updates(applied(tenant), LATER)
    outcome, transport = clear(tenant, clock=Clock())
    assert outcome == Outcome("updated", UPDATE, tenant.tasks["a"], task("a"))
    assert (transport.count("PATCH"), tenant.writes) == (2, {"a": 1})


def test_a_late_update_that_was_sent_before_and_took_no_effect_is_sent_anew_on_the_task_as_it_is() -> None:
    tenant = Tenant([task("a", modified="2026-01-02T03:05:00.000Z")])

    def changed() -> requests.Response:
        tenant.tasks["a"]["modified"] = "2026-01-02T03:06:00.000Z"
        return LATER

    tenant.before = updates(requests.ConnectionError("reset"), changed)
    outcome, transport = clear(tenant, DesiredState("error", INSTANT, precondition=True), clock=Clock())
    assert outcome.name == "updated" and outcome.patch[0]["value"] == "2026-01-02T03:06:00.000Z"
    assert transport.count("PATCH") == 3 and tenant.writes == {"a": 1}


def test_a_late_update_in_doubt_of_a_task_that_is_gone_is_missing_with_what_was_sent() -> None:
    tenant = Tenant([task("a")])

    def gone() -> requests.Response:
        tenant.tasks.clear()
        return LATER

    tenant.before = updates(requests.ConnectionError("reset"), gone)
    assert clear(tenant, clock=Clock())[0] == Outcome("missing", UPDATE)
    tenant = Tenant([task("a")])
    tenant.before = updates(gone)
    tenant.tasks = {"a": task("a")}
    assert clear(tenant, clock=Clock())[0] == Outcome("missing", []), "without a doubt nothing was sent"


@pytest.mark.parametrize("first", [GATEWAY, response(200, task("a")), response(200, {})])
def test_doubt_outlives_a_clear_refusal_of_the_next_try(first: requests.Response) -> None:
    """What could not be read may have taken effect; the 403 that follows says nothing of that."""
    tenant = Tenant([task("a")])

    def take_effect_later() -> requests.Response:
        tenant.finish("a", "ERROR", UPDATE[1]["value"])
        return response(403)

    tenant.before = updates(first, take_effect_later)
    outcome, transport = clear(tenant, clock=Clock())
    assert (outcome.name, transport.count("PATCH")) == ("updated", 2)


@pytest.mark.parametrize("first", [GATEWAY, requests.ConnectionError("reset")])
def test_when_nobody_is_let_in_any_more_the_doubt_is_told(first: Any) -> None:
    tenant = Tenant([task("a")])
    answer = updates(first)
    locked: list[Request] = []

    def before(request: Request) -> requests.Response | None:
        if request.method == "PATCH":
            locked.append(request)
        return response(401) if len(locked) > 1 or request.path == "/oauth/token" and locked else answer(request)

    tenant.before = before
    outcome, _transport = clear(tenant, clock=Clock())
    assert (outcome.name, outcome.patch, outcome.task) == ("failed", UPDATE, task("a"))
    assert told(outcome).endswith("; whether the update took effect is not known.")


def test_when_nobody_is_let_in_at_the_first_try_there_is_no_doubt() -> None:
    tenant = Tenant([task("a")])
    tenant.before = lambda request: response(401) if request.method == "PATCH" else None
    outcome, _transport = clear(tenant, clock=Clock())
    assert (outcome.name, outcome.patch, outcome.task) == ("failed", UPDATE, task("a"))
    assert told(outcome) == (
        f"PATCH {PATH} was answered with HTTP 401; the tenant refuses the token that it just gave for client_id."
    )


def test_patience_comes_back_with_an_update_that_got_through() -> None:
    """Tries after answers that cannot be read are given up for all tasks, until one update is seen to work."""
    tenant = Tenant(map(task, "abc"))
    unreadable = {"a": 99, "b": 0, "c": 1}

    def answer(request: Request) -> requests.Response | None:
        task_id = request.path[-1]
        if request.method != "PATCH" or not unreadable[task_id]:
            return None
        unreadable[task_id] -= 1
        return GATEWAY

    tenant.before = answer
    client, transport = tenant.client(Clock(), retries=2)
    outcomes: dict[str, Outcome] = {}
    Clearing(Updater(TaskStatusApi(client), ERROR, False), list("abc"), 1, outcomes.__setitem__, lambda: None).run()
    assert [outcomes[one].name for one in "abc"] == ["failed", "updated", "updated"]
    assert [request.path[-1] for request in transport.requests if request.method == "PATCH"] == list("aaabcc")


def test_patience_does_not_come_back_without_one() -> None:
    tenant = Tenant(map(task, "ab"))
    tenant.before = lambda request: GATEWAY if request.method == "PATCH" else None
    client, transport = tenant.client(Clock(), retries=2)
    Clearing(Updater(TaskStatusApi(client), ERROR, False), ["a", "b"], 1, lambda *one: None, lambda: None).run()
    assert [request.path[-1] for request in transport.requests if request.method == "PATCH"] == list("aaab")


# Held back


@pytest.mark.parametrize(("retries", "tries", "doubt"), [(1, 2, False), (3, 4, False), (3, 4, True)])
def test_an_update_held_back_too_often_is_failed_and_told_so(retries: int, tries: int, doubt: bool) -> None:
    tenant = Tenant([task("a")])
    tenant.before = updates(*[requests.ConnectionError("reset")] * doubt, *[LATER] * 99)
    outcome, transport = clear(tenant, clock=Clock(), retries=retries)
    assert (outcome.name, outcome.task) == ("failed", task("a"))
    assert outcome.patch == (UPDATE if doubt else [])
    assert told(outcome) == (
        f"PATCH {PATH} waited for so long that the task's state may have changed, so it was not sent; run it again."
    )
    assert transport.count("PATCH") == tries + doubt


def test_what_is_completed_as_wanted_while_an_update_is_held_back_is_unchanged_however_often_that_was() -> None:
    tenant = Tenant([task("a")])
    tenant.before = updates(LATER, lambda: tenant.finish("a") or LATER)
    outcome, transport = clear(tenant, clock=Clock(), retries=1)
    assert outcome == Outcome("unchanged", [], tenant.tasks["a"]) and transport.count("PATCH") == 2


def test_the_instant_is_chosen_once_however_long_it_takes() -> None:
    """By the clock on the wall, which passes with each look at it."""

    class Passing(Clock):
        passed = 0

        def utc_now(self) -> datetime:
            self.passed += 1
            return datetime(2026, 6, 1, tzinfo=timezone.utc) + timedelta(seconds=self.passed)

    tenant = Tenant([task("a")])
    tenant.before = updates(GATEWAY, LATER, requests.ConnectionError("reset"))
    outcome, transport = clear(tenant, DesiredState("error"), clock=Passing())
    sent = [request.patch for request in transport.requests if request.method == "PATCH"]
    assert outcome.name == "updated" and sent == [outcome.patch] * 4
    chosen = parse_instant(outcome.patch[1]["value"])
    assert chosen is not None and 1 <= (chosen - datetime(2026, 6, 1, tzinfo=timezone.utc)).total_seconds() <= 5


def test_states_that_have_become_old_are_read_again_together() -> None:
    """One by one they would be a request each."""
    ids = [f"t{number:03d}" for number in range(500)]
    tenant, clock = Tenant(map(task, ids)), Clock()
    tenant.before = lambda request: clock.advance(1.0) if request.method == "PATCH" else None
    client, transport = tenant.client(clock)
    Clearing(Updater(TaskStatusApi(client), ERROR, False), ids, 1, lambda *one: None, lambda: None).run()
    assert tenant.writes == dict.fromkeys(ids, 1)
    assert transport.count("GET") <= 500 / 30 + 5


# Judging


@pytest.mark.parametrize(
    ("there", "own"),
    [
        ("19:33:16.470Z", True),
        ("19:33:16.470123+00:00", True),
        ("19:33:16Z", True),
        ("19:33:16.000Z", True),
        ("19:33:17.000Z", True),
        ("19:33:16.469Z", False),
        ("19:33:16.471Z", False),
        ("19:33:15.000Z", False),
        ("19:33:18Z", False),
    ],
)
def test_an_update_is_recognised_by_its_instant_as_far_as_the_tenant_keeps_it(there: str, own: bool) -> None:
    update = [UPDATE[0], {**UPDATE[1], "value": "2026-05-17T19:33:16.470Z"}]
    held = task("a", "ERROR", completed=f"2026-05-17T{there}")
    assert patching.took_effect(held, update) is own
    assert (
        judging.lacks(held, update, DesiredState("error", parse_instant(update[1]["value"]), overwrite=True)) is not own
    )


def test_a_late_update_in_doubt_is_no_refusal_of_its_precondition() -> None:
    patch = [{"op": "test", "path": "/completionStatus", "value": None}, *UPDATE]
    evidence = judging.Evidence(task("a"), patch, TooLateError("PATCH /x"), True)
    there = task("a", "ERROR", completed=UPDATE[1]["value"])
    assert judging.judge(evidence, there, ERROR) == ("updated", "")
