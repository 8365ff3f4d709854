# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event source for ansible-rulebook: tells when background tasks start, become stuck, complete or fail."""
# ruff: noqa: E402  as in any plugin, the documentation comes first

from __future__ import annotations

DOCUMENTATION = r"""
---
short_description: Tell when background tasks of SailPoint Identity Security Cloud become stuck, start, complete or fail
description:
  - An ansible-rulebook event source plugin that watches the background tasks of an Identity Security Cloud tenant and
    sends one event per task and transition.
  - An event is C(event), one of those of O(events); C(task), the TaskStatus as the API returns it; C(age_seconds), the
    seconds since the task was launched, else created, null where neither can be read; C(tenant), the base URL of the
    tenant's API; C(meta.uuid), which is the same for the same tenant, task and transition, and the same C(reminder),
    whenever it is told; and with O(host) C(meta.hosts). One that is C(stuck) also has C(reminder), how often it was
    told before, see O(remind_after).
  - Tasks that are pending at the first poll are told as C(stuck) if they are, but not as C(started). What was completed
    before the first poll is not told. So after a restart a task that is still stuck is told once more, nothing else is,
    unless there is a O(state_file).
  - Ages are judged by the tenant's clock, as the answers' C(Date) tells it, where this machine's is more than a minute
    off; the log says so.
  - What ansible-rulebook cannot take of C(task), such as a key without a name or more than 64 KiB, is changed or left
    out, and the log says so. Braces that would begin a template get a blank between them.
  - A tenant that does not answer or refuses to sign in is asked again and again, at intervals that grow to four times
    O(interval) but never beyond five minutes, unless O(interval) is longer. What happened meanwhile is told once it
    answers.
  - An option that is null or blank counts as left out.
  - It remembers the tasks that are pending, and for some minutes the completed ones.
version_added: 1.0.0
author:
  - idops.sailpoint contributors (@idops)
requirements:
  - ansible-core >= 2.16, in the Python environment of ansible-rulebook
  - requests >= 2.25
options:
  interval:
    description:
      - The time from the beginning of one poll to that of the next, such as V(30s), V(5m), or a number of seconds. A
        poll takes two requests or so, and one for each 250 pending tasks beyond the first 250.
    type: str
    default: 30s
  older_than:
    description:
      - A task is stuck when it is pending and its launch (creation, if it has none) is at least so long ago, such as
        V(90s), V(15m), V(24h), V(7d), V(2w), a sum like V(1d12h), or V(0). Another number without a unit is an error. A
        task whose age cannot be told is never stuck, nor is one that is just being completed, until its C(completed)
        lies 15 minutes back.
    type: str
    default: 24h
  events:
    description:
      - Which transitions to tell.
      - V(stuck) is told when a poll finds a pending task that is old enough; not of one that was completed by then.
      - V(started) is told of tasks that came after the first poll, V(completed) of those that completed with SUCCESS or
        WARNING, V(failed) with any other completion status, which is ERROR, TERMINATED or TEMPERROR. A task that
        started and ended between two polls is told, too.
      - Of a task that is gone when it is asked for, as tasks are after 90 days, no end is told. It is asked for three
        times within some minutes.
    type: list
    elements: str
    choices: [stuck, started, completed, failed]
    default: [stuck, started, completed, failed]
  remind_after:
    description:
      - Tell a task that is still stuck again after so long, such as V(15m), and again and again until it is not. A rule
        that could not do its work, since a job failed or a limit held it back, so gets another chance.
      - The event then has C(reminder), 1 the first time, and another C(meta.uuid). When a task's time has come, those
        that were told at least half of it before are told again with it.
      - Left out, or V(0), each stuck task is told once.
    type: str
  host:
    description:
      - The name of the inventory's host that stands for the tenant. It is put into C(meta.hosts), to which
        ansible-rulebook limits what a rule runs, so that one rulebook can look after many tenants.
      - Left out, the rulebook's C(hosts) hold.
    type: str
  state_file:
    description:
      - A file in which the source keeps what it remembers, the ids of tasks and no more, so that what started,
        completed or failed while it was not running is told when it runs again. What is still stuck is told once more.
      - It belongs to one source; another one that watches another tenant is refused, one that watches other tasks, and
        one that is older than a week, is begun anew. Its directory must be there.
      - What was told right before the source was killed can be told twice, with the same C(meta.uuid).
      - Left out, what happens while the source is not running is not told.
    type: path
  type:
    description:
      - Only tasks of these kinds, such as V(CLOUD_ACCOUNT_AGGREGATION). This and the next options select as those of
        module M(idops.sailpoint.task_status_info) do. Each is a list, or text of one item a line; words may also be
        separated by commas. Blank items count for nothing.
    type: list
    elements: str
    aliases: [types]
  source_id:
    description:
      - Only tasks that work on one of these sources.
    type: list
    elements: str
    aliases: [source_ids]
  launcher:
    description:
      - Only tasks that one of these started, such as V(System).
    type: list
    elements: str
    aliases: [launchers]
  name:
    description:
      - Only tasks that one of these regular expressions is found in, in C(uniqueName) or the name of the source.
    type: list
    elements: str
    aliases: [names]
  exclude_name:
    description:
      - No tasks that one of these regular expressions is found in.
    type: list
    elements: str
    aliases: [exclude_names]
  exclude_source_id:
    description:
      - No tasks that work on one of these sources, and no account or entitlement aggregation whose source cannot be
        told.
    type: list
    elements: str
    aliases: [exclude_source_ids]
  base_url:
    description:
      - The base of the tenant's API, such as V(https://acme.api.identitynow.com), without an API version. Else
        O(tenant), else the environment variable E(SAIL_BASE_URL) or E(SAIL_TENANT).
    type: str
  tenant:
    description:
      - The tenant's short name. V(acme) is short for O(base_url=https://acme.api.identitynow.com).
    type: str
  client_id:
    description:
      - The client id of a personal access token, or of an API client, which is enough for reading. Else the environment
        variable E(SAIL_CLIENT_ID), unless there is an O(access_token).
    type: str
  client_secret:
    description:
      - The secret that belongs to O(client_id). Else the environment variable E(SAIL_CLIENT_SECRET), which is the place
        for it.
    type: str
  access_token:
    description:
      - A bearer token that is ready to use. It cannot be renewed, so it is good for a trial only. Else the environment
        variable E(SAIL_ACCESS_TOKEN).
    type: str
  api_version:
    description:
      - The generation of the API, one of those of the modules. Else the environment variable E(SAIL_API_VERSION).
    type: str
    default: v2024
  validate_certs:
    description:
      - Whether the tenant's certificate is verified. Leave it on. Else the environment variable E(SAIL_VALIDATE_CERTS).
    type: bool
    default: true
  ca_path:
    description:
      - A file or directory of certificates of the authorities to trust, instead of the usual ones. Else the environment
        variable E(SAIL_CA_PATH).
    type: path
  proxy:
    description:
      - The URL of a proxy. Else the environment variables E(HTTPS_PROXY) and E(NO_PROXY) decide as usual.
    type: str
  timeout:
    description:
      - Seconds to wait for a connection, and for each further byte of an answer. Else the environment variable
        E(SAIL_TIMEOUT).
    type: float
    default: 30
  retries:
    description:
      - How often a request of a poll is tried again after HTTP 429, 502, 503 and 504 and after a broken connection.
        Else the environment variable E(SAIL_RETRIES).
    type: int
    default: 5
  rate_limit:
    description:
      - How many requests at most are sent within 10 seconds. Else the environment variable E(SAIL_RATE_LIMIT).
    type: int
    default: 100
"""

