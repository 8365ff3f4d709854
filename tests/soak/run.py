# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The soak: minutes of random faults, four runs side by side on one client id; then, is every claim true?

    python tests/soak/run.py --seconds 300 --tasks 2000 --runs 4 --faults 0.1 --seed 0

In rounds, until the time is over: the simulated tenant gets fresh pending tasks and random faults for a share of the
requests, hostile answers among them, and refuses one id for good; all runs work at the same time. The kinds of rounds
take turns:

shared  all work on the same ids with a precondition, and each wants another completion status
split   each works on ids of its own without one
alike   as shared, but all want the same status: whose update it was, only the instant of completion tells

After each round every claimed outcome is compared with the tenant's state, instants to the millisecond, so that of two
runs that claim the same update one is found out. The tenant's log is searched for secrets in wrong places, for updates
that differ from try to try, and for what a refused token has to do with another id. In the end memory, threads and open
files are compared with those of the first rounds; at no time may a run's memory pass a bound, bombs or not. Exits with
1 and says why when anything is wrong.
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
import textwrap
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from simulator.server import Simulator, running  # noqa: E402
from tools.limits import HANGS_AFTER  # noqa: E402

STATUSES = ("error", "success", "warning", "terminated", "temperror")
_WARM_UP = 3  # rounds after which caches and allocators have taken what they need
ROUNDS = ("shared", "split", "alike")
_PEAK = 400 * 2**20  # bytes that a process may have at any time
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
    (1, "interim"),
    (0.5, {"kind": "interim", "statuses": [100, 102, 103]}),
    (0.5, "leftover"),
    (0.5, "encoded"),
    (0.1, {"kind": "encoded", "mebibytes": 1000}),
    (0.1, {"kind": "oversized", "mebibytes": 65}),
    (0.1, {"kind": "endless", "bytes": 100, "interval": 0.05}),
    (0.1, {"kind": "endless", "by": "length"}),
    (0.5, "nan"),
    (0.3, "deep"),
    (1, {"kind": "status", "status": 403, "body": "", "apply": True}),
    (0.5, {"kind": "status", "status": 429, "body": "", "apply": True}),
    (0.5, {"kind": "late", "seconds": 1}),
    (0.5, {"kind": "late", "seconds": 2, "lost": True}),
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
        self._process.stdin.write(json.dumps({"completion_status": self.status, **options}) + "\n")
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


def faults(share: float, refused: str) -> list[dict[str, Any]]:
    """Return faults that together take this share of the requests; sign-ins, which are few, are spared the worst.

    ``refused`` is the id that is answered 401 whatever the token; none without faults.
    """
    if not share:
        return []
    total = sum(weight for weight, _action in FAULTS)
    rules = []
    rest = 1.0
    for weight, action in FAULTS:
        # The first rule that takes a request decides: each later one sees only what those before it left.
        probability = share * weight / total
        rules.append({"match": {"path_regex": "task-status", "probability": probability / rest}, "action": action})
        rest -= probability
    return [
        {"match": {"task_id": refused}, "action": {"kind": "status", "status": 401}},
        {"match": {"kind": "sign_in", "probability": share}, "action": {"kind": "status", "status": 503}},
        *rules,
    ]


