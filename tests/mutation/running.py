# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs, for each change of the code, the unit tests that reach it, until one fails.

pytest starts and collects once. It first notes which test runs which line, then forks for each change a process that
makes it in memory (see `grafting`) and runs those tests, the quick ones and those that found the last changes first.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import selectors
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import Phase, settings
from mutation import grafting
from mutation.mutants import FURTHER, ROOT, TARGETS, Mutant, reach

TESTS = ROOT / "tests" / "unit" / "plugins" / "module_utils"
workers = max(2, os.cpu_count() or 1)
_TOOL = 4  # of sys.monitoring, one that nobody else uses
_MAX_COMPUTING = 2.0  # seconds of computing that a test may take, and ten times what it takes by itself
_MAX_WAIT = 600.0  # seconds for all tests of a change, which may also make one wait for ever
_EXAMPLES = 25  # of each property; the tests themselves have more


@dataclass
class Result:
    """What became of a change: ``killed`` with the test ``by`` which, ``survived``, or ``void``."""

    mutant: Mutant
    state: str
    by: str = ""


@dataclass
class _Known:
    """What the unchanged code does: by test, the seconds it takes and the lines that it runs, as (target, line)."""

    seconds: dict[str, float] = field(default_factory=dict)
    lines: dict[str, set[tuple[str, int]]] = field(default_factory=dict)


def run(mutants: Iterable[Mutant], tell: Callable[[Result], None]) -> None:
    """Run the tests against each change, and tell of each what became of it.

    :raises SystemExit: the tests do not pass as it is
    """
    runner = _Runner(mutants, tell)
    os.chdir(ROOT)
    options = ["-q", "--no-header", "--capture=sys", "-p", "no:cacheprovider", "-p", "no:xdist", str(TESTS)]
    status = pytest.main(options, plugins=[runner])
    if status or not runner.is_done:
        raise SystemExit(runner.trouble or f"pytest ended with {status}")


def _tame_hypothesis(items: Iterable[pytest.Item]) -> None:
    """Let properties have the same examples each time, fewer of them, and none made smaller once one fails."""
    functions: set[Any] = {getattr(item, "obj", None) for item in items}
    for function in functions:
        if hasattr(function, "hypothesis"):
            own: Any = function._hypothesis_internal_use_settings or settings.default
            function._hypothesis_internal_use_settings = settings(
                own,
                max_examples=min(own.max_examples, _EXAMPLES),
                derandomize=True,
                database=None,
                phases=(Phase.explicit, Phase.generate),
            )


class _Runner:
    """The plugin of pytest."""

    def __init__(self, mutants: Iterable[Mutant], tell: Callable[[Result], None]) -> None:
        self.is_done = False
        self.trouble = ""
        self._mutants = mutants
        self._tell = tell
        self._known = _Known()
        self._items: dict[str, pytest.Item] = {}
        self._killers: defaultdict[str, Counter[str]] = defaultdict(Counter)  # by function

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._items = {item.nodeid: item for item in session.items}
        _tame_hypothesis(session.items)
        shares = [list(self._items)[number::workers] for number in range(workers)]
        for _share, answer in _side_by_side(shares, lambda share: _measure([self._items[one] for one in share])):
            failed = answer.get("failed", "the measuring was ended")
            if failed:
                self.trouble = f"Without any change this fails already: {failed}"
                session.shouldfail = self.trouble
                return True
            for name, (seconds, lines) in answer["tests"].items():
                self._known.seconds[name] = seconds
                self._known.lines[name] = set(map(tuple, lines))
        self._warm_up()
        gc.freeze()
        for mutant, answer in _side_by_side(self._mutants, self._try):
            if answer.get("by"):
                self._killers[mutant.target + mutant.function][answer["by"]] += 1
            self._tell(Result(mutant, answer.get("state", "killed"), answer.get("by", "a time limit")))
        self.is_done = True
        return True

    def _warm_up(self) -> None:
        """Run a property here, so that not each process has to prepare for the first one."""
        properties = [one for one in self._items.values() if hasattr(getattr(one, "obj", None), "hypothesis")]
        quickest = min(properties, key=lambda item: self._known.seconds[item.nodeid])
        runtestprotocol(quickest, log=False, nextitem=None)

    def _tests_of(self, mutant: Mutant) -> list[str]:
        """Return the tests that reach a change, the most promising first."""
        lines = set(reach(mutant))
        names = [name for name, run in self._known.lines.items() if not lines.isdisjoint(run)]
        killers = self._killers[mutant.target + mutant.function]
        return sorted(names, key=lambda name: (-killers[name], self._known.seconds[name]))

    def _try(self, mutant: Mutant) -> dict[str, Any]:
        try:
            grafting.graft(mutant.target, mutant.source)
        except grafting.NothingChanged as reason:
            return {"state": "void", "why": str(reason)}
        items = [self._items[name] for name in self._tests_of(mutant)]
        for item, following in zip(items, [*items[1:], None]):
            _limit(_MAX_COMPUTING + 10 * self._known.seconds[item.nodeid])
            if any(report.failed for report in runtestprotocol(item, log=False, nextitem=following)):
                return {"state": "killed", "by": item.nodeid}
        return {"state": "survived"}


