# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The boundary that every answer crosses: on the other side are bytes, on this one data or an error.

What is no text, no JSON, nested too deeply, too much or half a character is dealt with here, and here secrets are
censored in what was decoded. Pure, but that an :class:`AnswerReader` knows the secrets had so far.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn, Union

from .._errors import ApiError, NoAnswerError
from .._wording import one_line
from . import addresses
from .censoring import Censor
from .settings import ConnectionSettings

MAX_DEPTH = 100  # levels of an answer; Ansible's own limit is somewhere above 150, depending on its release
# Two thousand for each task of a full page. Each takes 64 bytes and more, from as little as three of the text.
MAX_VALUES = 500_000
_MAX_DIGITS = 4300  # of a whole number, as Python since 3.11: reading one takes the square of their number

_CONTAINERS = frozenset({dict, list})
_HALF_OF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")  # or a whole one
_TEXT_KEYS = ("error_description", "error", "message", "formatted_msg", "errorMessage", "detailMessage")


Body = Union[bytes, bytearray]


class Reply(NamedTuple):
    """What came over the wire: the HTTP status, the headers, and the body's bytes.

    ``problem``: what is wrong with a body that was not taken, such as ``a body of more than 32 MiB``; it is empty then.
    ``under_way``: when on the client's clock it was asked for and had come, None where nobody noted it.
    """

    status: int
    headers: Mapping[str, str]
    body: Body
    problem: str = ""
    under_way: tuple[float, float] | None = None


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
        if not reply.problem:
            # Not raised from here: errors are kept, and with them the frames of what they came of.
            with contextlib.suppress(ValueError):
                return Answer(reply.status, reply.headers, self._data(reply))
        raise self._unreadable(name, reply)

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
        text = told.text or reply.problem
        if not text and data is None and is_page(reply.body):
            text = "a web page instead of an answer, as gateways send it"
        tracking_id = told.tracking_id or (reply.headers.get("SLPT-Request-ID") if quoted else None)
        detail_code = self.shown(told.detail_code) if told.detail_code else None
        tracking_id = self.shown(tracking_id) if tracking_id else None
        error = ApiError(name, reply.status, self.shown(text), detail_code, tracking_id, advice)
        error.from_tenant = isinstance(data, dict) or not (reply.body or reply.problem)
        _let_go(reply)
        return error

    def token(self, name: str, reply: Reply) -> tuple[str, float | None]:
        """Return the token in the token endpoint's reply, and its lifetime in seconds (None: not told). From then on it
        is censored.

        :raises NoAnswerError: there is none
        """
        if reply.problem:
            raise self._unreadable(name, reply)
        told = access_token(reply.body)
        if told is None:
            # The answer itself may hold a token in a form not understood, so it is not quoted.
            what = f"and a web page; {self._not_the_api()}" if is_page(reply.body) else "but no access_token"
            raise NoAnswerError(f"{name} was answered with HTTP {reply.status} {what}.")
        self._censor.keep(told[0])
        return told

    def shown(self, text: str) -> str:
        """Return the beginning of a text from outside as one line without secrets."""
        return one_line(self._censor.scrub_sentence(text))

    def _data(self, reply: Reply) -> Any:
        text = text_of(reply.body)
        data = parsed(text)
        return self._censor.scrub_data(data) if self._censor.finds(text) else data

    def _unreadable(self, name: str, reply: Reply) -> NoAnswerError:
        kind = self.shown(reply.headers.get("Content-Type", "no content type").partition(";")[0])
        what = reply.problem or (f"a body that is not JSON ({kind})" if reply.body else "an empty body")
        advice = f"; {self._not_the_api()}" if is_page(reply.body) else ""
        message = f"{name} was answered with HTTP {reply.status} and {what}{advice}."
        _let_go(reply)
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


def _let_go(reply: Reply) -> None:
    """Empty a body that an error was made of: the error is kept, and with it what was at hand where it was raised."""
    if isinstance(reply.body, bytearray):
        reply.body.clear()


def text_of(body: Body) -> str:
    """Return a JSON body as text, with what is none in its encoding replaced."""
    return body.decode(json.detect_encoding(body), "replace")


def parsed(text: str, numbers: bool = True) -> Any:
    """Return the data in a JSON text.

    :param numbers: whether what is no number in JSON, or none that a computer holds, is an error

    :raises ValueError: it is no JSON (RFC 8259), which has no infinity and nothing that is not a number; or nested so
        deeply that Ansible could not hand it on; or of more values than any answer has
    """
    if sum(map(text.count, ",[{")) > MAX_VALUES:  # before any of them takes memory
        raise ValueError("too many values")
    try:
        data = (_DECODER if numbers else _LENIENT_DECODER).decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _is_deep(data):
        raise ValueError("nested too deeply")
    if _HALF_OF_A_PAIR.search(text):
        # Half of a surrogate pair is no text that UTF-8 can hold: Ansible would refuse the whole result for it.
        text = json.dumps(data, ensure_ascii=False)
        data = _DECODER.decode(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return data


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("too large a number")
    return number


def _whole(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise ValueError("too long a number")
    return int(text)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_int=_whole, parse_constant=_no_number)
_LENIENT_DECODER = json.JSONDecoder(parse_int=_whole)


def access_token(body: Body) -> tuple[str, float | None] | None:
    """Return the token in the token endpoint's answer and its lifetime in seconds (None: not told), if there is one."""
    try:
        data = parsed(text_of(body), numbers=False)  # the one that there is, is looked at here
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


def is_page(body: Body) -> bool:
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
