# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook that a job template of AWX runs for the rulebook launch_notification, given what AWX gives it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from awx.support import Run, extra_vars_file

Tell = Callable[..., Any]
FOUND = {
    "notify_failed_task_name": "Aggregation",
    "notify_failed_task_status": "ERROR",
    "notify_failed_task_tenant": "https://acme.api.identitynow.com",
    "notify_failed_task_id": "2c91",
}
HOOK = "/hooks/known-to-nobody"


class Webhook:
    """An incoming webhook: its URL, the status of its answers, and the messages that it got."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.status = 204
        self.messages: list[Any] = []


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """A webhook on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == HOOK:
                found.messages.append(json.loads(content))
            self.send_response(found.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Webhook(f"http://127.0.0.1:{server.server_port}{HOOK}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()


@pytest.fixture
def tell(webhook: Webhook, run: Run, tmp_path: Path) -> Tell:
    """Runs the playbook with these answers, and with the webhook's URL, or another, in the environment."""

    def tell(variables: Mapping[str, Any], url: str | None = None) -> Any:
        given = extra_vars_file(tmp_path / "extravars", variables)
        env = {"SAILPOINT_WEBHOOK_URL": webhook.url if url is None else url}
        done = run(["ansible-playbook", "idops.sailpoint.notify_failed_task", "-e", f"@{given}", "-vvv"], env)
        assert HOOK not in done.stdout
        return done

    return tell


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("Aggregation", "Aggregation", id="plain"),
        pytest.param("{{ 6 * 7 }}{% raw %}", "{{ 6 * 7 }}{% raw %}", id="template"),
        pytest.param("a\nSailPoint: all is well\x1b[2J\u202e", "a SailPoint: all is well [2J", id="control"),
        pytest.param("[1, 'two']", "[1, 'two']", id="list"),
        pytest.param("Über 🎉", "Über 🎉", id="letters"),
        pytest.param("", "a task without a name", id="none"),
    ],
)
def test_the_message_says_which_task_it_was(name: str, told: str, tell: Tell, webhook: Webhook) -> None:
    """In one line of printable text; a template in a name stays text."""
    done = tell({**FOUND, "notify_failed_task_name": name})
    assert done.returncode == 0, done.stdout
    text = f"SailPoint: {told} ended with ERROR on https://acme.api.identitynow.com (id 2c91)."
    assert webhook.messages == [{"text": text}]


@pytest.mark.parametrize("status", [404, 500, 302])
def test_a_webhook_that_refuses_fails_the_job_without_its_url(status: int, tell: Tell, webhook: Webhook) -> None:
    webhook.status = status
    done = tell(FOUND)
    assert done.returncode != 0
    assert f"The webhook answered with HTTP {status}, so the message was not sent; check SAILPOINT_WEBHOOK_URL" in (
        done.stdout
    )


def test_a_webhook_that_is_not_there_fails_the_job_without_its_url(tell: Tell) -> None:
    done = tell(FOUND, url=f"http://127.0.0.1:9{HOOK}")
    assert done.returncode != 0
    assert "The webhook could not be reached, so the message was not sent" in done.stdout


def test_what_is_missing_is_named(tell: Tell, webhook: Webhook) -> None:
    without = tell(FOUND, url="")
    assert without.returncode != 0 and "SAILPOINT_WEBHOOK_URL: no webhook is named" in without.stdout
    nothing = tell({**FOUND, "notify_failed_task_id": ""})
    assert (
        nothing.returncode != 0 and "notify_failed_task_tenant and notify_failed_task_id are required" in nothing.stdout
    )
    assert webhook.messages == []
