# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real ansible-rulebook runs the event source and each rulebook against the simulated tenant."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml
from awx.support import CONFIGURATION
from awx.survey_rules import answer_errors
from eda.conftest import Start
from eda.json_api import JsonHandler, serving
from eda.support import ROOT, TELLING, Rulebook, completed, pending
from simulator.server import Simulator, running

WATCH_ALL = f"""
- name: Tell everything
  hosts: localhost
  sources:
    - idops.sailpoint.task_status:
        interval: 0.5
        older_than: 3s
        retries: 0
{TELLING}
"""

REMEMBERING = f"""
- name: Tell what begins and ends
  hosts: localhost
  sources:
    - idops.sailpoint.task_status:
        interval: 0.5
        events: [started, completed, failed]
        state_file: "{{{{ state_file }}}}"
{TELLING}
"""

REMINDING = """
- name: Clear what is stuck, once
  hosts: localhost
  sources:
    - idops.sailpoint.task_status:
        interval: 0.5
        events: [stuck]
        remind_after: 2s
  rules:
    - name: Clear
      condition: event.event == "stuck"
      action:
        run_playbook:
          name: idops.sailpoint.clear_pending_tasks
          extra_vars:
            tenants: localhost
            clear_pending_tasks_observe: 0
"""

EXAMPLES = ROOT / "docs" / "eda"

TWO_SOURCES = f"""
- name: Tell of two sources
  hosts: localhost
  sources:
    - idops.sailpoint.task_status:
        interval: 0.5
        older_than: 3s
        events: [stuck, completed, failed]
    - idops.sailpoint.task_status:
        interval: 0.5
        older_than: 3s
        events: [started]
        client_id: "{{{{ second_id }}}}"
        client_secret: "{{{{ second_secret }}}}"
{TELLING}
"""


def polls(simulator: Simulator) -> int:
    """How often the list of pending tasks was asked for."""
    return len(simulator.log(kind="pending"))


def wait_for_polls(rulebook: Rulebook, simulator: Simulator, number: int) -> None:
    """Waits for so many more whole polls."""
    wanted = polls(simulator) + number + 1  # the first may have begun before
    rulebook.wait_until(lambda: polls(simulator) >= wanted, f"{number} polls")


def test_fifty_tasks_become_stuck_while_the_tenant_goes_down_and_comes_back(rulebook: Start) -> None:
    """50 events, each once; also once over tokens that expire, a tenant that restarts, and tasks that end.

    After a restart of ansible-rulebook what is still stuck is told once more, and nothing else.
    """
    with running() as tenant:
        port = tenant.port
        told = rulebook(WATCH_ALL, tenant)
        told.wait_until(lambda: polls(tenant), "the first poll")
        # They become stuck one by one, within some seconds.
        tenant.put_tasks([pending(f"early-{number}", age=number / 10) for number in range(25)])
        told.wait_until(lambda: len(told.told()) >= 50, "25 tasks to start and become stuck")
        tenant.expire_tokens()
        wait_for_polls(told, tenant, 1)
        tasks = list(tenant.tasks().values())
    told.wait_until(lambda: "failed, next try" in told.output, "the tenant to be missed")
    with told, running(port=port) as tenant:
        late = [pending(f"late-{number}", age=number / 10) for number in range(25)]
        tenant.put_tasks([*tasks, *late], raw=False)
        told.wait_until(lambda: len(told.told()) >= 100, "25 more tasks to start and become stuck")
        tenant.complete([f"early-{number}" for number in range(10)])
        tenant.complete([f"late-{number}" for number in range(10)], "TERMINATED")
        told.wait_until(lambda: len(told.told()) >= 120, "20 tasks to end")
        wait_for_polls(told, tenant, 3)
        told.stop()
        tenant.clear_log()
        clients = {"second_id": tenant.second_client_id, "second_secret": tenant.second_client_secret}
        with rulebook(TWO_SOURCES, tenant, clients) as again:
            again.wait_until(lambda: len(again.told()) >= 30, "30 tasks to be told again")
            again.wait_until(lambda: len(tenant.log(client_id=tenant.second_client_id)) > 2, "the other source to poll")
            tenant.put_tasks([pending("new", age=-3600)])
            again.wait_until(lambda: len(again.told()) > 30, "the new task to be told")
            wait_for_polls(again, tenant, 2)
    ids = [f"{name}-{number}" for name in ("early", "late") for number in range(25)]
    expected = {(event, task_id) for event in ("started", "stuck") for task_id in ids}
    expected |= {("completed", f"early-{number}") for number in range(10)}
    expected |= {("failed", f"late-{number}") for number in range(10)}
    assert Counter(told.told()) == dict.fromkeys(expected, 1)
    still_stuck = {("stuck", f"{name}-{number}") for name in ("early", "late") for number in range(10, 25)}
    assert Counter(again.told()) == dict.fromkeys({*still_stuck, ("started", "new")}, 1)
    assert Simulator.client_secret not in told.output + again.output


