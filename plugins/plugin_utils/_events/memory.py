# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file in which an event source keeps what it remembers, so that a restart misses nothing."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import IO, Any

from ...module_utils._errors import OptionError
from ...module_utils._instants import parse_instant
from ...module_utils._wording import printable
from .._files import absolute, reason_of, write_whole
from .log import log

try:
    import fcntl
except ImportError:  # not on every system; then nobody tells two sources apart
    fcntl = None  # type: ignore[assignment]

_FORMAT = 1
_MAX_BYTES = 64 * 1024 * 1024
_MAX_AGE = timedelta(days=7)
_MODE = 0o600


class Memory:
    """What a source remembers, in a file that is replaced as a whole whenever that changes."""

    def __init__(self, path: str, tenant: str, watched: Mapping[str, Any]) -> None:
        """Take the file, the base URL of the tenant, and, as JSON data, which of its tasks are watched for what."""
        self._path = absolute(path)
        self._owner = {"format": _FORMAT, "tenant": tenant, "watched": json.loads(json.dumps(watched))}
        self._kept: Mapping[str, Any] | None = None
        self._lock: IO[str] | None = None
        self._failing = False

    def open(self) -> None:
        """Take the file for this source alone, and see that it can be written.

        :raises OptionError: it cannot be, or another source has it
        """
        try:
            self._lock = open(f"{self._path}.lock", "a", encoding="utf-8")  # noqa: SIM115  held until close()
            os.chmod(self._lock.name, _MODE)
            if os.path.isdir(self._path):
                raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
            if not os.access(os.path.dirname(self._path), os.W_OK):
                raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        except (OSError, ValueError) as error:
            raise OptionError(
                "state_file",
                f"{printable(self._path)} cannot be written ({reason_of(error)}); name a file in a "
                "directory that is there and that ansible-rulebook may write to",
            ) from None
        try:
            if fcntl is not None:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            raise OptionError(
                "state_file", f"{printable(self._path)} is another source's; give each source a file of its own"
            ) from None
        except OSError:
            pass  # a file system without locks

    def close(self) -> None:
        """Let another source have the file."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def hand_to(self, recall: Callable[[Mapping[str, Any]], None]) -> None:
        """Hand on what the file remembers; where that is nothing of use, log why and leave it.

        :param recall: takes what :meth:`keep` kept; raises ValueError where it is something else
        :raises OptionError: the file is of another tenant
        """
        try:
            recall(self._read())
        except FileNotFoundError:
            log.info("state_file: %s is not there yet; the first poll tells what is stuck.", self._path)
        except (OSError, ValueError, RecursionError) as error:
            log.warning(
                "state_file: %s is of no use (%s), so what ended while the source was not running is not told.",
                self._path,
                reason_of(error),
            )

    def keep(self, remembered: Mapping[str, Any]) -> None:
        """Write what is remembered, if that has changed; a file that cannot be written is logged and tried again."""
        if remembered == self._kept:
            return
        saved = {**self._owner, "saved": datetime.now(timezone.utc).isoformat(), "remembered": remembered}
        try:
            write_whole(self._path, json.dumps(saved), _MODE)
        except (OSError, ValueError) as error:
            if not self._failing:
                log.error(
                    "state_file: %s cannot be written (%s); a restart now would miss what ends meanwhile.",
                    self._path,
                    reason_of(error),
                )
            self._failing = True
            return
        self._kept, self._failing = remembered, False

    def _read(self) -> Any:
        with open(self._path, "rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise ValueError("it is too large")
        saved = json.loads(content)
        if not isinstance(saved, dict) or saved.get("format") != _FORMAT:
            raise ValueError("it is no state file of this version")
        if saved.get("tenant") != self._owner["tenant"]:
            raise OptionError(
                "state_file",
                f"{printable(self._path)} is that of another tenant; give each source a file of its own",
            )
        if saved.get("watched") != self._owner["watched"]:
            raise ValueError("other tasks or events were watched then")
        at = parse_instant(saved.get("saved"))
        if at is None or datetime.now(timezone.utc) - at > _MAX_AGE:
            raise ValueError(f"it is older than {_MAX_AGE.days} days")
        return saved.get("remembered")
