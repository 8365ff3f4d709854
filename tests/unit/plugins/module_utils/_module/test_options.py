# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError
from ansible_collections.idops.sailpoint.plugins.module_utils._http import addresses
from ansible_collections.idops.sailpoint.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status_info
from ansible_collections.idops.sailpoint.plugins.module_utils._module.options import (
    ALTERNATIVES,
    connection_argument_spec,
    environment,
    gathered,
    resolve,
    shown_params,
)
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import BASE_URL
from hypothesis import given
from hypothesis import strategies as st

DEFAULTS: dict[str, Any] = {
    "api_version": "v2024",
    "validate_certs": True,
    "ca_path": None,
    "proxy": None,
    "timeout": 30.0,
    "retries": 5,
    "rate_limit": 100,
}
TASK = {"tenant": "acme", "client_id": "c", "client_secret": "s3cret"}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in connection_argument_spec():
        monkeypatch.delenv(f"SAIL_{name.upper()}", raising=False)


def settings(*places: dict[str, Any], **options: Any) -> ConnectionSettings:
    named = list(zip(("the task", "the environment", "ansible.cfg"), places))
    return resolve({**DEFAULTS, **options}, named)


def validated(**given: Any) -> dict[str, Any]:
    validation = ArgumentSpecValidator(connection_argument_spec()).validate(given)
    assert validation.error_messages == []
    return validation.validated_parameters


def test_defaults_are_the_documented_ones() -> None:
    result = settings(TASK, **{name: value for name, value in validated().items() if name not in ALTERNATIVES})
    assert result == ConnectionSettings(
        base_url=BASE_URL,
        client_id="c",
        client_secret="s3cret",
        access_token=None,
        api_version="v2024",
        validate_certs=True,
        ca_path=None,
        proxy=None,
        timeout=30.0,
        retries=5,
        rate_limit=100,
    )


# Places and alternatives

ADDRESSES = [
    ({"tenant": "acme"}, {"base_url": "https://other.example.com"}, BASE_URL),
    ({"base_url": "https://other.example.com"}, {"tenant": "acme"}, "https://other.example.com"),
    ({}, {"tenant": "acme"}, BASE_URL),
    ({"base_url": None, "tenant": None}, {"tenant": "acme"}, BASE_URL),
    ({"tenant": "acme"}, {"tenant": "b", "base_url": "https://c.example.com"}, BASE_URL),
]


@pytest.mark.parametrize(("task", "surroundings", "base_url"), ADDRESSES)
def test_the_more_specific_address_replaces_the_other(
    task: dict[str, Any], surroundings: dict[str, Any], base_url: str
) -> None:
    assert settings({**task, "access_token": "t"}, surroundings).base_url == base_url


CREDENTIALS = [
    ({"client_id": "c"}, {"access_token": "e", "client_secret": "s"}, ("c", "s", None)),
    ({"access_token": "t"}, {"client_id": "c", "client_secret": "s"}, (None, None, "t")),
    ({}, {"client_id": "c", "client_secret": "s"}, ("c", "s", None)),
    ({"client_secret": "s"}, {"client_id": "c", "client_secret": "other"}, ("c", "s", None)),
    ({"client_id": "c", "client_secret": "s"}, {"access_token": "e"}, ("c", "s", None)),
    ({"access_token": " t "}, {}, (None, None, "t")),
]


@pytest.mark.parametrize(("task", "surroundings", "wanted"), CREDENTIALS)
def test_the_more_specific_credentials_replace_the_others(
    task: dict[str, Any], surroundings: dict[str, Any], wanted: tuple[str | None, str | None, str | None]
) -> None:
    result = settings({**task, "tenant": "acme"}, surroundings)
    assert (result.client_id, result.client_secret, result.access_token) == wanted


def test_a_third_place_counts_only_where_the_others_give_nothing() -> None:
    third = {"base_url": "https://third.example.com", "access_token": "third"}
    assert settings({}, {}, third).access_token == "third"
    assert settings({}, {"client_id": "c", "client_secret": "s"}, third).access_token is None
    assert settings({}, {"tenant": "acme"}, third).base_url == BASE_URL


