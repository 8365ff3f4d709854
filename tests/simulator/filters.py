# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The grammar of the query parameter ``filters``.

expression  := conjunction ("or" conjunction)*
conjunction := negation ("and" negation)*
negation    := "not" negation | "(" expression ")" | comparison
comparison  := field "eq" string | field "in" "(" string ("," string)* ")" | field "isnull"
string      := double quotes, with ``\\\\`` for a backslash and ``\\"`` for a quote; no other escape

Source: the vendor's standard collection parameters. Operators are lower case, fields as written.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .generations import Generation
from .settings import Settings

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\["\\])*")|(?P<word>[A-Za-z_][A-Za-z0-9_.]*)|(?P<mark>[(),]))""",
)
_DEEPEST = 100


_SOURCE_ID = re.compile("[0-9a-f]{32}", re.IGNORECASE)


class FilterError(ValueError):
    """The expression is malformed, or asks for what the generation or the tenant does not have.

    ``detail`` tells that the tenant says so in ``detailMessage``.
    """

    def __init__(self, text: str, *, detail: bool = False) -> None:
        super().__init__(text)
        self.detail = detail


class Candidate(Protocol):
    """What a filter looks at: the searchable sides of a task."""

    id: str
    source_id: str | None
    type_key: str | None
    status: str | None
    launcher: str | None


Predicate = Callable[[Candidate], bool]


@dataclass(frozen=True)
class Filter:
    """A checked expression.

    ``matches`` tells whether a task is selected. ``ids`` is the set of ids outside of which nothing can match, or
    None; ``pending_only`` is True when only pending tasks can match: both let the store look at fewer tasks.
    """

    matches: Predicate
    ids: frozenset[str] | None = None
    pending_only: bool = False


def parse(text: str, generation: Generation, settings: Settings | None = None) -> Filter:
    """Parse and check ``text`` for ``generation``. Raises FilterError with a sentence that names the trouble.

    ``settings`` (default: those of a fresh tenant) tell which values are refused.
    """
    return _Parser(text, generation, settings or Settings()).parse()


class _Parser:
    def __init__(self, text: str, generation: Generation, settings: Settings) -> None:
        self._generation = generation
        self._settings = settings
        self._tokens = list(_tokens(text))
        self._next = 0
        self._depth = 0

    def parse(self) -> Filter:
        result = self._expression()
        if self._next < len(self._tokens):
            raise FilterError(f"unexpected {self._tokens[self._next][1]} after the end of the filter expression")
        return result

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._next] if self._next < len(self._tokens) else ("end", "end of the expression")

    def _take(self) -> tuple[str, str]:
        token = self._peek()
        self._next += 1
        return token

    def _expect(self, mark: str) -> None:
        token = self._take()
        if token != ("mark", mark):
            raise FilterError(f"expected {mark} but found {token[1]}")

    def _expression(self) -> Filter:
        parts = [self._conjunction()]
        while self._peek() == ("word", "or"):
            self._take()
            parts.append(self._conjunction())
        return _any(parts)

    def _conjunction(self) -> Filter:
        parts = [self._negation()]
        while self._peek() == ("word", "and"):
            self._take()
            parts.append(self._negation())
        return _all(parts)

    def _negation(self) -> Filter:
        token = self._peek()
        if token not in (("word", "not"), ("mark", "(")):
            return self._comparison()
        self._take()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FilterError(f"the filter expression is nested deeper than {_DEEPEST} levels")
        if token == ("word", "not"):
            inner = self._negation().matches
            result = Filter(lambda task: not inner(task))
        else:
            result = self._expression()
            self._expect(")")
        self._depth -= 1
        return result

    def _comparison(self) -> Filter:
        kind, name = self._take()
        if kind != "word":
            raise FilterError(f"expected a field but found {name}")
        operators = self._generation.filter_fields.get(name)
        if operators is None:
            raise FilterError(f"filtering by field {name} is not supported")
        kind, operator = self._take()
        if kind != "word":
            raise FilterError(f"expected an operator after {name} but found {operator}")
        if operator not in operators:
            raise FilterError(f"operator {operator} is not supported for field {name}")
        if operator == "isnull":
            return Filter(lambda task: task.status is None, pending_only=True)
        values = [self._string()] if operator == "eq" else self._strings()
        self._check_values(name, values)
        return _comparison(name, values)

    def _check_values(self, name: str, values: list[str]) -> None:
        if name == "type":
            for value in values:
                if value not in self._generation.type_values:
                    text = f"Error converting Enumerated string ({name}) value ({value})"
                    raise FilterError(text, detail=True)
                if not {value, f"{self._generation.name}:{value}"}.isdisjoint(self._settings.refused_types):
                    raise FilterError("Unsupported Task Definition type")
        if name == "sourceId" and self._settings.source_ids == "hex":
            for value in values:
                if not _SOURCE_ID.fullmatch(value):
                    raise FilterError(f"Illegal value for {name}: {value}")

    def _strings(self) -> list[str]:
        self._expect("(")
        values = [self._string()]
        while self._peek() == ("mark", ","):
            self._take()
            values.append(self._string())
        self._expect(")")
        return values

    def _string(self) -> str:
        kind, text = self._take()
        if kind != "string":
            raise FilterError(f"expected a value in double quotes but found {text}")
        return re.sub(r'\\(["\\])', r"\1", text[1:-1])


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise FilterError(f"cannot read the filter expression from character {at + 1} on: {text[at : at + 20]!r}")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens


def _comparison(name: str, values: list[str]) -> Filter:
    wanted = frozenset(values)
    if name == "id":
        return Filter(lambda task: task.id in wanted, ids=wanted)
    if name == "sourceId":
        return Filter(lambda task: task.source_id in wanted)
    if name == "launcher":
        return Filter(lambda task: task.launcher in wanted)
    if name == "type":
        return Filter(lambda task: task.type_key in wanted)
    statuses = frozenset(value.upper().replace("TEMP_ERROR", "TEMPERROR") for value in values)
    return Filter(lambda task: task.status in statuses)


def _any(parts: list[Filter]) -> Filter:
    if len(parts) == 1:
        return parts[0]
    predicates = [part.matches for part in parts]
    known = [part.ids for part in parts if part.ids is not None]
    return Filter(
        lambda task: any(matches(task) for matches in predicates),
        ids=frozenset().union(*known) if len(known) == len(parts) else None,
        pending_only=all(part.pending_only for part in parts),
    )


def _all(parts: list[Filter]) -> Filter:
    if len(parts) == 1:
        return parts[0]
    predicates = [part.matches for part in parts]
    known = [part.ids for part in parts if part.ids is not None]
    return Filter(
        lambda task: all(matches(task) for matches in predicates),
        ids=known[0].intersection(*known[1:]) if known else None,
        pending_only=any(part.pending_only for part in parts),
    )
