# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-rulebook can take: events are free data of a tenant, and some of it stops ansible-rulebook. Pure.

Found with ansible-rulebook 1.3.2, drools_jpy 0.4.1, dpath 2.2.0 and jpy 2.2.0:

- An empty key, wherever in an event: no further event is handled, and nothing is said. After each event
  ``RuleSetRunner._drain_source_queue`` looks for ``meta/source/name`` with ``dpath.get``, which walks the whole event,
  raises InvalidKeyName at such a key, and so ends the task that takes events.
- Nesting of nearly 1000 levels: the same, since dpath's walk recurs. Jackson, which reads events in Java, refuses more.
- An event of more than some 128 KiB: no rule with ``throttle: once_after``, or one that waits in another way, acts
  again. Its matches come over a socket, and ``drools.dispatch.handle_async_messages`` takes what one ``read()`` brings
  for the whole message. An ``asyncio.StreamReader`` holds twice its limit of 64 KiB.
- A number of more than 1000 digits, a key of more than 50,000 characters, a text of more than 20,000,000: the event is
  lost, with an error of Jackson's (StreamConstraintsException) in the log.
- A character above U+FFFF: jpy makes two halves of a surrogate pair of it, unless the match comes over the socket. No
  playbook can be run then, since ansible-core cannot read its extra variables.
- A template in a text: it is handed to playbooks in extra variables, which Ansible trusts. So a playbook that uses
  such a text of ``ansible_eda.event`` runs what the tenant wrote, lookups included.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ...module_utils._wording import one_line

MAX_DEPTH = 150  # levels of an event; more than any answer of a tenant has
MAX_SIZE = 64 * 1024  # bytes of an event, as it is written into a message over drools_jpy's socket
MAX_KEY = 50_000  # characters
MAX_DIGITS = 1000  # of a whole number

EMPTY = "_empty"
TOO_DEEP = "(left out: nested too deeply for ansible-rulebook)"
TOO_LARGE = "(left out: too large for ansible-rulebook)"
TOO_LONG = f"(left out: a number of more than {MAX_DIGITS} digits)"

_FIRST_TOO_LONG = 10**MAX_DIGITS
_NOT_ONE_UNIT = re.compile("[^\x00-\ud7ff\ue000-\uffff]")  # of UTF-16, and halves of what is two
_TEMPLATE = re.compile(r"\{(?=[{%#])")
_NAMED_LEVELS = 2  # of an event that are named in what was changed: task.attributes
_MAX_NAME = 40  # characters of a key in what was changed
_WORTH = 1024  # bytes from which on a part of a task's field is left out instead of the field


