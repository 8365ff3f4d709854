# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tries whether the unit tests hold the rules: `make mutation`. README.md beside this file says how."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mutation import equivalent, faults, running  # noqa: E402
from mutation.mutants import ROOT, TARGETS, Mutant, mutants_of  # noqa: E402

#: Percent of the mutants that are not equivalent.
THRESHOLD = 99.0
REPORT = ROOT / "build" / "mutation.json"

#: A mutant without its source, which tells it from every other.
Key = tuple[str, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="FILE", help=f"of {', '.join(TARGETS)}; all when none is given")
    parser.add_argument("--faults", action="store_true", help="the table of faults alone")
    parser.add_argument("--again", action="store_true", help="of the mutants those alone that survived the last time")
    parser.add_argument("--jobs", type=int, default=running.workers, help="how many at the same time; all processors")
    options = parser.parse_args()
    running.workers = options.jobs
    targets = options.targets or TARGETS
    known = _read()
    if not options.again:
        known = {key: state for key, state in known.items() if key[0] not in targets}
    found = {} if options.faults else _try(targets, known)
    missed = _missed_faults(options.targets) if not options.again else 0
    if options.faults:
        return int(missed > 0)
    states = {**known, **found}
    _write(states)
    return int(_tell_score(targets, states) < THRESHOLD or missed > 0)


def _try(targets: Iterable[str], known: dict[Key, str]) -> dict[Key, str]:
    """Try the mutants that are not known to be found, say at once which survive, and keep what is known so far."""
    found: dict[Key, str] = {}
    keys: dict[Mutant, Key] = {}
    begun = time.monotonic()

    def chosen() -> Iterator[Mutant]:
        for key, mutant in _keyed(targets):
            if known.get(key, "survived") == "survived":
                keys[mutant] = key
                yield mutant

    def tell(result: running.Result) -> None:
        found[keys.pop(result.mutant)] = result.state
        if result.state == "survived" and not equivalent.reason_of(result.mutant):
            print(f"survived: {result.mutant}", flush=True)
        if len(found) % 200 == 0:
            _write({**known, **found})
            print(f"{len(found)} tried after {time.monotonic() - begun:.0f} s", flush=True)

    running.run(chosen(), tell)
    return found


def _missed_faults(targets: Sequence[str]) -> int:
    """Try the table of faults; return how many no test finds."""
    table = faults.all_of(targets)
    missed: list[str] = []
    rules = {fault.mutant: fault.rule for fault in table}

    def tell(result: running.Result) -> None:
        if result.state != "killed":
            missed.append(f"{rules[result.mutant]} ({result.state}): {result.mutant}")

    running.run(rules, tell)
    for line in missed:
        print(f"no test finds: {line}")
    print(f"Faults: {len(table) - len(missed)} of {len(table)} found.")
    return len(missed)


def _tell_score(targets: Iterable[str], states: dict[Key, str]) -> float:
    """Print the score and return it."""
    killed: Counter[str] = Counter()
    same: Counter[str] = Counter()
    left: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for key, mutant in _keyed(targets):
        state, reason = states.get(key), equivalent.reason_of(mutant)
        if state == "killed":
            killed[mutant.target] += 1
        elif state == "survived" and reason:
            same[mutant.target] += 1
            reasons[reason] += 1
        elif state == "survived":
            left[mutant.target] += 1
    for target in targets:
        print(f"{target:20} {killed[target]:5} killed {same[target]:4} equivalent {left[target]:4} left")
    for reason, number in reasons.most_common():
        print(f"equivalent {number:4}: {reason}")
    total = killed.total() + left.total()
    score = 100.0 * killed.total() / total
    print(
        f"Of {total + same.total()} mutants {same.total()} are equivalent; of the others {killed.total()} are killed, "
        f"{score:.1f} % (at least {THRESHOLD:.0f} wanted). All of them are in {REPORT.relative_to(ROOT)}."
    )
    return score


def _keyed(targets: Iterable[str]) -> Iterator[tuple[Key, Mutant]]:
    seen: Counter[Key] = Counter()
    for target in targets:
        for mutant in mutants_of(target):
            key = (mutant.target, mutant.function, mutant.before, mutant.after)
            seen[key] += 1
            yield (*key, str(seen[key])), mutant


def _write(states: dict[Key, str]) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps([[*key, state] for key, state in states.items()], indent=0), encoding="utf-8")


def _read() -> dict[Key, str]:
    """Return what became of each mutant the last time, so that one file can be tried anew."""
    if not REPORT.is_file():
        return {}
    return {tuple(key): state for *key, state in json.loads(REPORT.read_text(encoding="utf-8"))}


if __name__ == "__main__":
    sys.exit(main())
