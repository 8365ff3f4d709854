# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which place wins, where the work is done here and where a module does it elsewhere."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.loader import action_loader, connection_loader
from ansible.template import Templar
from ansible_collections.idops.sailpoint.plugins.module_utils._http.client import Client
from ansible_collections.idops.sailpoint.plugins.module_utils._http.settings import ConnectionSettings
from ansible_collections.idops.sailpoint.plugins.module_utils._module import performing, task_status_info
from ansible_collections.idops.sailpoint.plugins.plugin_utils._action import arguments, censoring, core, in_process
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import Tenant, task

MODULE = "idops.sailpoint.task_status_info"
GROUP = "group/idops.sailpoint.task_management"
HOSTS = ("here", "as a module", "as a module, asynchronously", "as a module, as another user")


@dataclass
class Run:
    """What came of a task: its result, and the settings that a tenant was called with."""

    result: dict[str, Any] = field(default_factory=dict)
    settings: list[ConnectionSettings] = field(default_factory=list)
    shown: str = ""
    own_args: dict[str, Any] = field(default_factory=dict)
    module_runs: int = 0

    @property
    def message(self) -> str:
        return str(self.result.get("msg"))


Runner = Callable[..., Run]


def _as_it_is(plugin: Any) -> None:
    """Change nothing."""


