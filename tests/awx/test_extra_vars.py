# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbooks given their variables as AWX writes them, on the oldest ansible-core, on 2.19 and on the newest.

From 2.19 on ansible-core reads the text of a survey's answer as YAML without quotes: blank text as nothing, digits as a
number, `yes` as true. The environments of the releases that the session does not run on are made at the first use.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible.release import __version__
from awx.support import SECRET, Run, extra_vars_file, pending, task, updates
from simulator.server import Simulator
from tools import environments, pythons

OWN = ".".join(__version__.split(".")[:2])
OLDEST, *_BETWEEN, NEWEST = pythons.CORES
RELEASES = [
    OWN,
    *(pytest.param(release, marks=pytest.mark.thorough) for release in (OLDEST, "2.19", NEWEST) if release != OWN),
]
#: Those that read an answer as the text it is.
READ_AS_TEXT = ("2.16", "2.17", "2.18")
CLEAR = "clear_pending_tasks"
DIGITS = "12345678901234567890123456789012"
#: The answers of a survey that nobody filled in, but that nothing is observed, which would take half a minute.
BLANK = {
    f"{CLEAR}_{name}": ""
    for name in (
        *("older_than", "types", "source_ids", "launchers", "names", "exclude_names", "exclude_source_ids", "ids"),
        *("completion_status", "max_tasks", "max_fraction", "max_fraction_above", "precondition", "report_dir"),
        *("report_formats", "fail_on_error", "others"),
    )
}
QUICK = {**BLANK, "tenants": "", f"{CLEAR}_observe": "0"}


@dataclass
class Job:
    """How a job ended: what it printed, and what it hands to the jobs after it."""

    rc: int
    text: str
    artifacts: dict[str, Any]


Launch = Callable[..., Job]


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    """The ansible-core that the test runs on."""
    name: str = request.param
    return name


@pytest.fixture
def python(release: str) -> str:
    """An interpreter with that ansible-core."""
    if release == OWN:
        return sys.executable
    found = pythons.find()
    cores = [core for core in pythons.cores(found) if core.release == release]
    if not cores:
        pytest.skip(f"ansible-core {release} is left out: no Python here runs it")
    return environments.interpreter(found[cores[0].python], cores[0].requirement, *environments.LIBRARIES)


@pytest.fixture
def hosts(simulator: Simulator) -> dict[str, dict[str, Any]]:
    """The inventory's group `tenants`: the variables of each host."""
    return {"acme": {"sailpoint_base_url": simulator.base_url}}


@pytest.fixture
def launch(python: str, hosts: Mapping[str, Any], run: Run, tmp_path: Path) -> Launch:
    """Runs a playbook with variables as AWX hands them over; `own` are those of the template itself."""

    def launch(
        playbook: str, variables: Mapping[str, Any], *arguments: str, own: Mapping[str, Any] | None = None
    ) -> Job:
        inventory = tmp_path / "hosts.json"
        inventory.write_text(json.dumps({"tenants": {"hosts": hosts}}), encoding="utf-8")
        given = extra_vars_file(tmp_path / "extravars", {**(own or {}), **variables}, own)
        command = [python, "-m", "ansible", "playbook", f"idops.sailpoint.{playbook}", "-i", str(inventory)]
        env = {
            "SAIL_CLIENT_ID": Simulator.client_id,
            "SAIL_CLIENT_SECRET": SECRET,
            "SAIL_RETRIES": "0",
            "ANSIBLE_SHOW_CUSTOM_STATS": "true",
        }
        done = run([*command, "-e", f"@{given}", *arguments], env)
        told = [line.partition("RUN: ")[2] for line in done.stdout.splitlines() if line.startswith("\tRUN: ")]
        return Job(done.returncode, done.stdout, json.loads(told[0]) if told else {})

    return launch