EXAMPLES = r"""
# The connection comes from SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET.
- idops.sailpoint.task_status:
    events: [stuck]
    older_than: 6h
    remind_after: 15m

# Aggregations of two sources, looked at each minute; the variables come from ansible-rulebook --vars or --env-vars.
- idops.sailpoint.task_status:
    base_url: https://acme.api.identitynow.com
    client_id: "{{ SAILPOINT_ID }}"
    client_secret: "{{ SAILPOINT_SECRET }}"
    api_version: v2025
    interval: 1m
    type: [CLOUD_ACCOUNT_AGGREGATION, CLOUD_GROUP_AGGREGATION]
    exclude_name: ["(?i)payroll"]
    source_id:
      - 2c9180835d191a86015d28455b4a2329
      - 2c9180835d191a86015d28455b4a2330
    events: [completed, failed]
    state_file: /var/lib/sailpoint/acme.json
    host: acme
"""

import asyncio
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

_above = Path(__file__).absolute().parents
if len(_above) > 7 and _above[6].name == "ansible_collections":
    # ansible-rulebook runs this file by its path and makes no collection importable. Ansible's own loader would, but it
    # also takes over paths that ansible-rulebook runs files from. So the collection is found as any Python package is;
    # with the PyPI package "ansible" ansible_collections is a package of its own, which does not look further.
    if str(_above[7]) not in sys.path:
        sys.path.append(str(_above[7]))
    import ansible_collections

    if str(_above[6]) not in ansible_collections.__path__:
        ansible_collections.__path__.append(str(_above[6]))

