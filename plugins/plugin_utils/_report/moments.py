# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instants and spans of time, as the report counts and writes them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from ...module_utils._instants import format_instant


def as_utc(instant: datetime) -> datetime:
    """Return an instant in UTC; one without a zone is taken for UTC."""
    return instant.replace(tzinfo=timezone.utc) if instant.tzinfo is None else instant.astimezone(timezone.utc)


def back(instant: datetime, days: float) -> datetime:
    """Return the instant so many days before, or the first there is."""
    try:
        return instant - timedelta(days=days)
    except OverflowError:
        return datetime.min.replace(tzinfo=timezone.utc)


def written(instant: datetime | None) -> str | None:
    """Return an instant as text, None as None."""
    return None if instant is None else format_instant(instant)


def rounded(seconds: float | None) -> float | None:
    """Return a duration to the millisecond, None as None."""
    return None if seconds is None else round(seconds, 3)
