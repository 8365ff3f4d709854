# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Task Management API, by endpoint. It knows nothing of Ansible.

A TaskStatus is the dict that the API answers, keys untouched. Answers break the vendor's schema (null in required
fields, unknown values), so nothing here relies on it beyond "a list of objects" and "an object".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from .._errors import ApiError, NoAnswerError
from .._http.client import Answer, Client, Repeat
from . import filtering
from .generations import GENERATIONS, Generation

TaskStatus = dict[str, Any]

MAX_PAGE = 250  # https://developer.sailpoint.com/docs/api/standard-collection-parameters

_MAX_DIGITS = 19  # of a number; what has more counts nothing, and Python refuses to read it
_WRITE_ADVICE = (
    "an update needs a personal access token (PAT) of a user with the right idn:task-management:write, "
    "such as an ORG_ADMIN; an API client can only read"
)
_READ_ADVICE = "reading needs the right idn:task-management:read"
# Segments of the API's paths; any other is an id.
_PATH_WORD = re.compile(r"beta|v[0-9]+|[a-z]+(?:-[a-z]+)+|sources|status")
_NEWEST = list(GENERATIONS)[-1]  # that deprecated ones are to be left for
_LIST_ADVICE = "the tenant has no such list; check base_url, and whether it has this api_version"


@dataclass(frozen=True)
class Query:
    """What to list: pending tasks only or what the generation's list holds; a filter expression; a sorter."""

    pending: bool = False
    filters: str = ""
    sorters: str | None = None


@dataclass(frozen=True)
class Page:
    """Records of a list, and ``X-Total-Count`` where it was asked for and given.

    ``records`` are as they came, for how many they are: what is no object is no task, but has its place in the list.
    """

    records: list[Any]
    total: int | None

    @property
    def tasks(self) -> list[TaskStatus]:
        """The tasks among the records."""
        return [record for record in self.records if isinstance(record, dict)]


class TaskStatusApi:
    """The endpoints of the generation that the client's settings name."""

    def __init__(self, client: Client, generation: Generation | None = None) -> None:
        """Take the client, and what the tenant's generation has where that is known better than by its name."""
        self.client = client
        self.generation = generation or GENERATIONS[client.settings.api_version]

    def get(self, task_id: str) -> TaskStatus | None:
        """Return one task, pending or not; None when there is none with this id.

        :raises NoAnswerError: the answer is no task, or another one
        :raises SailPointError: as :meth:`Client.request`
        """
        path = self._task_path(task_id)
        try:
            answer = self._request("GET", path)
        except ApiError as error:
            if error.status == 404 and error.from_tenant:
                return None
            raise
        return _task(answer, f"GET {path}", task_id)

    def page(self, query: Query, offset: int, limit: int, count: bool = False) -> Page:
        """Return the records from ``offset`` on, at most ``limit`` (0 to 250) of them.

        :raises SailPointError: as :meth:`Client.request`
        """
        path, filters = self._list(query)
        parameters = [("limit", str(limit)), ("offset", str(offset))]
        if count:
            parameters.append(("count", "true"))
        if filters:
            parameters.append(("filters", filters))
        if query.sorters:
            parameters.append(("sorters", query.sorters))
        try:
            answer = self._request("GET", path, parameters)
        except ApiError as error:
            raise _advised(error, 404, _LIST_ADVICE) from None
        if answer.status == 204 or answer.data is None:
            return Page([], _total(answer) if answer.status != 204 else 0)
        if not isinstance(answer.data, list):
            raise NoAnswerError(f"GET {path} was answered with something else than a list of tasks.", answer.status)
        return Page(answer.data, _total(answer))

    def count(self, query: Query) -> int | None:
        """Return how many tasks a query has, without reading them; None when the tenant does not say.

        :raises SailPointError: as :meth:`Client.request`
        """
        if query.pending and not query.filters and self.generation.pending_path:
            try:
                answer = self._request("HEAD", self.generation.pending_path, [("count", "true")])
            except ApiError:
                # An answer to HEAD has no body, so it says nothing of why (RFC 9110, 9.3.2): a GET does.
                return self.page(query, 0, 1, count=True).total
            total = _total(answer)
            if total is not None:
                return total
            # Nothing to return, or something on the way that drops the header: a list tells.
        return self.page(query, 0, 1, count=True).total

    def update(
        self,
        task_id: str,
        patch: Sequence[Mapping[str, Any]],
        before_sending: Callable[[str], None] | None = None,
    ) -> TaskStatus:
        """Send an RFC 6902 document for one task and return the TaskStatus that the tenant answers.

        :param patch: sent twice, it does what it does once
        :param before_sending: as that of :meth:`Client.request`
        :raises NoAnswerError: whether the update took effect is not known
        :raises SailPointError: as :meth:`Client.request`
        """
        path = self._task_path(task_id)
        try:
            answer = self.client.request(
                "PATCH",
                path,
                headers=self.generation.headers,
                patch=patch,
                repeat=Repeat.SAME_EFFECT,
                before_sending=before_sending,
            )
        except ApiError as error:
            raise _advised(error, 403, _WRITE_ADVICE) from None
        self._tell_deprecation(path, answer)
        return _task(answer, f"PATCH {path}", task_id)

    def _request(self, method: str, path: str, query: Sequence[tuple[str, str]] = ()) -> Answer:
        try:
            answer = self.client.request(method, path, query, self.generation.headers)
        except ApiError as error:
            raise _advised(error, 403, _READ_ADVICE) from None
        self._tell_deprecation(path, answer)
        return answer

    def _tell_deprecation(self, path: str, answer: Answer) -> None:
        """Warn once that the tenant calls a path deprecated, in the same words whichever ids and hosts there are."""
        if answer.headers.get("X-Deprecated", "").strip().lower() != "true":
            return
        shown = "/".join(part if not part or _PATH_WORD.fullmatch(part) else "{id}" for part in path.split("/"))
        advice = f"; move to api_version {_NEWEST}" if self.generation.name != _NEWEST else ""
        self.client.warn(f"The tenant says that {shown} is deprecated{advice}.", once="deprecation")

    def _task_path(self, task_id: str) -> str:
        return f"{self.generation.list_path}/{quote(task_id, safe='')}"

    def _list(self, query: Query) -> tuple[str, str]:
        """Return the path of the list that serves a query, and the filter expression to send there."""
        if not query.pending:
            return self.generation.list_path, query.filters
        if self.generation.pending_in_list:
            pending = filtering.is_null("completionStatus")
            return self.generation.list_path, filtering.all_of(filter(None, (pending, query.filters)))
        if not self.generation.pending_path or query.filters:
            raise ValueError(f"{self.generation.name} has no list for {query}")
        return self.generation.pending_path, ""


def _advised(error: ApiError, status: int, advice: str) -> ApiError:
    """Return an error of this status with what to do about it; a gateway's says nothing about the tenant."""
    return error.advised(advice) if error.status == status and error.from_tenant else error


def _task(answer: Answer, request: str, task_id: str) -> TaskStatus:
    task = answer.data
    if not isinstance(task, dict):
        raise NoAnswerError(f"{request} was answered with something else than a task.", answer.status)
    if isinstance(task.get("id"), str) and task["id"] != task_id:
        raise NoAnswerError(f"{request} was answered with another task ({task['id']}).", answer.status)
    return task


def _total(answer: Answer) -> int | None:
    text = answer.headers.get("X-Total-Count", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MAX_DIGITS else None
