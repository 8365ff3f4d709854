# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets in text from outside, in whatever form they come back."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

CENSORED = "********"

_MIN_SECRET = 8  # characters; what is shorter may stand in an answer by chance
_ESCAPE = re.compile("%[0-9A-F]{2}")


class Censor:
    """Knows the secrets of one client, and replaces them in text and data from outside."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets: set[str] = set()
        self.keep(*secrets)

    @property
    def secrets(self) -> list[str]:
        """What must be shown nowhere."""
        return list(self._secrets)

    def keep(self, *secrets: str) -> None:
        """Remember more secrets."""
        self._secrets.update(secrets)
        self._forms = forms_of(self._secrets)
        long = [secret for secret in self._secrets if len(secret) >= _MIN_SECRET]
        forms = forms_of(long)
        self._telling = telling_forms([*forms, *(json.dumps(form, ensure_ascii=False)[1:-1] for form in forms)])

    def finds(self, text: str) -> bool:
        """Whether a text, or the data that it is the JSON of, holds a secret. Quick: long lists are looked through."""
        return any(form in text for form in self._telling)

    def scrub(self, text: str) -> str:
        """Return a text with every secret replaced, as it is and in the usual encodings."""
        return censor(text, self._forms)

    def scrub_data(self, data: Any) -> Any:
        """Return data of JSON with every secret replaced in every text."""
        if isinstance(data, dict):
            return {self.scrub_data(key): self.scrub_data(value) for key, value in data.items()}
        if isinstance(data, list):
            return [self.scrub_data(value) for value in data]
        return self.scrub(data) if isinstance(data, str) else data


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
