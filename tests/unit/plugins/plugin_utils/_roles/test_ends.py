# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both roles end with."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles import ends

PENDING = {"tasks": [{"id": "p1"}, {"id": "p2", "completionStatus": None}]}


def listed(*statuses: str | None) -> dict[str, Any]:
    return {"tasks": [{"id": f"t{number}", "completionStatus": status} for number, status in enumerate(statuses)]}


def test_of_the_completed_as_many_of_the_newest_as_are_wanted() -> None:
    read = ends.read_of(PENDING, listed("SUCCESS", None, "ERROR"), 2)
    assert [task["id"] for task in read.tasks] == ["p1", "p2", "t0", "t2"]
    assert read.counts == {"pending": 2, "tasks": 4}
    assert (read.notice, read.problem) == ("", "")


def test_that_there_are_more_is_said() -> None:
    read = ends.read_of(PENDING, listed("SUCCESS", "ERROR"), 1)
    assert [task["id"] for task in read.tasks] == ["p1", "p2", "t0"]
    assert read.notice == "Only the newest 1 tasks beside the pending ones were read (task_report_max_tasks)."
    assert ends.lines_of("acme", read, ["/srv/a.html"], ["No room."]) == [
        "acme: 2 pending, 3 tasks read",
        read.notice,
        "Report: /srv/a.html",
        "No room.",
    ]


def test_a_task_that_two_lists_hold_counts_once() -> None:
    read = ends.read_of(PENDING, {"tasks": [{"id": "p1", "completionStatus": "ERROR"}]}, 5)
    assert read.counts == {"pending": 2, "tasks": 2}


def test_what_could_not_be_read() -> None:
    nothing = {"msg": "Sign-in\nwas refused."}
    for read, number in (
        (ends.read_of(nothing, {"skipped": True}, 5), None),
        (ends.read_of(PENDING, nothing, 5), 2),
    ):
        assert read.problem == "The tasks could not be read: Sign-in was refused."
        assert read.counts == {"pending": number, "tasks": None}
        assert ends.lines_of("acme", read, [], []) == [f"acme: {read.problem}"]
    assert ends.read_of({}, {}, 5, "task_report_days: no.").problem == "task_report_days: no."


def entry(tenant: str, directory: str, *reports: str) -> dict[str, Any]:
    options = {"report_dir": directory, "report_formats": ["html"]}
    return ends.entry_of("clear_pending_tasks", tenant, options, {"updated": 1}, "", list(reports))


def test_an_entry_says_what_is_shown_and_where() -> None:
    assert entry("acme", "/srv", "/srv/a.html") == {
        "shown": {
            "tenant": "acme",
            "kind": "clearing",
            "counts": {"updated": 1},
            "problem": "",
            "reports": ["/srv/a.html"],
        },
        "directory": "/srv",
        "formats": ["html"],
        "failure": "",
    }
    lost = ends.unheard("task_report", "acme", "")
    assert lost["shown"]["problem"] == lost["failure"] == "What became of it is not known."
    assert (lost["shown"]["kind"], lost["directory"]) == ("tasks", "")


def names(found: dict[str, list[Any]]) -> dict[str, list[str]]:
    return {directory: [one["shown"]["tenant"] for one in those] for directory, those in found.items()}


def test_an_overview_in_each_directory_of_those_that_report_there() -> None:
    lost = ends.unheard("clear_pending_tasks", "lost", "It is away.")
    entries = [entry("a", "/srv/1"), entry("b", "/srv/2"), entry("c", "/srv/1"), entry("d", "")]
    assert names(ends.overviews_of(entries)) == {"/srv/1": ["a", "c", "d"], "/srv/2": ["b", "d"]}
    assert names(ends.overviews_of([entry("a", "/srv"), lost])) == {"/srv": ["a", "lost"]}
    assert ends.overviews_of([entry("a", "/srv"), entry("b", "/var")]) == {}
    assert ends.overviews_of([lost, lost]) == {}


def test_files_are_named_after_the_host_and_the_moment() -> None:
    now = datetime(2026, 5, 17, 3, 4, 5, tzinfo=timezone.utc)
    assert ends.stem("task_report", "a/b c", now) == "task_report-a%2Fb%20c-20260517T030405Z"
    assert ends.stem("task_report", "\x1b\n\udc80", now) == "task_report-%1B%0A%ED%B2%80-20260517T030405Z"
    # No host can be called so that its report has this name.
    assert ends.stem("task_report", None, now) == "task_report_tenants-20260517T030405Z"


@pytest.mark.parametrize("letter", ["h", "/", "é", "語", "\U0001f389"])
def test_a_file_has_a_name_however_long_that_of_the_host_is(letter: str, tmp_path: Path) -> None:
    now = datetime(2026, 5, 17, 3, 4, 5, tzinfo=timezone.utc)
    names = [f"{ends.stem('clear_pending_tasks', letter * length, now)}.html" for length in (1, 150, 230, 231, 5000)]
    assert len(set(names)) == 5
    for name in names:
        (tmp_path / name).write_text("some report", encoding="utf-8")
        assert name.startswith(f"clear_pending_tasks-{quote(letter, safe='')}")
        assert name.endswith("-20260517T030405Z.html")
