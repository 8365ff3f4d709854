# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests of reports as files."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report import writing
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.data import build_clearing_report
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report.formats import FORMATS
from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles import table

REPORT = build_clearing_report({"tasks": []}, now=datetime(2026, 11, 23, 12, tzinfo=timezone.utc), tenant="acme")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


def test_what_is_missing_is_made_with_its_parents(tmp_path: Path) -> None:
    with umask(0o007):
        assert writing.prepare(str(tmp_path / "one" / "two")) is None
    assert mode(tmp_path / "one") == mode(tmp_path / "one" / "two") == 0o750
    assert list((tmp_path / "one" / "two").iterdir()) == []


def test_what_another_host_makes_meanwhile_is_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen, is_there = str(tmp_path / "reports"), [], os.path.isdir

    def look(what: Any) -> bool:
        found = is_there(what)
        if what == path and not found:
            seen.append(what)
            os.mkdir(path)
        return found

    monkeypatch.setattr(writing.os.path, "isdir", look)
    assert writing.prepare(path) is None
    assert seen == [path]


def test_a_directory_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert writing.prepare(str(tmp_path)) is None
    assert mode(tmp_path) == 0o755
    assert list(tmp_path.iterdir()) == []


def test_home_is_meant_by_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert writing.prepare("~/reports") is None
    assert writing.write(REPORT, "~/reports", "acme", ["json"]).paths == [str(tmp_path / "reports" / "acme.json")]
    assert (tmp_path / "reports" / "acme.json").is_file()


@pytest.mark.parametrize("name", ["file", "file/below", "gone", "gone/below"])
def test_what_is_no_directory_is_said(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    wrong = tmp_path / name.partition("/")[0]
    assert writing.prepare(str(tmp_path / name)) == (
        f"{wrong} is not a directory; name one that reports can be written to."
    )


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_what_cannot_be_written_to_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(writing.tempfile, "NamedTemporaryFile", failing(OSError(number, os.strerror(number))))
    assert writing.prepare(str(tmp_path)) == (
        f"No report can be written to {tmp_path} ({os.strerror(number)}); make it writable or name another directory."
    )


def test_a_path_that_cannot_be_one_is_said() -> None:
    assert str(writing.prepare("/tmp/\x00")).startswith("No report can be written to /tmp/")


def failing(error: Exception) -> Callable[..., Any]:
    """Return what fails whatever it is called with."""

    def fail(*_arguments: Any, **_named: Any) -> Any:
        raise error

    return fail


def test_each_format_has_a_file_that_the_owner_writes_and_the_group_reads(tmp_path: Path) -> None:
    with umask(0o077):
        written = writing.write(REPORT, str(tmp_path), "acme", [*FORMATS, "html"])
    names = ["acme.html", "acme.json", "acme.csv", "acme.prom"]
    assert written == ([str(tmp_path / name) for name in names], [])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert {mode(path) for path in tmp_path.iterdir()} == {0o640}
    assert json.loads((tmp_path / "acme.json").read_bytes()) == REPORT
    for name, form in FORMATS.items():
        assert (tmp_path / f"acme.{form.ending}").read_bytes() == form.render(REPORT).encode(), name


def test_a_file_that_is_there_is_replaced_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "acme.json").write_text("old" * 10000)
    reader = (tmp_path / "acme.json").open()
    writing.write(REPORT, str(tmp_path), "acme", ["json"])
    assert json.loads((tmp_path / "acme.json").read_bytes()) == REPORT
    assert reader.read() == "old" * 10000
    reader.close()


def test_a_format_that_fails_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "acme.html").mkdir()
    broken = {key: value for key, value in REPORT.items() if key != "period"}  # which CSV and JSON do not need
    written = writing.write(broken, str(tmp_path), "acme", [*FORMATS, "pdf"])
    assert [os.path.basename(path) for path in written.paths] == ["acme.json", "acme.csv", "acme.prom"]
    page, unknown = written.problems
    assert page == "The report acme was not written as html: KeyError: 'period'."
    assert unknown == (
        "The report acme was not written as pdf: there is no such format, only html, json, csv, openmetrics."
    )
    assert writing.write(REPORT, str(tmp_path), "acme", ["html"]).problems == [
        f"The report acme was not written as html: {os.strerror(errno.EISDIR)}."
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["acme.csv", "acme.html", "acme.json", "acme.prom"]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme.json").write_text("old")
    monkeypatch.setattr(writing.os, "fchmod", failing(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))))
    written = writing.write(REPORT, str(tmp_path), "acme", ["json"])
    assert written == ([], [f"The report acme was not written as json: {os.strerror(errno.ENOSPC)}."])
    assert [path.name for path in tmp_path.iterdir()] == ["acme.json"]
    assert (tmp_path / "acme.json").read_text() == "old"


@pytest.mark.parametrize("stem", ["../acme", "a/b", "/tmp/acme"])
def test_no_name_leads_out_of_the_directory(tmp_path: Path, stem: str) -> None:
    written = writing.write(REPORT, str(tmp_path / "in"), stem, ["json"])
    assert written.paths == []
    assert "would lie in another directory" in written.problems[0]


def test_a_directory_that_has_gone_is_a_problem_of_each_format(tmp_path: Path) -> None:
    written = writing.write(REPORT, str(tmp_path / "gone"), "acme", ["html", "json"])
    assert written.paths == []
    assert len(written.problems) == 2


def test_roles_know_the_same_formats() -> None:
    assert tuple(FORMATS) == table.FORMATS
