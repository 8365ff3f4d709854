# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads is one line of printable text, wherever it leaves and whatever a tenant or a user has put in."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils.display import Display
from ansible_collections.idops.sailpoint.plugins.filter.role_variables import role_variables
from ansible_collections.idops.sailpoint.plugins.filter.task_report import task_report
from ansible_collections.idops.sailpoint.plugins.module_utils import _errors
from ansible_collections.idops.sailpoint.plugins.module_utils._api import records
from ansible_collections.idops.sailpoint.plugins.module_utils._module import performing
from ansible_collections.idops.sailpoint.plugins.module_utils._module.options import connection_argument_spec
from ansible_collections.idops.sailpoint.plugins.module_utils._module.progress import Progress
from ansible_collections.idops.sailpoint.plugins.module_utils._module.task_status_message import heading_of
from ansible_collections.idops.sailpoint.plugins.module_utils._wording import all_escaped, escaped, one_line, printable
from ansible_collections.idops.sailpoint.plugins.plugin_utils import _lookup
from ansible_collections.idops.sailpoint.plugins.plugin_utils._action.in_process import InProcessAction
from ansible_collections.idops.sailpoint.plugins.plugin_utils._events import log as _log
from ansible_collections.idops.sailpoint.plugins.plugin_utils._report import writing
from ansible_collections.idops.sailpoint.plugins.plugin_utils._roles import clearing, ends, message
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import Tenant, client_of, task

FORGED = "localhost : ok=1 failed=0"
# Escape sequences, bells, beginnings of lines, C1 controls, separators of lines, directions, halves of pairs.
LETTERS = (*"\x00\x07\x08\t\n\r\x0b\x1b\x7f\x84\x85\x9b\x9d\u061c\u200e\u200f\u2028\u2029\u202e\u2066\u2069\ud800",)
HOSTILE = [f"some{letter}{FORGED}" for letter in LETTERS]
OPTIONS = {"older_than": "24h", "exclude_names": [], "exclude_source_ids": [], "completion_status": "error"}

Edge = Callable[[str], Iterable[str]]


def _errors_of(hostile: str) -> Iterable[str]:
    refused = _errors.ApiError(hostile, 400, hostile, hostile, hostile, hostile)
    for error in (
        _errors.SailPointError(hostile),
        _errors.OptionError(hostile, hostile, hostile),
        _errors.Cancelled(hostile),
        _errors.SignInError(hostile, refused),
        _errors.SignInError(hostile).doubted(),
        refused.advised(hostile),
        _errors.TooLateError(hostile),
        _errors.NoAnswerError(hostile, 200),
    ):
        yield str(error)
        yield error.as_dict()["message"]


def _warnings(hostile: str) -> Iterable[str]:
    client, _transport = client_of(Tenant([]), validate_certs=False)
    client.warn(hostile)
    yield from performing.warnings_of(client)


def _progress(hostile: str) -> Iterable[str]:
    said: list[str] = []
    clock = iter(range(100))
    progress = Progress(said.append, 1, lambda: float(next(clock)))
    known = {"uniqueName": hostile, "target": {"name": hostile, "type": "APPLICATION"}, "progress": hostile}
    progress.waiting(2, [{"id": hostile, **known}])
    progress.updated(2, 0)
    return said


def _result(hostile: str) -> Iterable[str]:
    def run(*_given: Any, **_more: Any) -> dict[str, Any]:
        return {"failed": True, "msg": hostile}

    given = {"tenant": "acme", "access_token": "some-token"}
    params = ArgumentSpecValidator(connection_argument_spec()).validate(given).validated_parameters
    yield performing.perform(run, params, lambda settings: client_of(Tenant([]))[0], False, False).result["msg"]


def _known_by(hostile: str) -> Iterable[str]:
    source = {"id": "s", "name": hostile, "type": "APPLICATION"}
    known = {"uniqueName": hostile, "launcher": hostile, "target": source}
    told = records.identifying(known, datetime.now(timezone.utc))
    yield from (told["name"], told["kind"], told["launcher"], told["source"]["name"])
    yield heading_of({"id": hostile, **told}, is_pending=True)
    yield heading_of({"id": hostile, "name": None, "source": {"id": hostile}, "age_seconds": 3.0}, is_pending=True)


def _log_of_events(hostile: str) -> Iterable[str]:
    shown: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = shown.append  # type: ignore[method-assign]
    _log.log.addHandler(handler)
    try:
        _log.log.error("Polling %s failed, next try in %.0f s: %s", hostile, 3.0, ValueError(hostile))
        _log.log.warning(hostile)
    finally:
        _log.log.removeHandler(handler)
    assert len(shown) == 2
    return [record.getMessage() for record in shown]