@pytest.mark.parametrize(
    ("task", "surroundings", "problem"),
    [
        ({**TASK, "base_url": BASE_URL}, {}, "^base_url: the task gives tenant too"),
        ({**TASK, "access_token": "t"}, {}, "^access_token: the task gives client_id too"),
        ({"tenant": "acme", "client_secret": "s", "access_token": "t"}, {}, "^access_token: .*client_secret too"),
        ({}, {**TASK, "access_token": "t"}, "^access_token: the environment gives client_id too"),
        ({}, {**TASK, "base_url": BASE_URL}, "^base_url: the environment gives tenant too"),
        ({"access_token": "t"}, {}, "^base_url: no tenant is named"),
        ({"tenant": "acme"}, {}, "^client_id: no credentials"),
        ({"tenant": "acme", "client_id": "c"}, {}, "^client_secret: missing.*SAIL_CLIENT_SECRET"),
        ({"tenant": "acme", "client_secret": "c"}, {}, "^client_id: missing.*SAIL_CLIENT_ID"),
        ({"tenant": "acme", "client_id": "c"}, {"access_token": "t"}, "^client_secret: missing"),
        ({**TASK, "tenant": ""}, {}, "^tenant: the task gives an empty value"),
        ({**TASK, "client_secret": " "}, {}, "^client_secret: the task gives an empty value"),
        ({**TASK, "access_token": ""}, {}, "^access_token: the task gives an empty value"),
    ],
)
def test_what_contradicts_or_lacks_is_an_error_of_one_sentence(
    task: dict[str, Any], surroundings: dict[str, Any], problem: str
) -> None:
    with pytest.raises(OptionError, match=problem) as caught:
        settings(task, surroundings)
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


# The environment


