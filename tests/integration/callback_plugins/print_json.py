# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: print_json
type: stdout
short_description: Print what tasks return as JSON
author:
  - idops.sailpoint contributors (@idops)
description:
  - For tests. As callbacks do whose output another program reads, it prints one document of JSON when all is over.
"""

import json
from typing import Any

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "stdout"
    CALLBACK_NAME = "print_json"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._results: list[dict[str, Any]] = []

    def v2_runner_on_ok(self, result: Any) -> None:
        self._results.append({"task": result._task.get_name(), "changed": result._result.get("changed")})

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._display.display(json.dumps(self._results))