def _roles_lines(hostile: str) -> Iterable[str]:
    error = {"message": hostile, "tracking_id": hostile}
    known = {"name": hostile, "kind": hostile, "source": {"name": hostile}, "age_seconds": 3.0}
    items = [
        {"id": "f", "outcome": "failed", **known, "error": error},
        {"id": hostile, "outcome": hostile, "name": None, "kind": None, "source": None, "age_seconds": None},
        {"id": "m", "outcome": "moving", **known, "moved": [hostile]},
    ]
    counts = {"pending_before": 3, "pending_after": 3, "selected": 3, "summary": {}, "excluded_by": {hostile: 0}}
    options = {**OPTIONS, "exclude_names": [hostile]}
    for result in ({**counts, "tasks": items, "msg": hostile, "stopped": hostile}, {"msg": hostile}, {"rc": 1}):
        found = clearing.clearing_of(result)
        shown = {"reports": [f"/srv/{hostile}"], "unwritten": [hostile]}
        yield from message.message_of(found, options, tenant=hostile, check_mode=False, **shown)
        yield clearing.failure_of(found, True, [hostile])
    read = ends.Read(problem=hostile)
    yield from ends.lines_of(hostile, read, [hostile], [hostile])
    yield from ends.lines_of(hostile, ends.Read(notice=hostile), [hostile], [hostile])
    yield role_variables({"task_report_dirs": hostile, f"task_report_{hostile}": 1}, "task_report", {})["problem"]


def _written(hostile: str) -> Iterable[str]:
    def make() -> str:
        raise ValueError(hostile)

    yield from writing.write_each(["html"], {"html": writing.Maker("html", make)}, "/", hostile).problems


def _filter(hostile: str) -> Iterable[str]:
    for arguments in ({"format": hostile}, {"now": hostile}, {"days": hostile}, {"check_mode": hostile}):
        with pytest.raises(AnsibleError) as raised:
            task_report([], **arguments)
        yield str(raised.value)


def _cells(hostile: str) -> Iterable[str]:
    item = {"id": "b", "outcome": hostile, "moved": [hostile], "error": {"message": hostile}}
    text = task_report([task("a", uniqueName=hostile, progress=hostile)], "csv", items=[item])
    assert len(text.splitlines()) == 3
    return [cell for row in csv.reader(io.StringIO(text)) for cell in row]


def _metrics(hostile: str) -> Iterable[str]:
    text = task_report([task("a", uniqueName=hostile), task("b", "ERROR")], "openmetrics", tenant=hostile)
    return text.split("\n")


EDGES: dict[str, Edge] = {edge.__name__: edge for edge in (
    _errors_of, _warnings, _progress, _result, _known_by, _log_of_events, _roles_lines, _written, _filter, _cells,
    _metrics,
)}  # fmt: skip


@pytest.mark.parametrize("edge", EDGES)
def test_what_leaves_is_one_line_of_printable_text(edge: str) -> None:
    for hostile in HOSTILE:
        lines = [*EDGES[edge](hostile)]
        assert [line for line in lines if not line.isprintable()] == []
        assert any("localhost" in line.lower() for line in lines), "nothing is left out"


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_what_an_action_says_is_one_line(hostile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(Display, "display", lambda self, text, **_more: shown.append(text))
    action = SimpleNamespace(_missing_header=lambda: f"TASK [{hostile}] ***")
    InProcessAction._say(action, {"inventory_hostname": hostile})(hostile)  # type: ignore[arg-type]
    header, line = shown
    assert header.startswith("\nTASK [some") and header[1:].isprintable()
    assert line.isprintable() and FORGED in line


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_what_a_lookup_says_is_one_line(hostile: str) -> None:
    for given in ({"sorters": hostile}, {hostile: 1}, {}):
        lookup = _Lookup(hostile)
        with pytest.raises(AnsibleError) as raised:
            lookup.run([], {}, tenant="acme", access_token="some-token", **given)
        assert FORGED in str(raised.value) and str(raised.value).isprintable()


class _Lookup(_lookup.SailPointLookup):
    SPEC = {"sorters": {"type": "str", "choices": ["created"]}}
    ansible_name = _load_name = "idops.sailpoint.task_status"

    def __init__(self, hostile: str) -> None:
        super().__init__(templar=Templar(DataLoader(), variables={}))
        self._hostile = hostile

    def _configured(self, name: str) -> None:
        """Nothing is configured."""

    def look_up(self, *_given: Any) -> list[Any]:
        raise _errors.SailPointError(self._hostile)


def test_text_keeps_its_letters() -> None:
    assert printable("Über  die\tGröße 日本語 🎉 «x»") == "Über die Größe 日本語 🎉 «x»"
    assert one_line("a\nb" * 200) == ("a b" * 200)[:300]


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_of_a_failure_that_ansible_shows_as_json_nothing_does_anything(hostile: str) -> None:
    """It leaves all but what JSON escapes as it is; the data can be told from it all the same."""
    shown = json.dumps(all_escaped({hostile: [hostile, ("é 日本", None, 3)]}), ensure_ascii=False)
    assert shown.isprintable() and "é 日本" in shown
    assert escaped("é\n\x1b") == "é\n\x1b", "which JSON escapes by itself"


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_a_report_in_json_is_the_same_data(hostile: str) -> None:
    text = task_report([], "json", notice=hostile)
    assert all(line.isprintable() for line in text.split("\n"))
    assert json.loads(text)["notice"] == re.sub("\ud800", "\ufffd", hostile)
