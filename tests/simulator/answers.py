# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers: status, headers and body, and error bodies as tenants send them."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

JSON = "application/json"
HTML = "text/html; charset=utf-8"

# detailCode and generic text by status, as the vendor's description and its examples have them.
_ERRORS = {
    400: (
        "400.1 Bad Request Content",
        "The request was syntactically correct but its content is semantically invalid.",
    ),
    403: ("403 Forbidden", "The server understood the request but refuses to authorize it."),
    404: ("404 Not found", "The server did not find a current representation for the target resource."),
    405: ("405 Method Not Allowed", "The method is not supported by the target resource."),
    409: ("409 Conflict", "The request conflicts with the current state of the target resource."),
    412: ("412 Precondition Failed", "A precondition of the request is not met."),
    414: ("414 URI Too Long", "The request target is longer than the server is willing to interpret."),
    415: ("415 Unsupported Media Type", "The content type of the request is not supported by the target resource."),
    500: ("500.0 Internal Fault", "An internal fault occurred."),
}


class Answer:
    """One HTTP answer: ``status``, ``headers`` (a dict, sent as they are) and ``body`` in bytes."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.status = status
        self.body = body
        self.headers = headers if headers is not None else {}


def dump(value: Any) -> bytes:
    """JSON in UTF-8; lone surrogates, which UTF-8 cannot hold, make it fall back to escapes."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def json_answer(status: int, value: Any, headers: dict[str, str] | None = None) -> Answer:
    """An answer with ``value`` as its JSON body."""
    return Answer(status, dump(value), {"Content-Type": JSON, **(headers or {})})


def request_id() -> str:
    """A fresh request id, for ``SLPT-Request-ID`` and ``trackingId``: 32 hex digits."""
    return uuid4().hex


def error_body(
    status: int, tracking_id: str, text: str | None = None, *, code: str | None = None, detail: bool = False
) -> dict[str, Any]:
    """The body of an error: ``text``, else what is generic for ``status``, twice as real tenants have it.

    ``code`` stands for the usual ``detailCode``. With ``detail`` the text is in ``detailMessage`` alone, as it is where
    a value cannot be converted. Status 500 has a body of its own.
    """
    usual_code, usual_text = _ERRORS.get(status, (str(status), "The request failed."))
    text = text or usual_text
    if status == 500:
        return {"errorName": "Internal Server Error", "errorMessage": text, "trackingId": tracking_id}
    head = {"detailCode": code or usual_code, "trackingId": tracking_id}
    if detail:
        return {**head, "detailMessage": text}
    places = (("und", "REQUEST"), ("en-US", "DEFAULT"))
    messages = [{"locale": locale, "localeOrigin": origin, "text": text} for locale, origin in places]
    return {**head, "messages": messages, "causes": []}


#: The ``detailCode`` of a parameter whose value is not accepted.
ILLEGAL_VALUE = "400.1.3 Illegal value"


class APIError(Exception):
    """A request that is refused; ``text``, ``code`` and ``detail`` are those of :func:`error_body`."""

    def __init__(
        self,
        status: int,
        text: str | None = None,
        *,
        code: str | None = None,
        detail: bool = False,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(text or str(status))
        self.status = status
        self.text = text
        self.code = code
        self.detail = detail
        self.headers = headers or {}

    def body(self, tracking_id: str) -> dict[str, Any]:
        """The body of the answer."""
        return error_body(self.status, tracking_id, self.text, code=self.code, detail=self.detail)


def gateway_page(status: int) -> Answer:
    """The HTML page of a gateway before the API: what 502, 503 and 504 look like on the way."""
    names = {502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}
    title = f"{status} {names.get(status, 'Error')}"
    page = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>"
    return Answer(status, page.encode(), {"Content-Type": HTML})
