# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a role is started by hands on each of its variables: a limit that is lost on the way is no limit."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.idops.sailpoint.plugins.filter import task_report
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.vocabulary import SHARED
from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles import reading
from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles.table import FORMATS, ROLES

ROOT = Path(__file__).absolute().parents[2]
AWX = ROOT / "docs" / "awx" / "configuration"
PATTERN = ROOT / "extensions" / "patterns" / "clear_pending_tasks" / "meta" / "pattern.json"
RULEBOOKS = ROOT / "extensions" / "eda" / "rulebooks"
DIRECTORY = {"clear_pending_tasks": {"clear_pending_tasks_report_dir"}, "task_report": {"task_report_dir"}}


CLEAR = "clear_pending_tasks"


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def specification(role: str) -> dict[str, Any]:
    path = ROOT / "roles" / role / "meta" / "argument_specs.yml"
    spec: dict[str, Any] = loaded(path)["argument_specs"]["main"]["options"]
    return spec


def read(role: str, given: dict[str, Any]) -> dict[str, Any]:
    defaults = {name: option["default"] for name, option in specification(role).items() if "default" in option}
    required = {name: "/tmp" for name, option in specification(role).items() if option.get("required")}
    return reading.read(role, {**given, **required}, defaults)


def awx_survey(role: str) -> list[dict[str, Any]]:
    name = {"clear_pending_tasks": "selection", "task_report": "report"}[role]
    questions: list[dict[str, Any]] = loaded(AWX / "surveys.yml")[f"sailpoint_awx_survey_{name}"]["spec"]
    return _without_tenants(questions)


