# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.idops.sailpoint.plugins.module_utils._http.client import Client
from ansible_collections.idops.sailpoint.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.idops.sailpoint.plugins.module_utils._module import module as _module
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status_info
from ansible_collections.idops.sailpoint.plugins.module_utils._module.module import run_module
from ansible_collections.idops.sailpoint.plugins.module_utils._module.performing import Performance, perform
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    CLIENT_ID,
    CLIENT_SECRET,
    TOKEN,
    Tenant,
    response,
    task,
)

GIVEN = {"tenant": "acme", "client_id": "c", "client_secret": CLIENT_SECRET}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("SAIL_"):
            monkeypatch.delenv(name)


def params_of(**options: Any) -> dict[str, Any]:
    validation = ArgumentSpecValidator(**task_status_info.argument_spec()).validate({**GIVEN, **options})
    assert validation.error_messages == []
    return validation.validated_parameters


def done_with(there: Tenant, **options: Any) -> tuple[Performance, list[ConnectionSettings]]:
    asked: list[ConnectionSettings] = []

    def get_client(settings: ConnectionSettings) -> Client:
        asked.append(settings)
        client, _transport = there.client(client_secret=settings.client_secret, validate_certs=settings.validate_certs)
        return client

    return perform(task_status_info.run, params_of(**options), get_client, False, False), asked


def test_a_result_comes_with_the_secrets_to_censor() -> None:
    done, asked = done_with(Tenant([task("a")]), pending=True)
    assert done.result["tasks"] == [task("a")] and done.warnings == []
    assert set(done.secrets) == {CLIENT_SECRET, TOKEN, f"{CLIENT_ID}:{CLIENT_SECRET}"}
    assert asked == [
        ConnectionSettings(base_url="https://acme.api.identitynow.com", client_id="c", client_secret=CLIENT_SECRET)
    ]


def test_an_unverified_certificate_is_warned_of() -> None:
    done, _asked = done_with(Tenant([]), validate_certs=False)
    assert len(done.warnings) == 1 and done.warnings[0].startswith("validate_certs is off")


def test_the_environment_fills_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAIL_ACCESS_TOKEN", "from-the-environment")
    _done, asked = done_with(Tenant([]), client_id=None, client_secret=None)
    assert asked[0].access_token == "from-the-environment"


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"base_url": "https://x.example"}, "base_url"),
        ({"tenant": "a.b"}, "tenant"),
        ({"client_secret": None}, "client_secret"),
        ({"timeout": 0}, "timeout"),
        ({"rate_limit": -1}, "rate_limit"),
    ],
)
def test_a_connection_that_cannot_be_made_is_told_by_its_option(options: dict[str, Any], option: str) -> None:
    done, asked = done_with(Tenant([]), **options)
    assert done.result["failed"] and done.result["changed"] is False
    assert done.result["msg"].startswith(f"{option}: ") and CLIENT_SECRET not in done.result["msg"]
    assert asked == []


@pytest.mark.parametrize(
    "host", ["*", "*.example", ".example", "a..b", "tä..st", "\u2028", "a" * 64 + ".example", "%41", "☃.net"]
)
def test_a_host_name_that_cannot_be_is_told_before_anything_is_sent(host: str) -> None:
    params = params_of(base_url=f"https://{host}", tenant=None)
    done = perform(task_status_info.run, params, Client, False, False)
    assert done.result["msg"].startswith("base_url: ")


def test_an_option_of_the_work_that_cannot_be_used() -> None:
    done, _asked = done_with(Tenant([]), limit=-1)
    assert done.result["msg"].startswith("limit: ")
    assert done.result == {"failed": True, "changed": False, "msg": done.result["msg"]}


def test_a_failure_tells_what_the_tenant_said_and_what_it_cost() -> None:
    tenant = Tenant([])
    body = {"detailCode": "500.9", "trackingId": "track", "messages": [{"text": "boom"}]}
    tenant.before = lambda request: response(500, body) if request.path != "/oauth/token" else None
    done, _asked = done_with(tenant)
    assert done.result["failed"] and "boom" in done.result["msg"]
    assert done.result["error"] == {
        "status": 500,
        "detail_code": "500.9",
        "tracking_id": "track",
        "message": done.result["msg"],
    }
    assert done.result["request_stats"] == {"requests": 1, "retries": 0, "throttled": 0.0, "sign_ins": 1}