def test_clear_stuck_tasks(rulebook: Start, simulator: Simulator) -> None:
    """A task that becomes stuck is cleared, each once, also after the tenant was down; the limits hold."""
    simulator.put_tasks([pending("young", age=-3600)])
    variables = {
        "sailpoint_interval": 0.5,
        "clear_pending_tasks_older_than": "2s",
        "clear_pending_tasks_completion_status": "terminated",
        "clear_pending_tasks_observe": 0,
    }
    with rulebook("idops.sailpoint.clear_stuck_tasks", simulator, variables) as running_rulebook:
        running_rulebook.wait_until(lambda: polls(simulator), "the first poll")
        simulator.put_tasks([pending("first", age=1), pending("with-it", age=0)])
        running_rulebook.wait_until(lambda: list(simulator.pending()) == ["young"], "both to be cleared")
        simulator.arm({"match": {}, "action": {"kind": "status", "status": 503}})
        running_rulebook.wait_until(lambda: "failed, next try" in running_rulebook.output, "the tenant to be missed")
        simulator.put_tasks([pending("second", age=1)])
        simulator.disarm()
        running_rulebook.wait_until(lambda: list(simulator.pending()) == ["young"], "it to be cleared")
        running_rulebook.wait_until(lambda: running_rulebook.output.count("PLAY RECAP") >= 2, "the playbook to end")
    updated = [entry["task_id"] for entry in simulator.log(kind="update", status=200)]
    assert sorted(updated) == ["first", "second", "with-it"]
    assert {task["completionStatus"] for task in map(simulator.task, updated)} == {"TERMINATED"}
    assert simulator.client_secret not in running_rulebook.output


def test_clear_stuck_tasks_heeds_every_guard(rulebook: Start, simulator: Simulator) -> None:
    """What the playbook leaves alone with the same variables, the rulebook does too; empty means the default."""
    payroll = {"target": {"id": "1" * 32, "type": "APPLICATION", "name": "Payroll [source]"}}
    simulator.put_tasks([pending("payroll", age=90_000, **payroll), pending("young", age=60)])
    variables = {
        "sailpoint_interval": 0.5,
        "clear_pending_tasks_older_than": None,
        "clear_pending_tasks_names": "",
        "clear_pending_tasks_types": ["CLOUD_ACCOUNT_AGGREGATION", ""],
        "clear_pending_tasks_exclude_names": ["(?i)payroll", "", "Work{1,2}day"],
        "clear_pending_tasks_max_tasks": 1,
        "clear_pending_tasks_observe": "0",
        "clear_pending_tasks_report_dir": "{{ none }}",
    }
    with rulebook("idops.sailpoint.clear_stuck_tasks", simulator, variables) as running_rulebook:
        running_rulebook.wait_until(lambda: polls(simulator), "the first poll")
        simulator.put_tasks([pending("first", age=90_000), pending("second", age=90_000)])
        running_rulebook.wait_until(lambda: "more than" in running_rulebook.output, "the limit to stop the playbook")
    assert "2 tasks are selected, more than clear_pending_tasks_max_tasks (1) allows" in running_rulebook.output
    assert simulator.log(kind="update") == []


@pytest.mark.parametrize("variable", ["clear_pending_tasks_exclude_name", "clear_pending_task_max_tasks"])
def test_a_variable_that_is_not_known_stops_the_playbook(rulebook: Start, simulator: Simulator, variable: str) -> None:
    variables = {"sailpoint_interval": 0.5, variable: ["(?i)payroll"]}
    with rulebook("idops.sailpoint.clear_stuck_tasks", simulator, variables) as running_rulebook:
        simulator.put_tasks([pending("old", age=90_000)])
        running_rulebook.wait_until(lambda: "PLAY RECAP" in running_rulebook.output, "the playbook to end")
    assert f"{variable}: there is no such variable, so nothing was done" in running_rulebook.output
    assert simulator.log(kind="update") == []