def _limit(seconds: float) -> None:
    """Let this process be ended when it computes for longer: a change may make a test run for ever."""
    until = int(time.process_time() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _measure(items: Sequence[pytest.Item]) -> dict[str, Any]:
    """Run tests with the code as it is, noting how long each takes and which lines of the targets it runs."""
    targets = {}
    for target in (*TARGETS, *FURTHER):
        module = grafting.module_of(target)
        for value in list(vars(module).values()):
            if getattr(value, "__module__", None) == module.__name__:
                for code in _codes(value):
                    targets[code] = target
    noted: set[tuple[str, int]] = set()
    monitoring = sys.monitoring

    def note(code: CodeType, line: int) -> object:
        noted.add((targets[code], line))
        return monitoring.DISABLE

    monitoring.use_tool_id(_TOOL, "mutation")
    monitoring.register_callback(_TOOL, monitoring.events.LINE, note)
    for code in targets:
        monitoring.set_local_events(_TOOL, code, monitoring.events.LINE)
    tests: dict[str, tuple[float, list[tuple[str, int]]]] = {}
    for item, following in zip(items, [*items[1:], None]):
        noted.clear()
        monitoring.restart_events()
        begun = time.process_time()
        reports = runtestprotocol(item, log=False, nextitem=following)
        if any(report.failed for report in reports):
            return {"failed": f"{item.nodeid}\n{reports[1].longrepr if len(reports) > 1 else reports[0].longrepr}"}
        tests[item.nodeid] = (time.process_time() - begun, sorted(noted))
    return {"failed": "", "tests": tests}


def _codes(value: Any) -> Iterator[CodeType]:
    """Yield the code of a function or of a class's functions, and of those inside them."""
    if isinstance(value, type):
        for one in vars(value).values():
            inner: Any = one.fget if isinstance(one, property) else getattr(one, "__func__", one)
            if hasattr(inner, "__code__"):
                yield from _nested(inner.__code__)
    elif hasattr(value, "__code__"):
        yield from _nested(value.__code__)


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def _side_by_side(works: Iterable[Any], do: Callable[[Any], dict[str, Any]]) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Do each work in a process of its own, and yield each with its answer, {} where it was ended for its limit."""
    left = iter(works)
    with selectors.DefaultSelector() as selector:
        while True:
            while len(selector.get_map()) < workers and (work := next(left, None)) is not None:
                pid, reading = _fork(do, work)
                selector.register(reading, selectors.EVENT_READ, (pid, work, [], time.monotonic() + _MAX_WAIT))
            if not selector.get_map():
                return
            ready = {key.fd for key, _events in selector.select(1.0)}
            for key in list(selector.get_map().values()):
                pid, work, chunks, until = key.data
                if key.fd in ready:
                    chunk = os.read(key.fd, 1 << 16)
                    chunks.append(chunk)
                    if chunk:
                        continue
                elif time.monotonic() < until:
                    continue
                else:
                    os.kill(pid, signal.SIGKILL)
                selector.unregister(key.fd)
                os.close(key.fd)
                os.waitpid(pid, 0)
                text = b"".join(chunks)
                yield work, json.loads(text) if text.endswith(b"}") else {}


def _fork(do: Callable[[Any], dict[str, Any]], work: Any) -> tuple[int, int]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    try:
        os.close(reading)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        answer = json.dumps(do(work)).encode()
        while answer:
            answer = answer[os.write(writing, answer) :]
    finally:
        os._exit(0)
