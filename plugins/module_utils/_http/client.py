# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private to the collection: the HTTP client. It signs in, paces, retries and reads answers; it knows no endpoint
but the token's.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import SplitResult, quote, urlencode, urljoin, urlsplit

from .._errors import (
    ApiError,
    Cancelled,
    NoAnswerError,
    OptionError,
    SailPointError,
    SignInError,
    TooLateError,
)
from .._version import VERSION
from . import addresses, censoring
from . import answers as _answers
from .pace import Pace
from .settings import ConnectionSettings
from .transport import Overdue, Transport

try:
    import requests
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry
except ImportError:
    pass  # _transport keeps the traceback; hosts check it before they make a client

_Final = TypeVar("_Final", ApiError, SignInError, TooLateError)

RETRIED_STATUSES = frozenset({502, 503, 504})
_LONGEST_RETRY_AFTER = 60.0  # seconds; the vendor's window is 10 s, more than this is no honest answer
_LONGEST_BACKOFF = 30.0
_MOST_REDIRECTS = 5
_MOST_SIGN_INS_PER_REQUEST = 2
_SIGN_IN_PAUSE = 10.0  # seconds after which a sign-in that was out of order is tried again, by whoever needs it
_MOST_REFUSALS = 5  # of one request, while others get through with the same tokens
_SHORTEST_SECRET = 8
_SIGN_IN = "POST /oauth/token"
_USER_AGENT = f"idops.sailpoint/{VERSION} (Ansible collection)"


@dataclass(frozen=True)
class Answer:
    """A successful answer: its HTTP status, its headers, and its JSON body as data (None where there was no body)."""

    status: int
    headers: Mapping[str, str]
    data: Any


