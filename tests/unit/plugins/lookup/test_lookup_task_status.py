# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible import constants as C
from ansible.errors import AnsibleError, AnsibleLookupError, AnsibleOptionsError
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status_info
from ansible_collections.idops.sailpoint.plugins.plugin_utils import _lookup
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    CLIENT_SECRET,
    GENERATIONS,
    TOKEN,
    Tenant,
    response,
    task,
)

TASKS = [task("a"), task("b", "ERROR", launcher="ann"), task("c"), task("d", "SUCCESS")]


@pytest.fixture(autouse=True)
def tenant(office: Any) -> Tenant:
    office.answer = Tenant(TASKS)
    return office.answer


def ids(tasks: list[Any]) -> list[str]:
    return [one["id"] for one in tasks]


def test_terms_are_ids_and_the_answer_is_in_their_order(lookup: Any) -> None:
    found = lookup("task_status", "d", "a", "d")
    assert found == [TASKS[3], TASKS[0], TASKS[3]]


def test_a_term_that_is_a_list_is_its_ids(lookup: Any, office: Any) -> None:
    assert ids(lookup("task_status", ["b", "a"], "c")) == ["b", "a", "c"]
    assert lookup("task_status", []) == []
    assert len(office.transports) == 1


def test_an_empty_list_of_ids_asks_for_nothing(lookup: Any, office: Any) -> None:
    assert lookup("task_status", []) == []
    assert office.transports[0].requests == []


def test_a_term_that_is_not_found_is_an_error(lookup: Any) -> None:
    with pytest.raises(AnsibleLookupError, match="No task was found with the id nowhere"):
        lookup("task_status", "a", "nowhere")


@pytest.mark.parametrize("term", ["", ".", ".."])
def test_a_term_that_is_no_id_is_refused(lookup: Any, office: Any, term: str) -> None:
    with pytest.raises(AnsibleOptionsError, match="^id: "):
        lookup("task_status", term)
    assert office.transports[0].requests == []


@pytest.mark.parametrize("api_version", GENERATIONS)
def test_without_terms_a_list_by_options(lookup: Any, office: Any, api_version: str) -> None:
    now = datetime.now(timezone.utc)
    tasks = [*TASKS, task("new", launched=now.isoformat()), task("x", launcher="bob", created="2026-03-01T00:00:00Z")]
    office.answer = Tenant(tasks, api_version)
    options: dict[str, Any] = {"api_version": api_version}
    assert ids(lookup("task_status", pending=True, **options)) == ["a", "c", "new", "x"]
    assert ids(lookup("task_status", pending=True, limit=2, **options)) == ["a", "c"]
    assert ids(lookup("task_status", pending=True, launcher="bob", **options)) == ["x"]
    assert ids(lookup("task_status", pending=True, newer_than="1h", **options)) == ["new"]
    assert ids(lookup("task_status", pending=True, older_than="1h", **options)) == ["a", "c", "x"]
    assert ids(lookup("task_status", pending="yes", sorters="-created", limit="1", **options)) == ["x"]
    assert ids(lookup("task_status", completion_status=["error"], **options)) == ["b"]
    assert ids(lookup("task_status", completion_status="error,success", **options)) == ["b", "d"]
    assert ids(lookup("task_status", filters='id in ("d", "b")', **options)) == ["b", "d"]
    assert lookup("task_status", source_id=["nowhere"], **options) == []


def test_options_select_among_terms(lookup: Any) -> None:
    assert ids(lookup("task_status", "a", "b", "c", pending=True)) == ["a", "c"]


def test_one_sign_in_and_one_client_serve_all_look_ups(lookup: Any, office: Any) -> None:
    for _time in range(5):
        lookup("task_status", "a")
        lookup("task_status", pending=True)
        lookup("access_token")
    assert len(office.settings) == 1
    paths = [request.path for request in office.transports[0].requests]
    assert paths.count("/oauth/token") == 1 and len(paths) == 11


