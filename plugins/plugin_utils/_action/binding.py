# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a worker when its controller is gone, or is ending without having told it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ...module_utils._workers import looking_out

_MAX_LOOKS = 4  # a second, after which a worker that is to end has done so by itself


@contextmanager
def bound_to_the_controller() -> Iterator[None]:
    """End this worker when the process that forked it is gone or ends.

    Workers are sessions of their own since ansible-core 2.19, so what kills a playbook, such as the end of a job that
    was cancelled, does not reach them. Nobody could be told what is still done then. Ctrl-C is handed on by the
    controller, but not to a worker that it is just forking: for that one it would wait to the end.
    """
    controller, parent = multiprocessing.parent_process(), os.getppid()
    if controller is None:
        yield
        return
    main = threading.main_thread().ident or 0
    told = 0

    def look() -> bool:
        nonlocal told
        # The parent is another one from the beginning where the controller ended before this worker came so far.
        orphaned = not controller.is_alive() if parent != controller.pid else os.getppid() != parent
        if orphaned or told >= _MAX_LOOKS:
            os._exit(1)
        if _is_ending(parent):
            told += 1
            # As the controller does, which ansible-core hands on to modules; to the thread that handles it.
            signal.pthread_kill(main, signal.SIGINT)
        return False

    look()
    with looking_out(look):
        yield


def _is_ending(pid: int) -> bool:
    """Whether a controller has been interrupted: then it lets SIGINT do what it does by itself, and never else."""
    try:
        with open(f"/proc/{pid}/status", encoding="latin-1") as file:
            masks = dict(line.split(":", 1) for line in file if line.startswith(("SigCgt:", "SigIgn:")))
        handled = int(masks["SigCgt"], 16) | int(masks["SigIgn"], 16)
    except (OSError, KeyError, ValueError):
        return False  # no such files on this system
    return not handled >> (signal.SIGINT - 1) & 1