def test_alternatives_come_from_the_environment_and_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ALTERNATIVES:
        monkeypatch.setenv(f"SAIL_{name.upper()}", f"value of {name}")
    monkeypatch.setenv("SAIL_TENANT", "")
    monkeypatch.setenv("SAIL_ACCESS_TOKEN", "")
    assert environment() == {name: f"value of {name}" for name in ("base_url", "client_id", "client_secret")}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("api_version", "v2026", "v2026"),
        ("validate_certs", "no", False),
        ("timeout", "2.5", 2.5),
        ("retries", "0", 0),
        ("rate_limit", "7", 7),
        ("ca_path", "/", "/"),
    ],
)
def test_other_options_fall_back_to_the_environment_and_to_the_default_if_that_is_empty(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    monkeypatch.setenv(f"SAIL_{name.upper()}", text)
    assert validated()[name] == value
    monkeypatch.setenv(f"SAIL_{name.upper()}", "")
    assert validated()[name] == DEFAULTS[name]


def test_a_value_of_the_task_beats_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAIL_API_VERSION", "v2026")
    assert validated(api_version="v1")["api_version"] == "v1"


def test_the_proxy_has_no_variable_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAIL_PROXY", "http://proxy.example.com")
    assert validated()["proxy"] is None


def test_the_spec_is_handed_out_anew() -> None:
    connection_argument_spec()["tenant"]["type"] = "spoilt"
    assert connection_argument_spec()["tenant"]["type"] == "str"


BAD_TEXTS = [
    ("timeout", "abc", "'abc' is not a number"),
    ("timeout", "0", "0.0 is out of range"),
    ("timeout", "1e10", "10000000000.0 is out of range"),
    ("timeout", "nan", "nan is out of range"),
    ("retries", "many", "'many' is not a whole number"),
    ("retries", "1.5", "'1.5' is not a whole number"),
    ("retries", "-1", "-1 is out of range"),
    ("rate_limit", "fast", "'fast' is not a whole number"),
    ("rate_limit", "-1", "-1 is out of range"),
    ("validate_certs", "maybe", "'maybe' is neither true nor false"),
    ("api_version", "v3", "'v3' is none of beta, v2024, v2025, v2026, v1"),
]
BAD_ALTERNATIVES = [
    ("tenant", "a.b", "'a.b' is not a tenant's short name"),
    ("base_url", "http://acme.example.com", "'http://acme.example.com' is plain http"),
    ("access_token", "a b", "it holds a blank"),
]
NOWHERE = ("ca_path", "/nowhere/ca.pem", "there is no file or directory '/nowhere/ca.pem'")


@pytest.mark.parametrize(("name", "text", "problem"), [*BAD_TEXTS, NOWHERE])
def test_an_environment_variable_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, problem: str
) -> None:
    monkeypatch.setenv(f"SAIL_{name.upper()}", text)
    with pytest.raises(OptionError) as caught:
        ArgumentSpecValidator(connection_argument_spec()).validate({})
    assert str(caught.value).startswith(f"{name}: {problem}")
    assert str(caught.value).endswith(f" (from the environment variable SAIL_{name.upper()}).")


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, text, _problem in BAD_TEXTS])
def test_an_environment_variable_that_the_task_replaces_may_hold_anything(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(f"SAIL_{name.upper()}", text)
    assert validated(**{name: DEFAULTS[name]})[name] == DEFAULTS[name]


@pytest.mark.parametrize(
    ("place", "called"),
    [("a variable", "the variable sailpoint_"), ("the environment", "the environment variable SAIL_")],
)
@pytest.mark.parametrize(("name", "text", "problem"), [*BAD_TEXTS, *BAD_ALTERNATIVES])
def test_a_place_that_gives_what_cannot_be_used_is_named(
    place: str, called: str, name: str, text: str, problem: str
) -> None:
    called += name.upper() if called.endswith("SAIL_") else name
    with pytest.raises(OptionError) as caught:
        gathered([("the task", {}), (place, {name: text})])
    assert str(caught.value).startswith(f"{name}: {problem}")
    assert str(caught.value).endswith(f" (from {called}).")
    instead = {name: DEFAULTS.get(name, "x")}
    assert gathered([("the task", instead), (place, {name: text})]) == instead


def test_where_a_file_is_looked_for_is_where_the_module_runs() -> None:
    name, path, problem = NOWHERE
    assert gathered([("a variable", {name: path})]) == {name: path}
    with pytest.raises(OptionError, match=f"^{name}: {problem} .*SAIL_CA_PATH"):
        gathered([("the environment", {name: path})])


# Places, by what they are to do

PLACES = ("the task", "module_defaults", "module_defaults", "a variable", "the environment", "ansible.cfg")
VALUES = {
    "tenant": "acme",
    "base_url": "https://a.example.com",
    "client_id": "c",
    "client_secret": "s",
    "access_token": "t",
    "api_version": "v1",
    "timeout": 3.0,
}
OTHERS = [{"tenant"}, {"base_url"}], [{"access_token"}, {"client_id", "client_secret"}]


@given(st.lists(st.sets(st.sampled_from(sorted(VALUES))), max_size=len(PLACES)))
def test_the_first_place_decides_a_setting_and_each_option_of_it(names: list[set[str]]) -> None:
    """Written down once more: place by place, an option holds unless something stronger gives it or its alternative."""
    places = [(place, {name: VALUES[name] for name in given}) for place, given in zip(PLACES, names)]
    wanted: dict[str, str] = {}
    contradiction = None
    for place, values in places:
        left = set(values) - set(wanted)
        for one, other in OTHERS:
            if set(wanted) & one:
                left -= other
            elif set(wanted) & other:
                left -= one
            elif left & one and left & other:
                contradiction = contradiction or place
        wanted.update(dict.fromkeys(left, place))
        if contradiction:
            break
    if contradiction:
        with pytest.raises(OptionError, match=f": {contradiction} gives (tenant|client_id|client_secret) too"):
            gathered(places)
    else:
        assert gathered(places) == {name: VALUES[name] for name in wanted}


# Addresses


@pytest.mark.parametrize(
    ("given", "base_url"),
    [
        ("https://acme.api.identitynow.com", BASE_URL),
        ("https://acme.api.identitynow.com/", BASE_URL),
        (" https://acme.api.identitynow.com// ", BASE_URL),
        ("HTTPS://acme.api.identitynow.com", BASE_URL),
        ("https://gateway.example.com:8443/isc/", "https://gateway.example.com:8443/isc"),
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("http://127.9.8.7", "http://127.9.8.7"),
        ("http://localhost:8123/", "http://localhost:8123"),
        ("http://[::1]:8123", "http://[::1]:8123"),
        ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ],
)
def test_usable_addresses(given: str, base_url: str) -> None:
    assert settings({"base_url": given, "access_token": "t"}).base_url == base_url


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("http://acme.api.identitynow.com", "plain http"),
        ("http://10.0.0.1", "plain http"),
        ("http://127.0.0.1.example.com", "plain http"),
        ("http://localhost.example.com", "plain http"),
        ("http://0.0.0.0", "plain http"),
        ("http://[::]", "plain http"),
        ("http://2130706433", "plain http"),
        ("acme.api.identitynow.com", "is not a URL"),
        ("ftp://acme.api.identitynow.com", "is not a URL"),
        ("https://", "is not a URL"),
        ("https:///path", "is not a URL"),
        ("//acme.api.identitynow.com", "is not a URL"),
        ("https://acme.api.identitynow.com:99999", "is not a URL"),
        ("https://acme.api.identitynow.com:port", "is not a URL"),
        ("https://[::1", "is not a URL"),
        ("https://acme .example.com", "a blank"),
        ("https://acme.example.com/a\tb", "a blank"),
        ("https://acme.example.com\\x", "a blank or another character"),
        ("https://*", "names no possible host"),
        ("https://.example.com", "names no possible host"),
        ("https://a..b", "names no possible host"),
        ("https://%41.example.com", "names no possible host"),
        ("https://" + "a" * 64 + ".example.com", "names no possible host"),
        ("https://acme.example.com?client_secret=s3cret", "a query"),
        (
            "https://acme.api.identitynow.com/oauth/token?client_secret=s3cret",
            "a query.*https://acme.api.identitynow.com",
        ),
        ("https://acme.example.com/#top", "a fragment"),
        ("https://acme.api.identitynow.com/v2024", "ends in an API version"),
        ("https://acme.api.identitynow.com/v3/", "ends in an API version"),
        ("https://acme.api.identitynow.com/BETA", "ends in an API version"),
        ("https://user@acme.api.identitynow.com", "a user name or password"),
        ("https://user:s3cret@acme.api.identitynow.com", "a user name or password"),
        ("https://user:s3cret@acme.api.identitynow.com:99999", "is not a URL"),
        ("user:s3cret@acme.api.identitynow.com", "is not a URL"),
        ("https:user:s3cret@acme.api.identitynow.com", "is not a URL"),
        ("https:/user:s3cret@acme.api.identitynow.com", "is not a URL"),
        ("ftp://user:s3cret@acme.api.identitynow.com", "user name or password"),
    ],
)
def test_unusable_addresses_are_told_without_a_password(given: str, problem: str) -> None:
    with pytest.raises(OptionError, match=f"^base_url: .*{problem}") as caught:
        settings({"base_url": given, "access_token": "t"})
    assert "s3cret" not in str(caught.value)


