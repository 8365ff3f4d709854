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
from urllib.parse import quote, quote_plus, unquote_to_bytes

CENSORED = "********"
MIN_SECRET = 8  # characters; what is shorter stands in ids, dates and words by chance

_MAX_TOKENS = 32  # that are remembered; older ones are long dead
_MAX_LAYERS = 10  # of escapes within escapes
_ESCAPE = re.compile("%[0-9A-F]{2}")
_BACKSLASHED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*")  # begins with what is quick to look for
_SHORT_ESCAPES = {"\\b": "\b", "\\f": "\f", "\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\/": "/"}
_BACKSLASH = "\udcff"  # stands for one that is done with: half of a pair is in no text


class Censor:
    """Knows the secrets of one client, and replaces them in text and data from outside.

    A secret of fewer than 8 characters is replaced in sentences alone, where it stands as a word: in an id or in data
    it would be there by chance, and what is left would be another id.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        """Take the secrets that are never forgotten."""
        self._own = {secret: _Forms(secret) for secret in secrets if secret}
        self._tokens: dict[str, _Forms] = {}
        self._gather()

    @property
    def secrets(self) -> list[str]:
        """What must be shown nowhere, not even within something else."""
        return [secret for secret in (*self._own, *self._tokens) if is_long(secret)]

    def keep(self, token: str) -> None:
        """Remember a token, in place of the oldest where they are many."""
        tokens = {**self._tokens, token: self._tokens.get(token) or _Forms(token)}
        self._tokens = dict(list(tokens.items())[-_MAX_TOKENS:])
        self._gather()

    def finds(self, text: str) -> bool:
        """Whether a text, or the data that it is the JSON of, holds a secret. Quick: long lists are looked through."""
        return any(form in text for form in self._telling) or self._finds_unescaped(text) is not None

    def scrub(self, text: str) -> str:
        """Return a text with every secret replaced, as it is and in the usual encodings.

        Where one is hidden by other escapes, what is returned is the text without escapes.
        """
        text = censor(text, self._forms)
        unescaped_text = self._finds_unescaped(text)
        return text if unescaped_text is None else censor(unescaped_text, self._plain)

    def scrub_sentence(self, text: str) -> str:
        """Return a sentence from outside likewise, without short secrets either."""
        text = self.scrub(text)
        return self._words.sub(CENSORED, text) if self._words else text

    def scrub_data(self, data: Any) -> Any:
        """Return data of JSON with every secret replaced in every text."""
        if isinstance(data, dict):
            return {self.scrub_data(key): self.scrub_data(value) for key, value in data.items()}
        if isinstance(data, list):
            return [self.scrub_data(value) for value in data]
        return self.scrub(data) if isinstance(data, str) else data

    def _finds_unescaped(self, text: str) -> str | None:
        """Return a text without its escapes if that holds a secret."""
        if not any(sign in text for sign in "\\%&"):
            return None
        plain = unescaped(text).replace("+", " ")
        return plain if any(form in plain for form in self._plain) else None

    def _gather(self) -> None:
        known = [*self._own.values(), *self._tokens.values()]
        words = [rf"(?<!\w){re.escape(word)}(?!\w)" for word in _longest_first(one.word for one in known if one.word)]
        self._words = re.compile("|".join(words)) if words else None
        self._forms = _longest_first(form for one in known for form in one.forms)
        self._telling = [form for one in known for form in one.telling]
        self._plain = _longest_first(form for one in known for form in one.plain)


class _Forms:
    """The forms of one secret: all; those that tell whether any is there; and those in a text without its escapes. Of
    a short one, the word that it is.
    """

    def __init__(self, secret: str) -> None:
        self.word = "" if is_long(secret) else secret
        self.forms = forms_of([secret] if is_long(secret) else [])
        self.telling = telling_forms(self.forms)
        # A backslash at the end belongs to whatever follows, and in a form + is a blank.
        plain = {unescaped(form).rstrip("\\").replace("+", " ") for form in self.forms}
        self.plain = [form for form in plain if is_long(form)]


def is_long(secret: str) -> bool:
    """Whether a secret cannot be part of something else by chance."""
    return len(secret) >= MIN_SECRET


def unescaped(text: str) -> str:
    """Return a text without escapes of JSON, URLs and HTML, whatever the layers in which they are."""
    for _layer in range(_MAX_LAYERS):
        before = text
        if "\\" in text:
            text = _without_backslashes(text)
        if "%" in text:
            text = _PERCENT.sub(_without_percent, text)
        if "&" in text:
            import html  # rarely needed

            text = html.unescape(text)
        if text == before:
            break
    try:
        text.encode()
    except UnicodeEncodeError:  # halves of pairs, each escaped
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _without_backslashes(text: str) -> str:
    # Long lists have many of the short ones, which are quick to replace.
    text = text.replace("\\\\", _BACKSLASH)
    for escape, character in _SHORT_ESCAPES.items():
        text = text.replace(escape, character)
    if "\\" in text:
        text = _BACKSLASHED.sub(
            lambda match: chr(int(match[1] or match[2], 16)) if match[3] is None else match[3], text
        )
    return text.replace(_BACKSLASH, "\\")


def _without_percent(match: re.Match[str]) -> str:
    content = unquote_to_bytes(match[0])
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _longest_first(forms: Iterable[str]) -> list[str]:
    return sorted(set(forms), key=len, reverse=True)


def forms_of(secrets: Iterable[str]) -> list[str]:
    """Return the forms of secrets to look for in text, the longest first, since one may be a part of another.

    As they are, as JSON, percent-encoded (RFC 3986, and as a form) with hexadecimal digits in either case, and base64
    (RFC 4648, both alphabets) without its padding, and as UTF-8 that was taken for Latin-1, as headers are. Base64 of a
    text that only contains a secret is not found.
    """
    forms: set[str] = set()
    for secret in secrets:
        encoded = {quote(secret), quote(secret, safe=""), quote_plus(secret)}
        forms |= {secret, json.dumps(secret)[1:-1], *encoded}
        forms |= {_ESCAPE.sub(lambda match: match[0].lower(), text) for text in encoded}
        content = secret.encode("utf-8", "surrogatepass")
        forms.add(content.decode("latin-1"))
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            forms.add(encode(content).decode("ascii").rstrip("="))
    return _longest_first(forms - {""})


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