def test_text_that_looks_like_python_stays_text(rulebook: Start, simulator: Simulator) -> None:
    """`[13]` is a pattern: one character. As a list it would be another, and leave out less."""
    numbered = {"uniqueName": "AI Agent Aggregation - ID123", "taskDefinitionSummary": None}
    simulator.put_tasks([pending("numbered", age=90_000, **numbered)])
    variables = {
        "sailpoint_interval": 0.5,
        "clear_pending_tasks_observe": 0,
        "clear_pending_tasks_exclude_names": "[13]",
    }
    with rulebook("idops.sailpoint.clear_stuck_tasks", simulator, variables) as running_rulebook:
        running_rulebook.wait_until(lambda: polls(simulator), "the first poll")
        simulator.put_tasks([pending("old", age=90_000)])
        running_rulebook.wait_until(lambda: list(simulator.pending()) == ["numbered"], "the other to be cleared")
        running_rulebook.wait_until(lambda: "PLAY RECAP" in running_rulebook.output, "the playbook to end")
    assert [entry["task_id"] for entry in simulator.log(kind="update")] == ["old"]


def test_launch_job_template(rulebook: Start, simulator: Simulator, controller: tuple[str, list[Any]]) -> None:
    """Tasks that become stuck together launch the job template once, with the limit and the survey's variables."""
    variables = {
        "sailpoint_interval": 0.5,
        "clear_pending_tasks_older_than": "2s",
        "clear_pending_tasks_exclude_names": ["(?i)payroll", "HR"],
        "clear_pending_tasks_types": "CLOUD_ACCOUNT_AGGREGATION",
        "clear_pending_tasks_max_tasks": 0,
        "clear_pending_tasks_max_fraction": None,
        "clear_pending_tasks_max_fraction_above": 3,
        "clear_pending_tasks_observe": "",
        "clear_pending_tasks_precondition": True,
        "sailpoint_job_limit": "acme",
    }
    url, launched = controller
    arguments = ("--controller-url", url, "--controller-token", "stand-in-token")
    name = "idops.sailpoint.launch_job_template"
    with rulebook(name, simulator, variables, *arguments) as running_rulebook:
        running_rulebook.wait_until(lambda: polls(simulator), "the first poll")
        simulator.put_tasks([pending(f"stuck-{number}", age=90_000) for number in range(5)])
        running_rulebook.wait_until(lambda: launched, "the job template to be launched")
        wait_for_polls(running_rulebook, simulator, 3)
    (job,) = launched
    assert job["limit"] == "acme"
    del job["extra_vars"]["ansible_eda"]  # ansible-rulebook's own
    assert job["extra_vars"] == {
        "clear_pending_tasks_older_than": "2s",
        "clear_pending_tasks_types": "CLOUD_ACCOUNT_AGGREGATION",
        "clear_pending_tasks_source_ids": "",
        "clear_pending_tasks_launchers": "",
        "clear_pending_tasks_names": "",
        "clear_pending_tasks_exclude_names": '["(?i)payroll", "HR"]',
        "clear_pending_tasks_exclude_source_ids": "",
        "clear_pending_tasks_completion_status": "error",
        "clear_pending_tasks_max_tasks": 0,
        "clear_pending_tasks_max_fraction": 1.0,
        "clear_pending_tasks_max_fraction_above": 3,
        "clear_pending_tasks_observe": "30s",
        "clear_pending_tasks_precondition": "true",
        "clear_pending_tasks_report_formats": "html,json",
        "clear_pending_tasks_fail_on_error": "true",
    }


