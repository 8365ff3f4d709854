# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: record_results
type: notification
short_description: Write down what the collection's modules return
author:
  - idops.sailpoint contributors (@idops)
description:
  - For tests. Writes a line of JSON for each result of a module of the collection, in the order of the play, to the
    file that the environment variable C(RECORD_RESULTS) names.
"""

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

_MODULES = ("idops.sailpoint.task_status", "idops.sailpoint.task_status_info")


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record_results"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_ok(self, result: Any) -> None:
        self._record(result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._record(result)

    def _record(self, result: Any) -> None:
        task = result._task
        if task.action in _MODULES and not task.async_val:
            with open(os.environ["RECORD_RESULTS"], "a", encoding="utf-8") as file:
                file.write(json.dumps({"task": task.get_name(), "result": result._result}, default=str) + "\n")
