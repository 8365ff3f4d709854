# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The soak: minutes of random faults, four runs side by side on one client id; then, is every claim true?

    python tests/soak/run.py --seconds 300 --tasks 2000 --runs 4 --faults 0.1 --seed 0

In rounds, until the time is over: the simulated tenant gets fresh pending tasks and random faults for a share of the
requests; all runs work at the same time, by turns on the same ids with a precondition, and each on ids of its own
without one. Each wants another completion status, so that the tenant's state tells whose update it was.

After each round every claimed outcome is compared with the tenant's state, and the tenant's log is searched for secrets
in wrong places and for updates that differ from try to try. In the end memory, threads and open files are compared with
those of the first rounds. Exits with 1 and says why when anything is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from simulator.server import Simulator, running  # noqa: E402
from tools.limits import HANGS_AFTER  # noqa: E402

STATUSES = ("error", "success", "warning", "terminated", "temperror")
_WARM_UP = 3  # rounds after which caches and allocators have taken what they need
_GROWTH = 16 * 2**20  # bytes that a process may have more at the end than after the warm-up

#: What happens to requests, and how often in relation to each other. Each takes effect or not, as its kind says.
FAULTS: list[tuple[float, Any]] = [
    (3, {"kind": "status", "status": 502}),
    (3, {"kind": "status", "status": 502, "apply": True}),
    (2, {"kind": "status", "status": 503}),
    (2, {"kind": "status", "status": 504, "apply": True}),
    (2, {"kind": "status", "status": 500}),
    (2, {"kind": "status", "status": 500, "apply": True}),
    (3, "reset_before"),
    (3, "reset_after"),
    (3, "truncate"),
    (2, "html_200"),
    (2, {"kind": "html_200", "apply": True}),
    (1, "bad_json"),
    (1, {"kind": "empty_200", "apply": True}),
    (0.5, {"kind": "status", "status": 429}),
    (0.5, {"kind": "status", "status": 400}),
    (0.2, {"kind": "status", "status": 401}),
    (0.3, {"kind": "redirect", "location": "https://elsewhere.invalid/"}),
    (0.2, {"kind": "stall", "seconds": 30}),
    (0.1, {"kind": "drip", "interval": 0.01}),
]


class Wrong(Exception):
    """What was found."""


class Run:
    """A worker process, one of the runs side by side."""

    def __init__(self, number: int, folder: Path) -> None:
        self.number = number
        self.status = STATUSES[number % len(STATUSES)]
        self.footprints: list[dict[str, int]] = []
        self.log = folder / f"run-{number}.log"
        self._errors: TextIO = self.log.open("w", encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(TESTS), "TMPDIR": str(folder)}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment,
        )

    def begin(self, options: Mapping[str, Any]) -> None:
        """Let it work."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({**options, "completion_status": self.status}) + "\n")
        self._process.stdin.flush()

    def end(self) -> str:
        """Wait for its answer; return the text."""
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], HANGS_AFTER)[0]:
            raise Wrong(f"run {self.number} has not ended after {HANGS_AFTER:.0f} s")
        line = self._process.stdout.readline()
        if not line:
            raise Wrong(f"run {self.number} ended: {self.log.read_text(encoding='utf-8')[-2000:]}")
        told = json.loads(line)
        answer: str = told.pop("answer")
        self.footprints.append(told)
        return answer

    def close(self) -> None:
        """Stop it."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()


def faults(share: float) -> list[dict[str, Any]]:
    """Return faults that together take this share of the requests; sign-ins, which are few, are spared the worst."""
    total = sum(weight for weight, _action in FAULTS)
    rules = []
    rest = 1.0
    for weight, action in FAULTS:
        # The first rule that takes a request decides: each later one sees only what those before it left.
        probability = share * weight / total
        rules.append({"match": {"path_regex": "task-status", "probability": probability / rest}, "action": action})
        rest -= probability
    return [
        {"match": {"kind": "sign_in", "probability": share}, "action": {"kind": "status", "status": 503}},
        *rules,
    ]


