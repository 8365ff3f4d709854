# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exchange of a request for a result, however many tries that takes: of the API and of the sign-in alike."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from .._errors import ApiError, NoAnswerError, SailPointError
from . import failures, retrying
from .answers import AnswerReader, Reply
from .failures import Failure
from .retrying import Repeat, Tries
from .wire import Request, Wire

with contextlib.suppress(ImportError):  # transport keeps the traceback; hosts check it before they make a client
    from requests import RequestException

Result = TypeVar("Result")

_OUT_OF_ORDER = frozenset({502, 503, 504})


class Call(ABC, Generic[Result]):
    """What is asked of the tenant, and what its replies mean."""

    name: str
    """Method and path, as messages show them."""
    repeat: Repeat
    """After which failures it may be sent once more."""
    quoted = True
    """Whether errors quote what the tenant says."""
    before_sending: Callable[[str], None] | None = None
    """Called with the name right before each try goes on the wire; what it raises ends the exchange."""

    @abstractmethod
    def request(self) -> Request:
        """Return what to send next.

        :raises SailPointError: nothing can be
        """

    @abstractmethod
    def conclude(self, reply: Reply) -> Result | None:
        """Return what a reply that ends the tries means; None: send :meth:`request` once more, which is no failed try.

        :raises NoAnswerError: it cannot be read
        :raises SailPointError: it is an error
        """


class Exchange:
    """Exchanges requests of one client for their results. Thread-safe."""

    def __init__(
        self,
        wire: Wire,
        reader: AnswerReader,
        no_answer: Callable[[str, Exception], NoAnswerError],
        was_reached: Callable[[], bool],
        warn: Callable[[str], None],
    ) -> None:
        """Take what sends and what reads.

        :param no_answer: makes an error of a call's name and what came instead of a reply
        :param was_reached: whether the tenant has answered before
        :param warn: takes warnings for the user
        """
        self._wire = wire
        self._reader = reader
        self._no_answer = no_answer
        self._was_reached = was_reached
        self._warn = warn

    def carry_out(self, call: Call[Result], tries: Tries) -> Result:
        """Send a call until it is known what came of it, and return that.

        :raises SailPointError: what the call raises; the error of the last try
        """
        while True:
            reply = self._reply(call, tries)
            result = None if reply is None else self._result(call, reply, tries)
            if result is not None:
                return result

    def _reply(self, call: Call[Result], tries: Tries) -> Reply | None:
        """Send a call once; return the reply, or None, after a pause, if there was none."""
        request = call.request()
        before_sending = partial(call.before_sending, call.name) if call.before_sending else None
        try:
            return self._wire.send(request, before_sending)
        except RequestException as error:
            failure = failures.kind_of(error, self._was_reached())
            self._wait_or_raise(tries, failure, self._no_answer(call.name, error))
            return None

    def _result(self, call: Call[Result], reply: Reply, tries: Tries) -> Result | None:
        """Return what a reply means, or None, after a pause, if the call is to be sent again."""
        if reply.status == 429:
            self._hold_back_or_raise(tries, call, reply)
            return None
        if reply.status in _OUT_OF_ORDER:
            self._wait_or_raise(tries, Failure.LOST, self._error(call, reply), reply)
            return None
        try:
            result = call.conclude(reply)
        except NoAnswerError as error:
            self._wait_or_raise(tries, Failure.UNREADABLE, error)
            return None
        if result is None and reply.status >= 400:
            self._doubt_unless_said(tries, self._error(call, reply))
        return result

    def _doubt_unless_said(self, tries: Tries, error: ApiError) -> None:
        """Take that a request which is sent again may have taken effect, unless the tenant refused it in its own words:
        what answers without any may stand behind the tenant, or before it.
        """
        if not (error.said and error.from_tenant):
            tries.in_doubt = True

    def _wait_or_raise(self, tries: Tries, failure: Failure, error: SailPointError, reply: Reply | None = None) -> None:
        """Wait before the next try, for as long as a reply may ask, or raise the error if this was the last in time."""
        earlier = tries.another(failure)
        if earlier is None:
            raise error
        pause = retrying.delay(earlier, self._asked_for(reply) if reply else 0.0)
        if pause > self._wire.left:
            raise error
        self._wire.wait_before_retry(pause)

    def _hold_back_or_raise(self, tries: Tries, call: Call[Result], reply: Reply) -> None:
        """Hold back all threads for a 429, or raise it if this was the last try in time."""
        earlier = tries.another_after_429()
        if earlier is None:
            raise self._error(call, reply)
        error = self._error(call, reply)
        self._doubt_unless_said(tries, error)
        pause = retrying.delay(earlier, self._asked_for(reply))
        is_in_time = pause <= self._wire.left
        self._wire.hold_back(pause, is_in_time)
        if not is_in_time:
            raise error

    def _error(self, call: Call[Result], reply: Reply) -> ApiError:
        return self._reader.error(call.name, reply, quoted=call.quoted)

    def _asked_for(self, reply: Reply) -> float:
        """Return the seconds that a reply asks to wait; warn if that is more than is done."""
        told = reply.headers.get("Retry-After")
        asked = retrying.asked_for(told, reply.headers.get("Date"))
        if asked > retrying.MAX_RETRY_AFTER:
            most = f"{retrying.MAX_RETRY_AFTER:.0f} s"
            said = self._reader.shown(told or "")  # urllib3 may have made less of it
            self._warn(f"The tenant asked to wait longer than {most} (Retry-After: {said}); tried again after {most}.")
        return asked
