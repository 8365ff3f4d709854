# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts a changed source into a module that is imported already, without importing anything anew.

A fresh start of pytest for each of some thousand changes would take hours. Functions and methods get their new code,
constants are bound anew wherever they were imported to.
"""

from __future__ import annotations

import enum
import sys
from types import FunctionType, ModuleType
from typing import Any

PACKAGE = "ansible_collections.idops.sailpoint.plugins.module_utils"


class NothingChanged(Exception):
    """A source differs in nothing that would be run, or cannot be imported at all."""


def module_of(target: str) -> ModuleType:
    """Return the imported module of a target such as ``_tasks/patching``."""
    return sys.modules[f"{PACKAGE}.{target.replace('/', '.')}"]


def graft(target: str, source: str) -> None:
    """Give a module what its changed source makes of it.

    :raises NothingChanged: that is nothing, or cannot be told
    """
    module = module_of(target)
    fresh = ModuleType(module.__name__)
    fresh.__dict__.update({key: getattr(module, key) for key in ("__file__", "__package__", "__spec__")})
    try:
        exec(compile(source, str(module.__file__), "exec", dont_inherit=True), fresh.__dict__)
    except Exception as error:
        raise NothingChanged(f"it cannot be imported: {error!r}") from None
    changes = 0
    for name, new in vars(fresh).items():
        old = vars(module).get(name)
        if name.startswith("__"):
            continue
        if isinstance(new, type) and isinstance(old, type) and new.__module__ == module.__name__:
            changes += _graft_class(old, new)
        elif isinstance(new, FunctionType) and isinstance(old, FunctionType):
            changes += new.__module__ == module.__name__ and _graft_function(old, new)
        elif _is_plain(new) and _is_plain(old) and _differs(old, new):
            _bind_everywhere(name, old, new)
            changes += 1
    if not changes:
        raise NothingChanged


def _graft_class(old: type, new: type) -> int:
    changes = 0
    if issubclass(old, enum.Enum):
        for member, changed in zip(old, new):  # type: ignore[call-overload]
            if member.value != changed.value:
                member._value_ = changed.value
                changes += 1
        return changes
    for name, value in vars(new).items():
        function, before = _function(value), _function(vars(old).get(name))
        if function is not None and before is not None:
            changes += _graft_function(before, function)
        elif not name.startswith("__") and _is_plain(value) and _differs(vars(old).get(name), value):
            setattr(old, name, value)
            changes += 1
    return changes


def _function(value: object) -> FunctionType | None:
    inner = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
    return inner if isinstance(inner, FunctionType) else None


def _graft_function(old: FunctionType, new: FunctionType) -> bool:
    changed = False
    if old.__code__ != new.__code__ and len(old.__code__.co_freevars) == len(new.__code__.co_freevars):
        old.__code__ = new.__code__
        changed = True
    before, after = old.__defaults__ or (), new.__defaults__ or ()
    merged = tuple(
        one if _is_plain(one) and _is_plain(was) and _differs(was, one) else was for was, one in zip(before, after)
    )
    if _differs(before, merged):
        old.__defaults__ = merged
        changed = True
    if _is_plain(old.__kwdefaults__) and _is_plain(new.__kwdefaults__) and old.__kwdefaults__ != new.__kwdefaults__:
        old.__kwdefaults__ = new.__kwdefaults__
        changed = True
    return changed


def _is_plain(value: object) -> bool:
    if isinstance(value, (tuple, list, set, frozenset)):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(_is_plain(key) and _is_plain(one) for key, one in value.items())
    return value is None or isinstance(value, (bool, int, float, str, bytes))


def _differs(old: object, new: object) -> bool:
    return (type(old), old) != (type(new), new)


def _bind_everywhere(name: str, old: Any, new: Any) -> None:
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith(PACKAGE) and vars(module).get(name) is old:
            setattr(module, name, new)
