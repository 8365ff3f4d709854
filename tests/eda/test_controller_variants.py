# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real ansible-rulebook runs the rulebook launch_notification: what it launches is what AWX takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from awx.support import CONFIGURATION
from awx.survey_rules import answer_errors, missing
from eda.conftest import Start
from eda.json_api import JsonHandler, serving
from eda.support import pending
from simulator.server import Simulator

RULEBOOK = "idops.sailpoint.launch_notification"
TEMPLATE = "SailPoint: tell of a failed task"


def loaded(name: str) -> dict[str, Any]:
    """A file of docs/awx/configuration."""
    found: dict[str, Any] = yaml.safe_load((CONFIGURATION / name).read_text(encoding="utf-8").replace("!unsafe ", ""))
    return found


class Controller:
    """As much of a controller's API as run_job_template uses: its URL, the launches that it got, and how jobs end."""

    def __init__(self) -> None:
        self.url = ""
        self.launched: list[Any] = []
        self.asked_for: list[str] = []
        self.ends: list[str] = []

    def template(self) -> dict[str, Any]:
        """The job template as docs/awx makes it."""
        (own,) = [item for item in loaded("job_templates.yml")["controller_templates"] if item["name"] == TEMPLATE]
        prompts = ("limit", "labels", "inventory", "variables")
        return {
            "id": 7,
            "type": "job_template",
            "name": own["name"],
            "summary_fields": {"organization": {"name": "Default"}},
            "related": {"launch": "/api/v2/job_templates/7/launch/"},
            **{f"ask_{name}_on_launch": own.get(f"ask_{name}_on_launch", False) for name in prompts},
        }

    def read(self, path: str) -> Any:
        """What a GET is answered with; None for what is not there."""
        self.asked_for.append(path)
        number = path.strip("/").rpartition("/")[2]
        if number.isdigit():
            return self.job(int(number))
        listed = {
            "unified_job_templates": [self.template()],
            "jobs": [self.job(n + 1) for n, _job in enumerate(self.launched)],
        }
        if number in listed:
            return {"count": len(listed[number]), "next": None, "results": listed[number]}
        return {"version": "4.6.0"} if number == "config" else None

    def job(self, number: int) -> dict[str, Any]:
        """A job that has ended, as the test says; well, if it says nothing."""
        status = self.ends[number - 1] if number <= len(self.ends) else "successful"
        url = f"/api/v2/jobs/{number}/"
        return {"id": number, "type": "job", "url": url, "status": status, "created": "", "artifacts": {}}


@pytest.fixture
def controller() -> Iterator[Controller]:
    """A controller that has the job template of docs/awx."""
    found = Controller()

    class Handler(JsonHandler):
        def do_GET(self) -> None:
            self.answer(found.read(self.path.partition("?")[0]))

        def do_POST(self) -> None:
            found.launched.append(self.body())
            self.answer(found.job(len(found.launched)))

    with serving(Handler) as found.url:
        yield found


def names_told(
    names: list[Any], rulebook: Start, simulator: Simulator, controller: Controller, launches: int
) -> list[dict[str, Any]]:
    """The variables of the launches for tasks of these names that fail, each of a source of its own."""
    arguments = ("--controller-url", controller.url, "--controller-token", "stand-in-token")
    variables = {"sailpoint_interval": 0.5, "sailpoint_exclude_names": ["(?i)payroll"]}
    simulator.put_tasks([pending("before")])
    with rulebook(RULEBOOK, simulator, variables, *arguments) as running:
        running.wait_until(lambda: len(simulator.log(kind="pending")) > 1, "the first polls")
        tasks = []
        for number, name in enumerate(names):
            target = {"id": f"{number:032}", "type": "APPLICATION", "name": "a source"}
            tasks.append(pending(str(number), uniqueName=name, target=target, taskDefinitionSummary=None))
        simulator.put_tasks(tasks)
        simulator.complete([task["id"] for task in tasks], "ERROR")
        running.wait_until(lambda: len(controller.launched) >= launches, "the job template to be launched")
        polls = len(simulator.log(kind="pending"))
        running.wait_until(lambda: len(simulator.log(kind="pending")) > polls + 2, "some more polls")
    return [job["extra_vars"] for job in controller.launched]


def test_a_task_that_fails_launches_what_the_survey_takes(
    rulebook: Start, simulator: Simulator, controller: Controller
) -> None:
    """Whatever its name is: a number is text, no braces are left, and no character that AWX cannot store."""
    told = {
        "Aggregation": "Aggregation",
        "2024": "2024",
        "{{ 6 * 7 }}{% raw %}": "( ( 6 * 7 ))( % raw %)",
        "[1, 'two']": "[1, 'two']",
        "a\x00b": "a b",
        "Über 🎉 <b>": "Über \N{REPLACEMENT CHARACTER} <b>",
    }
    launched = names_told([*told, "Payroll"], rulebook, simulator, controller, len(told))
    assert {variables["notify_failed_task_name"] for variables in launched} == set(told.values())
    survey = loaded("surveys.yml")["sailpoint_awx_survey_message"]
    for variables in launched:
        answers = {name: value for name, value in variables.items() if name != "ansible_eda"}  # ansible-rulebook's own
        assert set(answers) == {question["variable"] for question in survey["spec"]}
        assert [error for question in survey["spec"] for error in answer_errors(question, answers)] == []
        assert missing(survey, answers) == []
        assert answers["notify_failed_task_tenant"] == simulator.base_url
        assert answers["notify_failed_task_status"] == "ERROR"


def test_one_source_that_fails_again_is_told_once(
    rulebook: Start, simulator: Simulator, controller: Controller
) -> None:
    arguments = ("--controller-url", controller.url, "--controller-token", "stand-in-token")
    simulator.put_tasks([pending("before")])
    with rulebook(RULEBOOK, simulator, {"sailpoint_interval": 0.5}, *arguments) as running:
        running.wait_until(lambda: len(simulator.log(kind="pending")) > 1, "the first polls")
        for name in ("one", "two"):
            simulator.put_tasks([pending(name)])
            simulator.complete([name], "TERMINATED")
            polls = len(simulator.log(kind="pending"))
            running.wait_until(lambda seen=polls: len(simulator.log(kind="pending")) > seen + 2, "it to be seen")
        running.wait_until(lambda: controller.launched, "the job template to be launched")
    assert [job["extra_vars"]["notify_failed_task_id"] for job in controller.launched] == ["one"]


def test_a_job_that_fails_is_launched_again(rulebook: Start, simulator: Simulator, controller: Controller) -> None:
    """The webhook may have been away. The rulebook waits for half a minute; that is not waited for here."""
    (rules,) = yaml.safe_load(
        (CONFIGURATION.parents[2] / "extensions/eda/rulebooks/launch_notification.yml").read_text()
    )
    action = rules["rules"][0]["action"]["run_job_template"]
    assert (action["retries"], action["delay"]) == (2, 30)
    action["delay"] = 0
    controller.ends = ["failed"]
    arguments = ("--controller-url", controller.url, "--controller-token", "stand-in-token")
    text = yaml.safe_dump([rules])
    with rulebook(text, simulator, {"sailpoint_interval": 0.5}, *arguments) as running:
        running.wait_until(lambda: len(simulator.log(kind="pending")) > 1, "the first polls")
        simulator.put_tasks([pending("one")])
        simulator.complete(["one"], "ERROR")
        running.wait_until(lambda: len(controller.launched) >= 2, "a second launch")
    first, second = (job["extra_vars"]["notify_failed_task_id"] for job in controller.launched)
    assert first == second == "one"