def is_by(patch: Sequence[Mapping[str, Any]], task: Mapping[str, Any]) -> bool:
    """Whether it was this patch that completed a task."""
    sent = {operation["path"]: operation["value"] for operation in patch if operation["op"] == "replace"}
    return bool(sent) and (
        task.get("completionStatus") == sent["/completionStatus"].upper()
        and task.get("completed") == sent["/completed"]
    )


def check_claims(run: Run, ids: Sequence[str], answer: Mapping[str, Any], held: Mapping[str, Any]) -> Counter[str]:
    """Compare what a run claims with what the tenant holds; return its outcomes. Raises Wrong."""
    result = answer["result"]
    items = result.get("tasks")
    if items is None:
        raise Wrong(f"run {run.number} has no tasks: {result.get('msg')}")
    if [item["id"] for item in items] != list(ids):
        raise Wrong(f"run {run.number} has duplicates, or not every id: {len(items)} items for {len(ids)} ids")
    counts = Counter(item["outcome"] for item in items)
    for item in items:
        task = held[item["id"]]
        ours = is_by(item["patch"], task)
        unknown = "is not known" in item.get("error", {}).get("message", "")
        agrees = {
            "updated": ours,
            "unchanged": not ours and task["completionStatus"] is not None,
            "conflict": not ours and task["completionStatus"] is not None,
            "failed": not ours or unknown,
        }.get(item["outcome"], False)
        if not agrees:
            raise Wrong(f"run {run.number} claims {item} of {task}")
    summary = {outcome: number for outcome, number in result["summary"].items() if number}
    if summary != dict(counts) or result["changed"] is not (counts["updated"] > 0):
        raise Wrong(f"run {run.number} counts {result['summary']}, changed {result['changed']}")
    if bool(result.get("failed")) is not bool(counts["failed"]):
        raise Wrong(f"run {run.number} failed: {result.get('failed')} with {counts}")
    if result.get("failed") and f"{counts['failed']} failed" not in result["msg"]:
        raise Wrong(f"run {run.number} says {result['msg']}")
    return counts


def check_log(tenant: Simulator, shared: bool) -> tuple[int, int]:
    """Look through the tenant's log; return how many requests there were, and how many of them met a fault."""
    log = tenant.log()
    sent: dict[tuple[str, str], str] = {}
    applied: Counter[str] = Counter()
    for entry in log:
        if entry["leaks"]:
            raise Wrong(f"a secret is in the {entry['leaks']} of {entry['method']} {entry['path']}")
        if entry["kind"] != "update":
            continue
        (status,) = [
            operation["value"]
            for operation in entry["body"]
            if (operation["op"], operation["path"]) == ("replace", "/completionStatus")
        ]
        body = json.dumps(entry["body"])
        if sent.setdefault((entry["task_id"], status), body) != body:
            raise Wrong(f"the updates of {entry['task_id']} differ from try to try")
        if entry["status"] == 200 and not entry["fault"]:
            applied[entry["task_id"]] += 1
    twice = [task_id for task_id, number in applied.items() if number > 1] if shared else []
    if twice:
        raise Wrong(f"updated more than once in spite of the precondition: {twice[:5]}")
    return len(log), sum(entry["fault"] is not None for entry in log)


def check_footprints(runs: Sequence[Run]) -> None:
    """Compare memory, threads and open files at the end with those after the warm-up. Raises Wrong."""
    for run in runs:
        early, late = run.footprints[: _WARM_UP + 1], run.footprints[_WARM_UP + 1 :]
        if not late:
            continue
        base, last = max(each["memory"] for each in early), min(each["memory"] for each in late[-3:])
        if last > base + _GROWTH:
            raise Wrong(f"run {run.number} grew from {base >> 20} to {last >> 20} MiB in {len(late)} rounds")
        for name, allowance in (("threads", 0), ("files", 40)):  # up to 32 connections are kept
            if late[-1][name] > max(each[name] for each in early) + allowance:
                raise Wrong(f"run {run.number} has {late[-1][name]} {name}, before {[each[name] for each in early]}")


