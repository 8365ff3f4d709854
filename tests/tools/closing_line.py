# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sums what the test sessions reported into one closing line: `N passed, N failed`.

Usage: closing_line.py RESULTS, the folder with pytest's JUnit files and with nox.json, nox's own report.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.etree import ElementTree


def count(results: Path) -> tuple[int, int, list[str]]:
    """Counts the tests that passed and failed, and says how each session ended, one sentence each.

    A session that failed without a failed test of its own, as lint does, counts as one failure.
    """
    passed = failed = 0
    failing_tests: dict[str, int] = {}
    for path in sorted(results.glob("*.xml")):
        for suite in ElementTree.parse(path).getroot().iter("testsuite"):
            numbers = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
            bad = numbers["failures"] + numbers["errors"]
            passed += max(0, numbers["tests"] - bad - numbers["skipped"])
            failed += bad
            failing_tests[path.stem] = failing_tests.get(path.stem, 0) + bad
    said: list[str] = []
    report = results / "nox.json"
    sessions = json.loads(report.read_text(encoding="utf-8"))["sessions"] if report.is_file() else []
    for session in sessions:
        reason = f" ({session['reason']})" if session["reason"] else ""
        said.append(f"{session['name']}: {session['result']} in {session['duration']:.0f} s{reason}")
        # What was not started because of another session's failure adds none.
        left_out = session["result"] == "aborted" and reason.startswith(" (Prerequisite ")
        if session["result"] not in ("success", "skipped") and not left_out and not failing_tests.get(session["name"]):
            failed += 1
    if not sessions:
        said.append("no session ran")
        failed += 1
    return passed, failed, said


def main(arguments: list[str]) -> int:
    """Prints the sessions' ends and the closing line, and keeps the latter in RESULTS/closing-line; returns 0."""
    results = Path(arguments[0])
    passed, failed, said = count(results)
    line = f"{passed} passed, {failed} failed"
    (results / "closing-line").write_text(line + "\n", encoding="utf-8")
    print("", *said, line, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
