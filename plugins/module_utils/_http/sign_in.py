# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing in: the token, how long it lives, and one sign-in for all threads that need it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import urlencode

from .._errors import ApiError, Cancelled, SailPointError, SignInError
from .answers import AnswerReader, Reply
from .clock import Clock
from .exchange import Call
from .retrying import Repeat
from .settings import ConnectionSettings
from .tenant_clock import TenantClock
from .wire import Request

_NAME = "POST /oauth/token"
_ADVICE = {
    400: "check client_id and client_secret",
    401: "check client_id and client_secret",
    403: "check that the client may use the client_credentials grant",
    404: "check base_url or tenant",
}
_PAUSE = 10.0  # seconds after which a sign-in that was out of order is tried again, by whoever needs it
_MAX_NEW_TOKENS = 2  # for one request that is refused with each
_MAX_REFUSED = 10  # requests in a row, each with the best token there is: then nobody is let in


class Token:
    """An access token, and when it is too old to be used. ``proven``: whether the tenant ever took it."""

    def __init__(self, value: str, clock: Clock, lifetime: float | None = None, had_at: float = 0.0) -> None:
        """Take its lifetime in seconds (None: not known) and when on the clock it was asked for."""
        self.value = value
        self.proven = False
        self._clock = clock
        # Renewed a little early, so that no request travels with a token that dies on the way.
        self._stale_at = None if lifetime is None else had_at + lifetime - min(30.0, lifetime / 10)

    @property
    def expires_soon(self) -> bool:
        """Whether it is to be renewed before it is used again."""
        return self._stale_at is not None and self._clock() >= self._stale_at


class SignIn:
    """The access token of one client. Thread-safe: one sign-in serves all threads, and one that failed fails all."""

    def __init__(self, settings: ConnectionSettings, ask: Callable[[], Token], clock: Clock) -> None:
        """Take the settings, which may have a token, and what asks the tenant for another."""
        self._given = bool(settings.access_token)
        self._ask = ask
        self._clock = clock
        self._lock = threading.Lock()
        self._token = Token(settings.access_token, clock) if settings.access_token else None
        self._error: SignInError | None = None
        self._again_at = 0.0
        self._refused = 0  # requests in a row that no token helps

    def token(self) -> Token:
        """Return a token that is valid now; signs in when there is none.

        :raises SignInError: there is none to be had
        :raises Cancelled: the run is to stop
        """
        token = self._token
        if token is not None and not token.expires_soon:
            return token
        with self._lock:
            token = self._token
            if token is None or token.expires_soon:
                token = self._token = self._sign_in()
            return token

    def forget_failure(self) -> None:
        """Sign in anew when it is needed, even if that failed before."""
        self._error = None

    def accepted(self, token: Token) -> None:
        """Take that the tenant let a request with this token in."""
        token.proven = True
        self._refused = 0

    def refused(self, token: Token, times: int, error: Callable[[str], ApiError]) -> None:
        """React to a 401: drop the token, so that one thread signs in anew for all.

        A request that is refused with a new token, too, fails alone: one task may be closed to who may read the others.

        :param times: how often the request was refused that the token came with
        :param error: makes the 401 an error with some advice
        :raises ApiError: a new token is no help to this request
        :raises SignInError: nor to any other
        """
        with self._lock:
            if self._error is not None:
                raise self._error.with_traceback(None)
            is_current = self._token is token
            if not is_current and times <= _MAX_NEW_TOKENS:
                return  # another thread has already replaced it
            # A token that nobody got through with since another was of no help is no better than that.
            if not self._given and times == 1 and (token.proven or not self._refused):
                self._token = None
                return
            refusal = error(self._advice(token))
            self._refused += 1
            if self._refused >= _MAX_REFUSED:
                self._token = None
                self._error = SignInError(str(refusal), refusal)
                raise self._error
        raise refusal

    def _advice(self, token: Token) -> str:
        if self._given:
            return "access_token is refused: get a fresh one, or give client_id and client_secret"
        if token.proven:
            return "the token is good for other requests, so it is this one that the tenant refuses"
        return "the tenant refuses the token that it just gave for client_id"

    def _sign_in(self) -> Token:
        error = self._error
        if error is not None and not (error.passing and self._clock() >= self._again_at):
            # Raised for each of thousands of ids: without the frames of those before.
            raise error.with_traceback(None)
        try:
            token = self._ask()
        except Cancelled:
            raise
        except SignInError as refusal:
            self._error = refusal
            raise
        except SailPointError as trouble:
            cause = trouble if isinstance(trouble, ApiError) else None
            self._error = SignInError(f"Signing in failed: {trouble}", cause, passing=True)
            self._again_at = self._clock() + _PAUSE
            raise self._error from None
        self._error = None
        return token


class TokenCall(Call[Token]):
    """The request of a token, with the client's secret."""

    name = _NAME
    repeat = Repeat.READ
    quoted = False

    def __init__(
        self,
        base_url: str,
        settings: ConnectionSettings,
        headers: dict[str, str],
        reader: AnswerReader,
        clock: Clock,
        tenant_clock: TenantClock,
    ) -> None:
        """Take the headers that every request has, and what hears the tenant's time."""
        form = {
            "grant_type": "client_credentials",
            "client_id": settings.client_id,
            "client_secret": settings.client_secret,
        }
        headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        self._request = Request("POST", f"{base_url}/oauth/token", headers, urlencode(form).encode(), signs_in=True)
        self._reader = reader
        self._clock = clock
        self._tenant_clock = tenant_clock
        self._sent_at = clock()

    def request(self) -> Request:
        self._sent_at = self._clock()
        return self._request

    def conclude(self, reply: Reply) -> Token:
        status = reply.status
        if 300 <= status < 400:
            raise SignInError(
                f"Signing in failed: {_NAME} was answered with a redirect (HTTP {status}), which is not followed "
                "with a secret in hand; check base_url."
            )
        if status >= 400:
            refusal = self._reader.error(_NAME, reply, _ADVICE.get(status, ""), quoted=False)
            raise SignInError(f"Signing in failed: {refusal}", refusal)
        value, lifetime = self._reader.token(_NAME, reply)
        self._tenant_clock.hear(reply)
        return Token(value, self._clock, lifetime, self._sent_at)
