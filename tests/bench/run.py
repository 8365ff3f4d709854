# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measures the collection against what else does the same work, on the simulated tenant.

All sides of a row run in turn, in one go; a row gives each side's median and its ratio to the row's first side: of what
is beyond a play that does nothing where that first side is a script, of the whole where it is a play too. Requests are
counted by the tenant, sign-ins among them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from simulator.server import Simulator, running  # noqa: E402
from tools import collection  # noqa: E402
from tools.limits import eventually  # noqa: E402
from tools.processes import descendants  # noqa: E402

PLAY = str(HERE / "bench.yml")
# The vendor's SDK fails on what real tenants were seen to answer beyond the schema.
_STRICT = {"shape": "schema"}
_MODULE_UTILS = "ansible_collections.idops.sailpoint.plugins.module_utils"


@dataclass
class Side:
    """One way to do a row's work: a command, and by what to multiply its time when it does less of it."""

    name: str
    command: Sequence[str]
    is_play: bool = False
    times: float = 1.0
    seconds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)  # MiB, of the largest process
    requests: list[int] = field(default_factory=list)


class Bench:
    """The tenant, the installed collection, and the environment that commands run in."""

    def __init__(self, tenant: Simulator, folder: Path, runs: int) -> None:
        self.tenant = tenant
        self.folder = folder
        self.runs = runs
        self.rows: list[str] = []
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("SAIL_", "ANSIBLE_"))}
        self.environment = {
            **environment,
            **tenant.environment,
            "ANSIBLE_COLLECTIONS_PATH": str(folder),
            "ANSIBLE_HOME": str(folder / "home"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
        }

    def play(self, side: str, **variables: object) -> list[str]:
        """Return the command of a task of bench.yml."""
        words = ["ansible-playbook", PLAY, "--tags", side]
        for name, value in variables.items():
            words += ["-e", f"{name}={value}"]
        return words

    def script(self, name: str, *arguments: object) -> list[str]:
        """Return the command of a script beside this file."""
        return [sys.executable, str(HERE / name), *map(str, arguments)]

    def start(self, command: Sequence[str], output: int | IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a command."""
        return subprocess.Popen(
            list(command),
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )

    def run(self, command: Sequence[str]) -> tuple[float, float]:
        """Run a command; return its seconds and the MiB of its largest process."""
        with open(self.folder / "output", "wb") as output:
            begun = time.perf_counter()
            process = self.start(command, output)
            _pid, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - begun
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit((self.folder / "output").read_text()[-3000:])
        return seconds, usage.ru_maxrss / 1024

    def row(self, title: str, sides: Sequence[Side], prepare: Callable[[], None], runs: int | None = None) -> None:
        """Measure a row and keep its lines for the table."""
        print(title, flush=True)
        idle_side = Side("Ansible itself", self.play("none"))
        for _run in range(runs or self.runs):
            for side in [idle_side, *sides]:
                prepare()
                # A token of its own, since preparing ends those of before; sides that sign in do not heed it.
                self.environment["BENCH_TOKEN"] = self.tenant.token()
                self.tenant.clear_log()
                seconds, memory = self.run(side.command)
                side.seconds.append(seconds)
                side.memory.append(memory)
                side.requests.append(self.tenant.counters()["total"])
        idle = statistics.median(idle_side.seconds)
        first: float | None = None
        for side in sides:
            median = statistics.median(side.seconds)
            # A loop is scaled by what an item costs, not by what starting Ansible costs.
            median = idle + (median - idle) * side.times if side.is_play else median * side.times
            beyond = median - idle if side.is_play else median
            first = first or median  # a script has no Ansible to be beyond of
            cells = [
                title if side is sides[0] else "",
                side.name,
                f"{median:.2f}",
                f"{beyond:.2f}",
                f"{(median if sides[0].is_play else beyond) / first:.2f}",
                f"{statistics.median(side.requests) * side.times:.0f}",
                f"{statistics.median(side.memory):.0f}",
            ]
            self.rows.append(f"| {' | '.join(cells)} |")
            print(f"  {side.name}: {median:.2f} s, {beyond:.2f} s beyond Ansible", flush=True)


def _ids(tenant: Simulator, folder: Path, number: int) -> Path:
    path = folder / f"ids-{number}"
    path.write_text("\n".join(list(tenant.pending())[:number]))
    return path


def measure(bench: Bench, quick: bool) -> None:
    """Measure all rows."""
    tenant, folder = bench.tenant, bench.folder
    number = 200 if quick else 1000
    looped = 10 if quick else 50

    def renew(latency: float = 0.0) -> None:
        tenant.reset(tasks=number + 200, stuck=number, seed=1, settings={"latency": latency, **_STRICT})

    renew()
    ids, some = _ids(tenant, folder, number), _ids(tenant, folder, looped)
    for latency in (0.0, 0.05):
        sides = [
            Side("bare script, 8 threads", bench.script("floor.py", "update", number)),
            Side("task_status, one call", bench.play("update", ids_file=ids), is_play=True),
            Side(
                "task_status, one call, return_tasks: false",
                bench.play("update", ids_file=ids, return_tasks="false"),
                is_play=True,
            ),
            Side("the vendor's SDK", bench.script("sdk.py", "update", number)),
        ]
        if not latency:
            uri = bench.play("uri_update", ids_file=some)
            sides.append(Side(f"uri in a loop (of {looped}, scaled)", uri, is_play=True, times=number / looped))
        title = f"{number:,} updates" + (f", {latency * 1000:.0f} ms an answer" if latency else "")
        bench.row(title, sides, partial(renew, latency), runs=1 if latency else None)
    tenant.reset(tasks=100, stuck=10, seed=1)
    one = {"task_id": next(iter(tenant.pending()))}

    def nothing() -> None:
        """Reading changes nothing, so nothing has to be made ready."""

    child = ["-e", "ansible_sailpoint_in_process=false"]
    bench.row(
        "one task read",
        [
            Side("uri", bench.play("uri_one", **one), is_play=True),
            Side("task_status_info", bench.play("one", **one), is_play=True),
            Side("task_status_info as a child process", bench.play("one", **one) + child, is_play=True),
        ],
        nothing,
    )
    bench.row(
        f"a loop of {looped} reads",
        [
            Side("uri", bench.play("uri_loop", count=looped, **one), is_play=True),
            Side("task_status_info", bench.play("loop", count=looped, **one), is_play=True),
        ],
        nothing,
    )
    bench.row(
        f"{2 * looped} look-ups",
        [
            Side("lookup url", bench.play("url_lookup", count=2 * looped, **one), is_play=True),
            Side("lookup task_status", bench.play("lookup", count=2 * looped, **one), is_play=True),
        ],
        nothing,
    )
    nights(bench, (30, 300) if quick else (30, 3000))
    tenants(bench, 10 if quick else 100)
    paced(bench, 120 if quick else 300)
    for size in (1000,) if quick else (10_000, 100_000):
        for latency in (0.0, 0.05):
            tenant.reset(tasks=size, stuck=size // 10, seed=1, settings={"latency": latency, **_STRICT})
            sides = [
                Side("bare script", bench.script("floor.py", "list", size)),
                Side("task_status_info", bench.play("list"), is_play=True),
                Side("task_status_info, fields: [id]", bench.play("list") + ["-e", '{"fields": ["id"]}'], is_play=True),
                Side("the vendor's SDK", bench.script("sdk.py", "list", size)),
            ]
            title = f"listing {size:,} tasks" + (f", {latency * 1000:.0f} ms an answer" if latency else "")
            bench.row(title, sides, nothing, runs=1 if size > 10_000 or latency else None)


def nights(bench: Bench, sizes: Sequence[int]) -> None:
    """Measure what runs at night: tasks read and cleared by hand, by one call, by the role, by it with two reports."""
    tenant = bench.tenant
    reports = bench.folder / "reports"
    for size in sizes:

        def renew(size: int = size) -> None:
            tenant.reset(tasks=size + 100, stuck=size, seed=1, settings=_STRICT)

        sides = [
            Side("task_status_info and task_status, by hand", bench.play("by_hand"), is_play=True),
            Side("task_status with pending, one call", bench.play("one_call"), is_play=True),
            Side("role clear_pending_tasks", bench.play("role"), is_play=True),
            Side(
                "the role with two reports",
                bench.play("role", clear_pending_tasks_report_dir=reports),
                is_play=True,
            ),
        ]
        bench.row(f"{size:,} stuck tasks, found and cleared", sides, renew)


_EACH = 10  # tasks of each tenant


def tenants(bench: Bench, number: int) -> None:
    """Measure the playbook over many tenants in one inventory: time, processor time and memory for each.

    One simulated tenant serves them all: each host has a source of its own, and reads the tasks of all sources.
    """
    tenant = bench.tenant
    ids = [f"{host:032x}" for host in range(number)]
    hosts = {f"tenant{host:03}": {"clear_pending_tasks_source_ids": [source]} for host, source in enumerate(ids)}
    inventory = bench.folder / "tenants.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
    launched = (datetime.now(timezone.utc) - timedelta(days=3)).isoformat()
    tenant.reset(tasks=0, settings=_STRICT)
    tenant.put_tasks(
        {
            "id": f"{host:04x}{task:028x}",
            "target": {"id": source, "type": "APPLICATION", "name": f"Source {host} [source]"},
            "created": launched,
            "launched": launched,
        }
        for host, source in enumerate(ids)
        for task in range(_EACH)
    )
    values = {
        "tenants": "all",
        "clear_pending_tasks_observe": "0s",
        "clear_pending_tasks_report_dir": str(bench.folder / "overview"),
        "sailpoint_rate_limit": 0,
    }
    command = ["ansible-playbook", "idops.sailpoint.clear_pending_tasks", "-i", str(inventory), "--forks", "10"]
    command += ["-e", json.dumps(values)]
    seconds, computing, memory = _watched(bench, command)
    left = len(tenant.pending())
    if left:
        raise SystemExit(f"{left} tasks of {number} tenants are left.")
    line = (
        f"| {number} tenants, {_EACH} stuck tasks each, `forks: 10` | the playbook with two reports for each and the "
        f"page on all: {seconds / number:.2f} s, {computing / number:.2f} s of processor time and "
        f"{memory / number:.1f} MiB for each tenant | {seconds:.1f} | – | – | "
        f"{tenant.counters()['total']} | {memory:.0f} |"
    )
    bench.rows.append(line)
    print(line, flush=True)


def _watched(bench: Bench, command: Sequence[str]) -> tuple[float, float, float]:
    """Run a command; return its seconds, its seconds of processor time, and the MiB of all its processes together."""
    most = 0.0
    with open(bench.folder / "output", "wb") as output:
        begun = time.perf_counter()
        process = bench.start(command, output)
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            most = max(most, _memory_of(process.pid))
            time.sleep(0.1)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit((bench.folder / "output").read_text()[-3000:])
    return seconds, usage.ru_utime + usage.ru_stime, most


def _memory_of(pid: int) -> float:
    """Return the MiB of a process and its descendants; what they share counts once."""
    kibibytes = 0
    for one in [pid, *descendants(pid)]:
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
            kibibytes += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return kibibytes / 1024


def paced(bench: Bench, number: int) -> None:
    """Measure updates under the published limit of 100 requests per 10 s: alone, and two runs on one client id."""
    tenant = bench.tenant
    for runs_at_once in (1, 2):
        tenant.reset(tasks=number + 50, stuck=number, seed=1, settings={"rate_limit": 100})
        ids = list(tenant.pending())
        tenant.clear_log()
        begun = time.perf_counter()
        processes = []
        for run in range(runs_at_once):
            part = bench.folder / f"part-{run}"
            part.write_text("\n".join(ids[run::runs_at_once]))
            command = bench.play("update", ids_file=part, rate_limit=100)
            processes.append(
                subprocess.Popen(
                    command,
                    env=bench.environment,
                    cwd=bench.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )
            )
        codes = [process.wait() for process in processes]
        seconds = time.perf_counter() - begun
        # Reads count too; the window lets the first 100 go at once and every further 100 wait 10 s.
        refused = len(tenant.log(status=429))
        sent = tenant.counters()["total"] - refused
        least = 10 * ((sent - 1) // 100)
        left = len(tenant.pending())
        name = "one run" if runs_at_once == 1 else "two runs on one client id"
        line = (
            f"| {number} updates at 100 requests per 10 s (least: {least} s) | {name}: {refused} answers 429, "
            f"{left} tasks left, exit codes {codes} | {seconds:.1f} | – | {seconds / least:.2f} | {sent} | – |"
        )
        bench.rows.append(line)
        print(line, flush=True)


_STOP_BUDGET = 1.0  # seconds; docs/promises.md


def stops(bench: Bench, number: int) -> tuple[str, float]:
    """Return how soon interrupted work sends nothing more, as a sentence and as the longest in relation to its budget.

    From the signal to the last request's arrival; of each way the median of all runs.
    """
    tenant = bench.tenant
    tenant.reset(tasks=number, stuck=number, seed=1, settings={"latency": 0.05})
    ids = _ids(tenant, bench.folder, number)
    in_process, child = bench.play("update", ids_file=ids), ["-e", "ansible_sailpoint_in_process=false"]
    module = [sys.executable, str(bench.folder / "ansible_collections/idops/sailpoint/plugins/modules/task_status.py")]
    ways = [
        ("Ctrl-C", in_process, signal.SIGINT),
        ("a kill of the playbook", in_process, signal.SIGKILL),
        ("a kill of the playbook that has a module's process", [*in_process, *child], signal.SIGKILL),
        ("SIGTERM to a module's process", module, signal.SIGTERM),
    ]
    told, longest = [], 0.0
    for what, command, how in ways:
        seconds = statistics.median(_stop(bench, number, command, how) for _run in range(bench.runs))
        longest = max(longest, seconds)
        told.append(f"{seconds:.2f} s after {what}")
        print(f"  the last request: {told[-1]}", flush=True)
    sentence = f"Interruption: the last request arrives {', '.join(told)} (budget: {_STOP_BUDGET:.0f} s)."
    return sentence, longest / _STOP_BUDGET


def _stop(bench: Bench, number: int, command: Sequence[str], how: signal.Signals) -> float:
    tenant = bench.tenant
    tenant.reset(tasks=number, stuck=number, seed=1, settings={"latency": 0.05})
    options = {"id": list(tenant.pending()), "rate_limit": 0, "return_tasks": False}
    process = subprocess.Popen(
        list(command),
        env={**bench.environment, "PYTHONPATH": str(bench.folder)},
        cwd=bench.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,  # the module's process looks whether anybody reads it
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode())
        process.stdin.close()
    eventually(lambda: tenant.counters()["by_kind"].get("update", 0) > number / 10, "a tenth of the updates")
    at = time.monotonic()
    os.killpg(process.pid, how)
    process.stdin = None
    process.communicate()
    # What is a session of its own ends by itself; two budgets later nothing is to come any more.
    time.sleep(2 * _STOP_BUDGET)
    log = tenant.log()
    if len(log) >= number:
        raise SystemExit(f"{number} updates were over before they could be interrupted.")
    # The clock is the system's, the same for all processes.
    return float(max(0.0, log[-1]["monotonic"] - at))


def start_up(environment: Mapping[str, str]) -> tuple[str, float]:
    """Return what importing all that a read needs costs, as a sentence and as a ratio to requests alone."""
    ours = _import_time(
        "ansible_collections.idops.sailpoint.plugins.module_utils._module.task_status_info", environment
    )
    theirs = _import_time("requests", environment)
    told = (
        f"Start-up: importing all that a read needs takes {ours / theirs:.2f} times as long as importing requests "
        f"({ours / 1000:.0f} ms against {theirs / 1000:.0f} ms; budget: {_IMPORT_BUDGET})."
    )
    return told, ours / theirs


_IMPORT_BUDGET = 2.5


def _import_time(module: str, environment: Mapping[str, str]) -> float:
    """Return microseconds, the median of five, as `python -X importtime` tells them."""
    figures = []
    for _run in range(5):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", f"import {module}"],
            env={**environment, "PYTHONPATH": environment["ANSIBLE_COLLECTIONS_PATH"]},
            stderr=subprocess.PIPE,
            text=True,
            check=True,
        )
        figures.append(float(done.stderr.splitlines()[-1].split("|")[1]))
    return statistics.median(figures)


def machine() -> str:
    """Return what the figures were taken on."""
    model = "an unnamed processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.partition(":")[2].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    core = subprocess.run(["ansible", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.split("\n")[0]
    return f"{os.cpu_count()} cores of {model}, {platform.system()}, Python {platform.python_version()}, {core}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each side (3)")
    parser.add_argument("--quick", action="store_true", help="a fifth of the work, to see that it works")
    parser.add_argument("--write", type=Path, help="a Markdown file whose table is to be replaced")
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="sailpoint-bench-") as name, running(rate_limit=0, token_lifetime=86400) as tenant:
        folder = Path(name)
        collection.install(collection.build(folder), folder)
        bench = Bench(tenant, folder, arguments.runs)
        measure(bench, arguments.quick)
        print("interruption", flush=True)
        stopped, stop_ratio = stops(bench, 400 if arguments.quick else 1000)
        told, ratio = start_up(bench.environment)
    table = [
        "| work | done by | s | s beyond Ansible | ratio to the first | requests | MiB |",
        "|---|---|---|---|---|---|---|",
        *bench.rows,
    ]
    text = "\n".join([f"Taken on {machine()}. Medians of whole runs.", "", *table, "", stopped, "", told])
    print(text)
    if arguments.write:
        _replace_table(arguments.write, text)
    if ratio > _IMPORT_BUDGET:
        raise SystemExit("Start-up is over its budget.")
    if stop_ratio > 1:
        raise SystemExit("An interruption is over its budget.")


def _replace_table(path: Path, text: str) -> None:
    begin, end = "<!-- figures -->\n", "<!-- end of figures -->"
    page = path.read_text(encoding="utf-8")
    head, _begin, rest = page.partition(begin)
    _old, _end, tail = rest.partition(end)
    path.write_text(f"{head}{begin}{text}\n{end}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