@pytest.mark.parametrize(
    ("answers", "left"),
    [
        pytest.param({}, {"young", "2024", DIGITS}, id="blank"),
        pytest.param({"older_than": "0", "max_tasks": "4"}, {"old", "older", "young", "2024", DIGITS}, id="numbers"),
        pytest.param({"older_than": "0", "exclude_names": "2024"}, {"2024"}, id="name-of-digits"),
        pytest.param({"older_than": "0", "launchers": "2024"}, {"old", "older", "young", DIGITS}, id="launcher"),
        pytest.param({"older_than": "0", "ids": DIGITS}, {"old", "older", "young", "2024"}, id="id-of-digits"),
        pytest.param({"older_than": "0", "ids": ["old", DIGITS]}, {"older", "young", "2024"}, id="list"),
        pytest.param({"ids": []}, {"old", "older", "young", "2024", DIGITS}, id="none"),
        pytest.param(
            {"precondition": "yes", "fail_on_error": "off", "max_fraction": ".5", "report_formats": ["csv", "json"]},
            {"young", "2024", DIGITS},
            id="words",
        ),
    ],
)
def test_a_survey_is_answered(
    answers: dict[str, Any], left: set[str], launch: Launch, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.put_tasks([task("2024", 3, uniqueName="The 2024 one", launcher="2024"), task(DIGITS, 3)])
    own = {f"{CLEAR}_report_dir": str(tmp_path / "reports")}
    given = {**QUICK, **own, **{f"{CLEAR}_{name}": value for name, value in answers.items()}}
    done = launch(CLEAR, given, own=own)
    assert pending(simulator) == left, done.text
    assert done.rc == (2 if "max_tasks" in answers else 0), done.text
    assert len(list((tmp_path / "reports").iterdir())) == 2
    assert f"{CLEAR}_ids" not in done.artifacts and f"{CLEAR}_message" not in done.artifacts


@pytest.mark.parametrize("answer", ["yes", "off", ["Payroll", "no"]], ids=["yes", "off", "list"])
def test_a_word_that_yaml_takes_for_true_protects_what_it_names_or_stops_the_run(
    answer: Any, release: str, launch: Launch, simulator: Simulator
) -> None:
    for word in ("yes", "off", "no"):
        simulator.put_tasks([task(f"of-{word}", 48, uniqueName=f"It is {word}")])
    done = launch(CLEAR, {**QUICK, f"{CLEAR}_exclude_names": answer})
    word = answer if isinstance(answer, str) else answer[-1]
    if release in READ_AS_TEXT:
        assert pending(simulator) == {"young", f"of-{word}"}, done.text
        return
    assert done.rc == 2 and not updates(simulator)
    assert re.search(
        rf"{CLEAR}_exclude_names: an item is (true|false), not text: YAML, and so AWX, takes the words [a-z, ]+ for "
        rf'it; write it as a list with quotes, such as \[\\"(yes|no)\\"\]',
        done.text,
    ), done.text
    done = launch(CLEAR, {**QUICK, f"{CLEAR}_exclude_names": json.dumps([word])})
    assert pending(simulator) == {"young", f"of-{word}"}, done.text


def test_a_check_hands_the_ids_it_saw_to_the_job_that_clears(launch: Launch, simulator: Simulator) -> None:
    simulator.put_tasks([task(DIGITS, 48, uniqueName="{{ 1 + 1 }}"), task("another", 300)])
    checked = launch(CLEAR, QUICK, "--check")
    assert checked.rc == 0 and not updates(simulator), checked.text
    ids = checked.artifacts[f"{CLEAR}_ids"]
    assert set(ids) == {"old", "older", DIGITS, "another"}
    message = checked.artifacts[f"{CLEAR}_message"]
    assert message[0].startswith("acme, check mode: 5 pending, 4 selected, 4 would be updated")
    assert len([line for line in message if "would be updated to Error" in line]) == 4
    assert any(line.startswith("{{ 1 + 1 }}, ") for line in message)

    simulator.put_tasks([task("unseen", 300)])
    simulator.complete(["another"], "SUCCESS")
    cleared = launch(CLEAR, {**QUICK, **checked.artifacts})
    assert cleared.rc == 0, cleared.text
    assert set(updates(simulator)) == {"old", "older", DIGITS}
    assert pending(simulator) == {"young", "unseen"}
    assert f"{CLEAR}_ids" not in cleared.artifacts


@pytest.mark.parametrize("cause", ["idle", "guard", "unread"])
def test_a_check_that_saw_nothing_has_nothing_cleared(cause: str, launch: Launch, simulator: Simulator) -> None:
    variables = {"idle": {"older_than": "90d"}, "guard": {"max_tasks": "1"}, "unread": {}}[cause]
    if cause == "unread":
        simulator.arm({"match": {"kind": "pending"}, "action": {"kind": "status", "status": 403}})
    given = {**QUICK, **{f"{CLEAR}_{name}": value for name, value in variables.items()}}
    checked = launch(CLEAR, given, "--check")
    assert checked.rc == (0 if cause == "idle" else 2), checked.text
    assert checked.artifacts[f"{CLEAR}_ids"] == []
    simulator.disarm()
    cleared = launch(CLEAR, {**QUICK, **checked.artifacts})
    assert cleared.rc == 0, cleared.text
    assert not updates(simulator)


def test_several_tenants_hand_their_ids_on_together(
    launch: Launch, hosts: dict[str, Any], tenants: Mapping[str, Simulator]
) -> None:
    """One of them cannot even read its variables; it comes first, and adds to what is handed on but no id."""
    hosts.clear()
    hosts.update({name: {"sailpoint_base_url": tenant.base_url} for name, tenant in tenants.items()})
    hosts["acme"][f"{CLEAR}_types"] = "{{ nowhere }}"
    given = {name: value for name, value in QUICK.items() if name != f"{CLEAR}_types"}
    checked = launch(CLEAR, given, "--check", "--forks", "1")
    assert checked.rc == 2, checked.text
    others = set(tenants) - {"acme"}
    assert sorted(checked.artifacts[f"{CLEAR}_ids"]) == [f"stuck-{name}" for name in sorted(others)], checked.text
    assert (checked.artifacts[f"{CLEAR}_tenants"], checked.artifacts[f"{CLEAR}_tenants_failed"]) == (5, 1)
    del hosts["acme"][f"{CLEAR}_types"]
    cleared = launch(CLEAR, {**QUICK, **checked.artifacts})
    assert cleared.rc == 0, cleared.text
    assert {name for name, tenant in tenants.items() if updates(tenant)} == others


@pytest.mark.parametrize(
    ("answer", "served"),
    [
        ("", {"acme", "2024", "0"}),
        ([], {"acme", "2024", "0"}),
        ("2024", {"2024"}),
        (2024, {"2024"}),
        ("0", {"0"}),
        (["acme", "2024"], {"acme", "2024"}),
        ("acme\n2024\n", {"acme", "2024"}),
        ("all:!acme", {"2024", "0"}),
    ],
)
def test_the_tenants_to_serve_are_asked_for(
    answer: Any, served: set[str], launch: Launch, hosts: dict[str, Any], tmp_path: Path
) -> None:
    for name in ("2024", "0"):
        hosts[name] = hosts["acme"]
    given = {"tenants": answer, "task_report_dir": str(tmp_path / "reports"), "task_report_formats": "json"}
    done = launch("task_report", given)
    assert done.rc == 0, done.text
    names = {path.name.split("-")[1] for path in (tmp_path / "reports").glob("task_report-*.json")}
    assert names == served


@pytest.mark.parametrize("playbook", ["clear_pending_tasks", "task_report", "wait_for_tasks"])
@pytest.mark.parametrize("answer", ["no", True, ["acme", "yes"]], ids=["no", "true", "list"])
def test_a_word_is_not_taken_for_all_tenants(answer: Any, playbook: str, release: str, launch: Launch) -> None:
    done = launch(playbook, {"tenants": answer}, "--list-hosts")
    told = " ".join(done.text.split())
    if release in READ_AS_TEXT and answer is not True:
        served = "acme" in answer
        assert (done.rc == 0) is served
        assert ("acme" in told.partition("hosts (")[2]) is served
        assert served or "The variable tenants, no, does not match hosts of the inventory." in told
        return
    assert done.rc != 0
    assert "The variable tenants is true or false: YAML, and so AWX, takes words such as yes and no for that; " in told


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("", ["Background tasks"]),
        ("2024", ["2024"]),
        ("2024-05-17", ["2024-05-17"]),
        (date(2024, 5, 17), ["2024-05-17"]),
        ("yes", ["yes", "true"]),
        ("{{ 1 + 1 }}", ["{{ 1 + 1 }}"]),
    ],
)
def test_a_report_is_asked_for(title: Any, shown: list[str], launch: Launch, tmp_path: Path) -> None:
    answers = {"tenants": "", "task_report_days": "14", "task_report_max_tasks": "", "task_report_formats": ["json"]}
    done = launch("task_report", {**answers, "task_report_title": title, "task_report_dir": str(tmp_path / "reports")})
    assert done.rc == 0, done.text
    (path,) = (tmp_path / "reports").iterdir()
    report = json.loads(path.read_text(encoding="utf-8"))
    assert report["title"] in shown
    assert report["period"]["days"] == 14


@pytest.mark.parametrize("timeout", ["30", "1m", ""])
def test_tasks_are_waited_for(timeout: str, launch: Launch, simulator: Simulator) -> None:
    simulator.put_tasks([task(DIGITS, 48)])
    simulator.complete([DIGITS], "WARNING")
    answers = {"ids": DIGITS, "timeout": timeout, "interval": "1", "accepted": ""}
    done = launch("wait_for_tasks", {"tenants": "", **{f"wait_for_tasks_{name}": one for name, one in answers.items()}})
    assert done.rc == 0, done.text
