# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP client. It signs in, paces, retries and reads answers; it knows no endpoint but the token's."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from .._errors import ApiError, NoAnswerError, OptionError, SignInError, TooLateError
from .._version import VERSION
from . import failures, retrying, surroundings
from .answers import Answer, AnswerReader
from .api_call import ApiCall, Tenant
from .censoring import Censor
from .clock import Clock
from .exchange import Exchange
from .retrying import Budget, Repeat, Tries
from .settings import ConnectionSettings
from .sign_in import SignIn, Token, TokenCall
from .tenant_clock import TenantClock
from .transport import Transport
from .wire import Request, Sender, Wire

with contextlib.suppress(ImportError):  # transport keeps the traceback; hosts check it before they make a client
    import requests

__all__ = ["Answer", "Client", "Repeat"]

_HEADERS = {"Accept": "application/json", "User-Agent": f"idops.sailpoint/{VERSION} (Ansible collection)"}
_READING = ("GET", "HEAD")


class Client:
    """An HTTP client for one tenant. Thread-safe; close it when done.

    A request is tried again after 429, and as its caller allows after 502, 503, 504, a broken connection, and an answer
    that is not JSON. A 429 holds back all threads and counts as a try only while nothing else gets through. Sign-in
    happens when first needed, again shortly before the token expires, and once for all threads when the tenant refuses
    it.
    """

    def __init__(
        self, settings: ConnectionSettings, *, transport: Sender | None = None, clock: Clock | None = None
    ) -> None:
        """Take how to reach the tenant.

        :param transport: sends single requests in place of one made of the settings
        :param clock: what time it is, and how it is waited for, in place of the machine's
        :raises OptionError: nothing can be sent to such an address
        """
        self.settings = settings
        self.clock = clock or Clock()
        self.warnings: list[str] = []
        self._warned_of: set[str] = set()
        self._lock = threading.Lock()
        proxies = surroundings.proxies_of(settings)
        self._proxy = surroundings.used_proxy(settings, proxies)
        self._base_url = _normalized(settings.base_url)
        verify = surroundings.verify_of(settings)
        transport = transport or Transport(settings.timeout, verify, proxies, self.clock)
        self._wire = Wire(transport, settings.rate_limit, self.clock)
        self._censor = Censor(settings.secrets)
        reader = AnswerReader(settings, self._censor)
        self._budget = budget = Budget(settings.retries)
        self._tenant_clock = tenant_clock = TenantClock(self.clock, self.warn)
        self._exchange = exchange = Exchange(
            self._wire, reader, self._no_answer, lambda: budget.successes > 0, self.warn
        )

        def ask_for_token() -> Token:
            call = TokenCall(self._base_url, settings, _HEADERS, reader, self.clock, tenant_clock)
            return exchange.carry_out(call, Tries(budget, call.repeat))

        self._sign_in = SignIn(settings, ask_for_token, self.clock)
        self._tenant = Tenant(self._sign_in, reader, self._censor, budget, tenant_clock)

    @property
    def request_stats(self) -> dict[str, Any]:
        """What the client did so far: ``requests`` to the API, tries included; ``retries``, the tries after the first;
        ``throttled``, the seconds during which the pace or a 429 held requests back; ``sign_ins``.
        """
        return self._wire.stats

    def stats_since(self, earlier: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the client did since an earlier ``request_stats``: it may serve several tasks, one by one."""
        return {key: round(value - earlier[key], 3) for key, value in self.request_stats.items()}

    @property
    def secrets(self) -> list[str]:
        """What must be shown nowhere: the settings' secrets and the tokens had since."""
        return self._censor.secrets

    def request(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        patch: Sequence[Mapping[str, Any]] | None = None,
        repeat: Repeat | None = None,
        before_sending: Callable[[str], None] | None = None,
    ) -> Answer:
        """Send a request to the API and return its answer.

        :param path: below the base URL, percent-encoded
        :param query: name and value of each parameter, not encoded
        :param patch: an RFC 6902 document to send
        :param repeat: after which failures it may be sent again; None: of GET and HEAD all, of others hardly any
        :param before_sending: called with the request's name, such as ``GET /v1``, right before each try goes on the
            wire; what it raises goes on, and that try is not sent
        :raises ApiError: the tenant answered with an error
        :raises NoAnswerError: no usable answer came; what changes something may have taken effect
        :raises SignInError: there is no token to be had
        :raises Cancelled: :meth:`stop` or :meth:`cancel` was called
        """
        url = self._base_url + path
        if query:
            url += "?" + urlencode(query, quote_via=quote)
        sent = {**_HEADERS, **(headers or {})}
        body = None
        if patch is not None:
            sent["Content-Type"] = "application/json-patch+json"
            body = json.dumps(list(patch), separators=(",", ":")).encode()
        repeat = repeat or (Repeat.READ if method in _READING else Repeat.ONCE)
        call = ApiCall(self._tenant, Request(method, url, sent, body), f"{method} {path}", repeat, before_sending)
        tries = Tries(self._budget, repeat)
        try:
            return self._exchange.carry_out(call, tries)
        except (ApiError, SignInError, TooLateError) as error:
            raise (error.doubted() if tries.in_doubt else error) from None

    def access_token(self) -> str:
        """Return a token that is valid now; signs in when there is none.

        :raises SignInError: there is none to be had
        """
        return self._sign_in.token().value

    def now(self) -> datetime:
        """Return the present instant, in UTC, by the tenant's clock as far as its answers tell that this machine's is
        wrong. Ages, and instants that are written, go by it; asked before anything was answered it is this machine's.
        """
        return self._tenant_clock.now()

    def stop(self) -> None:
        """Send no further request; those under way may end. Callable from any thread."""
        self._wire.stop()

    def cancel(self) -> None:
        """Stop, and break off what is under way. Callable from any thread."""
        self._wire.stop()
        self._wire.break_all()

    @property
    def cancelled(self) -> bool:
        """Whether :meth:`stop` or :meth:`cancel` was called."""
        return self._wire.is_stopped

    def sleep(self, seconds: float) -> None:
        """Wait so many seconds, or until :meth:`stop` is called.

        :raises Cancelled: it was called
        """
        self._wire.sleep(seconds)

    def wait_before_retry(self, failures: int) -> None:
        """Wait before something is tried again that failed before, ``failures`` times besides the last; count the try.

        :raises Cancelled: :meth:`stop` was called meanwhile
        """
        self._wire.wait_before_retry(retrying.delay(failures))

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def scrub(self, text: str) -> str:
        """Return a text from outside with every secret of this client replaced, as it is and in the usual encodings."""
        return self._censor.scrub(text)

    def forget_failures(self) -> None:
        """Begin anew: what failed before, a sign-in for one, is tried again when it is needed."""
        self._sign_in.forget_failure()
        self._budget.renew()

    def warn(self, message: str, once: str = "") -> None:
        """Keep a warning for the user.

        :param once: what it is about, where one warning of that is enough for all that the client ever does
        """
        with self._lock:
            if message not in self.warnings and once not in self._warned_of:
                self.warnings.append(message)
            if once:
                self._warned_of.add(once)

    def _no_answer(self, name: str, error: Exception) -> NoAnswerError:
        why = failures.reason_of(error, self.settings, urlsplit(self._base_url).hostname, self._proxy)
        return NoAnswerError(self.scrub(f"{name} got no answer: {why} ({self.settings.base_url})."))


def _normalized(base_url: str) -> str:
    """Return a base URL as requests would send it: its host in ASCII, its path percent-encoded.

    :raises OptionError: requests cannot send anything there
    """
    try:
        return (requests.Request("GET", base_url + "/").prepare().url or "").rstrip("/")
    except requests.RequestException as error:
        raise OptionError("base_url", f"{base_url!r} cannot be used ({error})".rstrip(".")) from None