def _without_tenants(questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All but the first question, which is for the hosts of the inventory."""
    assert questions[0]["variable"] == "tenants"
    return questions[1:]


def pattern_survey(playbook: str) -> list[dict[str, Any]]:
    templates = json.loads(PATTERN.read_text(encoding="utf-8"))["aap_resources"]["controller_job_templates"]
    (survey,) = [one["survey"]["spec"] for one in templates if one["playbook"] == playbook]
    return _without_tenants(survey)


SURVEYS = {
    "awx-clear": ("clear_pending_tasks", awx_survey("clear_pending_tasks"), True),
    "awx-report": ("task_report", awx_survey("task_report"), True),
    "pattern-clear": ("clear_pending_tasks", pattern_survey("clear_pending_tasks.yml"), False),
    "pattern-check": ("clear_pending_tasks", pattern_survey("check_pending_tasks.yml"), False),
    "pattern-report": ("task_report", pattern_survey("task_report.yml"), False),
}


@pytest.mark.parametrize("name", SURVEYS)
def test_a_survey_asks_for_every_variable_and_offers_its_default(name: str) -> None:
    role, questions, directory_is_set = SURVEYS[name]
    answers = {question["variable"]: question["default"] for question in questions}
    assert len(answers) == len(questions)
    # Where AWX's reports go is in the job template. The ids that an approval has seen come from a workflow.
    asked = set(specification(role)) - {"clear_pending_tasks_ids"}
    assert set(answers) == asked - (DIRECTORY[role] if directory_is_set else set())
    offered, usual = read(role, answers), read(role, {})
    if name == "awx-report":  # there, JSON is kept beside the page
        offered["formats"] = usual["formats"]
    assert offered == usual
    assert read(role, dict.fromkeys(answers, "")) == usual
    assert read(role, dict.fromkeys(answers)) == usual
    for question in questions:
        for choice in question.get("choices", ()):
            read(role, {question["variable"]: choice})


def test_the_job_templates_say_where_reports_go() -> None:
    templates = loaded(AWX / "job_templates.yml")
    assert "clear_pending_tasks_report_dir" in templates["sailpoint_awx_clear_variables"]
    assert "task_report_dir" in templates["controller_templates"][0]["extra_vars"]


def rulebook(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options of a rulebook's source, and its rule's action."""
    (ruleset,) = loaded(RULEBOOKS / f"{name}.yml")
    (source,), (rule,) = ruleset["sources"], ruleset["rules"]
    return source["idops.sailpoint.task_status"], rule["action"]


def test_the_rulebook_that_clears_hands_on_every_variable() -> None:
    _source, action = rulebook("clear_stuck_tasks")
    handed_on = action["run_playbook"]["extra_vars"]
    besides = {"tenants", "sailpoint_base_url", "clear_pending_tasks_others"}
    # What is stuck now is cleared: no approval has seen it.
    variables = set(specification("clear_pending_tasks")) - {"clear_pending_tasks_ids"}
    assert set(handed_on) == variables | besides
    for name in set(handed_on) - besides:
        assert (
            handed_on[name].split()
            == f"{{{{ {name} | tojson if {name} | default(none) is not none else '' }}}}".split()
        )


def test_the_rulebook_that_launches_hands_on_what_the_survey_asks_for() -> None:
    _source, action = rulebook("launch_job_template")
    handed_on = action["run_job_template"]["job_args"]["extra_vars"]
    # Which tenant it is, the job's limit says.
    assert set(handed_on) == {question["variable"] for question in awx_survey("clear_pending_tasks")}


@pytest.mark.parametrize("name", sorted(path.stem for path in RULEBOOKS.glob("*.yml")))
def test_a_rulebooks_source_selects_by_the_whole_vocabulary(name: str) -> None:
    source, _action = rulebook(name)
    assert set(source) >= set(SHARED)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_names_of_a_roles_own_are_outside_its_prefix(role: str) -> None:
    """Else what is given under such a name would have to be overlooked, a misspelt limit too, or stand in for it."""
    files = [*ROOT.glob("roles/*/*/*.yml"), *ROOT.glob("playbooks/*.yml")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert not re.findall(rf"(?<!_){role.rstrip('s')}s?__\w+", text)
    (pattern,) = re.findall(rf"varnames', '(\^{role.rstrip('s')}.*?)'", text)
    for name in (f"{role}_", f"{role}__dir", f"{role}_x", f"{role.rstrip('s')}_x", f"{role.rstrip('s')}s__x"):
        assert re.search(pattern, name), name
    for name in (f"{role}_result", f"__{role}_x", role):
        assert not re.search(pattern, name), name


def test_all_playbooks_take_the_same_hosts_for_tenants() -> None:
    """Each has to say it anew: what a play's hosts are, it cannot have from anywhere else. The pattern imports them."""
    plays = [play for path in sorted(ROOT.glob("playbooks/*.yml")) for play in loaded(path)]
    plays = [play for play in plays if play["hosts"] != "localhost"]  # as those around an approval are
    assert len(plays) == 6
    assert len({(play["hosts"], play["vars"]["__tenants"]) for play in plays}) == 1


def test_a_role_reports_in_the_formats_that_there_are() -> None:
    documentation = yaml.safe_load(task_report.DOCUMENTATION)
    assert list(FORMATS) == documentation["options"]["format"]["choices"]


def test_a_role_hands_on_the_whole_vocabulary_and_every_guard() -> None:
    """Each of its variables is an option of the one call that it makes, or says where and how it is told."""
    (block,) = [task["block"] for task in loaded(ROOT / "roles" / CLEAR / "tasks" / "main.yml") if "block" in task]
    (call,) = [task["idops.sailpoint.task_status"] for task in block]
    of_option = {**{name: f"{name}s" for name in SHARED}, "among": "ids"}
    taken = {option: of_option.get(option, option) for option in call}
    fixed = {"pending": True, "missing_ok": True, "return_tasks": False}
    assert {option: call[option] for option in fixed} == fixed
    told = {"report_dir", "report_formats", "fail_on_error"}
    assert set(taken.values()) - set(fixed) == set(ROLES[CLEAR].readers) - told
    for option, variable in taken.items():
        if option not in fixed:
            assert f"__clear_pending_tasks_prepared.variables.{variable} " in call[option], option