class Client:
    """An HTTP client for one tenant. Thread-safe; close it when done.

    A request is tried again after 429, 502, 503, 504, a broken connection, and, if it reads only, an answer that is not
    JSON. A 429 holds back all threads and counts as a try only while nothing else gets through. Sign-in happens when
    first needed, again shortly before the token expires, and once for all threads when the tenant refuses it.
    """

    def __init__(self, settings: ConnectionSettings) -> None:
        self.settings = settings
        self.warnings: list[str] = []
        self._stop = threading.Event()
        self._pace = Pace(settings.rate_limit, self._stop)
        proxies = _proxies(settings)
        self._proxy = _used_proxy(settings, proxies)
        self._transport = Transport(settings.timeout, _verify(settings), proxies)
        self._base_url = _normalized(settings.base_url)
        self._lock = threading.Lock()
        self._requests = self._retries = self._sign_ins = 0
        self._throttle_streak = 0
        self._paused_at = 0.0
        self._unreachable = False
        self._was_reached = False
        self._warned_of: set[str] = set()
        self._token = _Token(settings.access_token) if settings.access_token else None
        self._sign_in_lock = threading.Lock()
        self._sign_in_error: SignInError | None = None
        self._sign_in_again_at = 0.0
        self._secrets: set[str] = set()
        self._keep_secret(*settings.secrets)

    @property
    def request_stats(self) -> dict[str, Any]:
        """What the client did so far: ``requests`` to the API, tries included; ``retries``, the tries after the first;
        ``throttled``, the seconds during which the pace or a 429 held requests back; ``sign_ins``.
        """
        return {
            "requests": self._requests,
            "retries": self._retries,
            "throttled": round(self._pace.waited, 3),
            "sign_ins": self._sign_ins,
        }

    def stats_since(self, earlier: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the client did since an earlier ``request_stats``: it may serve several tasks, one by one."""
        return {key: round(value - earlier[key], 3) for key, value in self.request_stats.items()}

    @property
    def secrets(self) -> list[str]:
        """What must be shown nowhere: the settings' secrets and the tokens had since."""
        return list(self._secrets)

    def request(
        self,
        method: str,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        patch: Sequence[Mapping[str, Any]] | None = None,
        not_after: float | None = None,
    ) -> Answer:
        """Send a request to the API and return its answer.

        :param path: below the base URL, percent-encoded
        :param query: name and value of each parameter, not encoded
        :param patch: an RFC 6902 document to send
        :param not_after: when on the monotonic clock, in seconds, it is too late to send it; None: never
        :raises TooLateError: it was, and the request was not sent, or not once more
        :raises ApiError: the tenant answered with an error
        :raises NoAnswerError: no usable answer came; a PATCH may have taken effect
        :raises SignInError: there is no token to be had
        :raises Cancelled: :meth:`cancel` was called
        """
        url = self._base_url + path
        if query:
            url += "?" + urlencode(query, quote_via=quote)
        sent = {"Accept": "application/json", "User-Agent": _USER_AGENT, **(headers or {})}
        body = None
        if patch is not None:
            sent["Content-Type"] = "application/json-patch+json"
            body = json.dumps(list(patch), separators=(",", ":")).encode()
        name = f"{method} {path}"
        tries = _Tries(self, name)
        refused = 0
        while True:
            try:
                token = self._signed_in()
            except SignInError as error:
                raise tries.marked(error) from None
            sent["Authorization"] = f"Bearer {token.value}"
            try:
                response = self._send(method, url, sent, body, not_after=not_after)
            except TooLateError as error:
                raise tries.marked(error) from None
            except (requests.RequestException, Overdue) as error:
                tries.again_or_raise(self._no_answer(name, error), retriable=_is_retriable(error, self._was_reached))
                continue
            status = response.status_code
            if status != 401:
                token.proven = True
            if status == 429:
                self._throttled(response, tries)
            elif status == 401:
                refused += 1
                self._refused(tries, token, response, refused)
            elif status in RETRIED_STATUSES:
                tries.again_or_raise(self._error(name, response), retry_after=response.headers.get("Retry-After"))
            elif 300 <= status < 400:
                url = self._redirected(name, method, url, response, tries)
            elif status >= 400:
                self._reached()
                raise tries.marked(self._error(name, response))
            else:
                answer = self._answer(name, response, method)
                if answer is not None:
                    self._reached()
                    return answer
                unreadable = self._unreadable(name, response)
                if method == "PATCH":
                    raise unreadable  # it may have taken effect: reading again tells, repeating does not
                tries.again_or_raise(unreadable)

    def access_token(self) -> str:
        """Return a token that is valid now; signs in when there is none.

        :raises SignInError: there is none to be had
        """
        return self._signed_in().value

    def stop(self) -> None:
        """Send no further request; those under way may end. Callable from any thread."""
        self._stop.set()
        self._pace.wake()

    def cancel(self) -> None:
        """Stop, and break off what is under way. Callable from any thread."""
        self.stop()
        self._transport.break_all()

    @property
    def cancelled(self) -> bool:
        """Whether :meth:`cancel` was called."""
        return self._stop.is_set()

    def sleep(self, seconds: float) -> None:
        """Wait so many seconds, or until :meth:`cancel` is called.

        :raises Cancelled: it was called
        """
        if self._stop.wait(seconds):
            raise Cancelled("The run was interrupted.")

    def wait_before_retry(self, failures: int, retry_after: str | None = None) -> None:
        """Wait before something is tried again that failed before, ``failures`` times besides the last; count the try.

        :param retry_after: what the tenant asks for in that header; None: exponential with jitter
        :raises Cancelled: :meth:`cancel` was called meanwhile
        """
        self.sleep(self._delay(failures, retry_after))
        with self._lock:
            self._retries += 1

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def scrub(self, text: str) -> str:
        """Return a text from outside with every secret of this client replaced, as it is and in the usual encodings."""
        return censoring.censor(text, self._forms)

    def forget_failures(self) -> None:
        """Begin anew: what failed before, a sign-in for one, is tried again when it is needed."""
        self._sign_in_error = None
        self._out_of_trouble()

    def warn(self, message: str, once: str = "") -> None:
        """Keep a warning for the user.

        :param once: what it is about, where one warning of that is enough for all that the client ever does
        """
        with self._lock:
            if message not in self.warnings and once not in self._warned_of:
                self.warnings.append(message)
            if once:
                self._warned_of.add(once)

    # one request on the wire

    @contextmanager
    def _paced(self) -> Iterator[None]:
        self._pace.begin()
        try:
            if self._stop.is_set():
                raise Cancelled("The run was interrupted.")
            yield
        finally:
            self._pace.end()

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        signing_in: bool = False,
        not_after: float | None = None,
    ) -> requests.Response:
        with self._paced():
            if not_after is not None and time.monotonic() > not_after:
                raise TooLateError(f"{method} {urlsplit(url).path}")
            with self._lock:
                if signing_in:
                    self._sign_ins += 1
                else:
                    self._requests += 1
            try:
                return self._transport.send(method, url, headers, body)
            except requests.RequestException:
                if self._stop.is_set():
                    raise Cancelled("The run was interrupted.") from None
                raise

    def _reached(self) -> None:
        self._was_reached = True
        self._out_of_trouble()

    def _out_of_trouble(self) -> None:
        self._throttle_streak = 0
        self._unreachable = False

    def _throttled(self, response: requests.Response, tries: _Tries) -> None:
        """Pause all threads for a 429; several answers to requests of one burst are one pause."""
        with self._lock:
            if tries.sent_at >= self._paused_at:
                self._throttle_streak += 1
                self._paused_at = time.monotonic()
            streak = self._throttle_streak
            if streak > self.settings.retries:
                raise tries.marked(self._error(tries.name, response))
            self._retries += 1
        self._pace.pause(self._delay(streak - 1, response.headers.get("Retry-After")))
        tries.restart()

    def _delay(self, failures: int, retry_after: str | None) -> float:
        """Return the seconds to wait after so many earlier failures: what the tenant asks, or exponential with jitter.

        ``Retry-After``: RFC 9110, 10.2.3, seconds or a date.
        """
        backoff = min(_LONGEST_BACKOFF, 0.5 * 2.0 ** min(failures, 10)) * random.uniform(0.5, 1.0)
        if retry_after is None:
            return backoff
        try:
            asked = float(Retry().parse_retry_after(retry_after))
        except (InvalidHeader, ValueError, OverflowError, TypeError):
            asked = 0.0
        if asked > _LONGEST_RETRY_AFTER:
            said = _answers.one_line(self.scrub(retry_after))  # urllib3 may have made less of it
            self.warn(
                f"The tenant asked to wait longer than {_LONGEST_RETRY_AFTER:.0f} s (Retry-After: {said}); "
                f"tried again after {_LONGEST_RETRY_AFTER:.0f} s."
            )
            return _LONGEST_RETRY_AFTER
        # Nothing, less than nothing or nonsense would be a busy loop. A little more than asked: clocks are no better.
        return asked + random.uniform(0.0, 0.25) if asked > 0 else backoff

    def _redirected(self, name: str, method: str, url: str, response: requests.Response, tries: _Tries) -> str:
        """Return where a redirect leads, if that is the same origin: the token goes nowhere else."""
        advice = None
        try:
            target = urljoin(url, response.headers.get("Location", ""))
            there, shown = urlsplit(target), urlsplit(self.scrub(target)).hostname
        except ValueError:
            there, shown = urlsplit("//"), "no URL"
        if _origin(there) != _origin(urlsplit(url)):
            advice = f"it points to another origin ({shown}), which the token is not sent to; check base_url"
        elif method not in ("GET", "HEAD") and response.status_code not in (307, 308):
            advice = "an update is repeated elsewhere only for 307 and 308"
        elif tries.redirects >= _MOST_REDIRECTS:
            advice = f"that was redirect number {tries.redirects + 1}, so they lead nowhere; check base_url"
        if advice:
            raise tries.marked(ApiError(name, response.status_code, "a redirect", advice=advice))
        tries.redirects += 1
        return requests.utils.requote_uri(target)

    # sign-in

    def _signed_in(self) -> _Token:
        token = self._token
        if token is not None and not token.expires_soon:
            return token
        with self._sign_in_lock:
            token = self._token
            if token is None or token.expires_soon:
                token = self._token = self._sign_in()
            return token

    def _sign_in(self) -> _Token:
        error = self._sign_in_error
        if error is not None and not (error.passing and time.monotonic() >= self._sign_in_again_at):
            # Raised for each of thousands of ids: without the frames of those before.
            raise error.with_traceback(None)
        try:
            return self._request_token()
        except Cancelled:
            raise
        except SailPointError as error:
            if isinstance(error, SignInError):
                self._sign_in_error = error
            else:
                cause = error if isinstance(error, ApiError) else None
                self._sign_in_error = SignInError(f"Signing in failed: {error}", cause, passing=True)
                self._sign_in_again_at = time.monotonic() + _SIGN_IN_PAUSE
            raise self._sign_in_error from None

    def _request_token(self) -> _Token:
        name = _SIGN_IN
        form = urlencode(
            {
                "grant_type": "client_credentials",
                "client_id": self.settings.client_id,
                "client_secret": self.settings.client_secret,
            }
        )
        headers = {
            "Accept": "application/json",
            "User-Agent": _USER_AGENT,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        tries = _Tries(self, name)
        while True:
            sent_at = time.monotonic()
            try:
                response = self._send("POST", self._base_url + "/oauth/token", headers, form.encode(), True)
            except (requests.RequestException, Overdue) as error:
                tries.again_or_raise(self._no_answer(name, error), retriable=_is_retriable(error, self._was_reached))
                continue
            status = response.status_code
            if status == 429:
                self._throttled(response, tries)
            elif status in RETRIED_STATUSES:
                tries.again_or_raise(self._error(name, response), retry_after=response.headers.get("Retry-After"))
            elif 300 <= status < 400:
                raise SignInError(
                    f"Signing in failed: {name} was answered with a redirect (HTTP {status}), which is not followed "
                    "with a secret in hand; check base_url."
                )
            elif status >= 400:
                refusal = self._error(name, response, _SIGN_IN_ADVICE.get(status, ""))
                raise SignInError(f"Signing in failed: {refusal}", refusal)
            else:
                told = _answers.access_token(response.content)
                if told is not None:
                    token = _Token(*told, sent_at)
                    self._keep_secret(token.value)
                    return token
                # The answer itself may hold a token in a form not understood, so it is not quoted.
                what = "but no access_token"
                if _answers.is_page(response.content):
                    what = f"and a web page; {self._not_the_api}"
                tries.again_or_raise(NoAnswerError(f"{name} was answered with HTTP {status} {what}."))

    def _refused(self, tries: _Tries, token: _Token, response: requests.Response, refused: int) -> None:
        """React to a 401: drop the token, so that one thread signs in anew for all; give up where that is no help."""
        name = tries.name
        with self._sign_in_lock:
            if self._token is not token:
                if refused <= _MOST_SIGN_INS_PER_REQUEST:
                    return  # another thread has already replaced it
            elif not self.settings.access_token and (token.proven or refused < _MOST_SIGN_INS_PER_REQUEST):
                if refused <= _MOST_REFUSALS:
                    self._token = None
                    return
                # Others get through with it: this request fails alone.
            else:
                self._token = None
                advice = (
                    "access_token is refused: get a fresh one, or give client_id and client_secret"
                    if self.settings.access_token
                    else "the tenant refuses the token that it just gave for client_id"
                )
                refusal = self._error(name, response, advice)
                self._sign_in_error = SignInError(str(refusal), refusal)
            if self._sign_in_error is None:
                refusal = self._error(name, response)
                raise tries.marked(SignInError(str(refusal), refusal))
            raise tries.marked(self._sign_in_error.with_traceback(None))

    # answers

    def _answer(self, name: str, response: requests.Response, method: str) -> Answer | None:
        """Return the answer, or None when its body is not what a body of this API looks like."""
        if method == "HEAD" or response.status_code == 204:
            return Answer(response.status_code, response.headers, None)
        try:
            data = _answers.parsed(response.content)
            if any(form in response.content for form in self._telling_forms):
                data = self._scrubbed(data)
            return Answer(response.status_code, response.headers, data)
        except ValueError:
            return None

    def _keep_secret(self, *secrets: str) -> None:
        """Remember what :meth:`scrub` is to replace, and what to look for in answers."""
        self._secrets.update(secrets)
        self._forms = censoring.forms_of(self._secrets)
        # Without words that an answer may hold by chance.
        forms = censoring.forms_of(secret for secret in self._secrets if len(secret) >= _SHORTEST_SECRET)
        self._telling_forms = [form.encode("utf-8", "surrogateescape") for form in censoring.telling_forms(forms)]

    def _scrubbed(self, data: Any) -> Any:
        if isinstance(data, dict):
            return {self._scrubbed(key): self._scrubbed(value) for key, value in data.items()}
        if isinstance(data, list):
            return [self._scrubbed(value) for value in data]
        return self.scrub(data) if isinstance(data, str) else data

    def _unreadable(self, name: str, response: requests.Response) -> NoAnswerError:
        kind = _answers.one_line(self.scrub(response.headers.get("Content-Type", "no content type").partition(";")[0]))
        what = "an empty body" if not response.content else f"a body that is not JSON ({kind})"
        advice = f"; {self._not_the_api}" if _answers.is_page(response.content) else ""
        return NoAnswerError(
            self.scrub(f"{name} was answered with HTTP {response.status_code} and {what}{advice}."),
            response.status_code,
        )

    @property
    def _not_the_api(self) -> str:
        """What to think of a web page in place of an answer."""
        address = self.settings.base_url
        if addresses.is_vendors_api(address):
            return "something between here and the tenant answers in its place, such as a gateway or a proxy"
        return (
            f"{address} looks like the address of the user interface or of a gateway, the API's is such as "
            f"https://TENANT.api.identitynow.com; check {self.settings.address_option}"
        )

    def _no_answer(self, name: str, error: Exception) -> NoAnswerError:
        proxy = self._proxy
        inner = _answers.innermost(error)
        if isinstance(error, Overdue):
            why = f"{error} (10 times timeout)"
        elif _answers.is_unresolved(error):
            if proxy and not proxy.resolves:
                why = f"the proxy {proxy.shown} has no address here: {inner}; check {proxy.origin}"
            else:
                host = urlsplit(self._base_url).hostname
                why = f"{host} has no address here: {inner}; check {self.settings.address_option}"
        elif isinstance(error, requests.exceptions.SSLError):
            why = f"TLS failed: {inner}; check the certificate, ca_path and base_url"
        elif isinstance(error, requests.exceptions.ProxyError) and proxy:
            why = f"the proxy {proxy.shown} failed: {inner}; check {proxy.origin}"
        elif isinstance(error, requests.ConnectTimeout) and proxy:
            timeout = f"{self.settings.timeout:g} s (timeout)"
            why = f"nothing came from the proxy {proxy.shown} for {timeout}; check {proxy.origin}"
        elif isinstance(error, requests.Timeout):
            why = f"nothing came for {self.settings.timeout:g} s (timeout)"
        else:
            why = inner
            if proxy:
                why += f", by way of the proxy {proxy.shown} of {proxy.origin}"
        return NoAnswerError(self.scrub(f"{name} got no answer: {why} ({self.settings.base_url})."))

    def _error(self, name: str, response: requests.Response, advice: str = "") -> ApiError:
        signing_in = name == _SIGN_IN
        try:
            # What answers a secret may hold it in a form that scrub() does not know.
            data = None if signing_in else _answers.parsed(response.content)
        except ValueError:
            data = None
        said, detail_code, tracking_id = _answers.said(data)
        if not said and data is None and _answers.is_page(response.content):
            said = "a web page instead of an answer, as gateways send it"
        if not signing_in:
            tracking_id = tracking_id or response.headers.get("SLPT-Request-ID")
        error = ApiError(
            name,
            response.status_code,
            _answers.one_line(self.scrub(said)),
            _answers.one_line(self.scrub(detail_code)) if detail_code else None,
            _answers.one_line(self.scrub(tracking_id)) if tracking_id else None,
            advice,
        )
        error.from_tenant = isinstance(data, dict) or not response.content
        return error


_SIGN_IN_ADVICE = {
    400: "check client_id and client_secret",
    401: "check client_id and client_secret",
    403: "check that the client may use the client_credentials grant",
    404: "check base_url or tenant",
}


class _Token:
    """An access token, and when it is too old to be used."""

    def __init__(self, value: str, lifetime: float | None = None, had_at: float = 0.0) -> None:
        """Take its lifetime in seconds (None: not known) and when on the monotonic clock it was asked for."""
        self.value = value
        self.proven = False  # whether the tenant ever took it
        # Renewed a little early, so that no request travels with a token that dies on the way.
        self._stale_at = None if lifetime is None else had_at + lifetime - min(30.0, lifetime / 10)

    @property
    def expires_soon(self) -> bool:
        return self._stale_at is not None and time.monotonic() >= self._stale_at


class _Tries:
    """The tries of one request."""

    def __init__(self, client: Client, name: str) -> None:
        self.name = name
        self.redirects = 0
        self.sent_at = time.monotonic()
        self._client = client
        self._failures = 0

    def restart(self) -> None:
        self.sent_at = time.monotonic()

    def marked(self, error: _Final) -> _Final:
        """Return an error, which ends the tries, with whether one of those before may have taken effect."""
        if self._failures:
            if isinstance(error, SignInError):
                # The one given is raised for every request.
                copied: Any = SignInError(str(error), error.cause, error.passing)
                error = copied
            error.in_doubt = True
        return error

    def again_or_raise(self, error: SailPointError, retry_after: str | None = None, retriable: bool = True) -> None:
        """Wait before the next try, or raise the error when this was the last.

        Once a request has used up all its tries and nothing has got through since, the tenant is taken as down and
        every other request gets one try: ten thousand ids must not wait out ten thousand back-offs.
        """
        client = self._client
        if not retriable or self._failures >= client.settings.retries or client._unreachable:
            client._unreachable = retriable
            raise error
        self._failures += 1
        client.wait_before_retry(self._failures - 1, retry_after)
        self.restart()


def _verify(settings: ConnectionSettings) -> bool | str:
    """Return what requests is to verify certificates with, its own environment variables resolved once."""
    if not settings.validate_certs:
        return False
    return settings.ca_path or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    """Return scheme, host and port, as RFC 6454 compares origins."""
    try:
        port = url.port
    except ValueError:
        return "", None, None
    return url.scheme, url.hostname, port or {"http": 80, "https": 443}.get(url.scheme)


def _normalized(base_url: str) -> str:
    """Return a base URL as requests would send it: its host in ASCII, its path percent-encoded.

    :raises OptionError: requests cannot send anything there
    """
    try:
        return (requests.Request("GET", base_url + "/").prepare().url or "").rstrip("/")
    except requests.RequestException as error:
        raise OptionError("base_url", f"{base_url!r} cannot be used ({error})".rstrip(".")) from None


@dataclass(frozen=True)
class _Proxy:
    """The proxy that requests go through: how messages show it, where it is given, whether it resolves names itself."""

    shown: str
    origin: str
    resolves: bool


def _proxies(settings: ConnectionSettings) -> Mapping[str, str]:
    """Return the proxies by scheme: of the option, else of the environment.

    The system's settings are not asked, as requests would: on macOS that kills a process that was forked, as Ansible's
    workers are.
    """
    if settings.proxy:
        return {"http": settings.proxy, "https": settings.proxy}
    proxies = urllib.request.getproxies_environment()
    return {} if _goes_without(settings.base_url, proxies) else proxies


def _goes_without(base_url: str, proxies: Mapping[str, str]) -> bool:
    """Whether ``NO_PROXY`` names a URL's host, by the rules of requests: ends of names, addresses, networks."""
    url = urlsplit(base_url)
    host = url.hostname or ""
    entries = [entry for entry in proxies.get("no", "").replace(" ", "").split(",") if entry]
    utils = requests.utils
    if utils.is_ipv4_address(host):
        named = any(utils.is_valid_cidr(entry) and utils.address_in_network(host, entry) for entry in entries)
    else:
        names = (host, f"{host}:{url.port}" if url.port else host)
        named = any(name.endswith(entry) for entry in entries for name in names)
    by_name = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed lacks it
    return named or bool(by_name(host, dict(proxies)))


def _used_proxy(settings: ConnectionSettings, proxies: Mapping[str, str]) -> _Proxy | None:
    url = requests.utils.select_proxy(settings.base_url, proxies)
    if not url:
        return None
    origin = "proxy"
    if not settings.proxy:
        wanted = [f"{scheme}_proxy" for scheme in (urlsplit(settings.base_url).scheme, "all")]
        names = [name for name in (*wanted, *map(str.upper, wanted)) if os.environ.get(name)]
        origin = min(names, key=lambda name: wanted.index(name.lower()), default="the environment")
    scheme = url.partition("://")[0].lower()
    return _Proxy(addresses.shown_proxy(url), origin, scheme in ("socks4", "socks5"))


def _is_retriable(error: Exception, was_reached: bool) -> bool:
    """Whether another try may help; a name without an address is a mistake, unless the tenant has answered before."""
    if isinstance(error, (requests.exceptions.SSLError, requests.exceptions.InvalidProxyURL)):
        return False
    if _answers.is_unresolved(error):
        return was_reached
    return isinstance(
        error,
        (
            Overdue,
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
            requests.exceptions.ContentDecodingError,
        ),
    )
