# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log of the event source: each of its records is one line of printable text, whatever a tenant has said."""

from __future__ import annotations

import logging

from ...module_utils._wording import printable

log = logging.getLogger("idops.sailpoint.task_status")


def _on_one_line(record: logging.LogRecord) -> bool:
    record.msg, record.args = printable(record.getMessage()), ()
    return True


log.addFilter(_on_one_line)