from ansible_collections.idops.sailpoint.plugins.module_utils._durations import (
    format_duration,
    parse_age,
    parse_duration,
)
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError, SailPointError
from ansible_collections.idops.sailpoint.plugins.module_utils._http.transport import REQUESTS_IMPORT_ERROR
from ansible_collections.idops.sailpoint.plugins.module_utils._lists import parse_items
from ansible_collections.idops.sailpoint.plugins.module_utils._module.options import (
    connection_argument_spec,
    environment,
    resolve,
)
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks import selecting
from ansible_collections.idops.sailpoint.plugins.module_utils._tasks.vocabulary import CRITERIA, SHARED
from ansible_collections.idops.sailpoint.plugins.module_utils._wording import count_of, first_of
from ansible_collections.idops.sailpoint.plugins.plugin_utils._events.acceptable import acceptable
from ansible_collections.idops.sailpoint.plugins.plugin_utils._events.log import log
from ansible_collections.idops.sailpoint.plugins.plugin_utils._events.memory import Memory
from ansible_collections.idops.sailpoint.plugins.plugin_utils._events.poller import Poller
from ansible_collections.idops.sailpoint.plugins.plugin_utils._events.watch import EVENTS, Telling

#: The source's own options, as an argument spec; those of the connection come on top.
SPEC: dict[str, dict[str, Any]] = {
    "interval": {"type": "str", "default": "30s"},
    "older_than": {"type": "str", "default": "24h"},
    "events": {"type": "list", "elements": "str", "choices": list(EVENTS), "default": list(EVENTS)},
    "remind_after": {"type": "str"},
    "host": {"type": "str"},
    "state_file": {"type": "path"},
    **{name: {**CRITERIA[name].spec, "aliases": [f"{name}s"]} for name in SHARED},
}

