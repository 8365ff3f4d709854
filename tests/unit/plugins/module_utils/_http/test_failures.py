# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import socket

import pytest
import requests
from ansible_collections.idops.sailpoint.plugins.module_utils._http.failures import Failure, kind_of
from ansible_collections.idops.sailpoint.plugins.module_utils._http.transport import Overdue
from urllib3.exceptions import MaxRetryError, NewConnectionError


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


REFUSED = requests.ConnectionError(
    MaxRetryError(None, "/x", NewConnectionError(None, "Connection refused"))  # type: ignore[arg-type]
)
UNRESOLVED = caused(requests.ConnectionError(), socket.gaierror(socket.EAI_AGAIN, "no"))


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (REFUSED, Failure.NOT_SENT),
        (requests.ConnectTimeout(), Failure.NOT_SENT),
        (caused(requests.exceptions.ProxyError(), REFUSED), Failure.NOT_SENT),
        (requests.ConnectionError("reset"), Failure.LOST),
        (requests.ReadTimeout(), Failure.LOST),
        (requests.exceptions.ProxyError("tunnel"), Failure.LOST),
        (requests.exceptions.ChunkedEncodingError("cut"), Failure.LOST),
        (Overdue("300 s"), Failure.LOST),
        (requests.exceptions.SSLError("self-signed"), Failure.HOPELESS),
        (requests.exceptions.InvalidURL("x"), Failure.HOPELESS),
        (caused(requests.ConnectionError(), FileNotFoundError(2, "no such file")), Failure.HOPELESS),
        (caused(requests.ConnectionError(), UnicodeError("label too long")), Failure.HOPELESS),
        (caused(requests.ConnectionError(), UnicodeEncodeError("ascii", "x", 0, 1, "no")), Failure.HOPELESS),
        (caused(requests.ConnectionError(), UnicodeDecodeError("utf-8", b"x", 0, 1, "no")), Failure.LOST),
        (caused(requests.exceptions.ProxyError(), OSError("Tunnel connection failed: 407 No")), Failure.HOPELESS),
        (caused(requests.exceptions.ProxyError(), OSError("Tunnel connection failed: 403 No")), Failure.HOPELESS),
        (caused(requests.exceptions.ProxyError(), OSError("Tunnel connection failed: 429 Wait")), Failure.LOST),
        (caused(requests.exceptions.ProxyError(), OSError("Tunnel connection failed: 502 Bad")), Failure.LOST),
    ],
)
@pytest.mark.parametrize("was_reached", [True, False])
def test_how_a_try_failed(error: Exception, failure: Failure, was_reached: bool) -> None:
    assert kind_of(error, was_reached) is failure


def test_a_name_without_an_address_is_a_mistake_unless_it_had_one() -> None:
    assert kind_of(UNRESOLVED, True) is Failure.NOT_SENT
    assert kind_of(UNRESOLVED, False) is Failure.HOPELESS


def test_a_port_that_nobody_listens_on_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(requests.ConnectionError) as caught:
        requests.get(f"http://127.0.0.1:{port}/x", timeout=5, proxies={"http": ""})
    assert kind_of(caught.value, False) is Failure.NOT_SENT
