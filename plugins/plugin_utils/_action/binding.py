# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a worker when its controller is gone."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOOK_OUT = 0.25  # seconds between two looks for the controller


@contextmanager
def bound_to_the_controller() -> Iterator[None]:
    """End this worker when the process that forked it is gone.

    Workers are sessions of their own since ansible-core 2.19, so what kills a playbook, such as the end of a job that
    was cancelled, does not reach them. Nobody could be told what is still done then.
    """
    controller = multiprocessing.parent_process()
    if controller is None or controller.pid != os.getppid():
        yield
        return
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_OUT):
            if os.getppid() != controller.pid:
                os._exit(1)

    thread = threading.Thread(target=watch, name="sailpoint-controller", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
