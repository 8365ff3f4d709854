# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is mutated, and each small change that is made to it."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider
from mutmut.mutation import mutators

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "plugins" / "module_utils"

#: Where the rules are: what is decided, sent, read and told.
TARGETS = (
    "_tasks/patching",
    "_tasks/updating",
    "_tasks/judging",
    "_tasks/clearing",
    "_tasks/reading",
    "_tasks/listing",
    "_tasks/waiting",
    "_tasks/selecting",
    "_tasks/vocabulary",
    "_tasks/sifting",
    "_tasks/guarding",
    "_tasks/observing",
    "_tasks/confirming",
    "_api/paging",
    "_api/records",
    "_http/retrying",
)

#: Where faults are made, too.
FURTHER = (
    "_api/task_status",
    "_http/sign_in",
    "_http/exchange",
    "_http/pace",
    "_http/tenant_clock",
    "_module/task_status_pending",
)

# Of mutmut's operators all but those that make three mutants of each text, or swap what is dropped here.
_MUTMUTS = [entry for entry in mutators.mutation_operators if entry[1] is not mutators.operator_string]


@dataclass(frozen=True)
class Mutant:
    """A change of one place. ``lines``: which are to be run for it to matter; ``before`` and ``after`` show it."""

    target: str
    function: str  # empty: at the module's level
    lines: range
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        where = f"{self.target}.py:{self.lines.start}"
        return f"{where} {self.function or '(module)'}\n    - {self.before}\n    + {self.after}"


@functools.cache
def source_of(target: str) -> str:
    """Return the source of a target as it is."""
    return (FOLDER / f"{target}.py").read_text(encoding="utf-8")


def replaced(target: str, old: str, new: str) -> Mutant:
    """Return the mutant that has a text in place of another, which has to be there exactly once.

    :raises ValueError: it is not
    """
    source = source_of(target)
    if source.count(old) != 1:
        raise ValueError(f"{target}.py holds {source.count(old)} times: {old}")
    first = source[: source.index(old)].count("\n") + 1
    return _mutant(target, "", range(first, first + old.count("\n") + 1), source, source.replace(old, new))