@pytest.mark.parametrize(
    "variables",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"older_than": "0", "observe": "0", "names": "2024", "max_fraction": "1"}, id="digits"),
        pytest.param({"older_than": 0, "observe": 0, "launchers": 2024, "max_tasks": "5"}, id="numbers"),
        pytest.param({"exclude_names": ["2024"], "report_formats": ["csv"], "source_ids": []}, id="lists"),
        pytest.param({"precondition": "yes", "fail_on_error": False, "completion_status": "Success"}, id="switches"),
    ],
)
def test_awx_takes_what_is_launched(
    variables: dict[str, Any], rulebook: Start, simulator: Simulator, controller: tuple[str, list[Any]]
) -> None:
    """Each variable is of the type that the survey of the job template asks for, or AWX refuses the launch."""
    surveys = yaml.safe_load((CONFIGURATION / "surveys.yml").read_text(encoding="utf-8"))
    questions = surveys["sailpoint_awx_survey_selection"]["spec"]
    given = {f"clear_pending_tasks_{name}": value for name, value in variables.items()}
    url, launched = controller
    arguments = ("--controller-url", url, "--controller-token", "stand-in-token")
    simulator.put_tasks([pending("2024", age=90_000, launcher="2024", uniqueName="Aggregation 2024")])
    if "exclude_names" in variables:
        simulator.put_tasks([pending("other", age=90_000)])
    name = "idops.sailpoint.launch_job_template"
    with rulebook(name, simulator, {"sailpoint_interval": 0.5, **given}, *arguments) as running_rulebook:
        running_rulebook.wait_until(lambda: launched, "the job template to be launched")
    answers = launched[0]["extra_vars"]
    assert {question["variable"] for question in questions} - {"tenants"} <= set(answers)
    assert [error for question in questions for error in answer_errors(question, answers)] == []


def test_a_tenant_that_refuses_updates_is_cleared_by_a_reminder(rulebook: Start, simulator: Simulator) -> None:
    """Each run fails until the tenant takes updates again; the next reminder clears the task, once."""
    variables = {
        "sailpoint_interval": 0.5,
        "sailpoint_remind_after": "3s",
        "clear_pending_tasks_observe": 0,
        "clear_pending_tasks_max_tasks": 0,  # a guard that holds it back is as good a reason, and quicker than retries
    }
    simulator.put_tasks([pending("old", age=90_000)])
    with rulebook("idops.sailpoint.clear_stuck_tasks", simulator, variables) as running_rulebook:
        running_rulebook.wait_until(
            lambda: running_rulebook.output.count("more than clear_pending_tasks_max_tasks (0) allows") >= 2,
            "the playbook to run again",
        )
    assert simulator.log(kind="update") == []
    simulator.arm({"match": {"kind": "update", "times": 2}, "action": {"kind": "status", "status": 403}})
    with rulebook(REMINDING, simulator) as running_rulebook:
        running_rulebook.wait_until(lambda: not simulator.pending(), "the task to be cleared by a reminder")
    assert [entry["status"] for entry in simulator.log(kind="update")] == [403, 403, 200]


def test_a_launch_that_fails_twice_is_made_good_by_reminders(
    rulebook: Start, simulator: Simulator, controller: tuple[str, list[Any]], refusals: list[int]
) -> None:
    refusals += [500, 400]
    url, launched = controller
    simulator.put_tasks([pending("old", age=90_000)])
    variables = {"sailpoint_interval": 0.5, "sailpoint_remind_after": "1s", "sailpoint_host": "acme"}
    arguments = ("--controller-url", url, "--controller-token", "stand-in-token")
    with rulebook("idops.sailpoint.launch_job_template", simulator, variables, *arguments) as running_rulebook:
        running_rulebook.wait_until(lambda: launched, "the third launch")
    assert refusals == []
    assert {job["limit"] for job in launched} == {"acme"}


TENANTS = ("acme", "globex", "initech")


