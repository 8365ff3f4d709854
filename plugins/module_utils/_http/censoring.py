# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: secrets in text from outside, in whatever form they come back. Pure functions."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

CENSORED = "********"

_ESCAPE = re.compile("%[0-9A-F]{2}")


def forms_of(secrets: Iterable[str]) -> list[str]:
    """Return the forms of secrets to look for in text, the longest first, since one may be a part of another.

    As they are, as JSON, percent-encoded (RFC 3986, and as a form) with hexadecimal digits in either case, and base64
    (RFC 4648, both alphabets) without its padding. Base64 of a text that only contains a secret is not found.
    """
    forms: set[str] = set()
    for secret in secrets:
        encoded = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
        forms |= {secret, json.dumps(secret)[1:-1], *encoded}
        forms |= {_ESCAPE.sub(lambda match: match[0].lower(), text) for text in encoded}
        content = secret.encode("utf-8", "surrogateescape")
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            forms.add(encode(content).decode("ascii").rstrip("="))
    return sorted(forms - {""}, key=len, reverse=True)


def telling_forms(forms: Iterable[str]) -> list[str]:
    """Return those of :func:`forms_of` that tell whether any is there: none that holds another."""
    telling: list[str] = []
    for form in sorted(forms, key=len):
        if not any(shorter in form for shorter in telling):
            telling.append(form)
    return telling


def censor(text: str, forms: Iterable[str]) -> str:
    """Return a text with every one of :func:`forms_of` replaced."""
    for form in forms:
        text = text.replace(form, CENSORED)
    return text