def test_stats_are_those_of_this_work_where_the_client_serves_several() -> None:
    client, _transport = Tenant([task("a")]).client()
    stats = [
        perform(task_status_info.run, params_of(id=["a"]), lambda settings: client, False, False).result[
            "request_stats"
        ]
        for _time in range(2)
    ]
    assert [(one["requests"], one["sign_ins"]) for one in stats] == [(1, 1), (1, 0)]


def test_whatever_interrupts_cancels_the_client() -> None:
    client, _transport = Tenant([]).client()

    def interrupted(*_args: Any, **_kwargs: Any) -> dict[str, Any]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        perform(interrupted, params_of(), lambda settings: client, False, False)
    assert client.cancelled


# Inside AnsibleModule


class Exit(Exception):
    """What ends a module."""


class Module:
    """Stands in for AnsibleModule."""

    check_mode = True
    _diff = True

    def __init__(self, **options: Any) -> None:
        self.params = params_of(**options)
        self.no_log_values: set[str] = set()
        self.warnings: list[str] = []
        self.failed: dict[str, Any] = {}
        self.result: dict[str, Any] = {}

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def fail_json(self, **result: Any) -> None:
        self.failed = result
        raise Exit

    def exit_json(self, **result: Any) -> None:
        self.result = result
        raise Exit


@pytest.fixture
def kept_signals() -> Iterator[None]:
    kept = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, kept)


def play(monkeypatch: pytest.MonkeyPatch, module: Module, work: Any) -> None:
    """Run a module until it ends."""
    monkeypatch.setattr(_module, "AnsibleModule", lambda **spec: module)
    with pytest.raises(Exit):
        run_module({"argument_spec": {}}, work)


def test_a_module_ends_with_the_result_and_its_secrets_are_censored(
    monkeypatch: pytest.MonkeyPatch, kept_signals: None
) -> None:
    tenant = Tenant([task("a")])
    monkeypatch.setattr(_module, "Client", lambda settings: tenant.client(client_secret=settings.client_secret)[0])
    seen: dict[str, Any] = {}

    def work(params: Any, client: Client, **options: Any) -> dict[str, Any]:
        seen.update(options)
        client.warn("careful")
        return task_status_info.run(params, client)

    module = Module(pending=True)
    play(monkeypatch, module, work)
    assert module.result["tasks"] == [task("a")] and module.warnings == ["careful"]
    assert module.no_log_values == {CLIENT_SECRET, TOKEN, f"{CLIENT_ID}:{CLIENT_SECRET}"}
    assert (seen["check_mode"], seen["diff"]) == (True, True)
    failing = Module(id=["none"])
    play(monkeypatch, failing, work)
    assert failing.failed["missing"] == ["none"] and failing.failed["msg"]


def test_a_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_module, "MISSING_LIBRARIES", [("jsonpatch", "No module named 'jsonpatch'")])
    module = Module()
    play(monkeypatch, module, task_status_info.run)
    assert "jsonpatch" in module.failed["msg"] and "exception" in module.failed


def test_the_signal_to_end_is_an_interruption_that_no_handler_of_errors_swallows(
    monkeypatch: pytest.MonkeyPatch, kept_signals: None
) -> None:
    tenant = Tenant([])
    monkeypatch.setattr(_module, "Client", lambda settings: tenant.client()[0])

    def work(*_args: Any, **_options: Any) -> dict[str, Any]:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except Exception:
            return {"swallowed": True}
        return {"interrupted": False}

    module = Module()
    play(monkeypatch, module, work)
    assert module.failed["msg"] == "Interrupted (SIGTERM); nothing had been changed yet."


def test_an_environment_variable_that_cannot_be_used_is_told_by_a_module_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SAIL_TIMEOUT", "abc")
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": GIVEN}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    with pytest.raises(SystemExit):
        run_module(task_status_info.argument_spec(), task_status_info.run)
    output = capsys.readouterr().out
    result = json.loads(output)
    assert result["msg"] == "timeout: 'abc' is not a number (from the environment variable SAIL_TIMEOUT)."
    assert result["failed"] is True and result["changed"] is False and CLIENT_SECRET not in output
