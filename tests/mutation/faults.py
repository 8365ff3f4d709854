# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Deliberate faults, each against a rule of what is claimed, sent or told: some unit test has to find each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mutation.mutants import Mutant, replaced


@dataclass(frozen=True)
class Fault:
    """The rule that it breaks, and the change that does."""

    rule: str
    mutant: Mutant


# The rule that is broken; the file; a text that it holds once; what stands there instead.
_FAULTS: tuple[tuple[str, str, str, str], ...] = (
    # What is sent
    (
        "an update is built on a state of the last half minute",
        "_tasks/updating",
        "return now - read_at <= FRESH_FOR",
        "return True",
    ),
    ("an update that was held back too long is not sent", "_tasks/updating", "if clock() > latest:", "if False:"),
    (
        "a state that has become old is read again, not waited for",
        "_tasks/updating",
        "if is_fresh(read_at, now) else latest",
        "",
    ),
    (
        "the instant of completion is chosen once, whatever has to be sent again",
        "_tasks/updating",
        "decided = self._decide(state, now, completed)",
        "decided = self._decide(state, now, self._now())",
    ),
    ("check mode sends no update", "_tasks/updating", "if self.check_mode:", "if False:"),
    (
        "a task that is just being completed is not overwritten",
        "_tasks/updating",
        "if patching.is_moving(state, now):",
        "if False:",
    ),
    (
        "nor is one that began to complete while an update was in doubt",
        "_tasks/updating",
        "if there is not None and patching.is_moving(there, self._client.now()):",
        "if False:",
    ),
    (
        "an answer that says nothing of a task is no pending task",
        "_tasks/updating",
        "if not records.says_something(state):",
        "if False:",
    ),
    (
        "an update that the task shows is not sent again after an answer that could not be read",
        "_tasks/updating",
        "if there is not None and judging.lacks(there, patch, self._desired):",
        "if there is not None:",
    ),
    (
        "what was held back, and has been completed as wanted since, is not failed",
        "_tasks/updating",
        "if patching.satisfies(there, self._desired) or self._may_be_held_back_again():",
        "if False:",
    ),
    (
        "an update that is held back every time is given up",
        "_tasks/updating",
        "return self._held_back <= max(1, self._client.settings.retries)",
        "return True",
    ),
    ("a precondition is sent", "_tasks/patching", "return tests + replacements", "return replacements"),
    ("also of a task without a modified date", "_tasks/patching", "elif desired.precondition:", "elif False:"),
    ("and none unless it is wanted", "_tasks/patching", "if desired.precondition and task", "if task"),
    (
        "a completed task is left alone without overwrite",
        "_tasks/patching",
        "return not desired.overwrite or (",
        "return bool(",
    ),
    (
        "a task of unknown age is too young",
        "_tasks/patching",
        "return age is None or age < desired.older_than",
        "return age is not None and age < desired.older_than",
    ),
    (
        "a completion time that is there is kept",
        "_tasks/patching",
        "unfinished = records.is_pending(task) and not records.is_being_completed(task)",
        "unfinished = records.is_pending(task)",
    ),
    (
        "moving is a quarter of an hour",
        "_tasks/patching",
        "BEING_COMPLETED_FOR = 15 * 60.0",
        "BEING_COMPLETED_FOR = 15.0",
    ),
    (
        "a completion time that cannot be read is on the safe side",
        "_tasks/patching",
        "return completed is None or (now",
        "return completed is not None and (now",
    ),
    (
        "instants are compared to the millisecond, before they are sent",
        "_tasks/patching",
        "format_instant(there) ==",
        "there ==",
    ),
    (
        "an update is not repeated after an answer that cannot be read, without a look at the task",
        "_http/retrying",
        "SAME_EFFECT = frozenset({Failure.NOT_SENT, Failure.LOST})",
        "SAME_EFFECT = frozenset({Failure.NOT_SENT, Failure.LOST, Failure.UNREADABLE})",
    ),
    (
        "what starts something is sent once",
        "_http/retrying",
        "ONCE = frozenset({Failure.NOT_SENT})",
        "ONCE = frozenset({Failure.NOT_SENT, Failure.UNREADABLE})",
    ),
    (
        "patience comes back when something gets through",
        "_http/retrying",
        "self._successes += 1\n            self._spent = False",
        "self._successes += 1",
    ),
    ("also when that is an update", "_tasks/updating", "self._budget.got_through()", "pass"),
    ("patience runs out for all at once", "_http/retrying", "        self._spent = True\n", ""),
    ("a tenant is not asked sooner than it wants", "_http/retrying", "return asked + random", "return random"),
    ("nor waited for longer than a minute", "_http/retrying", "if asked > MAX_RETRY_AFTER:", "if False:"),
    # What is claimed
    (
        "a late update may have taken effect at an earlier try",
        "_tasks/updating",
        "self._in_doubt = self._in_doubt or error.in_doubt",
        "self._in_doubt = self._in_doubt or (isinstance(error, ApiError) and error.in_doubt)",
    ),
    (
        "a refused one, too",
        "_tasks/updating",
        "self._in_doubt = self._in_doubt or error.in_doubt",
        "self._in_doubt = self._in_doubt or (isinstance(error, TooLateError) and error.in_doubt)",
    ),
    (
        "doubt stays, whatever the next try meets",
        "_tasks/updating",
        "self._in_doubt = self._in_doubt or error.in_doubt",
        "self._in_doubt = error.in_doubt",
    ),
    (
        "an update whose answer was lost is in doubt",
        "_tasks/updating",
        "            self._in_doubt = True\n            return error",
        "            return error",
    ),
    (
        "so is one that was accepted and is not shown",
        "_tasks/updating",
        "        self._in_doubt = True\n        return NotShownError()",
        "        return NotShownError()",
    ),
    (
        "when nobody is let in any more, the doubt is told",
        "_tasks/updating",
        "is_unknown = error.in_doubt or self._in_doubt",
        "is_unknown = error.in_doubt",
    ),
    (
        "also that of the request itself",
        "_tasks/updating",
        "is_unknown = error.in_doubt or self._in_doubt",
        "is_unknown = self._in_doubt",
    ),
    (
        "what was not sent is not claimed however alike what happened instead",
        "_tasks/updating",
        "if isinstance(error, TooLateError) and not self._in_doubt:",
        "if False:",
    ),
    (
        "that nothing is known is told when reading again fails too",
        "_tasks/updating",
        "return self._failed(evidence, f\"{_UNREAD}: {str(trouble).rstrip('.')}\", is_unread=True)\n",
        "return self._failed(evidence, is_unread=True)\n",
    ),
    (
        "what reading again says of nothing is no knowledge",
        "_tasks/updating",
        "if task is not None and not records.says_something(task):",
        "if False:",
    ),
    (
        "a gateway's 404 is no missing task",
        "_api/task_status",
        "if error.status == 404 and error.from_tenant:",
        "if error.status == 404:",
    ),
    (
        "a list that is not there is no word on a task",
        "_tasks/reading",
        "if isinstance(error, ApiError) and error.status == 404:",
        "if False:",
    ),
    (
        "a gateway's refusal proves nothing",
        "_tasks/judging",
        "return error.from_tenant and bool(error.said)",
        "return bool(error.said)",
    ),
    (
        "nor does a 404 at the door",
        "_tasks/judging",
        "_AT_THE_DOOR = (401, 403)",
        "_AT_THE_DOOR = (401, 403, 404)",
    ),
    (
        "a refusal that a try before explains is no proof",
        "_tasks/judging",
        "        and not evidence.in_doubt\n",
        "",
    ),
    (
        "after a 400 only what the patch is about counts as changed",
        "_tasks/judging",
        'if getattr(evidence.error, "status", None) in (400, 422):',
        "if False:",
    ),
    (
        "after a 409 anything does",
        "_tasks/judging",
        'if getattr(evidence.error, "status", None) in (400, 422):',
        "if True:",
    ),
    (
        "what somebody else completed is unchanged, not updated",
        "_tasks/judging",
        'return "unchanged", ""',
        'return "updated", ""',
    ),
    ("the same instant is the same to the second", "_tasks/patching", "total_seconds()) < 1", "total_seconds()) < 10"),
    (
        "an update is recognised by its instant, too",
        "_tasks/patching",
        ' and ("completed" not in sent or _kept(task.get("completed"), sent["completed"]))',
        "",
    ),
    (
        "whatever is no null is a completion status",
        "_api/records",
        "return None if status is None else",
        "return None if not status else",
    ),
    (
        "every task left is failed when nobody is let in",
        "_tasks/clearing",
        "if task_id not in self._names:",
        "if False:",
    ),
    (
        "tasks that are just being completed are looked at again",
        "_tasks/clearing",
        "if not moving:",
        "if True:",
    ),
    (
        "what was not acted on while it was fresh is read again",
        "_tasks/clearing",
        "if acted_on and not updating.is_fresh(read_at, now) and now > until:",
        "if False:",
    ),
    # What time it is
    (
        "a machine's clock that is ahead of the tenant's makes no task look older",
        "_http/tenant_clock",
        "return now + timedelta(seconds=seconds_off(readings, here))",
        "return now - timedelta(seconds=seconds_off(readings, here))",
    ),
    (
        "clocks that differ by less than a minute are taken as one",
        "_http/tenant_clock",
        "if abs(off) <= TOLERATED or",
        "if",
    ),
    (
        "one answer alone makes no task look older",
        "_http/tenant_clock",
        "len(told) < _AGREEING",
        "len(told) < 1",
    ),
    (
        "of what several answers tell the earliest time is believed",
        "_http/tenant_clock",
        "off = min(told, default=0.0)",
        "off = max(told, default=0.0)",
    ),
    (
        "the date of an answer that a cache kept is not believed",
        "_http/tenant_clock",
        ' or str(headers.get("Age", "0")).strip() != "0"',
        "",
    ),
    ("a date that nothing explains is not believed", "_http/tenant_clock", " if abs(off) <= INCREDIBLE]", "]"),
    (
        "an instant that is written is by the clock of the tenant",
        "_tasks/updating",
        "self._now = api.client.now",
        "self._now = api.client.clock.utc_now",
    ),
    (
        "ages are judged by the clock of the tenant",
        "_module/task_status_pending",
        "self._wish.among, self._api.client.now())",
        "self._wish.among, self._api.client.clock.utc_now())",
    ),
    # What is selected and read
    (
        "a task whose source cannot be told is left out where one is excluded",
        "_tasks/vocabulary",
        "            return None\n        return source_id not in source_ids",
        "            return True\n        return source_id not in source_ids",
    ),
    (
        "what cannot be told is not wanted",
        "_tasks/selecting",
        "return all(predicate(task) for predicate in self.predicates)",
        "return all(predicate(task) is not False for predicate in self.predicates)",
    ),
    (
        "every option narrows, not only the first",
        "_tasks/selecting",
        "return all(predicate(task) for predicate in self.predicates)",
        "return all(predicate(task) for predicate in self.predicates[:1])",
    ),
    (
        "the tenant does not judge the source of a pending task",
        "_tasks/selecting",
        'fields -= {"sourceId"}',
        "pass",
    ),
    (
        "a raw filter is one operand beside others",
        "_tasks/selecting",
        'f"({selection.filters})" if expressions or selection.pending else selection.filters',
        "selection.filters",
    ),
    (
        "what selects nothing may be excluded, what excludes nothing may not be selected",
        "_tasks/vocabulary",
        "lambda task: not _finds(patterns, task)",
        "lambda task: _finds(patterns, task)",
    ),
    ("any of several patterns is enough", "_tasks/vocabulary", "return any(one.search", "return all(one.search"),
    (
        "an age counts from the launch",
        "_api/records",
        'task.get("launched")) or parse_instant(task.get("created"))',
        'task.get("created")) or parse_instant(task.get("launched"))',
    ),
    (
        "the target tells the source before the attributes do",
        "_api/records",
        '_text(_application(task).get("id")) or ',
        "",
    ),
    (
        "pages overlap by a record",
        "_api/paging",
        "self._position += max(distinct - 1,",
        "self._position += max(distinct,",
    ),
    (
        "a page that shows nothing seen is no next page",
        "_api/paging",
        "if reader.has_missed_some(tasks):",
        "if False:",
    ),
    (
        "a page as long as gateways give may not be the last",
        "_api/paging",
        "is_longest and len(page) in _USUAL_CAPS",
        "False",
    ),
    ("nor is one behind which the tenant counts more", "_api/paging", "goes_on = end < total", "pass"),
    (
        "a list that always shows the same is not read for ever",
        "_api/paging",
        "if self._futile_pages >= _MAX_FUTILE_PAGES + _MAX_ARRIVING // step:",
        "if False:",
    ),
    (
        "nor is one that begins anew each time",
        "_api/paging",
        "if anew or len(self._seen) == seen_before",
        "if len(self._seen) == seen_before",
    ),
    (
        "a list that goes on behind what the tenant counts has no end",
        "_api/paging",
        "if self._contradictions >= MAX_CONTRADICTIONS:",
        "if False:",
    ),
    (
        "but it may have grown",
        "_api/paging",
        "self._counted = total = total if counted is None else counted",
        "pass",
    ),
    ("a list that is not counted has a bound", "_api/paging", "if self._most is None and max(", "if False and max("),
    (
        "a page with more tasks than it counts is not believed",
        "_tasks/listing",
        "raise contradiction(self.total or 0, end)",
        "return page.records",
    ),
    (
        "pages without news count in a row",
        "_api/paging",
        "len(self._seen) == seen_before else 0",
        "len(self._seen) == seen_before else self._futile_pages",
    ),
    (
        "a record that two pages show is one",
        "_api/paging",
        "if key not in self._seen and self.wants_more():",
        "if self.wants_more():",
    ),
    (
        "a limit counts after what is selected here",
        "_tasks/listing",
        "most = limit if (plan.exact and not sorted_here) or (limit == 0 and not counted_here) else None",
        "most = limit",
    ),
    ("an offset does not lower the count", "_tasks/listing", "start = 0 if counted_here else offset", "start = offset"),
    ("the newest comes first where that is wanted", "_tasks/listing", 'reverse=sorters == "-created"', "reverse=False"),
    (
        "an id that a list does not show is asked for by itself",
        "_tasks/reading",
        "self._not_filterable.update(chunk)  #",
        "states.update(dict.fromkeys(chunk)); [self._unread.pop(one) for one in chunk]; return  #",
    ),
    (
        "an error of one task is no other's",
        "_tasks/reading",
        "            states[task_id] = error.kept()\n",
        "                raise\n",
    ),
    ("what was given back is read", "_tasks/reading", "self._unread = {**given_back, **self._unread}", "pass"),
    ("no id leads to another path", "_tasks/reading", 'if task_id in ("", ".", ".."):', 'if task_id in ("",):'),
    (
        "a tenant that fails for a while is waited out",
        "_tasks/waiting",
        "return error.status >= 500 or error.status == 429",
        "return False",
    ),
    ("one that refuses is not", "_tasks/waiting", "return error.passing", "return True"),
    (
        "what is not completed in time is late",
        "_tasks/waiting",
        "return Waited(states, waiting,",
        "return Waited(states, [],",
    ),
    (
        "what is not there is not waited for",
        "_tasks/waiting",
        "return state is not None and records.is_pending(state)",
        "return state is None or records.is_pending(state)",
    ),
    # What is told
    ("that tasks were left out in doubt is told", "_tasks/listing", "    if ids:\n", "    if False:\n"),
    # One call over all pending tasks
    (
        "more tasks than allowed are not touched",
        "_tasks/guarding",
        "selected > guards.max_tasks:",
        "selected > guards.max_tasks + 1:",
    ),
    (
        "nor is a greater share",
        "_tasks/guarding",
        "if selected > round(guards.max_fraction * pending, 6):",
        "if False:",
    ),
    (
        "a few stuck tasks are cleared, whatever share they are",
        "_tasks/guarding",
        "selected <= guards.max_fraction_above:",
        "False:",
    ),
    (
        "a record that cannot be asked for is left out",
        "_tasks/sifting",
        "task_id = usable_id(task)",
        'task_id = str(task.get("id"))',
    ),
    (
        "what may be excluded is left out",
        "_tasks/sifting",
        "        if answer is None:\n",
        "        if False:\n",
    ),
    (
        "among no ids nothing is selected",
        "_tasks/sifting",
        "if among is not None:",
        "if among:",
    ),
    (
        "what an exclusion may match is not counted as matched",
        "_tasks/sifting",
        "any(excludes(task) is False for excludes in matching)",
        "any(not excludes(task) for excludes in matching)",
    ),
    (
        "an aggregation whose counts move is left alone",
        "_tasks/observing",
        " + _moved(counts.get(task_id), later.get(task_id))",
        "",
    ),
    (
        "a task that changes while it is observed is left alone",
        "_tasks/observing",
        "_changed(task, pending) + ",
        "",
    ),
    (
        "what ended while it was observed is told as that",
        "_tasks/observing",
        "isinstance(state, dict) and records.is_pending(state) else",
        "isinstance(state, dict) else",
    ),
    (
        "who may not read the counts is not refused a hundred times",
        "_tasks/observing",
        "if not chunk or (counts and all(map(_is_refused, counts.values()))):",
        "if not chunk:",
    ),
    (
        "an update that is accepted and does not show is failed",
        "_tasks/confirming",
        "still = [task_id for task_id in still if may_be_pending(states[task_id])]",
        "still = []",
    ),
    (
        "counts that cannot be read a second time may have moved",
        "_tasks/observing",
        'return ["counts"] if after is None or',
        "return [] if after is None or",
    ),
    (
        "what left the list while it was read is not taken for pending",
        "_api/paging",
        "self.not_seen_again |= keys",
        "pass",
    ),
    (
        "a list that lags behind is not believed",
        "_tasks/confirming",
        "len(pending) - len(shown) + len(still)",
        "len(pending)",
    ),
    (
        "that the tenant refuses a type is told",
        "_tasks/listing",
        '    api.client.warn(\n        f"The tenant refuses',
        '    str(\n        f"The tenant refuses',
    ),
    (
        "a precondition that the tenant does not take is explained",
        "_tasks/judging",
        'return "failed", _not_taken(tested) if is_refused and tested else ""',
        'return "failed", ""',
    ),
    ("one request that is refused is one request", "_http/sign_in", "self._refused += 1", "self._refused += 10"),
    ("and a token that is refused is renewed", "_http/sign_in", "and times == 1 and", "and times == 0 and"),
    (
        "who gets through ends the row",
        "_http/sign_in",
        "token.proven = True\n        self._refused = 0",
        "token.proven = True",
    ),
    ("no pause goes beyond the deadline", "_http/exchange", "if pause > self._wire.left:", "if False:"),
    ("nor does one after 429", "_http/exchange", "is_in_time = pause <= self._wire.left", "is_in_time = True"),
    ("nor the pace", "_http/pace", "if now + delay > self._clock.deadline:", "if False:"),
    (
        "what held a request back is told at the end",
        "_tasks/waiting",
        "self._trouble = self._trouble or error",
        "self._trouble = error",
    ),
    ("an update that shows late is waited for", "_tasks/clearing", "            self._look_again()\n", ""),
    ("what shows it is no failure any more", "_tasks/clearing", "if outcome is not None:", "if False:"),
    ("an empty refusal is believed by nobody", "_tasks/judging", " and bool(error.said)", ""),
    (
        "what is in doubt may show late",
        "_tasks/judging",
        "return evidence.in_doubt or not isinstance",
        "return not isinstance",
    ),
    (
        "another's update is another's by the millisecond",
        "_tasks/patching",
        "    if there.microsecond:",
        "    if False:",
    ),
    (
        "what nobody expects hides no update",
        "_tasks/updating",
        "        patch = self.sent.get(task_id, [])",
        "        patch = []",
    ),
    (
        "and is no end for the others",
        "_tasks/updating",
        "        except Exception as unexpected:",
        "        except KeyError as unexpected:",
    ),
    (
        "the tenant's own words are told",
        "_tasks/updating",
        'told["message"] = f"{str(error)',
        'told["message"] = f"{str(type(error))',
    ),
)


def all_of(targets: Iterable[str] | None) -> list[Fault]:
    """Return the faults of some files; None: all."""
    return [
        Fault(rule, replaced(target, old, new))
        for rule, target, old, new in _FAULTS
        if not targets or target in targets
    ]