PASTED = [
    ("https://acme.api.identitynow.com/oauth/token", "https://acme.api.identitynow.com"),
    ("https://acme.api.identitynow.com/latest/", "https://acme.api.identitynow.com"),
    ("https://acme.api.identitynow.com/cc/api", "https://acme.api.identitynow.com"),
    ("https://acme.api.identitynow.com/cc/api/user/get", "https://acme.api.identitynow.com"),
    ("https://acme.api.identitynow.com/beta", "https://acme.api.identitynow.com"),
    ("https://acme.api.identitynow.com/V3/", "https://acme.api.identitynow.com"),
    ("https://acme.api.identitynow.com/v3/accounts", "https://acme.api.identitynow.com"),
    ("https://acme.api.identitynow.com/v1", "https://acme.api.identitynow.com"),
    ("https://acme.api.identitynow.com/v2024/task-status/pending-tasks", "https://acme.api.identitynow.com"),
    ("https://acme.api.identitynow.com/task-status/v1", "https://acme.api.identitynow.com"),
    ("https://acme.api.identitynow.com/anything", "https://acme.api.identitynow.com"),
    ("https://acme.api.identitynow-demo.com/v3", "https://acme.api.identitynow-demo.com"),
    ("https://acme.api.saas.sailpointfedramp.com/v3", "https://acme.api.saas.sailpointfedramp.com"),
    ("https://acme.identitynow.com", "https://acme.api.identitynow.com"),
    ("https://ACME.identitynow.com/ui/admin#home", "https://acme.api.identitynow.com"),
    ("http://acme.identitynow.com:443/", "https://acme.api.identitynow.com"),
    ("https://acme.login.sailpoint.com/oauth/authorize", "https://acme.api.identitynow.com"),
    ("https://acme.identitynow-demo.com", "https://acme.api.identitynow-demo.com"),
    ("https://acme.saas.sailpointfedramp.com", "https://acme.api.saas.sailpointfedramp.com"),
    ("https://acme.idn.sailpointfedramp.com", "https://acme.api.saas.sailpointfedramp.com"),
    ("https://api.identitynow.com", "https://TENANT.api.identitynow.com"),
    ("https://identitynow.com", "https://TENANT.api.identitynow.com"),
    ("acme.api.identitynow.com", "https://acme.api.identitynow.com"),
    ("acme.identitynow.com/ui", "https://acme.api.identitynow.com"),
    ("gateway.example.com:8443/isc", "https://gateway.example.com:8443/isc"),
    ("https://gateway.example.com/isc/oauth/token", "https://gateway.example.com/isc"),
    ("https://gateway.example.com/isc/v2024/accounts", "https://gateway.example.com/isc"),
    ("https://gateway.example.com/isc/v1/", "https://gateway.example.com/isc"),
    ("http://127.0.0.1:8123/v3/accounts", "http://127.0.0.1:8123"),
    ("http://127.0.0.1:8123/oauth/token", "http://127.0.0.1:8123"),
]