def test_three_tenants_in_one_rulebook(rulebook: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stuck on a tenant is cleared on that tenant, by its own host and client; what is excluded is not."""
    with ExitStack() as stack:
        tenants = {name: stack.enter_context(running()) for name in TENANTS}
        names = _environment_of(tenants, monkeypatch)
        for name, tenant in tenants.items():
            payroll = {"target": {"id": "1" * 32, "type": "APPLICATION", "name": "Payroll [source]"}}
            tenant.put_tasks([pending(f"{name}-old", age=90_000), pending("payroll", age=90_000, **payroll)])
        arguments = ("--inventory", str(EXAMPLES / "inventory.yml"), "--env-vars", ",".join(names))
        with rulebook(str(EXAMPLES / "three_tenants.yml"), tenants["acme"], None, *arguments) as one:
            one.wait_until(
                lambda: all(list(tenant.pending()) == ["payroll"] for tenant in tenants.values()), "all to be cleared"
            )
            one.wait_until(lambda: one.output.count("PLAY RECAP") >= 3, "the playbooks to end")
        for name, tenant in tenants.items():
            assert [entry["task_id"] for entry in tenant.log(kind="update")] == [f"{name}-old"]
    assert Simulator.client_secret not in one.output


def test_three_tenants_launch_a_job_template_each_for_its_host(
    rulebook: Start, controller: tuple[str, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, launched = controller
    with ExitStack() as stack:
        tenants = {name: stack.enter_context(running()) for name in TENANTS}
        names = _environment_of(tenants, monkeypatch)
        for tenant in tenants.values():
            tenant.put_tasks([pending("old", age=90_000)])
        arguments = ("--env-vars", ",".join(names), "--controller-url", url, "--controller-token", "stand-in-token")
        example = str(EXAMPLES / "three_tenants_job_template.yml")
        with rulebook(example, tenants["acme"], None, *arguments) as one:
            one.wait_until(lambda: len(launched) >= 3, "three launches")
    assert sorted(job["limit"] for job in launched) == sorted(TENANTS)
    surveys = yaml.safe_load((CONFIGURATION / "surveys.yml").read_text(encoding="utf-8"))
    questions = surveys["sailpoint_awx_survey_selection"]["spec"]
    answers = launched[0]["extra_vars"]
    given = [question for question in questions if question["variable"] in answers]
    assert len(given) == 2
    assert [error for question in given for error in answer_errors(question, answers)] == []


def _environment_of(tenants: Mapping[str, Simulator], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Sets what the examples read from the environment; returns the names of the variables."""
    names = []
    for name, tenant in tenants.items():
        values = {"BASE_URL": tenant.base_url, "CLIENT_ID": tenant.client_id, "CLIENT_SECRET": tenant.client_secret}
        for key, value in values.items():
            names.append(f"{name.upper()}_{key}")
            monkeypatch.setenv(names[-1], value)
    return names


HOSTILE: dict[str, Any] = {
    "empty": {"": 1},
    "empty-within": {"list": [{"deep": {"": {"": None}}}], "_empty": 2, "": 3},
    "dots": {"a.b": 1, "a": {"b": 2}, "[0]": 3, "a/b": 4, "": ""},
    "signs": {"$": 1, "@type": 2, "'": 3, '"': 4, "\\": 5, " ": 6, "\n": 7, "é\u2028": 8},
    "controls": {"\u0000": "\u0000", "\u001b[2J": "\u007f\u009b"},
    "halves": {"half": "\ud800"},
    "numbers": {"huge": 10**30, "tiny": -(10**30), "float": 1e308},
    "deep": {"deep": json.loads('{"a": [' * 20 + "1" + "]}" * 20)},
    "nothing": {"null": None, "dict": {}, "list": [], "mixed": [1, "a", None, {}, [[]]]},
    "own": {"meta": {"uuid": "x", "hosts": "y"}, "event": "failed", "m": 1, "__class__": 2},
    "templates": {"{{ 1/0 }}": "{{ 1/0 }}", "raw": "{% raw %}", "open": "{{"},
    "long": {"k" * 10_000: "v" * 1_000_000},
}


def test_no_data_of_a_tenant_stops_ansible_rulebook(rulebook: Start, simulator: Simulator) -> None:
    """Whatever a task's attributes hold, it is told once, and so is what comes after it."""
    ages = {name: 1000.0 - number for number, name in enumerate((*HOSTILE, "good"))}
    simulator.put_tasks([pending(name, ages[name], attributes=HOSTILE.get(name, {})) for name in ages])
    with rulebook(WATCH_ALL, simulator) as told:
        told.wait_until(lambda: ("stuck", "good") in told.told(), "the last task to be told")
    assert Counter(told.told()) == {("stuck", name): 1 for name in ages}
    assert "an empty key is now _empty" in told.output


def test_what_ends_during_a_restart_is_told(rulebook: Start, simulator: Simulator, tmp_path: Path) -> None:
    variables = {"state_file": str(tmp_path / "state.json")}
    with rulebook(REMEMBERING, simulator, variables) as told:
        told.wait_until(lambda: polls(simulator), "the first poll")
        wait_for_polls(told, simulator, 1)
        simulator.put_tasks([pending(f"running-{number}") for number in range(10)])
        told.wait_until(lambda: len(told.told()) >= 10, "ten tasks to be told")
        told.wait_until((tmp_path / "state.json").exists, "the first state to be written")
        wait_for_polls(told, simulator, 1)
    simulator.complete([f"running-{number}" for number in range(10)], "ERROR")
    simulator.put_tasks([completed("short")])
    with rulebook(REMEMBERING, simulator, variables) as again:
        again.wait_until(lambda: len(again.told()) >= 12, "what happened meanwhile to be told")
        wait_for_polls(again, simulator, 2)
    ends = [("failed", f"running-{number}") for number in range(10)]
    assert Counter(again.told()) == dict.fromkeys([*ends, ("started", "short"), ("completed", "short")], 1)


def test_notify_failed_tasks(rulebook: Start, simulator: Simulator, webhook: tuple[str, list[Any]]) -> None:
    """A failure is told once per kind and source; a template in a task's name stays text."""
    simulator.put_tasks([pending("running"), pending("good")])
    url, messages = webhook
    variables = {"sailpoint_interval": 0.5, "sailpoint_webhook_url": url}
    with rulebook("idops.sailpoint.notify_failed_tasks", simulator, variables) as running_rulebook:
        running_rulebook.wait_until(lambda: polls(simulator), "the first poll")
        wait_for_polls(running_rulebook, simulator, 1)
        simulator.put_tasks(
            [
                pending("odd", age=3, uniqueName="{{ 6 * 7 }}{% raw %}"),
                pending("again", age=2, uniqueName="{{ 6 * 7 }}{% raw %}"),
                pending("other", age=1, target={"id": "1" * 32, "type": "APPLICATION", "name": "HR [source]"}),
            ]
        )
        simulator.complete(["odd", "again", "other"], "ERROR")
        simulator.complete(["good"], "WARNING")
        running_rulebook.wait_until(lambda: len(messages) >= 2, "two messages")
        wait_for_polls(running_rulebook, simulator, 2)
        running_rulebook.wait_until(lambda: running_rulebook.output.count("PLAY RECAP") >= 2, "the modules to end")
    tenant = simulator.base_url
    assert [message["text"] for message in messages] == [
        f"SailPoint: ( ( 6 * 7 ))( % raw %) ended with ERROR on {tenant} (id odd).",
        f"SailPoint: Cloud Account Aggregation ended with ERROR on {tenant} (id other).",
    ]


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[Any]]]:
    """An incoming webhook: its URL, and the messages that it got."""
    messages: list[Any] = []

    class Handler(JsonHandler):
        def do_POST(self) -> None:
            messages.append(self.body())
            self.answer({})

    with serving(Handler) as url:
        yield f"{url}/hook", messages