@pytest.fixture(params=HOSTS)
def run(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Runner:
    """Return a function that runs the module's action plugin, on each of its hosts."""
    for name in list(os.environ):
        if name.startswith("SAIL_"):
            monkeypatch.delenv(name)

    def runner(
        own: dict[str, Any],
        module: dict[str, Any] | None = None,
        group: dict[str, Any] | None = None,
        variables: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
        change: Callable[[Any], None] = _as_it_is,
        done: Run | None = None,
    ) -> Run:
        done = done or Run()
        for name, value in (environment or {}).items():
            monkeypatch.setenv(name, value)

        def get_client(settings: ConnectionSettings) -> Client:
            done.settings.append(settings)
            return Tenant([task("a")]).client(client_secret=settings.client_secret)[0]

        def execute_module(self: Any, module_args: Any, task_vars: Any, wrap_async: Any) -> dict[str, Any]:
            done.module_runs += 1
            done.shown = f"{module_args!r} {module_args}"
            params = ArgumentSpecValidator(**task_status_info.argument_spec()).validate(dict(module_args))
            assert params.error_messages == []
            return performing.perform(
                task_status_info.run, params.validated_parameters, get_client, False, False
            ).result

        variables = {"ansible_sailpoint_in_process": request.param == "here", **(variables or {})}
        loader = DataLoader()
        templar = Templar(loader=loader, variables=variables)
        what = Task()
        what.action = MODULE
        setattr(what, "_resolved_action" if hasattr(what, "_resolved_action") else "resolved_action", MODULE)
        # As ansible-core hands them on: the task's own over the module's over the group's.
        what.args = done.own_args = {"id": ["a"], **(group or {}), **(module or {}), **own}
        what.module_defaults = [{GROUP: group or {}}, {MODULE: module or {}}]
        what.async_val = 30 if request.param == HOSTS[2] else 0
        context = PlayContext()
        context.become = request.param == HOSTS[3]
        plugin = action_loader.get(
            MODULE,
            task=what,
            connection=connection_loader.get("ansible.builtin.local", context, os.devnull),
            play_context=context,
            loader=loader,
            templar=templar,
            shared_loader_obj=None,
        )
        monkeypatch.setattr(in_process, "shared_client", get_client)
        monkeypatch.setattr(in_process.InProcessAction, "_execute_module", execute_module)
        change(plugin)
        before = dict(what.args)
        done.result = plugin.run(task_vars=variables)
        assert done.module_runs == 0 or request.param != HOSTS[0] or change is not _as_it_is
        assert what.args == before, "ansible-core hands a task's arguments on to callbacks"
        return done

    return runner


ADDRESS = "https://{}.example.com"
PAIR = {"client_id": "c", "client_secret": "unit-secret-1"}
ALL = {
    "own": {"base_url": ADDRESS.format("own")},
    "module": {"base_url": ADDRESS.format("module")},
    "group": {"base_url": ADDRESS.format("group")},
    "variables": {"sailpoint_base_url": ADDRESS.format("variables")},
    "environment": {"SAIL_BASE_URL": ADDRESS.format("environment")},
}
ORDER = list(ALL)


@pytest.mark.parametrize("strongest", range(len(ORDER)))
def test_a_stronger_place_wins(run: Runner, strongest: int) -> None:
    places: dict[str, dict[str, str]] = {"own": {}, **{name: dict(ALL[name]) for name in ORDER[strongest:]}}
    places["own"].update(access_token="t")
    done = run(**places)
    assert [one.base_url for one in done.settings] == [ADDRESS.format(ORDER[strongest])]


@pytest.mark.parametrize("strongest", range(len(ORDER)))
def test_a_stronger_place_replaces_the_alternative(run: Runner, strongest: int) -> None:
    """The short name of one place beats the addresses of all that are weaker, and a client the tokens."""
    weaker = {
        "module": {**ALL["module"], "access_token": "module"},
        "group": {**ALL["group"], "access_token": "group"},
        "variables": {**ALL["variables"], "sailpoint_access_token": "variable"},
        "environment": {**ALL["environment"], "SAIL_ACCESS_TOKEN": "environment"},
    }
    places: dict[str, dict[str, str]] = {
        "own": {},
        **{name: weaker[name] for name in ORDER[strongest + 1 :]},
    }
    strong = {"tenant": "acme", **PAIR}
    prefix = {"variables": "sailpoint_{}", "environment": "SAIL_{}"}.get(ORDER[strongest], "{}")
    places[ORDER[strongest]] = {
        prefix.format(name.upper() if ORDER[strongest] == "environment" else name): value
        for name, value in strong.items()
    }
    done = run(**places)
    assert [(one.base_url, one.client_id, one.access_token) for one in done.settings] == [
        ("https://acme.api.identitynow.com", "c", None)
    ]


@pytest.mark.parametrize("place", ORDER)
@pytest.mark.parametrize(
    ("both", "message"),
    [
        ({"tenant": "acme", "base_url": ADDRESS.format("x"), "access_token": "t"}, "base_url: {} gives tenant too"),
        ({"tenant": "acme", "access_token": "t", **PAIR}, "access_token: {} gives client_id too"),
    ],
)
def test_two_alternatives_of_one_place_are_an_error_that_names_it(
    run: Runner, place: str, both: dict[str, str], message: str
) -> None:
    called = {"own": "the task", "variables": "a variable", "environment": "the environment"}
    prefix = {"variables": "sailpoint_", "environment": "SAIL_"}.get(place, "")
    given = {f"{prefix}{name.upper() if place == 'environment' else name}": value for name, value in both.items()}
    done = run(**{"own": {}, place: given})
    assert done.message.startswith(message.format(called.get(place, "module_defaults")))
    assert done.settings == [] and done.result["failed"] and "unit-secret-1" not in str(done.result)


@pytest.mark.parametrize("nothing", [None, "", " ", "{{ omitted | default('') }}", "{{ none }}"])
def test_a_variable_that_is_null_or_blank_gives_nothing(run: Runner, nothing: str | None) -> None:
    variables = {f"sailpoint_{name}": trusted(nothing) for name in ("tenant", "timeout", "validate_certs", "client_id")}
    done = run({}, variables=variables, environment={"SAIL_TENANT": "acme", "SAIL_ACCESS_TOKEN": "t"})
    assert [(one.base_url, one.timeout) for one in done.settings] == [("https://acme.api.identitynow.com", 30.0)]


def test_a_variable_is_templated_where_it_is_needed(run: Runner) -> None:
    variables = {
        "short": "acme",
        "sailpoint_tenant": trusted("{{ short }}"),
        "sailpoint_timeout": trusted("{{ 3 * 4 }}"),
        "sailpoint_access_token": trusted("{{ never_set }}"),
    }
    done = run(dict(PAIR), variables=variables)
    assert [(one.base_url, one.timeout) for one in done.settings] == [("https://acme.api.identitynow.com", 12.0)]


def test_null_of_the_task_hides_its_defaults_and_no_variable(run: Runner) -> None:
    variables = {"sailpoint_tenant": "b"}
    done = run({"tenant": None, "access_token": "t"}, group={"tenant": "a"}, variables=variables)
    assert [one.base_url for one in done.settings] == ["https://b.api.identitynow.com"]


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("timeout", "abc", "'abc' is not a number"),
        ("timeout", 0, "0.0 is out of range"),
        ("retries", "1.5", "'1.5' is not a whole number"),
        ("api_version", "v3", "'v3' is none of beta"),
        ("validate_certs", "perhaps", "'perhaps' is neither true nor false"),
        ("tenant", "a.b", "'a.b' is not a tenant's short name"),
        ("base_url", "https://acme.identitynow.com", "'https://acme.identitynow.com' is not where the API is"),
        ("base_url", "https://u:unit-secret-1@acme.example.com", "it holds a user name or password"),
        ("access_token", "unit-secret-1 x", "it holds a blank"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(run: Runner, name: str, value: Any, problem: str) -> None:
    done = run({}, variables={f"sailpoint_{name}": value})
    assert done.message.startswith(f"{name}: {problem}")
    assert done.message.endswith(f" (from the variable sailpoint_{name}).")
    assert done.settings == [] and "unit-secret-1" not in str(done.result)


def test_secrets_of_variables_are_as_hidden_as_those_of_options(run: Runner) -> None:
    variables = {
        "sailpoint_tenant": "acme",
        "sailpoint_client_id": "c",
        "sailpoint_client_secret": "unit-secret-1",
        "sailpoint_proxy": "http://user:unit-secret-2@proxy.example.com:3128",
    }
    done = run({}, variables=variables)
    assert done.settings[0].client_secret == "unit-secret-1" and "unit-secret-2" in (done.settings[0].proxy or "")
    for secret in ("unit-secret-1", "unit-secret-2"):
        assert secret not in str(done.result) + done.shown + str(done.own_args)


# What fails while work is prepared here has the module run, whatever it is.


class Changed:
    """An object of ansible-core in a release to come, which has lost one of its attributes."""

    def __init__(self, inner: Any, lost: str, error: Exception) -> None:
        vars(self).update(_inner=inner, _lost=lost, _error=error)

    def __getattr__(self, name: str) -> Any:
        if name == self._lost:
            raise self._error
        return getattr(self._inner, name)


def without(part: str, lost: str) -> Callable[[Any, Exception, pytest.MonkeyPatch], None]:
    """Return what takes an attribute from a part of the plugin, or from the plugin itself."""

    def change(plugin: Any, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
        if part:
            setattr(plugin, part, Changed(getattr(plugin, part), lost, error))
        else:
            monkeypatch.setattr(type(plugin), lost, raising(error))

    return change


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise error

    return fail


def within(place: Any, lost: str, times: int = 99) -> Callable[[Any, Exception, pytest.MonkeyPatch], None]:
    """Return what has a function or class of ansible-core, or of ours, fail when it is called."""

    def change(plugin: Any, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
        calls = itertools.count(1)
        well = getattr(place, lost)
        failing = raising(error)

        def lose(*args: Any, **options: Any) -> Any:
            return failing(*args, **options) if next(calls) <= times else well(*args, **options)

        monkeypatch.setattr(place, lost, lose)

    return change


def no_core(plugin: Any, error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ansible-core is used for beyond its documentation cannot even be imported."""
    monkeypatch.delattr(in_process_package(), "core")
    monkeypatch.setitem(sys.modules, core.__name__, None)


def in_process_package() -> Any:
    return sys.modules[core.__name__.rpartition(".")[0]]


CHANGES = {
    "all": no_core,
    "task.module_defaults": without("_task", "module_defaults"),
    "task.resolved_action": without("_task", "resolved_action"),
    "connection.transport": without("_connection", "transport"),
    "connection.become": without("_connection", "become"),
    "play_context.become": without("_play_context", "become"),
    "environment": without("", "_compute_environment_string"),
    "definitions": within(C.config, "get_configuration_definitions"),
    "validator": within(arguments, "ArgumentSpecValidator"),
    "settings of a connection": within(performing, "resolve", times=1),
    "client": within(in_process, "shared_client"),
}
if "INJECT_INVOCATION" in C.config.get_configuration_definitions():  # asked for nothing else
    CHANGES["settings"] = within(C.config, "get_config_value")


@pytest.mark.parametrize("run", HOSTS[:1], indirect=True)
@pytest.mark.parametrize("error", [AttributeError("it was pw-unit-secret-1"), TypeError("changed"), ValueError("odd")])
@pytest.mark.parametrize("what", CHANGES)
def test_what_fails_in_preparing_has_the_module_run(
    run: Runner, monkeypatch: pytest.MonkeyPatch, error: Exception, what: str
) -> None:
    told: list[str] = []
    monkeypatch.setattr(in_process.Display, "vvv", lambda self, text, host=None: told.append(text))

    def change(plugin: Any) -> None:
        CHANGES[what](plugin, error, monkeypatch)

    own = {"tenant": "acme", "client_id": "c", "client_secret": "pw-unit-secret-1"}
    done = run(own, variables={"sailpoint_timeout": 12}, change=change)
    assert (done.module_runs, done.result["tasks"][0]["id"]) == (1, "a")
    assert [(one.base_url, one.timeout) for one in done.settings] == [("https://acme.api.identitynow.com", 12.0)]
    (why,) = told
    assert why.startswith("The module runs in a process of its own, as its work could not be prepared here. ")
    assert what == "all" or f"{type(error).__name__}: " in why
    assert "unit-secret" not in why


HEADERS = {
    "as it is": lambda plugin, error, monkeypatch: None,
    "all": no_core,
    "task.get_name": without("_task", "get_name"),
    "task._play": without("_task", "_play"),
    "settings": within(C.config, "get_config_value"),
    "display": within(core, "Display"),
}


@pytest.mark.parametrize("run", HOSTS[:1], indirect=True)
@pytest.mark.parametrize("what", HEADERS)
def test_a_header_that_cannot_be_told_is_left_out(
    run: Runner, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    monkeypatch.setattr(in_process, "_headed", set())

    def change(plugin: Any) -> None:
        plugin._task._play = SimpleNamespace(strategy="linear" if what == "settings" else "ansible.builtin.free")
        plugin._task.name = "Wait for them"
        with monkeypatch.context() as while_it_speaks:
            HEADERS[what](plugin, TypeError("changed"), while_it_speaks)
            say = plugin._say({"inventory_hostname": "one"})
            say("1 of 2")
            say("2 of 2")

    done = run({"tenant": "acme", "access_token": "unit-secret-2"}, change=change)
    assert (len(done.settings), done.module_runs) == (1, 0)
    lines = [line for line in capsys.readouterr().err.splitlines() if line]
    assert lines[-2:] == ["one: 1 of 2", "one: 2 of 2"]
    assert [line.partition(" ***")[0] for line in lines[:-2]] == (
        ["TASK [Wait for them]"] if what == "as it is" else []
    )


@pytest.mark.parametrize("run", HOSTS[:1], indirect=True)
@pytest.mark.parametrize("error", [AttributeError("changed"), TypeError("changed"), OSError("lost")])
def test_what_fails_once_work_has_begun_is_not_done_again(run: Runner, error: Exception) -> None:
    def change(plugin: Any) -> None:
        plugin.__class__ = type("Changed", (type(plugin),), {"work": raising(error)})

    done = run({"tenant": "acme", "access_token": "unit-secret-2"}, change=change)
    assert (len(done.settings), done.module_runs) == (1, 0)
    assert done.result["failed"] and done.result["msg"].startswith("An unexpected error ended it: ")


@pytest.mark.parametrize("run", HOSTS[:1], indirect=True)
@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({"id": [{"id": "a"}]}, "id: an item is a mapping, not text; map(attribute='id') makes ids of tasks."),
        ({"nonsense": 1}, "Unsupported parameters for (idops.sailpoint.task_status_info) module: nonsense. "),
        ({"wait": "perhaps"}, "argument 'wait' is of type"),
        ({"tenant": "a.b"}, "tenant: 'a.b' is not a tenant's short name"),
        ({"base_url": "https://x.example.com"}, "base_url: the task gives tenant too"),
    ],
)
def test_an_option_that_cannot_be_used_is_told_and_no_module_is_run(
    run: Runner, own: dict[str, Any], message: str
) -> None:
    done = run({"tenant": "acme", "access_token": "unit-secret-2", **own})
    assert done.message.startswith(message)
    assert (done.result["failed"], done.settings, done.module_runs) == (True, [], 0)


@pytest.mark.parametrize("switch", ["{{ never_set }}"])
@pytest.mark.parametrize("name", ["sailpoint_tenant", "ansible_sailpoint_in_process"])
@pytest.mark.parametrize("run", HOSTS[:1], indirect=True)
def test_a_variable_that_cannot_be_templated_is_told_and_no_module_is_run(run: Runner, name: str, switch: str) -> None:
    """It may name another tenant than the environment does."""
    done = Run()
    with pytest.raises(AnsibleError, match="never_set"):
        run({"access_token": "unit-secret-2"}, variables={"sailpoint_tenant": "acme", name: trusted(switch)}, done=done)
    assert (done.settings, done.module_runs) == ([], 0)


@pytest.mark.parametrize("run", HOSTS[:1], indirect=True)
def test_options_that_are_given_twice_are_warned_of_as_a_module_does(run: Runner) -> None:
    given = {"id": ["a"], "task_id": ["a"], "ids": ["a"]}
    done = run({"tenant": "acme", "access_token": "unit-secret-2", **given})
    validation = ArgumentSpecValidator(**task_status_info.argument_spec()).validate(given)
    assert done.result["warnings"] == [
        f"Both option {one['option']} and its alias {one['alias']} are set." for one in validation._warnings
    ]
    assert len(done.result["warnings"]) == 2


def trusted(value: Any) -> Any:
    """Return text that ansible-core takes for a template, as it takes what an inventory holds."""
    try:
        from ansible.template import trust_as_template
    except ImportError:  # before 2.19 everything is
        return value
    return trust_as_template(value) if isinstance(value, str) else value


def test_what_is_too_short_to_be_looked_for_changes_no_result() -> None:
    result = {"tasks": [{"id": "task-1234", "outcome": "updated"}], "msg": "a long-secret here"}
    assert censoring.censored(result, {"1234", "date", "up"}) == result
    hidden = censoring.censored(result, {"1234", "long-secret"})
    assert hidden == {**result, "msg": "a ******** here"}