def instant(text: Any) -> datetime:
    """Read a date with a zone, to the millisecond."""
    read = datetime.fromisoformat(str(text).replace("Z", "+00:00")).astimezone(timezone.utc)
    return read.replace(microsecond=read.microsecond // 1000 * 1000)


def sent(patch: Sequence[Mapping[str, Any]]) -> tuple[str, datetime] | None:
    """Return status and instant that a patch sets; None when it sets none."""
    values = {operation["path"]: operation["value"] for operation in patch if operation["op"] == "replace"}
    return (values["/completionStatus"].upper(), instant(values["/completed"])) if values else None


def is_by(patch: Sequence[Mapping[str, Any]], task: Mapping[str, Any]) -> bool:
    """Whether it was this patch that completed a task, or one just like it."""
    if task.get("completionStatus") is None:
        return False
    return sent(patch) == (task["completionStatus"], instant(task["completed"]))


def just_alike(answers: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the ids for which several runs sent the same status and, by chance, the same millisecond.

    Whose update such a task shows nobody can tell.
    """
    patches: defaultdict[str, list[Any]] = defaultdict(list)
    for answer in answers:
        for item in answer["result"].get("tasks") or []:
            patches[item["id"]].append(sent(item["patch"]))
    return {task_id for task_id, each in patches.items() if len(each) - each.count(None) > len(set(each) - {None})}


def check_claims(
    run: Run, ids: Sequence[str], answer: Mapping[str, Any], held: Mapping[str, Any], alike: Collection[str]
) -> Counter[str]:
    """Compare what a run claims with what the tenant holds; return its outcomes. Raises Wrong.

    ``alike`` are the ids of :func:`just_alike`.
    """
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
        is_completed = task["completionStatus"] is not None
        not_ours = not ours or item["id"] in alike
        agrees = {
            "updated": ours,
            "unchanged": not_ours and is_completed,
            "conflict": not_ours and is_completed,
            "failed": not_ours or unknown,
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


def check_log(log: Sequence[Mapping[str, Any]], kind: str, runs: int) -> None:
    """Look through the tenant's log of a round of a kind, with so many runs. Raises Wrong."""
    bodies: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
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
        bodies[entry["task_id"], status].add(json.dumps(entry["body"]))
        if entry["status"] == 200 and not entry["fault"]:
            applied[entry["task_id"]] += 1
    differing = [task_id for (task_id, _status), each in bodies.items() if len(each) > (runs if kind == "alike" else 1)]
    if differing:
        raise Wrong(f"the updates differ from try to try: {differing[:5]}")
    twice = [task_id for task_id, number in applied.items() if number > 1] if kind != "split" else []
    if twice:
        raise Wrong(f"updated more than once in spite of the precondition: {twice[:5]}")


def check_refusals(run: Run, answer: Mapping[str, Any], log: Sequence[Mapping[str, Any]]) -> None:
    """See that what a 401 failed is what was answered 401, unless that was a list. Raises Wrong."""
    refused = {entry["task_id"] for entry in log if entry["status"] == 401}
    for item in answer["result"]["tasks"]:
        if item.get("error", {}).get("status") == 401 and not refused & {item["id"], None}:
            raise Wrong(f"run {run.number} failed {item['id']} for the 401 of others: {item['error']['message']}")


def check_footprints(runs: Sequence[Run]) -> None:
    """Compare memory, threads and open files at the end with those after the warm-up. Raises Wrong."""
    for run in runs:
        peak = run.footprints[-1]["peak"]
        if peak > _PEAK:
            raise Wrong(f"run {run.number} had {peak >> 20} MiB at a time, more than {_PEAK >> 20}")
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
        kind = ROUNDS[totals["rounds"] % len(ROUNDS)]
        tenant.reset(seed=chance.randrange(2**31), tasks=0)
        ids = [f"task-{totals['rounds']:03d}-{number:05d}" for number in range(arguments.tasks)]
        tenant.put_tasks({"id": task_id} for task_id in ids)
        tenant.arm(*faults(arguments.faults, chance.choice(ids)))
        options = {
            "base_url": tenant.base_url,
            "client_id": tenant.client_id,
            "client_secret": tenant.client_secret,
            "timeout": 1.0 if arguments.faults else HANGS_AFTER,
            "retries": 4,
            "rate_limit": 0,
            "return_tasks": False,
            "precondition": kind != "split",
            "api_version": chance.choice(["beta", "v2024", "v2025", "v2026", "v1"]),
        }
        if kind == "alike":
            options["completion_status"] = STATUSES[0]
        parts = []
        for run in runs:
            part = ids[run.number :: len(runs)] if kind == "split" else ids[:]
            chance.shuffle(part)
            parts.append(part)
            run.begin({**options, "id": part})
        texts = [run.end() for run in runs]
        if any(secret in text for secret in secrets for text in texts):
            raise Wrong("a run tells a secret")
        answers = [json.loads(text) for text in texts]
        held, log, alike = tenant.tasks(), tenant.log(), just_alike(answers)
        for run, part, answer in zip(runs, parts, answers):
            counts = check_claims(run, part, answer, held, alike)
            check_refusals(run, answer, log)
            totals.update({f"claimed {outcome}": number for outcome, number in counts.items()})
        check_log(log, kind, len(runs))
        faulty = sum(entry["fault"] is not None for entry in log)
        totals.update({"rounds": 1, "requests": len(log), "faults": faulty})
        if arguments.verbose:
            print(f"round {totals['rounds']}: {kind}, {len(log)} requests, {faulty} faults", flush=True)
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
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the result between the marks in this page")
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
        memory = [
            f"{run.footprints[0]['memory'] >> 20}-{run.footprints[-1]['memory'] >> 20}, "
            f"at most {run.footprints[-1]['peak'] >> 20}"
            for run in runs
        ]
    told = ", ".join(f"{number:,} {what}" for what, number in sorted(totals.items()))
    text = f"Every claim agrees with the tenant: {told}; MiB of the runs {'; '.join(memory)}; seed {arguments.seed}."
    print(text)
    if arguments.write:
        write(arguments.write, f"{datetime.now(timezone.utc):%Y-%m-%d}, {arguments.seconds:.0f} seconds. {text}")
    return 0


def write(path: Path, text: str) -> None:
    """Put a text between the marks in a page, in lines that are not too long."""
    begin, end = "<!-- soak -->\n", "<!-- end of soak -->"
    head, _begin, rest = path.read_text(encoding="utf-8").partition(begin)
    _old, _end, tail = rest.partition(end)
    path.write_text(f"{head}{begin}{textwrap.fill(text, 120)}\n{end}{tail}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
