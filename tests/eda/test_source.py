# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source's `main` and its poller, in this process, against the simulated tenant."""

from __future__ import annotations

import asyncio
import json
import logging
import runpy
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from eda.support import RULEBOOKS, completed, pending
from simulator.generations import GENERATIONS
from simulator.server import Simulator
from tools.limits import HANGS_AFTER, eventually

Arguments = dict[str, Any]
Events = list[dict[str, Any]]


class _Poller:
    """What `main` uses of a poller, for one that does not poll."""

    tenant = "https://acme.api.identitynow.com"

    def warnings(self) -> list[str]:
        return ["beware"]

    def recall(self) -> None:
        """There is nothing to go on with."""

    def remember(self) -> None:
        """There is nowhere to keep it."""


def names(events: Events) -> list[tuple[str, str]]:
    return [(event["event"], event["task"]["id"]) for event in events]


def run(source: ModuleType, arguments: Arguments, enough: Callable[[Events], bool]) -> Events:
    """Runs `main` until the events are enough, then cancels it; returns them all."""

    async def watch() -> Events:
        queue: asyncio.Queue[Any] = asyncio.Queue(1)
        events: Events = []
        main = asyncio.create_task(source.main(queue, arguments))
        while not enough(events):
            getting = asyncio.create_task(queue.get())
            done, _pending = await asyncio.wait({main, getting}, return_when=asyncio.FIRST_COMPLETED)
            if main in done:
                getting.cancel()
                main.result()
            events.append(getting.result())
        main.cancel()
        with pytest.raises(asyncio.CancelledError):
            await main
        return events

    return asyncio.run(watch())


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_transition_in_every_generation(
    source: ModuleType, simulator: Simulator, connection: Arguments, generation: str
) -> None:
    _interval, poller = source.configured({**connection, "api_version": generation, "older_than": "1h"})
    simulator.put_tasks([pending("stuck", 3600), pending("young", 60), completed("history", "ERROR")])
    assert names(poller.poll()) == [("stuck", "stuck")]
    simulator.complete(["stuck"], "TERMINATED")
    simulator.complete(["young"], "WARNING")
    simulator.put_tasks([pending("new"), completed("short")])
    assert sorted(names(poller.poll())) == [
        ("completed", "short"),
        ("completed", "young"),
        ("failed", "stuck"),
        ("started", "new"),
        ("started", "short"),
    ]
    simulator.delete_tasks(["new"])
    assert poller.poll() == []
    poller.stop()


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("launchers", ["Ann Lee"]),
        ("launcher", '["Ann Lee"]'),
        ("types", ["cloud group aggregation", "CLOUD_REFRESH_ROLE"]),
        ("type", "CLOUD_GROUP_AGGREGATION, CLOUD_REFRESH_ROLE"),
        ("source_ids", ["1" * 32, "2" * 32]),
        ("source_id", ["2" * 32]),
        ("name", ["(?i)^payroll"]),
        ("names", "^HR\n\n^Payroll\n"),
        ("name", ["Group"]),
        ("exclude_name", ["", "Workday"]),
        ("exclude_names", "Workday"),
        ("exclude_source_id", ["3" * 32]),
    ],
)
def test_selections(
    source: ModuleType, simulator: Simulator, connection: Arguments, generation: str, option: str, values: object
) -> None:
    wanted = {
        "uniqueName": "Cloud Group Aggregation",
        "launcher": "Ann Lee",
        "target": None,
        "attributes": {"appId": "2" * 32, "applications": "Payroll [source]"},
    }
    other = {
        "uniqueName": "Cloud Account Aggregation",
        "launcher": "System",
        "target": {"id": "3" * 32, "type": "APPLICATION", "name": "Workday [source]"},
    }
    _interval, poller = source.configured({**connection, "api_version": generation, option: values})
    simulator.put_tasks([pending("old", 90_000, **wanted), pending("not", 90_000, **other)])
    assert names(poller.poll()) == [("stuck", "old")]
    simulator.put_tasks([{**completed("short"), **wanted}, {**completed("other"), **other}])
    simulator.complete(["old", "not"])
    assert names(poller.poll()) == [("completed", "old"), ("started", "short"), ("completed", "short")]
    poller.stop()


