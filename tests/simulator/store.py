# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks: by id, sorted by creation, and in filtered views that are kept up to date instead of made anew."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .answers import dump
from .filters import Filter
from .taskstatus import created_ms, kind_of, source_of, status_of

Key = tuple[int, int, str]  # (minus the creation in ms, sequence number, id): sorts newest first, ties by insertion
_VIEWS = 16


class Record:
    """One task with what lists and filters need of it; its ``task`` is never changed, only replaced."""

    __slots__ = ("_body", "id", "key", "launcher", "raw", "source_id", "status", "task", "type_key")

    def __init__(self, record_id: str, task: dict[str, Any], key: Key, raw: bool) -> None:
        self.id = record_id
        self.task = task
        self.key = key
        self.raw = raw
        self._body: bytes | None = None
        self.status = status_of(task)
        launcher = task.get("launcher")
        self.launcher: str | None = launcher if isinstance(launcher, str) else None
        self.type_key = kind_of(task)
        self.source_id = source_of(task)

    @property
    def pending(self) -> bool:
        """No completion status: in the pending lists, also while it is just being completed."""
        return self.status is None

    @property
    def body(self) -> bytes:
        """The task as JSON, made once."""
        if self._body is None:
            self._body = dump(self.task)
        return self._body


class _View:
    """The keys of the records that match, sorted."""

    __slots__ = ("keys", "matches")

    def __init__(self, matches: Callable[[Record], bool], records: Iterable[Record]) -> None:
        self.matches = matches
        self.keys: list[Key] = sorted(record.key for record in records if matches(record))

    def change(self, old: Record | None, new: Record | None) -> None:
        was = old is not None and self.matches(old)
        will = new is not None and self.matches(new)
        if old is not None and was and not (will and new is not None and new.key == old.key):
            del self.keys[bisect_left(self.keys, old.key)]
            was = False
        if new is not None and will and not was:
            insort(self.keys, new.key)


_SCOPES: dict[str, Callable[[Record], bool]] = {
    "all": lambda record: True,
    "completed": lambda record: record.status is not None,
    "pending": lambda record: record.status is None,
}


class Store:
    """All tasks of the tenant."""

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}
        self._sequence = 0
        self._scopes: dict[str, _View] = {}
        self._filtered: OrderedDict[tuple[str, str, str], _View] = OrderedDict()
        self.clear()

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Record]:
        """All records, newest first."""
        return (self._records[key[2]] for key in list(self._scopes["all"].keys))

    def clear(self) -> None:
        """Forget every task."""
        self._records.clear()
        self._rebuild()

    def _rebuild(self) -> None:
        records = self._records.values()
        self._scopes = {name: _View(matches, records) for name, matches in _SCOPES.items()}
        self._filtered.clear()

    def _record(self, task: dict[str, Any], now_ms: int, raw: bool) -> Record:
        self._sequence += 1
        task_id = task.get("id")
        record_id = task_id if isinstance(task_id, str) and task_id else f"raw-{self._sequence}"
        created = created_ms(task, now_ms)  # a schema-breaking task sorts as if it were made now
        return Record(record_id, task, (-created, self._sequence, record_id), raw)

    def load(self, tasks: Iterable[dict[str, Any]], now_ms: int, raw: bool = False) -> None:
        """Add many tasks at once, in order: cheaper than :meth:`put` for thousands."""
        for task in tasks:
            record = self._record(task, now_ms, raw)
            self._records[record.id] = record
        self._rebuild()

    def put(self, task: dict[str, Any], now_ms: int, raw: bool = False) -> Record:
        """Add ``task``, or replace the one with its id. The dict belongs to the store from then on."""
        record = self._record(task, now_ms, raw)
        self._change(self._records.get(record.id), record)
        return record

    def change(self, record: Record, task: dict[str, Any]) -> Record:
        """Replace the task of ``record``, which keeps its place in the lists."""
        changed = Record(record.id, task, record.key, record.raw)
        self._change(record, changed)
        return changed

    def delete(self, task_id: str) -> bool:
        """Forget one task; False when there is none with this id."""
        record = self._records.get(task_id)
        if record is None:
            return False
        self._change(record, None)
        return True

    def _change(self, old: Record | None, new: Record | None) -> None:
        if new is not None:
            self._records[new.id] = new
        elif old is not None:
            del self._records[old.id]
        for view in self._scopes.values():
            view.change(old, new)
        for view in self._filtered.values():
            view.change(old, new)

    def get(self, task_id: str, cutoff_ms: int | None = None) -> Record | None:
        """The record with this id, unless it was created before ``cutoff_ms`` (raw ones always are returned)."""
        record = self._records.get(task_id)
        if record is None or record.raw or cutoff_ms is None or -record.key[0] >= cutoff_ms:
            return record
        return None

    def count(self, scope: str) -> int:
        """How many tasks there are: ``all``, ``completed`` or ``pending`` ones."""
        return len(self._scopes[scope].keys)

    def page(
        self,
        scope: str,
        *,
        offset: int,
        limit: int,
        ascending: bool = False,
        selection: Filter | None = None,
        selection_name: tuple[str, str] = ("", ""),
        cutoff_ms: int | None = None,
    ) -> tuple[list[Record], int]:
        """One page of a list and the total: newest first, or oldest first with ``ascending``.

        ``selection_name`` names ``selection`` (generation and text), under which its view is kept.
        """
        keys = self._keys(scope, selection, selection_name)
        if cutoff_ms is not None:
            end = bisect_left(keys, (-cutoff_ms + 1, 0, ""))
            if end < len(keys):
                keys = keys[:end] + [key for key in keys[end:] if self._records[key[2]].raw]
        total = len(keys)
        if ascending:
            page = keys[max(total - offset - limit, 0) : max(total - offset, 0)][::-1]
        else:
            page = keys[offset : offset + limit]
        records = self._records
        return [records[key[2]] for key in page], total

    def _keys(self, scope: str, selection: Filter | None, selection_name: tuple[str, str]) -> list[Key]:
        if selection is None:
            return self._scopes[scope].keys
        in_scope, matches = _SCOPES[scope], selection.matches

        def both(record: Record) -> bool:
            return in_scope(record) and matches(record)

        if selection.ids is not None:  # a few ids: looking at these alone is cheaper than keeping a view
            found = (self._records.get(task_id) for task_id in selection.ids)
            return sorted(record.key for record in found if record is not None and both(record))
        name = (scope, *selection_name)
        view = self._filtered.get(name)
        if view is None:
            base = self._scopes["pending" if selection.pending_only else scope].keys
            view = _View(both, (self._records[key[2]] for key in base))
            self._filtered[name] = view
            if len(self._filtered) > _VIEWS:
                self._filtered.popitem(last=False)
        self._filtered.move_to_end(name)
        return view.keys
