# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An independent reader of the API's filter grammar: what the collection writes is read back and evaluated here.

``field eq "value"``, ``field in ("a", "b")``, ``field isnull``, joined by ``and``, ``or``, ``not`` and parentheses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Expression = tuple[Any, ...]


class NotInGrammar(ValueError):
    """The text is no filter expression."""


def parse(text: str) -> Expression:
    """Return ``("eq", field, value)``, ``("in", field, (value, ...))``, ``("isnull", field)``, ``("not", x)``,
    ``("and", x, y)`` or ``("or", x, y)``.

    :raises NotInGrammar: the text is no expression, or more than one
    """
    reader = _Reader(_words(text))
    expression = reader.disjunction()
    if reader.here is not None:
        raise NotInGrammar(f"{reader.here!r} follows the end")
    return expression


def accepts(expression: Expression, field: Callable[[str], Any]) -> bool:
    """Return whether a record, given as a function from field name to value, satisfies an expression."""
    kind = expression[0]
    if kind == "and":
        return accepts(expression[1], field) and accepts(expression[2], field)
    if kind == "or":
        return accepts(expression[1], field) or accepts(expression[2], field)
    if kind == "not":
        return not accepts(expression[1], field)
    value = field(expression[1])
    if kind == "isnull":
        return value is None
    wanted = expression[2] if kind == "in" else (expression[2],)
    return value is not None and str(value).lower() in [str(one).lower() for one in wanted]


def field_of(task: Mapping[str, Any]) -> Callable[[str], Any]:
    """Return the function from a filter field to a TaskStatus's value, as the vendor maps them."""
    target, definition = (
        part if isinstance(part, dict) else {} for part in (task.get("target"), task.get("taskDefinitionSummary"))
    )
    values = {
        "id": task.get("id"),
        "completionStatus": task.get("completionStatus"),
        "launcher": task.get("launcher"),
        "sourceId": target.get("id"),
        "type": str(definition.get("uniqueName") or task.get("uniqueName") or "").upper().replace(" ", "_"),
    }
    return values.__getitem__


def _words(text: str) -> list[tuple[str, str]]:
    words = []
    position = 0
    while position < len(text):
        character = text[position]
        if character == " ":
            position += 1
        elif character in "(),":
            words.append((character, character))
            position += 1
        elif character == '"':
            value = ""
            position += 1
            while position < len(text) and text[position] != '"':
                if text[position] == "\\":
                    position += 1
                    if text[position : position + 1] not in ('"', "\\"):
                        raise NotInGrammar(f"an escape of {text[position : position + 1]!r}")
                value += text[position]
                position += 1
            if position == len(text):
                raise NotInGrammar("a string without an end")
            words.append(("string", value))
            position += 1
        else:
            end = position
            while end < len(text) and (text[end].isalnum() or text[end] in "._"):
                end += 1
            if end == position:
                raise NotInGrammar(f"a stray {character!r}")
            words.append(("word", text[position:end]))
            position = end
    return words


class _Reader:
    def __init__(self, words: list[tuple[str, str]]) -> None:
        self._words = words
        self._position = 0

    @property
    def here(self) -> tuple[str, str] | None:
        return self._words[self._position] if self._position < len(self._words) else None

    def disjunction(self) -> Expression:
        left = self.conjunction()
        while self._take("word", "or"):
            left = ("or", left, self.conjunction())
        return left

    def conjunction(self) -> Expression:
        left = self.negation()
        while self._take("word", "and"):
            left = ("and", left, self.negation())
        return left

    def negation(self) -> Expression:
        if self._take("word", "not"):
            return ("not", self.negation())
        if self._take("(", "("):
            inner = self.disjunction()
            self._expect(")")
            return inner
        return self.comparison()

    def comparison(self) -> Expression:
        field = self._expect("word")
        operator = self._expect("word")
        if operator == "isnull":
            return ("isnull", field)
        if operator == "eq":
            return ("eq", field, self._expect("string"))
        if operator != "in":
            raise NotInGrammar(f"the operator {operator!r}")
        self._expect("(")
        values = [self._expect("string")]
        while self._take(",", ","):
            values.append(self._expect("string"))
        self._expect(")")
        return ("in", field, tuple(values))

    def _take(self, kind: str, text: str) -> bool:
        if self.here != (kind, text):
            return False
        self._position += 1
        return True

    def _expect(self, kind: str) -> str:
        if self.here is None or self.here[0] != kind:
            raise NotInGrammar(f"{self.here!r} where {kind!r} belongs")
        self._position += 1
        return self._words[self._position - 1][1]