def test_a_poll_is_cheap(source: ModuleType, simulator: Simulator, connection: Arguments) -> None:
    """An idle poll is two requests, or one if nothing but stuck is told; 300 ends are a few more, not 300."""
    simulator.reset(tasks=600, stuck=0, settings={"latency": 0})
    simulator.put_tasks([pending(f"task-{number}", 60) for number in range(300)])
    _interval, poller = source.configured(connection)
    poller.poll()
    simulator.clear_log()
    poller.poll()
    idle = len(simulator.log())
    simulator.complete([f"task-{number}" for number in range(300)])
    simulator.clear_log()
    assert len(poller.poll()) == 300
    assert idle <= 9  # the 300 are young enough to be read with the newest
    assert len(simulator.log()) <= 15
    simulator.clear_log()
    poller.poll()
    only_stuck = source.configured({**connection, "events": ["stuck"]})[1]
    only_stuck.poll()
    simulator.clear_log()
    only_stuck.poll()
    assert len(simulator.log()) == 1
    poller.stop()
    only_stuck.stop()


@pytest.mark.parametrize("generation", GENERATIONS)
def test_what_vanishes_costs_few_requests(
    source: ModuleType,
    polling: ModuleType,
    simulator: Simulator,
    connection: Arguments,
    generation: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """300 tasks that are gone: no more than 20 requests beyond those of the polls."""
    simulator.put_tasks([pending(f"{number:032x}", 3600) for number in range(300)])
    poller = source.configured({**connection, "api_version": generation})[1]
    poller.poll()
    simulator.delete_tasks([f"{number:032x}" for number in range(300)])
    clock = [datetime.now(timezone.utc)]
    monkeypatch.setattr(poller, "_now", lambda: clock[0])
    simulator.clear_log()
    for _poll in range(40):
        clock[0] += timedelta(seconds=30)
        assert poller.poll() == []
    assert poller.watch.unseen([], clock[0] + timedelta(days=1)) == []
    own = [
        entry for entry in simulator.log() if entry["kind"] == "get" or "id+in" in str(entry) or "id%20in" in str(entry)
    ]
    assert len(own) > 0
    assert len(simulator.log()) <= 2 * 40 + 20
    poller.stop()


def test_where_lists_do_not_show_what_is_there_each_is_asked_for(
    source: ModuleType, simulator: Simulator, connection: Arguments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that is behind for good: the few that are asked for by themselves tell so."""
    from ansible_collections.idops.sailpoint.plugins.module_utils._api.task_status import Page, TaskStatusApi

    simulator.put_tasks([pending(f"task-{number}", 3600) for number in range(30)])
    poller = source.configured(connection)[1]
    poller.poll()
    simulator.complete([f"task-{number}" for number in range(30)])
    monkeypatch.setattr(TaskStatusApi, "page", lambda *_arguments, **_options: Page([], 0))
    assert sorted(names(poller.poll())) == sorted(("completed", f"task-{number}") for number in range(30))
    poller.stop()


def test_an_event_that_is_not_taken_for_long_is_logged(
    source: ModuleType,
    simulator: Simulator,
    connection: Arguments,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(source.main.__globals__, "_PATIENCE", 0.01)
    simulator.put_tasks([pending("first", 90_000), pending("second", 90_000)])

    async def watch() -> Events:
        queue: asyncio.Queue[Any] = asyncio.Queue(1)
        main = asyncio.create_task(source.main(queue, {**connection, "interval": "0.01"}))
        await asyncio.to_thread(eventually, lambda: caplog.text.count("has not taken an event") >= 2, "the log")
        events = [await queue.get(), await queue.get()]
        main.cancel()
        with pytest.raises(asyncio.CancelledError):
            await main
        return events

    assert names(asyncio.run(watch())) == [("stuck", "first"), ("stuck", "second")]


def remembering(source: ModuleType, connection: Arguments, path: Path, **options: Any) -> Any:
    """A poller that goes on with what the file remembers."""
    poller = source.configured({**connection, "state_file": str(path), **options})[1]
    poller.recall()
    return poller


def test_a_state_file_is_one_source_s_and_holds_ids_alone(
    source: ModuleType, simulator: Simulator, connection: Arguments, tmp_path: Path
) -> None:
    path = tmp_path / "state.json"
    simulator.put_tasks([pending("running", 60, uniqueName="Secret Name"), completed("short")])
    first = remembering(source, connection, path)
    with pytest.raises(source.OptionError, match=r"state_file: .* is another source's; give each source a file"):
        remembering(source, connection, path)
    first.poll()
    first.remember()
    text = path.read_text(encoding="utf-8")
    assert "running" in text
    assert "Secret Name" not in text
    assert simulator.client_secret not in text
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.stat().st_mtime_ns
    first.poll()
    first.remember()
    assert path.stat().st_mtime_ns == before  # nothing has changed
    first.stop()
    simulator.complete(["running"])
    second = remembering(source, connection, path)
    assert names(second.poll()) == [("completed", "running")]
    second.stop()


def test_a_state_file_of_another_tenant_is_refused_and_that_of_others_tasks_begun_anew(
    source: ModuleType, simulator: Simulator, connection: Arguments, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "state.json"
    poller = remembering(source, connection, path)
    poller.poll()
    poller.remember()
    poller.stop()
    saved = json.loads(path.read_text(encoding="utf-8"))
    unusable = {
        "other tasks or events": json.dumps({**saved, "watched": {}}),
        "older than 7 days": json.dumps({**saved, "saved": "2020-01-01T00:00:00Z"}),
        "no state file": json.dumps({**saved, "format": 99}),
        "does not hold what a source remembers": json.dumps({**saved, "remembered": {"pending": 7}}),
        "Expecting value": "",
    }
    for said, text in unusable.items():
        path.write_text(text, encoding="utf-8")
        poller = remembering(source, connection, path)
        assert not poller.watch.begun
        poller.poll()
        poller.remember()
        assert json.loads(path.read_text(encoding="utf-8"))["watched"] == saved["watched"]
        poller.stop()
        assert said in caplog.text
    path.write_text(json.dumps({**saved, "tenant": "https://globex.api.identitynow.com"}), encoding="utf-8")
    with pytest.raises(source.OptionError, match="state_file: .* is that of another tenant"):
        remembering(source, connection, path)


@pytest.mark.parametrize("name", ["missing/state.json", "", "file/state.json"])
def test_a_state_file_that_cannot_be_is_said_before_anything_is_sent(
    source: ModuleType, simulator: Simulator, connection: Arguments, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(source.OptionError, match="state_file: .* cannot be written"):
        asyncio.run(source.main(asyncio.Queue(), {**connection, "state_file": f"{tmp_path}/{name}"}))
    assert simulator.log() == []


def test_a_state_file_that_cannot_be_written_any_more_is_logged_once_and_tried_again(
    source: ModuleType, simulator: Simulator, connection: Arguments, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory = tmp_path / "state"
    directory.mkdir()
    poller = remembering(source, connection, directory / "state.json")
    shutil.rmtree(directory)
    for number in range(2):
        simulator.put_tasks([pending(f"new-{number}")])
        poller.poll()
        poller.remember()
    assert caplog.text.count("cannot be written") == 1
    directory.mkdir()
    poller.remember()
    assert "new-1" in (directory / "state.json").read_text(encoding="utf-8")
    poller.stop()


def test_main_survives_a_tenant_that_is_down_and_tells_what_happened_meanwhile(
    source: ModuleType, simulator: Simulator, connection: Arguments, caplog: pytest.LogCaptureFixture
) -> None:
    simulator.put_tasks([pending("first", 90_000), pending("second", 60)])
    broken: list[Any] = ["reset_before", "html_200", "bad_json", "empty_200"]
    broken += [{"kind": "status", "status": status} for status in (500, 502, 503, 429, 403, 404)]
    # The first poll is well, and what it watches ends right behind its two lists; then each fault takes a poll.
    simulator.finish_after_list(["second"], lists=2)
    simulator.arm(*({"match": {"kind": "pending", "nth": 2}, "action": action} for action in broken))
    events = run(source, {**connection, "interval": "0.01"}, lambda events: len(events) >= 2)
    assert names(events) == [("stuck", "first"), ("completed", "second")]
    failures = [record.getMessage() for record in caplog.records if "failed, next try" in record.getMessage()]
    assert len(failures) == len(broken)
    assert f"works again, after {len(broken)} failures" in caplog.text


def test_main_signs_in_again_after_it_was_refused_for_good(
    source: ModuleType, simulator: Simulator, connection: Arguments, caplog: pytest.LogCaptureFixture
) -> None:
    simulator.put_tasks([pending("old", 90_000)])
    simulator.arm({"match": {"kind": "sign_in", "times": 3}, "action": "sign_in_failure"})
    assert names(run(source, {**connection, "interval": "0.01"}, bool)) == [("stuck", "old")]
    assert caplog.text.count("Signing in failed") == 3


def test_main_goes_on_when_tokens_expire(source: ModuleType, simulator: Simulator, connection: Arguments) -> None:
    simulator.put_tasks([pending("old", 90_000)])

    def enough(events: Events) -> bool:
        simulator.expire_tokens()
        simulator.put_tasks([pending(f"new-{len(events)}")])
        return len(events) >= 4

    events = run(source, {**connection, "interval": "0.01"}, enough)
    assert names(events) == [("stuck", "old"), ("started", "new-1"), ("started", "new-2"), ("started", "new-3")]


def test_a_client_is_not_kept_forever(
    source: ModuleType,
    polling: ModuleType,
    simulator: Simulator,
    connection: Arguments,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It remembers all its tokens, so as to show none."""
    monkeypatch.setattr(polling, "_MAX_SIGN_INS", 3)
    _interval, poller = source.configured(connection)
    known = set()
    for _poll in range(20):
        poller.poll()
        known.add(len(poller._client.secrets))
        simulator.expire_tokens()
    assert known == {3, 4, 5}  # the client secret, alone and with the client id, and up to three tokens
    poller.stop()


def test_main_can_be_cancelled_while_the_tenant_stalls(
    source: ModuleType, simulator: Simulator, connection: Arguments
) -> None:
    """The request is broken off: the thread, which asyncio waits for, does not sit out the stall."""
    simulator.arm({"match": {"kind": "pending"}, "action": {"kind": "stall", "seconds": 3600}})

    async def cancel_in_the_middle() -> None:
        main = asyncio.create_task(source.main(asyncio.Queue(), {**connection, "timeout": 3600}))
        await asyncio.to_thread(eventually, lambda: simulator.log(kind="pending"), "the request that stalls")
        main.cancel()
        with pytest.raises(asyncio.CancelledError):
            await main

    asyncio.run(cancel_in_the_middle())
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("sailpoint")]


def test_main_leaves_the_loop_free_and_awaits_the_queue(
    source: ModuleType, connection: Arguments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Polling waits for what only the loop can do; the next poll waits for the queue."""
    go_on = threading.Event()
    polls: list[int] = []

    class Poller(_Poller):
        def poll(self) -> Events:
            polls.append(len(polls))
            assert go_on.wait(HANGS_AFTER)
            return [{"event": "stuck", "task": {"id": f"{polls[-1]}-{number}"}} for number in range(3)]

        def stop(self) -> None:
            go_on.set()

    monkeypatch.setattr(source, "configured", lambda arguments: (0.001, Poller()))

    async def watch() -> None:
        queue: asyncio.Queue[Any] = asyncio.Queue(1)
        main = asyncio.create_task(source.main(queue, {}))
        await asyncio.to_thread(eventually, lambda: polls, "the first poll")
        go_on.set()
        assert names([await queue.get()]) == [("stuck", "0-0")]
        await asyncio.to_thread(eventually, queue.full, "the second event")
        await asyncio.sleep(0.1)  # a hundred times the interval
        assert len(polls) == 1  # the second event is in the queue, which has no place for the third
        later = names([await queue.get() for _number in range(5)])
        assert later == [("stuck", task_id) for task_id in ("0-1", "0-2", "1-0", "1-1", "1-2")]
        main.cancel()
        with pytest.raises(asyncio.CancelledError):
            await main

    asyncio.run(watch())


def test_a_fault_of_its_own_ends_main(source: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    class Poller(_Poller):
        stopped = False

        def poll(self) -> Events:
            raise ZeroDivisionError

        def stop(self) -> None:
            self.stopped = True

    poller = Poller()
    monkeypatch.setattr(source, "configured", lambda arguments: (1.0, poller))
    with pytest.raises(ZeroDivisionError):
        asyncio.run(source.main(asyncio.Queue(), {}))
    assert poller.stopped


def test_backoff_is_bounded(source: ModuleType) -> None:
    assert [source.backoff(30, failures) for failures in (1, 2, 3, 4, 5, 100_000)] == [30, 60, 90, 120, 120, 120]
    assert [source.backoff(200, failures) for failures in (1, 2, 3)] == [200, 300, 300]
    assert [source.backoff(3600, failures) for failures in (1, 2, 3)] == [3600, 3600, 3600]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"interval": "soon"}, "interval: 'soon' is not a duration"),
        ({"interval": 0}, "interval: 0 would ask without a pause"),
        ({"older_than": "-1h"}, "older_than: '-1h' is not an age"),
        ({"older_than": 24}, "older_than: '24' has no unit; write 24h for hours, 24s for seconds"),
        ({"names": ["("]}, "names: '(' is not a regular expression"),
        ({"exclude_name": [True]}, "exclude_name: an item is true, not text"),
        ({"events": ["gone"]}, "value of events must be one or more of: stuck, started, completed, failed"),
        ({"remind_after": "soon"}, "remind_after: 'soon' is not a duration"),
        ({"events": []}, "events: an empty list tells nothing"),
        ({"types": ["QUARTZ"]}, "types: 'QUARTZ' is what tasks return, not what can be selected"),
        ({"olderthan": "1h"}, "Unsupported options for idops.sailpoint.task_status: olderthan."),
        ({"tenant": "acme"}, "base_url: the source gives tenant too"),
        ({"access_token": "token"}, "access_token: the source gives client_id too"),
        ({"timeout": "{{ nothing }}"}, "timeout"),
        ({"api_version": "v3"}, "value of api_version must be one of"),
    ],
)
def test_bad_arguments_are_said_in_one_sentence_and_nothing_is_sent(
    source: ModuleType, simulator: Simulator, connection: Arguments, arguments: Arguments, message: str
) -> None:
    with pytest.raises(source.SailPointError) as caught:
        asyncio.run(source.main(asyncio.Queue(), {**connection, **arguments}))
    assert message in str(caught.value)
    assert simulator.client_secret not in str(caught.value)
    assert simulator.log() == []


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_what_is_null_or_blank_counts_as_left_out(source: ModuleType, connection: Arguments, blank: object) -> None:
    options = [*source.SPEC, *(alias for one in source.SPEC.values() for alias in one.get("aliases", ()))]
    interval, poller = source.configured({**connection, **dict.fromkeys([*options, "retries", "proxy"], blank)})
    usual_interval, usual = source.configured(connection)
    assert (interval, poller._selection, poller.watch._telling) == (
        usual_interval,
        usual._selection,
        usual.watch._telling,
    )
    assert source.configured({**connection, "launchers": ["", None], "names": "\n"})[1]._selection == usual._selection


def test_what_is_just_being_completed_is_not_told_as_stuck(watching: ModuleType) -> None:
    now = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
    watch = watching.TaskWatch(watching.Telling("https://acme.api.identitynow.com", 3600.0))
    task = {
        "id": "a",
        "launched": "2026-06-01T08:00:00Z",
        "completionStatus": None,
        "completed": "2026-06-01T11:59:00Z",
    }
    assert watch.observe(watching.Listed([task]), {}, now) == []
    assert [event["event"] for event in watch.observe(watching.Listed([task]), {}, now + timedelta(minutes=15))] == [
        "stuck"
    ]
    ended = {**task, "completionStatus": "SUCCESS"}
    events = watch.observe(watching.Listed([ended]), {}, now + timedelta(minutes=16))
    assert [event["event"] for event in events] == ["completed"]


def test_a_type_that_the_tenant_refuses_is_selected_here_and_told_once(
    source: ModuleType, polling: ModuleType, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from ansible_collections.idops.sailpoint.plugins.module_utils._api.task_status import Page
    from ansible_collections.idops.sailpoint.plugins.module_utils._errors import ApiError

    asked: list[str] = []

    class Api:
        def __init__(self, client: Any, generation: Any) -> None:
            self.client, self.generation = client, generation

        def page(self, query: Any, offset: int, limit: int, count: bool = False) -> Any:
            asked.append(query.filters)
            if "type" in query.filters:
                raise ApiError("GET /task-status/v1", 400, "Unsupported Task Definition type")
            return Page([], None)

    arguments = {"tenant": "acme", "access_token": "t", "api_version": "v1", "type": "CLOUD_ENTITLEMENT_IMPORT"}
    poller = source.configured(arguments)[1]
    monkeypatch.setattr(polling, "TaskStatusApi", Api)
    for _poll in range(3):
        assert poller.poll() == []
    assert sum("type" in filters for filters in asked) == 1
    assert caplog.text.count("Unsupported Task Definition type") == 1


def test_arguments_come_from_the_environment_too(
    source: ModuleType, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**simulator.environment, "SAIL_API_VERSION": "v1", "SAIL_ACCESS_TOKEN": ""}.items():
        monkeypatch.setenv(name, value)
    simulator.put_tasks([pending("old", 90_000)])
    _interval, poller = source.configured({})
    (event,) = poller.poll()
    assert event["tenant"] == simulator.base_url
    assert {entry["api_version"] for entry in simulator.log(kind="list")} == {"v1"}
    assert source.configured({"tenant": "acme"})[1].tenant == "https://acme.api.identitynow.com"
    poller.stop()


def test_no_secret_is_logged(
    source: ModuleType, simulator: Simulator, connection: Arguments, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = "s3cr3t/with+signs"
    simulator.arm(
        {
            "match": {"kind": "sign_in", "nth": 1},
            "action": {"kind": "status", "status": 400, "body": {"error_description": f"bad {secret}"}},
        },
        {"match": {"kind": "sign_in", "nth": 2}, "action": {"kind": "status", "status": 503, "body": secret}},
    )
    arguments = {**connection, "client_secret": secret, "interval": "0.01"}

    async def watch() -> None:
        main = asyncio.create_task(source.main(asyncio.Queue(), arguments))
        await asyncio.to_thread(eventually, lambda: caplog.text.count("failed, next try") >= 3, "three failures")
        main.cancel()
        with pytest.raises(asyncio.CancelledError):
            await main

    asyncio.run(watch())
    assert secret not in caplog.text
    with pytest.raises(source.SailPointError) as caught:
        source.configured({**arguments, "timeout": secret})
    assert secret not in str(caught.value)


def test_a_record_of_the_log_is_one_line_whatever_a_tenant_says(
    source: ModuleType, simulator: Simulator, connection: Arguments, caplog: pytest.LogCaptureFixture
) -> None:
    hostile = "\x1b[2J\x07\r\n2026-01-01 INFO forged\x9b31m\x85\u202e\u2066\u2028\x7f"
    said = {"detailCode": hostile, "trackingId": hostile, "messages": [{"text": f"no way {hostile}"}]}
    action = {"kind": "status", "status": 400, "body": json.dumps(said), "headers": {"SLPT-Request-ID": "\x9b"}}
    simulator.put_tasks([pending(f"gone {hostile}", 90_000), pending("old", 90_000), completed("new")])
    simulator.arm(
        {"match": {"kind": "pending", "nth": 2}, "action": action}, {"match": {"kind": "get"}, "action": action}
    )
    # It is not in the lists any more, and cannot be read.
    simulator.race({"after": "list", "complete": [f"gone {hostile}"]})
    arguments = {**connection, "interval": "0.01", "events": ["stuck", "failed"]}

    async def watch() -> None:
        main = asyncio.create_task(source.main(asyncio.Queue(), arguments))
        await asyncio.to_thread(eventually, lambda: "is asked again: gone" in caplog.text, "the third poll")
        main.cancel()
        with pytest.raises(asyncio.CancelledError):
            await main

    asyncio.run(watch())
    told = [record.getMessage() for record in caplog.records if record.name == "idops.sailpoint.task_status"]
    assert any("failed, next try" in message and "forged" in message for message in told)
    assert [message for message in told if not message.isprintable()] == []


def test_a_certificate_that_is_not_verified_is_warned_of(source: ModuleType, connection: Arguments) -> None:
    _interval, poller = source.configured({**connection, "validate_certs": False})
    (warning,) = poller.warnings()
    assert warning.startswith("validate_certs is off")
    poller.stop()


def test_the_documentation_names_every_option_as_it_is(source: ModuleType) -> None:
    documented = yaml.safe_load(source.DOCUMENTATION)["options"]
    spec = {**source.connection_argument_spec(), **source.SPEC}
    assert set(documented) == set(spec)
    for name, definition in spec.items():
        told = ["type", "elements", "choices", "default", "aliases"]
        if name == "api_version":  # whose choices are told where the generations are
            told.remove("choices")
        own = {key: documented[name].get(key) for key in told}
        assert own == {key: definition.get(key) for key in own}, name
    for example in yaml.safe_load(source.EXAMPLES):
        assert set(example["idops.sailpoint.task_status"]) <= set(spec)


def test_it_loads_by_its_path_alone_as_often_as_it_is_named(
    collections_path: Path, source_path: Path, tmp_path: Path
) -> None:
    """ansible-rulebook runs the file once per source. A package `ansible_collections`, as PyPI's `ansible` brings it,
    is no obstacle; and files elsewhere can still be run by their paths.
    """
    package = tmp_path / "ansible_collections"
    package.mkdir()
    (package / "__init__.py").touch()
    other = tmp_path / "other.py"
    other.write_text("main = 1\n", encoding="utf-8")
    program = f"""
import json, runpy, sys
{{first}}
mains = [runpy.run_path({str(source_path)!r})["main"] for _number in range(2)]
runpy.run_path({str(other)!r})
poller = sys.modules[mains[0].__globals__["Poller"].__module__]
print(json.dumps([poller.__file__, sys.path.count({str(collections_path)!r})]))
"""
    found = f"sys.path.append({str(tmp_path)!r})"
    for first in ("", found, f"{found}; import ansible_collections"):
        done = subprocess.run(
            [sys.executable, "-c", program.replace("{first}", first)], check=True, stdout=subprocess.PIPE, text=True
        )
        poller, count = json.loads(done.stdout)
        assert Path(poller).is_relative_to(collections_path)
        assert count == 1
    assert asyncio.iscoroutinefunction(runpy.run_path(str(source_path))["main"])


@pytest.mark.parametrize("path", sorted(RULEBOOKS.glob("*.yml")), ids=lambda path: path.stem)
def test_rulebooks_are_what_ansible_rulebook_accepts(source: ModuleType, path: Path) -> None:
    validators = pytest.importorskip("ansible_rulebook.validators", reason="ansible-rulebook is not installed here")
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    validators.Validate.rulebook(data)
    spec = {**source.connection_argument_spec(), **source.SPEC}
    known = {*spec, *(alias for definition in spec.values() for alias in definition.get("aliases", ()))}
    for ruleset in data:
        for described in ruleset["sources"]:
            assert set(described["idops.sailpoint.task_status"]) <= known
