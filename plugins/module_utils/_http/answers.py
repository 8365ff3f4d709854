# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The boundary that every answer crosses: on the other side are bytes, on this one data or an error.

What is too long, no text, no JSON, nested too deeply or half a character is dealt with here, and here secrets are
censored in what was decoded. Pure, but that an :class:`AnswerReader` knows the secrets had so far.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .._errors import ApiError, NoAnswerError
from .._wording import one_line
from . import addresses
from .censoring import Censor
from .settings import ConnectionSettings

MAX_DEPTH = 100  # levels of an answer; Ansible's own limit is somewhere above 150, depending on its release

_CONTAINERS = frozenset({dict, list})
_HALF_OF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")  # or a whole one
_TEXT_KEYS = ("error_description", "error", "message", "formatted_msg", "errorMessage", "detailMessage")


class Reply(NamedTuple):
    """What came over the wire: the HTTP status, the headers, and the body's bytes without their Content-Encoding."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Answer(NamedTuple):
    """A successful answer: its HTTP status, its headers, and its JSON body as data (None where there was no body)."""

    status: int
    headers: Mapping[str, str]
    data: Any


class Said(NamedTuple):
    """What an error's body says: its text, empty if there is none, its detail code and its tracking id."""

    text: str
    detail_code: str | None
    tracking_id: str | None


class AnswerReader:
    """Reads the answers of one tenant."""

    def __init__(self, settings: ConnectionSettings, censor: Censor) -> None:
        self._settings = settings
        self._censor = censor

    def answer(self, name: str, method: str, reply: Reply) -> Answer:
        """Return what a reply holds, its secrets censored.

        :param name: of the request, as messages show it
        :raises NoAnswerError: its body is not what a body of this API looks like
        """
        if method == "HEAD" or reply.status == 204:
            return Answer(reply.status, reply.headers, None)
        try:
            return Answer(reply.status, reply.headers, self._data(reply))
        except ValueError:
            raise self._unreadable(name, reply) from None

    def error(self, name: str, reply: Reply, advice: str = "", quoted: bool = True) -> ApiError:
        """Return the error that a reply is.

        :param advice: what to do about it
        :param quoted: whether to quote what the body says. What answers a secret may hold it in a form that nobody
            knows.
        """
        try:
            data = parsed(text_of(reply.body)) if quoted else None
        except ValueError:
            data = None
        told = said(data)
        text = told.text
        if not text and data is None and is_page(reply.body):
            text = "a web page instead of an answer, as gateways send it"
        tracking_id = told.tracking_id or (reply.headers.get("SLPT-Request-ID") if quoted else None)
        detail_code = self.shown(told.detail_code) if told.detail_code else None
        tracking_id = self.shown(tracking_id) if tracking_id else None
        error = ApiError(name, reply.status, self.shown(text), detail_code, tracking_id, advice)
        error.from_tenant = isinstance(data, dict) or not reply.body
        return error

    def token(self, name: str, reply: Reply) -> tuple[str, float | None]:
        """Return the token in the token endpoint's reply, and its lifetime in seconds (None: not told). From then on it
        is censored.

        :raises NoAnswerError: there is none
        """
        told = access_token(reply.body)
        if told is None:
            # The answer itself may hold a token in a form not understood, so it is not quoted.
            what = f"and a web page; {self._not_the_api()}" if is_page(reply.body) else "but no access_token"
            raise NoAnswerError(f"{name} was answered with HTTP {reply.status} {what}.")
        self._censor.keep(told[0])
        return told

    def shown(self, text: str) -> str:
        """Return the beginning of a text from outside as one line without secrets."""
        return one_line(self._censor.scrub(text))

    def _data(self, reply: Reply) -> Any:
        text = text_of(reply.body)
        data = parsed(text)
        # Escapes may stand for any character, so they hide a secret from whoever looks at the text as it came.
        if self._censor.finds(text) or ("\\" in text and self._censor.finds(json.dumps(data, ensure_ascii=False))):
            return self._censor.scrub_data(data)
        return data

    def _unreadable(self, name: str, reply: Reply) -> NoAnswerError:
        kind = self.shown(reply.headers.get("Content-Type", "no content type").partition(";")[0])
        what = f"a body that is not JSON ({kind})" if reply.body else "an empty body"
        advice = f"; {self._not_the_api()}" if is_page(reply.body) else ""
        message = f"{name} was answered with HTTP {reply.status} and {what}{advice}."
        return NoAnswerError(self._censor.scrub(message), reply.status)

    def _not_the_api(self) -> str:
        """Return what to think of a web page in place of an answer."""
        address = self._settings.base_url
        if addresses.is_vendors_api(address):
            return "something between here and the tenant answers in its place, such as a gateway or a proxy"
        return (
            f"{address} looks like the address of the user interface or of a gateway, the API's is such as "
            f"https://TENANT.api.identitynow.com; check {self._settings.address_option}"
        )


def joined(pieces: Iterable[bytes]) -> bytes:
    """Return a body whose pieces come one by one. All bytes of all bodies come by here: the place to bound them."""
    return b"".join(pieces)


def text_of(body: bytes) -> str:
    """Return a JSON body as text, with what is none in its encoding replaced."""
    return body.decode(json.detect_encoding(body), "replace")


def parsed(text: str) -> Any:
    """Return the data in a JSON text.

    :raises ValueError: it is no JSON, or nested so deeply that Ansible could not hand it on
    """
    try:
        data = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _is_deep(data):
        raise ValueError("nested too deeply")
    if _HALF_OF_A_PAIR.search(text):
        # Half of a surrogate pair is no text that UTF-8 can hold: Ansible would refuse the whole result for it.
        text = json.dumps(data, ensure_ascii=False)
        data = json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return data


def access_token(body: bytes) -> tuple[str, float | None] | None:
    """Return the token in the token endpoint's answer and its lifetime in seconds (None: not told), if there is one."""
    try:
        data = parsed(text_of(body))
    except ValueError:
        return None
    value = data.get("access_token") if isinstance(data, dict) else None
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value.strip():
        return None
    try:
        lifetime = float(data.get("expires_in"))
    except (TypeError, ValueError, OverflowError):
        return value, None
    return value, lifetime if lifetime > 0 else None


def said(data: Any) -> Said:
    """Return what an error's body says, in any of the vendor's forms."""
    if not isinstance(data, dict):
        return Said("", None, None)
    # The vendor's messages are general, its causes say what it was; each comes in several languages.
    text = ": ".join(dict.fromkeys(text for key in ("messages", "causes") for text in _texts(data.get(key))[:1]))
    if not text:
        found = (data.get(key) for key in _TEXT_KEYS)
        text = next((value for value in found if isinstance(value, str) and value), "")
    detail_code, tracking_id = data.get("detailCode"), data.get("trackingId")
    return Said(text, str(detail_code) if detail_code else None, str(tracking_id) if tracking_id else None)


def is_page(body: bytes) -> bool:
    """Whether a body is a web page, as gateways and user interfaces send it."""
    return b"<html" in body[:1000].lower()


def _is_deep(data: Any) -> bool:
    level: list[Any] = [[data]]
    for _depth in range(MAX_DEPTH):
        # json makes no subclasses, and this looks at every value of long lists.
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if type(child) in _CONTAINERS
        ]
        if not level:
            return False
    return True


def _texts(messages: Any) -> list[str]:
    if not isinstance(messages, list):
        return []
    texts = [message.get("text") for message in messages if isinstance(message, dict)]
    return [text.rstrip(".") for text in texts if isinstance(text, str) and text]
