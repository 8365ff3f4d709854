# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients and their tokens: ``POST /oauth/token`` with the client credentials grant.

The vendor documents three forms of the request, and its clients use all of them: a urlencoded body, a multipart body,
and the parameters of the query.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from . import forms
from .answers import HTML, Answer, json_answer


@dataclass(frozen=True)
class Client:
    """A client id with its secret, and what it may do."""

    client_id: str
    client_secret: str
    meaning: str
    may_read: bool = True
    may_write: bool = False


_TENANT = UUID("6f0e2a51-3c1d-4b7e-9a52-0d9f4c1b8e37")
#: What is answered at the address of the user interface: a page, whatever was asked.
UI_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>"

# Fixed, so that playbooks can name them. They open nothing but a simulator.
CLIENTS = {
    client.client_id: client
    for client in (
        Client("demo-client", "demo-secret", "personal access token of an administrator", True, True),
        Client("demo-second-client", "demo-second-secret", "another such, with a rate limit of its own", True, True),
        Client("demo-reader", "demo-reader-secret", "plain API client: reads, may not update (403)"),
        Client("demo-outsider", "demo-outsider-secret", "has no task-management scope: 403 for everything", False),
    )
}


class Unauthorized(Exception):
    """No token, or one that does not count (any more); the text goes into ``error``."""


class SignIn:
    """The tokens that were given out. Times are of ``time.monotonic``."""

    def __init__(self) -> None:
        self._tokens: dict[str, tuple[Client, float]] = {}

    def issue(self, client_id: str, lifetime: float) -> str:
        """A new token for ``client_id`` (KeyError if unknown) that lives ``lifetime`` seconds."""
        token = secrets.token_urlsafe(48)
        self._tokens[token] = (CLIENTS[client_id], time.monotonic() + lifetime)
        return token

    def expire_all(self) -> int:
        """Let every live token die now; tells how many there were."""
        now = time.monotonic()
        live = [token for token, (dummy, expires) in self._tokens.items() if expires > now]
        for token in live:
            self._tokens[token] = (self._tokens[token][0], now)
        return len(live)

    def clear(self) -> None:
        """Forget all tokens."""
        self._tokens.clear()

    def client_of(self, token: str | None) -> Client | None:
        """Whose token it is, expired or not; None for an unknown one."""
        known = self._tokens.get(token) if token else None
        return known[0] if known else None

    def check(self, token: str | None) -> Client:
        """The client of a live token. Raises Unauthorized."""
        if not token:
            raise Unauthorized("Full authentication is required to access this resource")
        known = self._tokens.get(token)
        if known is None:
            raise Unauthorized("JWT validation failed: JWT is not valid")
        if known[1] <= time.monotonic():
            raise Unauthorized("JWT validation failed: JWT is expired")
        return known[0]

    def answer(self, content_type: str, body: bytes, query: str, lifetime: float) -> tuple[Answer, str | None]:
        """The token endpoint's answer to a form or a query, and the client id that it was for."""
        try:
            form = {**forms.query(query), **forms.fields(content_type, body)}
        except ValueError as exc:
            return sign_in_error(400, "invalid_request", str(exc)), None
        if not form:
            return sign_in_error(400, "invalid_request", "The request must be a form"), None
        client_id = form.get("client_id")
        if form.get("grant_type") != "client_credentials":
            return sign_in_error(400, "unsupported_grant_type", "Only client_credentials is supported"), client_id
        client = CLIENTS.get(client_id or "")
        if client is None or not secrets.compare_digest(
            client.client_secret.encode(), form.get("client_secret", "").encode()
        ):
            return sign_in_error(401, "invalid_client", "Bad client credentials"), client_id
        told = {**_token_answer(client, lifetime), "access_token": self.issue(client.client_id, lifetime)}
        return json_answer(200, told, {"Cache-Control": "no-store"}), client_id


def _token_answer(client: Client, lifetime: float) -> dict[str, Any]:
    """What is told with a token. Only a personal access token belongs to an identity."""
    told: dict[str, Any] = {
        "access_token": None,  # comes first
        "token_type": "bearer",
        "expires_in": int(lifetime),
        "scope": "sp:scopes:all",
        "tenant_id": str(_TENANT),
        "pod": "simulator-local",
        "strong_auth_supported": True,
        "org": "demo",
    }
    if client.may_write:
        identity = hashlib.sha256(client.client_id.encode()).hexdigest()[:32]
        told.update(identity_id=identity, user_name=client.client_id.replace("client", "admin"))
    return {**told, "jti": str(uuid4())}


def ui_page() -> Answer:
    """What sign-in gets at the address of the user interface."""
    return Answer(200, UI_PAGE, {"Content-Type": HTML})


def sign_in_error(status: int, error: str, description: str) -> Answer:
    """The token endpoint's error body."""
    return json_answer(status, {"error": error, "error_description": description})
