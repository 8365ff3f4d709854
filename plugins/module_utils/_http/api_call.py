# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request to the API: it travels with a token, and follows redirects as far as that may go."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

from .._errors import ApiError
from .answers import Answer, AnswerReader, Reply
from .censoring import Censor
from .exchange import Call
from .retrying import Budget, Repeat
from .sign_in import SignIn
from .tenant_clock import TenantClock
from .wire import Request

with contextlib.suppress(ImportError):  # transport keeps the traceback; hosts check it before they make a client
    from requests.utils import requote_uri

_MAX_REDIRECTS = 5


class Tenant(NamedTuple):
    """What all requests to one tenant share."""

    sign_in: SignIn
    reader: AnswerReader
    censor: Censor
    budget: Budget
    clock: TenantClock


class ApiCall(Call[Answer]):
    """One request to the API."""

    def __init__(
        self,
        tenant: Tenant,
        request: Request,
        name: str,
        repeat: Repeat,
        before_sending: Callable[[str], None] | None = None,
    ) -> None:
        """Take the request without a token."""
        self.name = name
        self.repeat = repeat
        self.before_sending = before_sending
        self._tenant = tenant
        self._method, self._url, self._body = request.method, request.url, request.body
        self._headers: Mapping[str, str] = request.headers
        self._redirects = 0
        self._refusals = 0

    def request(self) -> Request:
        self._token = self._tenant.sign_in.token()
        headers = {**self._headers, "Authorization": f"Bearer {self._token.value}"}
        return Request(self._method, self._url, headers, self._body)

    def conclude(self, reply: Reply) -> Answer | None:
        status = reply.status
        if status == 401:
            self._refusals += 1
            self._tenant.sign_in.refused(self._token, self._refusals, lambda advice: self._error(reply, advice))
            return None
        self._tenant.sign_in.accepted(self._token)
        if 300 <= status < 400:
            self._url = self._redirected(reply)
            self._redirects += 1
            return None
        if status >= 400:
            self._tenant.budget.got_through()
            raise self._error(reply)
        answer = self._tenant.reader.answer(self.name, self._method, reply)
        if answer.data is not None:  # else it may be anybody's
            self._tenant.clock.hear(reply)
        self._tenant.budget.got_through()
        return answer

    def _error(self, reply: Reply, advice: str = "") -> ApiError:
        return self._tenant.reader.error(self.name, reply, advice)

    def _redirected(self, reply: Reply) -> str:
        """Return where a redirect leads, if that is the same origin: the token goes nowhere else."""
        advice = None
        try:
            target = urljoin(self._url, reply.headers.get("Location", ""))
            there, shown = urlsplit(target), urlsplit(self._tenant.censor.scrub(target)).hostname
        except ValueError:
            target, there, shown = "", urlsplit("//"), "no URL"
        if _origin(there) != _origin(urlsplit(self._url)):
            advice = f"it points to another origin ({shown}), which the token is not sent to; check base_url"
        elif self._method not in ("GET", "HEAD") and reply.status not in (307, 308):
            advice = "an update is repeated elsewhere only for 307 and 308"
        elif self._redirects >= _MAX_REDIRECTS:
            advice = f"that was redirect number {self._redirects + 1}, so they lead nowhere; check base_url"
        if advice:
            raise ApiError(self.name, reply.status, "a redirect", advice=advice)
        url: str = requote_uri(target)
        return url


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port, as RFC 6454 compares origins."""
    try:
        port = url.port
    except ValueError:
        return "", None, None
    return url.scheme, url.hostname, port or {"http": 80, "https": 443}.get(url.scheme)
