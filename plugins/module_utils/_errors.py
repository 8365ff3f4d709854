# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can go wrong, as one sentence each."""

from __future__ import annotations

from typing import Any, TypeVar

from ._wording import printable

Error = TypeVar("Error", bound="SailPointError")


class SailPointError(Exception):
    """Any failure of the collection's own code: ``str(error)`` is one sentence for the user, one printable line."""

    def __init__(self, message: str = "") -> None:
        super().__init__(printable(message))

    def as_dict(self) -> dict[str, Any]:
        """Return the failure as results show it: ``status``, ``detail_code``, ``tracking_id``, ``message``."""
        return {"status": None, "detail_code": None, "tracking_id": None, "message": str(self)}

    def kept(self: Error) -> Error:
        """Return the error without where it was raised and what it came of: to keep that is to keep all that was at
        hand there, whole answers too.
        """
        self.__context__ = self.__cause__ = None
        return self.with_traceback(None)


class OptionError(SailPointError):
    """An option's value cannot be used; nothing was sent. ``origin`` names what gives it, such as a variable."""

    def __init__(self, option: str, problem: str, origin: str = "") -> None:
        super().__init__(f"{option}: {problem}{f' (from {origin})' if origin else ''}.")
        self.option = option
        self.problem = problem


class UnexpectedError(SailPointError):
    """Something went wrong that nobody expects, such as memory that has run out."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"An unexpected error ended it: {what_is(error)}.")


def what_is(error: BaseException) -> str:
    """Return what an exception is, what it says and where it was raised, for whoever is to mend it."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = (
        f", in {'/'.join(place.tb_frame.f_code.co_filename.split('/')[-2:])} line {place.tb_lineno}" if place else ""
    )
    said = str(error).rstrip(".")
    return f"{type(error).__name__}{': ' if said else ''}{said}{where}"


class Cancelled(SailPointError):
    """The run was interrupted, so the request was not sent or its answer not awaited."""


class SignInError(SailPointError):
    """No access token could be had, or the tenant refused the one it gave.

    ``cause`` is the answer that said so, if there was one. ``passing``: the sign-in was out of order rather than
    refused, so that a later one may succeed. ``in_doubt``: as that of :class:`ApiError`.
    """

    in_doubt = False

    def __init__(self, message: str, cause: ApiError | None = None, passing: bool = False) -> None:
        super().__init__(message)
        self.cause = cause
        self.passing = passing

    def doubted(self) -> SignInError:
        """Return the same error, in doubt: another one, since this one may be raised for every request."""
        copied = SignInError(str(self), self.cause, self.passing)
        copied.in_doubt = True
        return copied

    def as_dict(self) -> dict[str, Any]:
        told = self.cause.as_dict() if self.cause else super().as_dict()
        return {**told, "message": str(self)}


class ApiError(SailPointError):
    """The tenant answered a request with an error.

    The sentence holds the request, the status, what the tenant said and its tracking id. ``in_doubt``: an earlier try
    of the request may have taken effect, its answer was lost. ``from_tenant``: its body, or the lack of one, is what
    the API answers; else it may be a gateway's, which knows nothing of tasks.
    """

    in_doubt = False
    from_tenant = False

    def __init__(
        self,
        request: str,
        status: int,
        said: str = "",
        detail_code: str | None = None,
        tracking_id: str | None = None,
        advice: str = "",
    ) -> None:
        text = f"{request} was answered with HTTP {status}"
        if said:
            text += f": {said.rstrip('.')}"
        if tracking_id:
            text += f" (tracking id {tracking_id})"
        super().__init__(f"{text}{'; ' + advice if advice else ''}.")
        self.request = request
        self.status = status
        self.said = said
        self.detail_code = detail_code
        self.tracking_id = tracking_id

    def doubted(self) -> ApiError:
        """Return this error, in doubt."""
        self.in_doubt = True
        return self

    def advised(self, advice: str) -> ApiError:
        """Return the same error with what to do about it."""
        advised = ApiError(self.request, self.status, self.said, self.detail_code, self.tracking_id, advice)
        advised.in_doubt, advised.from_tenant = self.in_doubt, self.from_tenant
        return advised

    def as_dict(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "detail_code": self.detail_code,
            "tracking_id": self.tracking_id,
            "message": str(self),
        }


class TooLateError(SailPointError):
    """A request was not sent, since what it is based on had become old by the time it could be.

    ``in_doubt``: as that of :class:`ApiError`.
    """

    in_doubt = False

    def __init__(self, request: str) -> None:
        super().__init__(
            f"{request} waited for so long that the task's state may have changed, so it was not sent; run it again."
        )

    def doubted(self) -> TooLateError:
        """Return this error, in doubt."""
        self.in_doubt = True
        return self


class OutOfTimeError(SailPointError):
    """A request was not sent, since its turn comes ``seconds`` from now, after the time for all of it is up."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The time is up before another request may be sent, which is in {seconds:.0f} s.")


class NoAnswerError(SailPointError):
    """A request was sent and no usable answer came: whether it took effect is not known.

    ``status`` is the HTTP status when there was an answer that could not be read, else None.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status

    def as_dict(self) -> dict[str, Any]:
        return {**super().as_dict(), "status": self.status}


class NotShownError(NoAnswerError):
    """The tenant accepted an update, HTTP 200, and its answer does not show it."""

    def __init__(self) -> None:
        super().__init__("The tenant accepted the update, but the task does not show it.", 200)
