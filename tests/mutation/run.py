# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tries whether the unit tests hold the rules: `make mutation`. See README.md beside this file."""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mutation import equivalent, faults, running  # noqa: E402
from mutation.mutants import ROOT, TARGETS, mutants_of  # noqa: E402

#: Percent of the mutants that are not equivalent.
THRESHOLD = 97.0
REPORT = ROOT / "build" / "mutation.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="FILE", help=f"of {', '.join(TARGETS)}; all when none is given")
    parser.add_argument("--faults", action="store_true", help="the table of faults alone, which takes a minute")
    options = parser.parse_args()
    targets = options.targets or TARGETS
    named = {fault.mutant: fault.rule for fault in faults.all_of(options.targets)}
    mutants = [] if options.faults else itertools.chain.from_iterable(map(mutants_of, targets))
    results: list[running.Result] = []
    begun = time.monotonic()

    def tell(result: running.Result) -> None:
        results.append(result)
        if result.state == "survived" and not equivalent.reason_of(result.mutant):
            print(f"  survived: {result.mutant}", file=sys.stderr, flush=True)
        if len(results) % 100 == 0:
            print(f"{len(results)} tried, {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)

    running.run(itertools.chain(named, mutants), tell)

    missed = [f"{named[one.mutant]}: {one.state}" for one in results if one.mutant in named and one.state != "killed"]
    mutated = [one for one in results if one.mutant not in named and one.state != "void"]
    survivors = [one for one in mutated if one.state == "survived"]
    left = [one for one in survivors if not equivalent.reason_of(one.mutant)]
    reasons = Counter(equivalent.reason_of(one.mutant) for one in survivors)
    REPORT.parent.mkdir(exist_ok=True)
    fields = ("target", "function", "before", "after")
    told = [
        {**{key: getattr(one.mutant, key) for key in fields}, "line": one.mutant.lines.start, "by": one.by,
         "state": one.state, "reason": equivalent.reason_of(one.mutant)}
        for one in results
    ]  # fmt: skip
    REPORT.write_text(json.dumps(told, indent=1), encoding="utf-8")

    print(f"\nFaults: {len(named) - len(missed)} of {len(named)} found.")
    for line in missed:
        print(f"  not found: {line}")
    failed = bool(missed)
    if mutated:
        for one in sorted(left, key=lambda one: (one.mutant.target, one.mutant.lines.start)):
            print(f"  survived: {one.mutant}")
        for target in targets:
            own = [one for one in mutated if one.mutant.target == target]
            killed = sum(one.state == "killed" for one in own)
            same = sum(bool(equivalent.reason_of(one.mutant)) for one in own if one.state == "survived")
            print(
                f"  {target:20} {len(own):5} mutants {killed:5} killed {same:4} equivalent {len(own) - killed - same:4} left"
            )
        for reason, number in reasons.items():
            if reason:
                print(f"  equivalent: {number:4} {reason}")
        counted = len(mutated) - len(survivors) + len(left)
        score = 100.0 * (counted - len(left)) / counted
        print(f"Mutants: {len(mutated)}, equivalent {len(survivors) - len(left)}, left {len(left)}: {score:.1f} %.")
        failed = failed or score < THRESHOLD
        if score < THRESHOLD:
            print(f"That is less than {THRESHOLD} %.")
    print(f"{time.monotonic() - begun:.0f} s. All results are in {REPORT.relative_to(ROOT)}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