@pytest.mark.parametrize(("given", "instead"), PASTED)
def test_what_people_paste_is_an_error_that_names_the_address_to_use(given: str, instead: str) -> None:
    with pytest.raises(OptionError, match="^base_url: ") as caught:
        settings({"base_url": given, "access_token": "t"})
    words = str(caught.value).rstrip(".").split()
    assert instead in words
    if "TENANT" not in instead:
        assert settings({"base_url": instead, "access_token": "t"}).base_url == instead


@pytest.mark.parametrize("given", ["https://gateway.example.com/v1/isc", "https://gateway.example.com/latest/isc"])
def test_a_gateway_may_have_versions_of_its_own(given: str) -> None:
    assert settings({"base_url": given, "access_token": "t"}).base_url == given


@pytest.mark.parametrize(
    ("tenant", "advice"),
    [
        ("acme.api.identitynow.com", "give tenant: acme."),
        ("https://acme.api.identitynow.com/", "give tenant: acme."),
        ("https://acme.identitynow.com/ui/admin", "give tenant: acme."),
        ("acme.login.sailpoint.com", "give tenant: acme."),
        ("acme.identitynow-demo.com", "give base_url: https://acme.api.identitynow-demo.com instead."),
        ("https://user:s3cret@gateway.example.com", "give base_url."),
        ("[::1", "give base_url."),
    ],
)
def test_an_address_in_place_of_a_tenant_is_told_what_to_give(tenant: str, advice: str) -> None:
    with pytest.raises(OptionError, match="^tenant: ") as caught:
        settings({"tenant": tenant, "access_token": "t"})
    assert str(caught.value).endswith(advice) and "s3cret" not in str(caught.value)


def test_which_option_gave_the_address_is_known_and_makes_no_other_settings() -> None:
    by_tenant = settings(TASK)
    by_base_url = settings({**TASK, "tenant": None, "base_url": by_tenant.base_url})
    assert (by_tenant.address_option, by_base_url.address_option) == ("tenant", "base_url")
    assert by_tenant == by_base_url and hash(by_tenant) == hash(by_base_url)


@pytest.mark.parametrize("tenant", ["acme", "ACME-sb", "a", "1a", "a" * 63])
def test_usable_tenants(tenant: str) -> None:
    assert settings({"tenant": tenant, "access_token": "t"}).base_url == f"https://{tenant}.api.identitynow.com"