def mutants_of(target: str) -> Iterator[Mutant]:
    """Yield the mutants of a target, those that parse."""
    source = source_of(target)
    wrapper = MetadataWrapper(cst.parse_module(source))
    finder = _Finder(wrapper.resolve(PositionProvider))
    module = wrapper.module
    module.visit(finder)
    parts = {id(statement): module.code_for_node(statement) for statement in module.body}
    head = "".join(module.code_for_node(line) for line in module.header)
    seen = {source}
    for change in finder.changes:
        parts_now = dict(parts)
        new = change.statement.deep_replace(change.node, change.replacement)
        if isinstance(new, cst.RemovalSentinel):
            continue
        parts_now[id(change.statement)] = module.code_for_node(new)
        changed = head + "".join(parts_now[id(statement)] for statement in module.body)
        if changed in seen:
            continue
        seen.add(changed)
        if not _is_grafted(target, change.lines.start):
            continue
        try:
            compile(changed, target, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        yield _mutant(target, change.function, change.lines, source, changed)


def reach(mutant: Mutant) -> list[tuple[str, int]]:
    """Return the lines that a change shows in, as (target, line).

    In a function's body its own; of a constant those that name it; of a default or a class's data all of the file.
    """
    first = mutant.lines.start
    if _is_in_a_body(mutant.target, first):
        return [(mutant.target, number) for number in mutant.lines]
    for statement in _tree(mutant.target).body:
        if statement.lineno <= first <= (statement.end_lineno or 0) and _constant(statement):
            return [line for target in (*TARGETS, *FURTHER) for line in _uses(target, _constant(statement))]
    return _all_lines(mutant.target)


def _uses(target: str, name: str) -> list[tuple[str, int]]:
    """Return the lines that name a constant; all of the file where one is a default of a parameter."""
    numbers = [number for number, text in enumerate(source_of(target).splitlines(), 1) if name in text]
    heads = [
        number
        for node in ast.walk(_tree(target))
        if isinstance(node, ast.FunctionDef)
        for number in range(node.lineno, node.body[0].lineno)
    ]
    return [(target, number) for number in numbers] if not {*numbers} & {*heads} else _all_lines(target)


def _is_in_a_body(target: str, line: int) -> bool:
    return any(
        isinstance(node, ast.FunctionDef) and node.body[0].lineno <= line <= (node.end_lineno or 0)
        for node in ast.walk(_tree(target))
    )


def _all_lines(target: str) -> list[tuple[str, int]]:
    return [(target, number) for number in range(1, source_of(target).count("\n") + 2)]


def _is_grafted(target: str, line: int) -> bool:
    """Whether a change of a line shows without an import: in functions, and in data that nothing else is made of."""
    for statement in _tree(target).body:
        if statement.lineno <= line <= (statement.end_lineno or 0):
            if _constant(statement) and isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value:
                own = {getattr(one, "name", "") or _constant(one) for one in _tree(target).body}
                made_of = {one.id for one in ast.walk(statement.value) if isinstance(one, ast.Name)}
                found = (
                    any(isinstance(one, ast.Call) for one in ast.walk(statement.value)) and "frozenset" not in made_of
                )
                return not found and not made_of & own and not _is_used_at_import(target, _constant(statement))
            if isinstance(statement, ast.ClassDef) and not _is_in_a_body(target, line):
                return not _is_used_at_import(target, statement.name)
            return isinstance(statement, (ast.FunctionDef, ast.ClassDef))
    return False


def _constant(statement: ast.stmt) -> str:
    """Return the name that a statement gives to something, empty if it is no assignment."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    return target.id if isinstance(target, ast.Name) else ""


def _is_used_at_import(target: str, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        for statement in _tree(target).body
        if not isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.AnnAssign))
        or (isinstance(statement, ast.AnnAssign) and statement.value is not None)
        for node in ast.walk(statement)
    )


@functools.cache
def _tree(target: str) -> ast.Module:
    return ast.parse(source_of(target))


def _mutant(target: str, function: str, lines: range, source: str, changed: str) -> Mutant:
    before, after = source.splitlines(), changed.splitlines()
    while before and after and before[0] == after[0]:
        del before[0], after[0]
    while before and after and before[-1] == after[-1]:
        del before[-1], after[-1]
    return Mutant(target, function, lines, _joined(before), _joined(after), changed)


def _joined(lines: Sequence[str]) -> str:
    return " ".join(line.strip() for line in lines)


@dataclass
class _Change:
    statement: cst.CSTNode  # at the module's level, which holds the node
    function: str
    lines: range
    node: cst.CSTNode
    replacement: cst.CSTNode


class _Finder(cst.CSTVisitor):
    """Finds what can be changed, in functions and in constants."""

    def __init__(self, positions: object) -> None:
        super().__init__()
        self.changes: list[_Change] = []
        self._positions = positions
        self._path: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        skipped = (cst.Annotation, cst.Decorator, cst.Import, cst.ImportFrom, cst.Assert)
        if isinstance(node, skipped) or _is_docstring(node) or self._is_type(node):
            return False
        self._path.append(node)
        if len(self._path) > 1:
            self._change(node)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if self._path and self._path[-1] is original_node:
            self._path.pop()

    def _is_type(self, node: cst.CSTNode) -> bool:
        """Whether a node is a subscript as types have it, such as an alias of one at the module's level."""
        return isinstance(node, cst.Subscript) and not any(isinstance(one, cst.FunctionDef) for one in self._path)

    def _change(self, node: cst.CSTNode) -> None:
        statement = self._path[1]
        names = [one.name.value for one in self._path if isinstance(one, (cst.FunctionDef, cst.ClassDef))]
        for replacement in _replacements(node):
            change = _Change(statement, ".".join(names), self._lines(node), node, replacement)
            self.changes.append(change)

    def _lines(self, node: cst.CSTNode) -> range:
        """Return the lines of the smallest simple statement around a node, else its own."""
        for one in reversed(self._path):
            if isinstance(one, (cst.SimpleStatementLine, cst.Param)):
                node = one
                break
            if isinstance(one, cst.BaseCompoundStatement):
                break
        position: CodeRange = self._positions[node]  # type: ignore[index]
        return range(position.start.line, position.end.line + 1)


def _is_docstring(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.Expr) and isinstance(node.value, (cst.SimpleString, cst.ConcatenatedString))


def _replacements(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    for kind, operator in _MUTMUTS:
        if isinstance(node, kind):
            for replacement in operator(node):
                swaps = isinstance(node, cst.BooleanOperation) and isinstance(replacement, cst.BooleanOperation)
                if not swaps:
                    yield replacement
    if isinstance(node, cst.SimpleString):
        yield node.with_changes(value=f"{node.prefix}{node.quote}XX{node.raw_value}XX{node.quote}")
    elif isinstance(node, cst.BooleanOperation):
        for side in (node.left, node.right):
            yield side.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()]) if not side.lpar else side
    elif isinstance(node, (cst.If, cst.While)):
        test = node.test if node.test.lpar else _parenthesised(node.test)
        yield node.with_changes(test=cst.BooleanOperation(test, cst.And(), cst.Name("False")))
        if isinstance(node, cst.If):
            yield node.with_changes(test=cst.BooleanOperation(test, cst.Or(), cst.Name("True")))
    elif isinstance(node, cst.Comparison) and len(node.comparisons) == 1:
        yield cst.UnaryOperation(cst.Not(), _parenthesised(node), [cst.LeftParen()], [cst.RightParen()])
    elif isinstance(node, (cst.Tuple, cst.Set, cst.List)) and len(node.elements) > 1 and _is_choice(node):
        for number in range(len(node.elements)):
            left = [*node.elements[:number], *node.elements[number + 1 :]]
            comma = cst.Comma() if len(left) == 1 else cst.MaybeSentinel.DEFAULT
            yield node.with_changes(elements=[*left[:-1], left[-1].with_changes(comma=comma)])
    elif isinstance(node, cst.Return) and node.value is not None and not _is_none(node.value):
        yield node.with_changes(value=cst.Name("None"), whitespace_after_return=cst.SimpleWhitespace(" "))
    elif isinstance(node, cst.Raise) or (isinstance(node, cst.Expr) and isinstance(node.value, cst.Call)):
        yield cst.Pass()


def _is_choice(node: cst.Tuple | cst.Set | cst.List) -> bool:
    """Whether a collection may as well have fewer members, unlike the sides of an assignment."""
    values = [element.value for element in node.elements]
    literal = all(isinstance(value, (cst.BaseNumber, cst.SimpleString)) for value in values)
    errors = all(isinstance(value, cst.Name) and value.value.endswith("Error") for value in values)
    return literal or errors or not isinstance(node, cst.Tuple)


def _parenthesised(node: cst.BaseExpression) -> cst.BaseExpression:
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _is_none(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value == "None"
