# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a worker when its controller is gone."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager

from ...module_utils._workers import looking_out


@contextmanager
def bound_to_the_controller() -> Iterator[None]:
    """End this worker when the process that forked it is gone.

    Workers are sessions of their own since ansible-core 2.19, so what kills a playbook, such as the end of a job that
    was cancelled, does not reach them. Nobody could be told what is still done then.
    """
    controller, parent = multiprocessing.parent_process(), os.getppid()
    if controller is None:
        yield
        return

    def look() -> bool:
        # The parent is another one from the beginning where the controller ended before this worker came so far.
        orphaned = not controller.is_alive() if parent != controller.pid else os.getppid() != parent
        if orphaned:
            os._exit(1)
        return False

    look()
    with looking_out(look):
        yield
