# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forms: the fields of a urlencoded or multipart body."""

from __future__ import annotations

from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def media_type(content_type: str | None) -> str:
    """The type without its parameters, in lower case."""
    return (content_type or "").split(";")[0].strip().lower()


def fields(content_type: str | None, body: bytes) -> dict[str, str]:
    """The fields of a form, without files; of one that is given twice the last counts.

    Raises ValueError for a multipart type without a boundary. Any other type has no fields.
    """
    kind = media_type(content_type)
    if kind == URLENCODED:
        return query(body.decode("utf-8", "replace"))
    if kind != MULTIPART:
        return {}
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    if not message.get_boundary():
        raise ValueError("the multipart form has no boundary")
    found: dict[str, str] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        if isinstance(name, str) and part.get_filename() is None:
            content = part.get_payload(decode=True)
            found[name] = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    return found


def query(text: str) -> dict[str, str]:
    """The parameters of a query, or the fields of a urlencoded form."""
    return dict(parse_qsl(text, keep_blank_values=True))
