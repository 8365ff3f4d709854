# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: what the bytes of an answer, or the lack of one, say. Pure functions."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
from collections.abc import Iterator
from typing import Any

with contextlib.suppress(ImportError):  # _transport keeps the traceback; hosts check it before they make a client
    from urllib3.exceptions import InvalidHeader

_DEEPEST = 100  # levels of an answer; Ansible's own limit is somewhere above 150, depending on its release
_CONTAINERS = frozenset({dict, list})
_MOST_TEXT = 300  # characters of an answer that an error quotes
_HALF_OF_A_PAIR = re.compile(r"\\u[dD][89a-fA-F]")  # or a whole one


def parsed(body: bytes) -> Any:
    """Return the data in a JSON body, with what is no text in its encoding replaced.

    :raises ValueError: it is no JSON, or nested so deeply that Ansible could not hand it on
    """
    text = body.decode(json.detect_encoding(body), "replace")
    try:
        data = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if body.count(b"[") + body.count(b"{") > _DEEPEST and _is_deep(data):
        raise ValueError("nested too deeply")
    if _HALF_OF_A_PAIR.search(text):
        # Half of a surrogate pair is no text that UTF-8 can hold: Ansible would refuse the whole result for it.
        text = json.dumps(data, ensure_ascii=False)
        data = json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return data


def access_token(body: bytes) -> tuple[str, float | None] | None:
    """Return the token in the token endpoint's answer and its lifetime in seconds (None: not told), if there is one."""
    try:
        data = parsed(body)
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


def said(data: Any) -> tuple[str, str | None, str | None]:
    """Return what an error's body says: its text, detail code and tracking id, in any of the vendor's forms."""
    if not isinstance(data, dict):
        return "", None, None
    # The vendor's messages are general, its causes say what it was; each comes in several languages.
    said = ": ".join(dict.fromkeys(text for key in ("messages", "causes") for text in _texts(data.get(key))[:1]))
    if not said:
        for key in ("error_description", "error", "message", "formatted_msg", "errorMessage", "detailMessage"):
            if isinstance(data.get(key), str) and data[key]:
                said = data[key]
                break
    detail_code = data.get("detailCode")
    tracking_id = data.get("trackingId")
    return (
        said,
        str(detail_code) if detail_code else None,
        str(tracking_id) if tracking_id else None,
    )


def one_line(text: str) -> str:
    """Return the beginning of a text from outside as one line that does nothing to a terminal."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:_MOST_TEXT]


def is_page(body: bytes) -> bool:
    """Whether a body is a web page, as gateways and user interfaces send it."""
    return b"<html" in body[:1000].lower()


def is_unresolved(error: BaseException) -> bool:
    """Whether an exception came of a host's name that has no address here."""
    return any(isinstance(one, socket.gaierror) for one in _causes(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that it came of, down to the bottom."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        yield error
        inner = getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((argument for argument in error.args if isinstance(argument, BaseException)), None)
        error = inner or error.__cause__ or error.__context__ or error


def innermost(error: BaseException) -> str:
    """Return what went wrong at the bottom of an exception: the layers above it add object addresses and URLs."""
    *_layers, error = _causes(error)
    if isinstance(error, OSError) and error.strerror:
        return str(error.strerror)
    if isinstance(error, http.client.IncompleteRead):
        return "the answer broke off"
    if isinstance(error, (http.client.HTTPException, InvalidHeader, ValueError)) and not isinstance(error, OSError):
        # These quote what came, which may be anything, such as what was sent.
        return f"the answer is no valid HTTP ({type(error).__name__})"
    return str(error).rpartition(">: ")[2] or type(error).__name__


def _is_deep(data: Any) -> bool:
    level: list[Any] = [[data]]
    for _depth in range(_DEEPEST):
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
