# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API's filter expressions.

Grammar: https://developer.sailpoint.com/docs/api/standard-collection-parameters#filtering-results
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .._errors import OptionError

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|[()]|[^()"]+', re.DOTALL)


def quote(value: str) -> str:
    r"""Return a value as a string literal: in double quotes, ``\`` as ``\\`` and ``"`` as ``\"``."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def equals_any(field: str, values: Sequence[str]) -> str:
    """Return ``field eq "a"`` for one value, ``field in ("a", "b")`` for more."""
    if len(values) == 1:
        return f"{field} eq {quote(values[0])}"
    return f"{field} in ({', '.join(map(quote, values))})"


def is_null(field: str) -> str:
    """Return ``field isnull``."""
    return f"{field} isnull"


def all_of(expressions: Iterable[str]) -> str:
    """Return the expressions joined by ``and``; the empty string for none."""
    return " and ".join(expressions)


def check_expression(option: str, expression: str) -> str:
    """Return a raw expression, stripped, after making sure that parentheses around it would hold all of it.

    :raises OptionError: it is empty, or a quote or a parenthesis is left open or closed too often
    """
    text = expression.strip()
    depth = position = 0
    for token in _TOKEN.finditer(text):
        if token.start() != position:
            break
        position = token.end()
        depth += {"(": 1, ")": -1}.get(token.group(), 0)
        if depth < 0:
            raise OptionError(option, f"{text!r} closes a parenthesis that was not opened")
    if position != len(text):
        raise OptionError(option, f"{text!r} leaves a double quote open")
    if depth:
        raise OptionError(option, f"{text!r} leaves a parenthesis open")
    if not text:
        raise OptionError(option, "the expression is empty")
    return text