@pytest.fixture
def refusals() -> list[int]:
    """With which status the controller refuses the next launches, one after the other; none unless a test fills it."""
    return []


@pytest.fixture
def controller(refusals: list[int]) -> Iterator[tuple[str, list[Any]]]:
    """As much of a controller's API as run_job_template uses: its URL, and the launches that it got."""
    launched: list[Any] = []
    template = {
        "id": 7,
        "type": "job_template",
        "name": "SailPoint: clear pending tasks",
        "summary_fields": {"organization": {"name": "Default"}},
        "related": {"launch": "/api/v2/job_templates/7/launch/"},
        "ask_limit_on_launch": True,
        "ask_labels_on_launch": False,
        "ask_inventory_on_launch": False,
        "ask_variables_on_launch": False,
    }
    job = {"id": 1, "type": "job", "url": "/api/v2/jobs/1/", "status": "successful", "created": "", "artifacts": {}}
    answers: dict[str, Any] = {
        "/api/v2/config/": {"version": "4.6.0"},
        "/api/v2/unified_job_templates/": {"count": 1, "next": None, "results": [template]},
        "/api/v2/jobs/": {"count": 1, "next": None, "results": [job]},
        "/api/v2/jobs/1/": job,
    }

    class Handler(JsonHandler):
        def do_GET(self) -> None:
            self.answer(answers.get(self.path.partition("?")[0]))

        def do_POST(self) -> None:
            assert self.path == template["related"]["launch"]  # type: ignore[index]
            asked = self.body()
            if refusals:
                self.answer({"detail": "not now"}, refusals.pop(0))
                return
            launched.append(asked)
            self.answer(job)

    with serving(Handler) as url:
        yield url, launched