def test_other_settings_get_another_client(lookup: Any, office: Any) -> None:
    lookup("task_status", "a")
    lookup("task_status", "a", tenant="other")
    assert [settings.base_url for settings in office.settings] == [
        "https://acme.api.identitynow.com",
        "https://other.api.identitynow.com",
    ]


# Where options come from


def settings_of(office: Any, lookup: Any, variables: dict[str, Any], **options: Any) -> Any:
    lookup("task_status", [], variables=variables, **options)
    return office.settings[-1]


SECRETS = {"client_id": "c", "client_secret": "s"}


def test_variables_environment_and_configuration_in_ansibles_order(
    lookup: Any, office: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configuration = tmp_path / "ansible.cfg"
    configuration.write_text(
        "[sailpoint]\ntenant = from-ini\nclient_id = ini-client\nclient_secret = ini-secret\ntimeout = 4.5\n"
        "retries = 1\nrate_limit = 11\nproxy = http://proxy.example.com:3128\n"
        "validate_certs = false\napi_version = v2026\n",
        encoding="ascii",
    )
    monkeypatch.setattr(C.config, "_config_file", str(configuration))
    monkeypatch.setattr(C.config, "_parsers", {})
    C.config._parse_config_file(str(configuration))
    result = settings_of(office, lookup, {})
    assert (result.base_url, result.client_id, result.client_secret) == (
        "https://from-ini.api.identitynow.com",
        "ini-client",
        "ini-secret",
    )
    assert (result.timeout, result.retries, result.rate_limit) == (4.5, 1, 11)
    assert (result.proxy, result.validate_certs, result.api_version) == (
        "http://proxy.example.com:3128",
        False,
        "v2026",
    )

    monkeypatch.setenv("SAIL_BASE_URL", "https://from-env.example.com")
    monkeypatch.setenv("SAIL_ACCESS_TOKEN", "env-token")
    monkeypatch.setenv("SAIL_TIMEOUT", "5.5")
    monkeypatch.setenv("SAIL_API_VERSION", "v1")
    result = settings_of(office, lookup, {})
    assert (result.base_url, result.access_token, result.client_id) == (
        "https://from-env.example.com",
        "env-token",
        None,
    )
    assert (result.timeout, result.retries, result.api_version) == (5.5, 1, "v1")

    variables = {"sailpoint_tenant": "from-var", "sailpoint_client_id": "v", "sailpoint_client_secret": "vs"}
    result = settings_of(office, lookup, {**variables, "sailpoint_timeout": 6, "sailpoint_api_version": "beta"})
    assert (result.base_url, result.client_id, result.access_token) == (
        "https://from-var.api.identitynow.com",
        "v",
        None,
    )
    assert (result.timeout, result.api_version) == (6.0, "beta")

    result = settings_of(
        office, lookup, variables, base_url="https://direct.example.com/", access_token="direct", api_version="v2024"
    )
    assert (result.base_url, result.access_token, result.api_version) == (
        "https://direct.example.com",
        "direct",
        "v2024",
    )


def test_variables_are_templated(lookup: Any, office: Any) -> None:
    try:
        from ansible.template import trust_as_template
    except ImportError:  # before 2.19 every string is a template

        def trust_as_template(text: str) -> str:
            return text

    variables = {
        "sailpoint_tenant": trust_as_template("{{ region }}-acme"),
        "region": "eu",
        "sailpoint_access_token": "t",
    }
    assert settings_of(office, lookup, variables).base_url == "https://eu-acme.api.identitynow.com"


def test_empty_variables_of_the_environment_are_none(lookup: Any, office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BASE_URL", "ACCESS_TOKEN", "API_VERSION", "TIMEOUT", "CA_PATH", "VALIDATE_CERTS", "RETRIES"):
        monkeypatch.setenv(f"SAIL_{name}", "")
    result = settings_of(
        office, lookup, {"sailpoint_tenant": "acme", **{f"sailpoint_{k}": v for k, v in SECRETS.items()}}
    )
    assert (result.base_url, result.timeout, result.api_version) == ("https://acme.api.identitynow.com", 30.0, "v2024")
    assert os.environ["SAIL_API_VERSION"] == "", "the environment of others is left as it was"


@pytest.mark.parametrize(
    ("variables", "options", "problem"),
    [
        ({}, {}, "base_url: no tenant is named"),
        ({"sailpoint_tenant": "a"}, {}, "client_id: no credentials"),
        ({}, {"tenant": "a", "base_url": "https://a.example", **SECRETS}, "base_url: the lookup gives tenant too"),
        (
            {"sailpoint_tenant": "a", "sailpoint_base_url": "https://a.example"},
            SECRETS,
            "base_url: a variable gives tenant",
        ),
        ({}, {"tenant": "a", "access_token": "t", "client_id": "c"}, "access_token: the lookup gives client_id too"),
        ({}, {"tenant": "", **SECRETS}, "tenant: the lookup gives an empty value"),
        ({}, {"base_url": "http://a.example", **SECRETS}, "base_url: .*plain http"),
        ({}, {"tenant": "a", **SECRETS, "api_version": "v3"}, "api_version"),
        ({}, {"tenant": "a", **SECRETS, "timeout": "long"}, "timeout"),
        ({}, {"tenant": "a", **SECRETS, "limit": "many"}, "limit"),
        ({}, {"tenant": "a", **SECRETS, "limit": -1}, "limit: -1 is out of range"),
        ({}, {"tenant": "a", **SECRETS, "sorters": "name"}, "sorters"),
        ({}, {"tenant": "a", **SECRETS, "pendign": True}, "Unsupported options .*pendign"),
        ({}, {"tenant": "a", **SECRETS, "pending": True, "filters": 'id eq "a"'}, "filters: .*pending"),
        ({}, {"tenant": "a", **SECRETS, "older_than": "a while"}, "older_than: "),
    ],
)
def test_bad_options_are_one_clear_error_and_no_request(
    lookup: Any, office: Any, variables: dict[str, Any], options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(AnsibleError, match=problem):
        lookup("task_status", variables=variables, **options)
    assert [transport.requests for transport in office.transports] in ([], [[]])


@pytest.mark.parametrize("options", [{"filters": 'id eq "b"'}, {"sorters": "created"}])
def test_what_belongs_to_a_list_is_not_ignored_with_terms(lookup: Any, options: dict[str, Any]) -> None:
    with pytest.raises(AnsibleOptionsError, match=f"^{next(iter(options))}: "):
        lookup("task_status", "a", **options)


# Failures


def test_a_failure_is_a_lookup_error_without_a_secret(lookup: Any, office: Any) -> None:
    office.answer = Tenant([])
    body = {"messages": [{"text": f"Authorization: Bearer {TOKEN} {CLIENT_SECRET}"}]}
    office.answer.before = lambda request: response(500, body) if request.path != "/oauth/token" else None
    with pytest.raises(AnsibleLookupError, match="HTTP 500") as caught:
        lookup("task_status", "a")
    assert TOKEN not in str(caught.value) and CLIENT_SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_library_that_is_missing_is_named(lookup: Any, office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_lookup, "MISSING_LIBRARIES", [("requests", "No module named 'requests'")])
    with pytest.raises(AnsibleError, match="requests"):
        lookup("task_status", "a")


def test_an_unverified_certificate_is_warned_of(lookup: Any, office: Any) -> None:
    lookup("task_status", "a", validate_certs=False)
    assert [text.partition(" is off")[0] for text in office.warnings] == ["validate_certs"]


def test_what_the_client_warns_of_is_said(lookup: Any, office: Any) -> None:
    answers = [response(429, headers={"Retry-After": "86400"})]

    def busy(request: Any) -> Any:
        return answers.pop() if request.path != "/oauth/token" and answers else None

    office.answer.before = busy
    assert ids(lookup("task_status", "a")) == ["a"]
    assert len(office.warnings) == 1 and "Retry-After" in office.warnings[0]
    lookup("task_status", "a")
    assert len(office.warnings) == 1


def test_the_options_are_those_of_the_module() -> None:
    module = task_status_info.argument_spec()["argument_spec"]
    assert {name: module[name] for name in task_status_info.SELECTION_SPEC} == task_status_info.SELECTION_SPEC