def soak(arguments: argparse.Namespace, folder: Path, tenant: Simulator, runs: Sequence[Run]) -> dict[str, int]:
    """Do rounds until the time is over; return what happened. Raises Wrong."""
    chance = random.Random(arguments.seed)
    totals: Counter[str] = Counter()
    secrets = (tenant.client_secret, tenant.second_client_secret)
    began = time.monotonic()
    while not totals["rounds"] or time.monotonic() - began < arguments.seconds:
        shared = totals["rounds"] % 2 == 0
        tenant.reset(seed=chance.randrange(2**31), tasks=0)
        ids = [f"task-{totals['rounds']:03d}-{number:05d}" for number in range(arguments.tasks)]
        tenant.put_tasks({"id": task_id} for task_id in ids)
        tenant.arm(*faults(arguments.faults))
        options = {
            "base_url": tenant.base_url,
            "client_id": tenant.client_id,
            "client_secret": tenant.client_secret,
            "timeout": 1.0 if arguments.faults else HANGS_AFTER,
            "retries": 4,
            "rate_limit": 0,
            "return_tasks": False,
            "precondition": shared,
            "api_version": chance.choice(["beta", "v2024", "v2025", "v2026", "v1"]),
        }
        parts = []
        for run in runs:
            part = ids[:] if shared else ids[run.number :: len(runs)]
            chance.shuffle(part)
            parts.append(part)
            run.begin({**options, "id": part})
        answers = [run.end() for run in runs]
        held = tenant.tasks()
        for run, part, text in zip(runs, parts, answers):
            if any(secret in text for secret in secrets):
                raise Wrong(f"run {run.number} tells a secret")
            counts = check_claims(run, part, json.loads(text), held)
            totals.update({f"claimed {outcome}": number for outcome, number in counts.items()})
        if shared:
            claimed = sum(json.loads(text)["result"]["summary"]["updated"] for text in answers)
            completed = sum(task["completionStatus"] is not None for task in held.values())
            if claimed > completed:
                raise Wrong(f"{claimed} updates are claimed, {completed} tasks are completed")
        requests, faulty = check_log(tenant, shared)
        totals.update({"rounds": 1, "requests": requests, "faults": faulty})
        if arguments.verbose:
            print(f"round {totals['rounds']}: {'shared' if shared else 'split'}, {requests} requests, {faulty} faults")
    check_footprints(runs)
    for run in runs:
        errors = run.log.read_text(encoding="utf-8")
        if errors:
            raise Wrong(f"run {run.number} wrote: {errors[-2000:]}")
    left = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size]
    if left:
        raise Wrong(f"files were left behind: {left}")
    return dict(totals)


@contextlib.contextmanager
def side_by_side(number: int, folder: Path) -> Iterator[list[Run]]:
    """Start this many runs, and stop them at the end of the block."""
    runs: list[Run] = []
    try:
        for each in range(number):
            runs.append(Run(each, folder))
        yield runs
    finally:
        for run in runs:
            run.close()


def main() -> int:
    """Run the soak; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300.0, help="begin no round later than this (300)")
    parser.add_argument("--tasks", type=int, default=2000, help="tasks in each round (2000)")
    parser.add_argument("--runs", type=int, default=4, choices=range(1, 6), help="runs side by side (4)")
    parser.add_argument("--faults", type=float, default=0.1, help="share of requests that meet a fault (0.1)")
    parser.add_argument("--seed", type=int, default=None, help="decides all chances; else one is drawn, and told")
    parser.add_argument("--verbose", action="store_true", help="say a line for each round")
    arguments = parser.parse_args()
    if arguments.seed is None:
        arguments.seed = random.SystemRandom().randrange(10**6)
    with (
        TemporaryDirectory(prefix="idops-sailpoint-soak-") as folder,
        running() as tenant,
        side_by_side(arguments.runs, Path(folder)) as runs,
    ):
        try:
            totals = soak(arguments, Path(folder), tenant, runs)
        except Wrong as wrong:
            print(f"Wrong, with --seed {arguments.seed}: {wrong}", file=sys.stderr)
            return 1
        memory = [f"{run.footprints[0]['memory'] >> 20}-{run.footprints[-1]['memory'] >> 20}" for run in runs]
    told = ", ".join(f"{number} {what}" for what, number in sorted(totals.items()))
    print(f"Every claim agrees with the tenant: {told}; MiB of the runs {', '.join(memory)}; seed {arguments.seed}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