def acceptable(event: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return an event as ansible-rulebook can take it, and what was changed in it, such as
    ``task.attributes: an empty key is now _empty``, each once.

    An event that it can take as it is is the same object, and nothing was changed. The one given never changes.

    - An empty key becomes ``_empty``, or ``_empty_2`` and so on where there is one.
    - A character above U+FFFF, or half of one, becomes U+FFFD.
    - ``{{``, ``{%`` and ``{#`` get a blank between the two characters.
    - The end of a key that is too long is cut off.
    - What is nested too deeply, a number that is too long, and of an event that is too large its largest parts are left
      out. A text says so in their place. Parts of a task that are smaller than that text have no place any more.

    :param event: data as JSON has it
    """
    walk = _Walk()
    taken = walk.of_dict(event, "", 1)
    excess = _size(taken) - MAX_SIZE
    if excess > 0:
        taken = walk.without(taken, excess, "", 1)
    return taken, list(walk.changes)


class _Walk:
    """One walk through an event. What it returns is what it was given, unless something is to be changed."""

    def __init__(self) -> None:
        self.changes: dict[str, None] = {}  # in their order

    def of_dict(self, parent: dict[str, Any], where: str, level: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        odd: list[str] = []
        for key, item in parent.items():
            if self._key(key) != key:
                odd.append(key)
            items[key] = self._of(item, _below(where, key, level), level + 1)
        if odd:
            return self._renamed(items, odd, where)
        return items if any(items[key] is not item for key, item in parent.items()) else parent

    def without(self, parent: dict[str, Any], excess: int, where: str, level: int) -> dict[str, Any]:
        """Return a dict without its largest parts, so that it takes less by so many bytes, if it can."""
        sizes = {key: _size(item) for key, item in parent.items()}
        left = dict(parent)
        for key in sorted(sizes, key=lambda one: sizes[one], reverse=True):
            if excess <= 0:
                break
            item, place = parent[key], _below(where, key, level)
            if _is_divisible(item, level):
                left[key] = self.without(item, excess, place, level + 1)
            elif sizes[key] > _size(TOO_LARGE):
                left[key] = TOO_LARGE
                self._note(place, "a part is left out, it is too large")
            elif level > 1:  # never what makes an event one
                del left[key]
                self._note(where, "parts are left out, there are too many")
                excess -= _size(key) + sizes[key]
                continue
            excess -= sizes[key] - _size(left[key])
        return left

    def _of(self, value: Any, where: str, level: int) -> Any:
        if isinstance(value, str):
            return self._text(value, where)
        if isinstance(value, (dict, list)):
            if level > MAX_DEPTH:
                self._note(where, "a part is left out, it is nested too deeply")
                return TOO_DEEP
            return self.of_dict(value, where, level) if isinstance(value, dict) else self._of_list(value, where, level)
        if isinstance(value, int) and not -_FIRST_TOO_LONG < value < _FIRST_TOO_LONG:
            self._note(where, f"a number of more than {MAX_DIGITS} digits is left out")
            return TOO_LONG
        return value

    def _of_list(self, parent: list[Any], where: str, level: int) -> list[Any]:
        items = [self._of(item, where, level + 1) for item in parent]
        return items if any(new is not item for new, item in zip(items, parent)) else parent

    def _text(self, text: str, where: str) -> str:
        taken = _plain(text)
        if taken == text:
            return text
        if _NOT_ONE_UNIT.search(text):
            self._note(where, "a character above U+FFFF is now U+FFFD")
        if _TEMPLATE.search(text):
            self._note(where, "the beginning of a template now has a blank in it")
        return taken

    def _renamed(self, items: dict[str, Any], odd: list[str], where: str) -> dict[str, Any]:
        """Return a dict whose odd keys are others, in the same order."""
        names = items.keys() - set(odd)
        numbers: dict[str, int] = {}
        renamed: dict[str, Any] = {}
        for key, item in items.items():
            name = wanted = self._key(key)
            while name != key and name in names:
                numbers[wanted] = numbers.get(wanted, 1) + 1
                name = _numbered(wanted, numbers[wanted])
            if name != key:
                names.add(name)
                self._note_key(key, name, where)
            renamed[name] = item
        return renamed

    @staticmethod
    def _key(key: str) -> str:
        return _plain(key)[:MAX_KEY] or EMPTY

    def _note_key(self, key: str, name: str, where: str) -> None:
        if not key:
            self._note(where, f"an empty key is now {name}")
        elif len(key) > MAX_KEY:
            self._note(where, f"a key of more than {MAX_KEY} characters is cut off")
        else:
            self._text(key, where)

    def _note(self, where: str, change: str) -> None:
        self.changes[f"{where or 'the event'}: {change}"] = None


def _plain(text: str) -> str:
    """Return a text without what no playbook may get. One that has nothing of that is the same object."""
    if "{" in text:
        text = _TEMPLATE.sub("{ ", text)
    return text if text.isascii() else _NOT_ONE_UNIT.sub("\ufffd", text)


def _numbered(name: str, number: int) -> str:
    end = f"_{number}"
    return name[: MAX_KEY - len(end)] + end


def _below(where: str, key: str, level: int) -> str:
    """Return how the place of a dict's item is named: as the dict's own from some level on."""
    if level > _NAMED_LEVELS:
        return where
    return f"{where}.{one_line(key, _MAX_NAME)}" if where else one_line(key, _MAX_NAME)


def _is_divisible(item: Any, level: int) -> bool:
    """Whether parts of it are left out before it as a whole: the task, and those fields of it that have large parts."""
    if not isinstance(item, dict) or level > _NAMED_LEVELS:
        return False
    return level == 1 or any(_size(part) > _WORTH for part in item.values())


def _size(value: Any) -> int:
    """Return the bytes that data takes in a message over the socket: as JSON, in a text of another JSON."""
    text = json.dumps(json.dumps(value, ensure_ascii=False), ensure_ascii=False)
    return len(text.encode("utf-8"))