@pytest.mark.parametrize(
    "tenant", ["-a", "a-", "a.b", "a/b", "a b", "evil.com/", "a@b", "a:1", "a" * 64, "tä", "a\n b"]
)
def test_a_tenant_can_name_no_other_host(tenant: str) -> None:
    with pytest.raises(OptionError, match="^tenant: "):
        settings({"tenant": tenant, "access_token": "t"})


@given(st.text(max_size=30))
def test_any_tenant_is_a_label_of_the_vendors_domain_or_refused(tenant: str) -> None:
    try:
        base_url = settings({"tenant": tenant, "access_token": "t"}).base_url
    except OptionError as error:
        assert error.option == "tenant"
    else:
        host = base_url[len("https://") :]
        assert host.isascii() and host.endswith(".api.identitynow.com") and host.count(".") == 3


@given(st.one_of(st.text(max_size=30), st.text(alphabet="htps:/@.?#[]127localhost\\ 0", max_size=30)))
def test_any_base_url_is_https_or_loopback_or_refused(text: str) -> None:
    for address in (text, f"https://{text}", f"http://{text}"):
        try:
            base_url = settings({"base_url": address, "access_token": "t"}).base_url
        except OptionError as error:
            assert error.option == "base_url"
            continue
        host = urlsplit(base_url).hostname or ""
        named = host.rstrip(".").rpartition(".")[2] == "localhost"
        assert base_url.startswith("https://") or named or ip_address(host).is_loopback
        assert "@" not in base_url.split("/")[2] and not base_url.endswith("/")


_LABEL = "a" * 60


@pytest.mark.parametrize("option", ["base_url", "proxy"])
@pytest.mark.parametrize(
    ("host", "problem"),
    [
        ("a" * 230 + ".example.com", "230 characters between dots"),
        ("a" * 64, "64 characters between dots"),
        (".".join([_LABEL] * 5), "304 characters"),
        (".".join([_LABEL] * 4) + ".example.com.", "255 characters"),
    ],
)
def test_a_host_that_no_resolver_takes_is_told_as_what_it_is(option: str, host: str, problem: str) -> None:
    given = {"base_url": f"https://{host}:8443/x"} if option == "base_url" else {"tenant": "acme"}
    others = {"proxy": f"http://{host}:3128"} if option == "proxy" else {}
    with pytest.raises(OptionError, match=f"^{option}: .*names no possible host: it has {problem}"):
        settings({**given, "access_token": "t"}, **others)


def test_a_host_as_long_as_may_be_is_fine() -> None:
    host = ".".join([_LABEL, _LABEL, _LABEL, _LABEL, "b" * 9])
    assert settings({"base_url": f"https://{host}", "access_token": "t"}).base_url == f"https://{host}"


@pytest.mark.parametrize(
    ("host", "is_it"),
    [
        *((host, True) for host in ("127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1", "localhost", "LocalHost.")),
        *((host, True) for host in ("a.localhost", "a.b.LOCALHOST")),
        *((host, False) for host in ("10.0.0.1", "128.0.0.1", "::2", "localhost.example.com", "mylocalhost", "")),
    ],
)
def test_what_is_on_this_machine(host: str, is_it: bool) -> None:
    assert addresses.is_loopback(host) is is_it


# The rest


@pytest.mark.parametrize("name", ["client_id", "client_secret", "access_token", "base_url", "tenant", "proxy"])
@pytest.mark.parametrize("place", ["the task", "the environment"])
def test_what_is_no_utf_8_cannot_be_sent_and_is_named(name: str, place: str) -> None:
    broken = b"https://secret-\xff\xfe".decode("utf-8", "surrogateescape")
    values = {"proxy": TASK, "access_token": {"tenant": "acme"}, "base_url": {"access_token": "t"}}.get(name, TASK)
    places = [(place, {**values, name: broken})]
    with pytest.raises(OptionError, match=f"^{name}: it holds bytes that are no UTF-8") as caught:
        resolve({**DEFAULTS, "proxy": broken if name == "proxy" else None}, places)
    str(caught.value).encode()
    assert "secret-" not in str(caught.value)


