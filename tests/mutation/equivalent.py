# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mutants that do not count, by kind. None of them changes an outcome, a message or a count, nor what a request says.

Nobody could tell most of them from the code as it is. Those of TUNING can be told by how many requests reading takes in
rare cases, or by how many threads there are, by one more or less.
"""

from __future__ import annotations

import re

from mutation.mutants import Mutant

FALSY = "False, None, 0 and an empty text mean the same to what asks for them"
STRIPPED = "strips what the text does not end with"
TYPES = "cannot be otherwise, but the type checker does not know that"
SET_LATER = "is set again before it is used"
TUNING = "how much is done at once, or how soon something is given up, by one more or less"
BOUNDARY = "the boundary of a length of time that is measured in fractions of a second"
STANDSTILL = "only where the machine stands still between two lines"
UNSEEN = "a part of the evidence or of the error that is not looked at there"
SAME_END = "the function ends there anyway"

#: By kind: the end of a file's name, and what the line before and the line after hold.
_KINDS: dict[str, tuple[tuple[str, str, str], ...]] = {
    STRIPPED: (("", "strip('.')", "strip('XX.XX')"),),
    TYPES: (
        ("_tasks/judging", 'getattr(evidence.error, "status", None)', 'getattr(evidence.error, "status", )'),
        ("_tasks/patching", "instant is not None and", "(there is not None) and abs"),
        ("_tasks/waiting", "if trouble is not None and", "if (elapsed >= patience.timeout) and"),
        ("_tasks/reading", "isinstance(error, ApiError) and error.status == 404", "if (error.status == 404)"),
        ("_http/retrying", "if retry_after is None:", "if (retry_after is None) and False:"),
    ),
    SET_LATER: (
        ("_tasks/reading", "self._listed_in_round = 0", "self._listed_in_round = "),
        ("_tasks/reading", "self._list_ended = False", "self._list_ended = True"),
        ("_tasks/reading", "self._list_may_pay(), False", "self._list_may_pay(), True"),
        ("_api/paging", "self._futile_pages = 0", "self._futile_pages = 1"),
    ),
    TUNING: (
        ("_tasks/reading", "_MAX_FILTER = 6000", "_MAX_FILTER = 6001"),
        ("_tasks/reading", "_THREADS = 8", "_THREADS = 9"),
        ("_tasks/reading", "self._barren_pages = 0", "self._barren_pages = 1"),
        ("_tasks/reading", "self._barren_pages < len(", "self._barren_pages <= len("),
        ("_tasks/reading", "len(self._unread) > 1", "len(self._unread) > 2"),
        ("_tasks/reading", "pending_in_list else 1", "pending_in_list else 2"),
        ("_tasks/reading", "found >= enough", "found > enough"),
        ("_tasks/reading", "length = 0", "length = 1"),
        ("_tasks/reading", "own_length = len(quote(", "own_length = len(quote("),
        ("_tasks/reading", "own_length > _MAX_FILTER", "own_length >= _MAX_FILTER"),
        ("_tasks/reading", "length > _MAX_FILTER", "length >= _MAX_FILTER"),
        ("_tasks/clearing", "if left:", "if (left) or True:"),
        ("_tasks/clearing", "min(self._concurrency, tasks, limit", "min(self._concurrency, limit"),
        ("_http/retrying", "min(failures, 10)", "min(failures, 11)"),
    ),
    BOUNDARY: (
        ("_tasks/updating", "if clock() > latest:", "if clock() >= latest:"),
        ("_tasks/clearing", "and now > until:", "and now >= until:"),
    ),
    STANDSTILL: (("_tasks/clearing", "if acted_on and not updating", "if (not updating"),),
    UNSEEN: (
        ("_tasks/updating", "judging.Evidence(before, patch, error, is_unknown)", "error, None)"),
        ("_tasks/updating", "judging.Evidence(before, patch, error, False)", "judging.Evidence(before, patch, error, "),
        ("_tasks/updating", 'NoAnswerError("the answer says', 'raise NoAnswerError("the answer says'),
    ),
    SAME_END: (
        ("_tasks/reading", "return False", "return True"),  # after a list that could not be read, which ends it
        ("_tasks/clearing", "break", "return"),
    ),
}


def reason_of(mutant: Mutant) -> str:
    """Return why a mutant is equivalent, empty if it is not known to be."""
    if mutant.after in (re.sub(r"\bFalse\b", "None", mutant.before), re.sub(r"\bNone\b", '""', mutant.before)):
        return FALSY
    for reason, entries in _KINDS.items():
        for target, before, after in entries:
            if mutant.target.endswith(target) and before in mutant.before and after in mutant.after:
                return reason
    return ""
