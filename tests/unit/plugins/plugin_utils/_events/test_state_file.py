# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of what an event source remembers: whatever it holds, and wherever it cannot be."""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError
from ansible_collections.idops.sailpoint.plugins.plugin_utils import _files
from ansible_collections.idops.sailpoint.plugins.plugin_utils._events.memory import Memory
from ansible_collections.idops.sailpoint.plugins.plugin_utils._events.watch import TaskWatch, Telling
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TENANT = "https://acme.api.identitynow.com"
WATCHED = {"events": ["stuck", "failed"], "type": None}
REMEMBERED: dict[str, Any] = {"since": None, "pending": {"a": 2}, "over": {}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.json"


def memory(path: Path | str, tenant: str = TENANT, watched: Mapping[str, Any] | None = None) -> Memory:
    return Memory(str(path), tenant, WATCHED if watched is None else watched)


def written(path: Path) -> dict[str, Any]:
    """A whole file as it is written."""
    memory(path).keep(REMEMBERED)
    saved: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return saved


def recalled(path: Path, **source: Any) -> TaskWatch:
    watch = TaskWatch(Telling(TENANT, 3600.0))
    memory(path, **source).hand_to(watch.recall)
    return watch


def ago(**time: float) -> str:
    return (datetime.now(timezone.utc) - timedelta(**time)).isoformat()


def test_what_is_kept_is_handed_on(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    written(path)
    assert recalled(path).memory() == REMEMBERED
    assert caplog.text == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["state.json"]


def test_that_there_is_no_file_yet_is_no_warning(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert not recalled(path).begun
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", f"state_file: {path} is not there yet; the first poll tells what is stuck.")
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"format": 2}, "it is no state file of this version"),
        ({"format": None}, "it is no state file of this version"),
        ({"format": "1"}, "it is no state file of this version"),
        ({"format": 2, "tenant": "https://globex.api.identitynow.com"}, "it is no state file of this version"),
        ({"watched": {"events": ["stuck"], "type": None}}, "other tasks or events were watched then"),
        ({"watched": None}, "other tasks or events were watched then"),
        ({"saved": ago(days=7, seconds=9)}, "it is older than 7 days"),
        ({"saved": None}, "it is older than 7 days"),
        ({"saved": []}, "it is older than 7 days"),
        ({"remembered": None}, "it does not hold what a source remembers"),
        ({"remembered": []}, "it does not hold what a source remembers"),
        ({"remembered": {**REMEMBERED, "pending": {"a": 1e400}}}, "it does not hold what a source remembers"),
        ({"remembered": {**REMEMBERED, "since": "\n\x1b[2J"}}, "it does not hold what a source remembers"),
    ],
)
def test_what_is_of_no_use_is_logged_and_left(
    path: Path, change: dict[str, Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_text(json.dumps({**written(path), **change}), encoding="utf-8")
    before = path.read_bytes()
    assert not recalled(path).begun
    (record,) = caplog.records
    assert record.levelname == "WARNING" and record.getMessage().isprintable()
    assert record.getMessage().startswith(f"state_file: {path} is of no use ({reason}")
    assert path.read_bytes() == before


def test_a_week_is_not_too_long(path: Path) -> None:
    path.write_text(json.dumps({**written(path), "saved": ago(days=6, hours=23)}), encoding="utf-8")
    assert recalled(path).begun


def test_one_that_is_cut_off_anywhere_is_of_no_use(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    written(path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert not recalled(path).begun
    assert len(caplog.records) == len(whole)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=40) | st.text(max_size=20).map(lambda text: json.dumps(text).encode()))
def test_whatever_bytes_it_holds_the_source_begins(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert not recalled(path).begun


@pytest.mark.parametrize("content", ["[" * 100_000, "1" * 10_000, "\xff", "\ufeff{}"], ids=len)
def test_what_json_stumbles_over_is_of_no_use(path: Path, content: str, caplog: pytest.LogCaptureFixture) -> None:
    path.write_text(content, encoding="latin-1" if content == "\xff" else "utf-8")
    assert not recalled(path).begun
    assert "is of no use" in caplog.text


def test_one_that_is_too_large_is_not_read_as_a_whole(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    written(path)
    monkeypatch.setitem(Memory.keep.__globals__, "_MAX_BYTES", path.stat().st_size)
    assert recalled(path).begun
    monkeypatch.setitem(Memory.keep.__globals__, "_MAX_BYTES", path.stat().st_size - 1)
    assert not recalled(path).begun
    assert "it is too large" in caplog.text


def test_that_of_another_tenant_is_an_error_and_stays(path: Path) -> None:
    written(path)
    before = path.read_bytes()
    with pytest.raises(OptionError) as raised:
        recalled(path, tenant="https://globex.api.identitynow.com")
    assert str(raised.value) == (f"state_file: {path} is that of another tenant; give each source a file of its own.")
    assert path.read_bytes() == before


def test_options_that_mean_the_same_are_the_same(path: Path) -> None:
    """As JSON has them: a tuple is a list."""
    written(path)
    assert recalled(path, watched={"type": None, "events": ("stuck", "failed")}).begun


@pytest.mark.parametrize("name", ["", ".", "gone/state.json", "file/state.json", "a\0b", "x" * 300])
def test_where_it_cannot_be_is_an_error_that_says_why(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    one = memory(f"{tmp_path}/{name}")
    with pytest.raises(OptionError, match=r"^state_file: .* cannot be written \(.+\); name a file in a directory"):
        one.open()
    one.close()


def test_a_directory_that_may_not_be_written_to_is_an_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is where the lock is there from before, and the directory is not ours."""
    monkeypatch.setattr(os, "access", lambda *_given: False)
    one = memory(path)
    with pytest.raises(OptionError, match=r"cannot be written \(Permission denied\)"):
        one.open()
    one.close()


def test_it_is_one_source_s_until_that_ends(path: Path) -> None:
    first, second = memory(path), memory(path)
    first.open()
    with pytest.raises(OptionError, match="is another source's; give each source a file of its own"):
        second.open()
    first.close()
    second.open()
    second.close()


def test_a_full_disk_leaves_what_was_there_is_logged_once_and_tried_again(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    one = memory(path)
    one.keep(REMEMBERED)
    before = path.read_bytes()

    def full(*_given: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(_files.os, "replace", full)
        for number in range(3):
            one.keep({**REMEMBERED, "pending": {"b": number}})
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.getMessage().startswith(f"state_file: {path} cannot be written (No space left on device)")
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["state.json"]
    one.keep({**REMEMBERED, "pending": {"b": 2}})
    assert recalled(path).memory()["pending"] == {"b": 2}


def test_what_has_not_changed_is_not_written_again(path: Path) -> None:
    one = memory(path)
    one.keep(REMEMBERED)
    path.unlink()
    one.keep(dict(REMEMBERED))
    assert not path.exists()
    one.keep({**REMEMBERED, "pending": {}})
    assert path.exists()