_MAX_BACKOFF = 300.0  # seconds
_PATIENCE = 60.0  # seconds that an event may wait to be taken before that is logged, and each time twice as long again


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Poll the tenant and put events into ansible-rulebook's queue, until cancelled.

    :raises SailPointError: an option cannot be used; nothing was sent
    """
    interval, poller = configured(args)
    for warning in poller.warnings():
        log.warning(warning)
    try:
        poller.recall()
        await _poll_forever(poller, interval, queue)
    finally:
        poller.stop()


async def _poll_forever(poller: Poller, interval: float, queue: asyncio.Queue[Any]) -> None:
    failures = 0
    while True:
        begun = time.monotonic()
        try:
            events = await asyncio.to_thread(poller.poll)
        except SailPointError as error:
            failures += 1
            pause = backoff(interval, failures)
            log.error("Polling %s failed, next try in %.0f s: %s", poller.tenant, pause, error)
        else:
            if failures:
                log.warning("Polling %s works again, after %s.", poller.tenant, count_of(failures, "failure"))
            failures = 0
            for event in events:
                await _put(queue, _as_taken(event))
            await asyncio.to_thread(poller.remember)
            pause = max(0.0, begun + interval - time.monotonic())
        await asyncio.sleep(pause)


def _as_taken(event: dict[str, Any]) -> dict[str, Any]:
    """Return an event as ansible-rulebook can take it, and log what had to be changed."""
    taken, changes = acceptable(event)
    if changes:
        told = f"{event['event']} of task {event['task'].get('id')}"
        log.warning("The event %s is not as the tenant has it: %s.", told, first_of(changes, "; "))
    return taken


async def _put(queue: asyncio.Queue[Any], event: dict[str, Any]) -> None:
    """Put an event into the queue; log it if that takes long, since nothing is polled meanwhile."""
    putting = asyncio.ensure_future(queue.put(event))
    waited, patience = 0.0, _PATIENCE
    try:
        while not (await asyncio.wait({putting}, timeout=patience))[0]:
            waited += patience
            patience *= 2
            log.warning(
                "ansible-rulebook has not taken an event for %s, so nothing is polled: what its rules run takes long, "
                "or does not end.",
                format_duration(waited),
            )
    finally:
        putting.cancel()  # does nothing once it is done
    await putting


def configured(args: Mapping[str, Any]) -> tuple[float, Poller]:
    """Return the interval in seconds and the poller that a source's arguments describe.

    :raises SailPointError: an option cannot be used
    """
    if REQUESTS_IMPORT_ERROR:
        from ansible.module_utils.basic import missing_required_lib  # slow to import and rarely needed

        raise SailPointError(missing_required_lib("requests"))
    params = _validated(args)
    interval = parse_duration("interval", params["interval"])
    if not interval:
        raise OptionError("interval", "0 would ask without a pause; give at least a second or so")
    if not params["events"]:
        raise OptionError("events", "an empty list tells nothing; leave it out or name some")
    settings = resolve(params, [("the source", params), ("the environment", environment())])
    selection = _selection(params, args)
    remind_after = params["remind_after"] and parse_duration("remind_after", params["remind_after"])
    telling = Telling(
        tenant=settings.base_url,
        older_than=parse_age("older_than", params["older_than"]),
        events=params["events"],
        remind_after=remind_after or None,
        host=params["host"],
    )
    return interval, Poller(settings, selection, telling, _memory(params, telling))


def _memory(params: Mapping[str, Any], telling: Telling) -> Memory | None:
    """Return where a source keeps what it remembers, None if nowhere."""
    if params["state_file"] is None:
        return None
    watched = {name: params.get(name) for name in ("events", *SHARED)}
    return Memory(params["state_file"], telling.tenant, watched)


def _validated(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return a source's arguments as the spec has them, with its defaults."""
    spec = {**connection_argument_spec(), **SPEC}
    known = {*spec, *(alias for definition in spec.values() for alias in definition.get("aliases", ()))}
    unknown = sorted(set(args) - known)
    if unknown:
        raise SailPointError(
            f"Unsupported options for idops.sailpoint.task_status: {', '.join(unknown)}. "
            f"Supported options include: {', '.join(sorted(spec))}."
        )
    validation = ArgumentSpecValidator(spec).validate(_filled(args))
    if validation.error_messages:
        raise SailPointError("; ".join(validation.error_messages))
    params: dict[str, Any] = validation.validated_parameters
    return params


def _selection(params: Mapping[str, Any], args: Mapping[str, Any]) -> selecting.Selection:
    """Return which tasks to watch; an option that cannot be used is called as the arguments call it."""
    try:
        return selecting.selection_from({name: params.get(name) for name in SHARED})
    except OptionError as error:
        given = f"{error.option}s" if f"{error.option}s" in args else error.option
        raise OptionError(given, error.problem) from None


def _filled(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return a source's arguments without those that are null or blank, lists that select as lists.

    A rulebook hands on what its variables hold, and an empty one is to mean the default, never no limit.
    """
    filled = {name: value for name, value in args.items() if value is not None and str(value).strip()}
    for name in SHARED:
        for key in {name, f"{name}s"} & filled.keys():
            filled[key] = parse_items(key, filled[key], patterns=CRITERIA[name].has_patterns)
    return filled


def backoff(interval: float, failures: int) -> float:
    """Return the seconds to wait after so many failures in a row: up to four intervals, at most five minutes or one."""
    return min(interval * min(failures, 4), max(interval, _MAX_BACKOFF))