def test_parameters_are_shown_without_what_is_secret_whatever_its_length() -> None:
    spec = task_status_info.argument_spec()["argument_spec"]
    params = {"client_secret": "1", "access_token": None, "proxy": "http://u:ab@p:1/ab", "id": ["1"], "tenant": "ab"}
    shown = shown_params(params, spec)
    assert shown["client_secret"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" and shown["access_token"] is None
    assert "ab" not in shown["proxy"] and shown["proxy"].startswith("http://u:***")
    assert (shown["id"], shown["tenant"]) == (["1"], "ab") and params["client_secret"] == "1"


def test_what_is_to_be_warned_of() -> None:
    assert settings(TASK, proxy="http://proxy.example.com:1").warnings == [settings(TASK).warnings[0]]
    short = settings({"tenant": "acme", "client_id": "c", "client_secret": "1234567"}).warnings
    assert len(short) == 1 and short[0].startswith("client_secret has fewer than 8 characters")
    assert settings({"tenant": "acme", "client_id": "c", "client_secret": "12345678"}).warnings == []
    assert settings({"tenant": "acme", "access_token": "t"}).warnings[0].startswith("access_token has fewer than 8")
    local = {"base_url": "https://[::1]", "access_token": "long-enough"}
    assert settings(local, proxy="http://proxy:1").warnings[0].startswith("proxy is not used: ")
    assert settings(local).warnings == []


@pytest.mark.parametrize("token", ["x7 y8", "x7\ny8", "x7\r\nX-Evil: 1", "tök€n", "x7\x00y8", "Bearer x7y8"])
def test_a_token_that_no_header_can_carry_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(OptionError, match="^access_token: ") as caught:
        settings({"tenant": "acme", "access_token": token})
    assert token not in str(caught.value) and repr(token)[1:-1] not in str(caught.value)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("timeout", 0),
        ("timeout", -1),
        ("timeout", float("nan")),
        ("timeout", float("inf")),
        ("timeout", 1e300),
        ("retries", -1),
        ("retries", 10**400),
        ("rate_limit", -1),
        ("rate_limit", 10**400),
    ],
)
def test_numbers_out_of_range(option: str, value: float) -> None:
    with pytest.raises(OptionError, match=f"^{option}: .*out of range"):
        settings(TASK, **{option: value})


@pytest.mark.parametrize(("option", "value"), [("timeout", 0.1), ("retries", 0), ("rate_limit", 0), ("timeout", 86400)])
def test_numbers_at_the_edge(option: str, value: float) -> None:
    assert getattr(settings(TASK, **{option: value}), option) == value


def test_the_ca_bundle_must_exist(tmp_path: Path) -> None:
    assert settings(TASK, ca_path=str(tmp_path)).ca_path == str(tmp_path)
    with pytest.raises(OptionError, match="^ca_path: there is no file"):
        settings(TASK, ca_path=str(tmp_path / "none.pem"))


@pytest.mark.parametrize(
    ("given", "proxy"),
    [
        ("http://proxy.example.com:3128", "http://proxy.example.com:3128"),
        ("proxy.example.com:3128", "http://proxy.example.com:3128"),
        ("socks5h://proxy.example.com", "socks5h://proxy.example.com"),
        ("", None),
        (None, None),
    ],
)
def test_usable_proxies(given: str | None, proxy: str | None) -> None:
    assert settings(TASK, proxy=given).proxy == proxy


@pytest.mark.parametrize(
    "given", ["http://", "http://user:s3cret@", "http://user:s3cret@proxy:99999", "http://proxy:0"]
)
def test_unusable_proxies_are_told_without_a_password(given: str) -> None:
    with pytest.raises(OptionError, match="^proxy: ") as caught:
        settings(TASK, proxy=given)
    assert "s3cret" not in str(caught.value)


def test_secrets_are_known_and_not_shown() -> None:
    pair = settings(TASK, proxy="http://user:pr0xy-pass@proxy.example.com:3128")
    assert set(pair.secrets) == {"s3cret", "pr0xy-pass", "c:s3cret", "user:pr0xy-pass"}
    token = settings({"tenant": "acme", "access_token": "t0ken"})
    assert token.secrets == ["t0ken"]
    for secret in ("s3cret", "pr0xy-pass", "t0ken"):
        assert secret not in repr(pair) + repr(token)
