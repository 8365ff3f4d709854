# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import socket
import threading
import urllib.request
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

import pytest
import requests
import responses
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import (
    ApiError,
    Cancelled,
    NoAnswerError,
    SailPointError,
    SignInError,
    TooLateError,
)
from ansible_collections.idops.sailpoint.plugins.module_utils._http.client import Client, Repeat
from ansible_collections.idops.sailpoint.plugins.module_utils._http.surroundings import proxies_of
from ansible_collections.idops.sailpoint.plugins.module_utils._version import VERSION
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import (
    BASE_URL,
    CLIENT_ID,
    TOKEN,
    Clock,
    Request,
    client_of,
    in_turn,
    response,
    settings,
    signed_in,
)
from hypothesis import given
from hypothesis import strategies as st
from urllib3.exceptions import MaxRetryError, NewConnectionError

OK = response(200, {"id": "t"})
PATCH = [{"op": "replace", "path": "/completionStatus", "value": "Error"}]
LOST = [
    requests.ConnectionError("reset"),
    requests.Timeout(),
    requests.exceptions.ChunkedEncodingError("cut"),
    requests.exceptions.ContentDecodingError("no gzip"),
]


# What is sent


def test_a_request_is_sent_as_it_was_asked_for() -> None:
    client, transport = client_of(signed_in(in_turn(OK)))
    answer = client.request(
        "GET", "/v2024/task-status", [("filters", 'id eq "a b&ä"'), ("limit", "250")], {"X-Extra": "1"}
    )
    assert (answer.status, answer.data) == (200, {"id": "t"})
    request = transport.api_requests[0]
    assert (request.method, request.host, request.path) == ("GET", BASE_URL, "/v2024/task-status")
    assert request.query == {"filters": 'id eq "a b&ä"', "limit": "250"}
    assert request.body is None
    assert request.headers == {
        "Accept": "application/json",
        "Authorization": f"Bearer {TOKEN}",
        "User-Agent": f"idops.sailpoint/{VERSION} (Ansible collection)",
        "X-Extra": "1",
    }


def test_a_patch_is_sent_as_json_patch() -> None:
    client, transport = client_of(signed_in(in_turn(OK)))
    client.request("PATCH", "/v1/t", patch=PATCH, repeat=Repeat.SAME_EFFECT)
    request = transport.api_requests[0]
    assert request.headers["Content-Type"] == "application/json-patch+json"
    assert request.patch == PATCH


def test_the_secret_is_in_the_form_of_the_sign_in_only() -> None:
    client, transport = client_of(signed_in(in_turn(OK)), client_secret="s &+=é")
    client.request("GET", "/x")
    sign_in, request = transport.requests
    assert (sign_in.method, sign_in.path, sign_in.query) == ("POST", "/oauth/token", {})
    assert parse_qs((sign_in.body or b"").decode(), strict_parsing=True) == {
        "grant_type": ["client_credentials"],
        "client_id": [CLIENT_ID],
        "client_secret": ["s &+=é"],
    }
    assert sign_in.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Authorization" not in sign_in.headers
    assert "s &+=" not in repr(request) and "s%20" not in repr(request)


@responses.activate
def test_on_the_wire_percent_encoding_is_kept() -> None:
    responses.get(f"{BASE_URL}/v1/a%2Fb%20%22", json={"id": "a/b"})
    client = Client(settings(access_token=TOKEN))
    try:
        assert client.request("GET", "/v1/a%2Fb%20%22", [("filters", 'id in ("a", "b")')]).data == {"id": "a/b"}
    finally:
        client.close()
    assert responses.calls[0].request.url == f"{BASE_URL}/v1/a%2Fb%20%22?filters=id%20in%20%28%22a%22%2C%20%22b%22%29"
    assert responses.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


@responses.activate
def test_a_netrc_entry_replaces_no_token(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine acme.api.identitynow.com login someone password else\n", encoding="ascii")
    monkeypatch.setenv("NETRC", str(netrc))
    responses.get(f"{BASE_URL}/x", json={})
    client = Client(settings(access_token=TOKEN))
    try:
        client.request("GET", "/x")
    finally:
        client.close()
    assert responses.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


# Signing in


def test_one_sign_in_serves_all_requests() -> None:
    client, transport = client_of(signed_in(in_turn(OK)))
    for _request in range(20):
        client.request("GET", "/x")
    assert client.access_token() == TOKEN
    assert len(transport.requests) == 21
    assert client.request_stats == {"requests": 20, "retries": 0, "throttled": 0.0, "sign_ins": 1}


def test_with_a_token_there_is_no_sign_in() -> None:
    client, transport = client_of(in_turn(OK), access_token="given")
    client.request("GET", "/x")
    assert [request.headers["Authorization"] for request in transport.requests] == ["Bearer given"]
    assert client.access_token() == "given"
    assert client.request_stats["sign_ins"] == 0


def tokens(lifetime: Any) -> tuple[Any, list[str]]:
    """Return an answering function that gives token-1, token-2 and so on, and the tokens that requests came with."""
    given: list[str] = []
    used: list[str] = []

    def answer(request: Request) -> requests.Response:
        if request.path == "/oauth/token":
            given.append(f"token-{len(given) + 1}")
            return response(200, {"access_token": given[-1], "expires_in": lifetime})
        used.append(request.headers["Authorization"].removeprefix("Bearer "))
        return OK

    return answer, used


@pytest.mark.parametrize("lifetime", [749, "749", 749.0])
def test_a_token_is_renewed_a_little_before_it_expires(clock: Clock, lifetime: object) -> None:
    answer, used = tokens(lifetime)
    client, _transport = client_of(answer, clock)
    for seconds in (0, 700, 40, 0, 700, 40):
        clock.advance(seconds)
        client.request("GET", "/x")
    assert used == ["token-1", "token-1", "token-2", "token-2", "token-2", "token-3"]
    assert client.request_stats["sign_ins"] == 3


@pytest.mark.parametrize("lifetime", [None, "soon", -1, 0, [], {}, float("nan")])
def test_a_lifetime_that_cannot_be_used_is_not_known(clock: Clock, lifetime: object) -> None:
    answer, used = tokens(lifetime)
    client, _transport = client_of(answer, clock)
    client.request("GET", "/x")
    clock.advance(10_000)
    client.request("GET", "/x")
    assert used == ["token-1", "token-1"]


def test_a_token_that_expires_in_mid_run_is_renewed_once_for_all_threads() -> None:
    threads = 8
    under_way = threading.Barrier(threads)
    given = []

    def answer(request: Request) -> requests.Response:
        if request.path == "/oauth/token":
            given.append(f"token-{len(given) + 1}")
            return response(200, {"access_token": given[-1], "expires_in": 749})
        if request.headers["Authorization"] == "Bearer token-1":
            under_way.wait(10)
            return response(401, {"error": "JWT expired"})
        return OK

    client, transport = client_of(answer)
    assert client.access_token() == "token-1"
    workers = [threading.Thread(target=client.request, args=("GET", "/x")) for _number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
    assert given == ["token-1", "token-2"]
    assert client.request_stats == {"requests": 16, "retries": 0, "throttled": 0.0, "sign_ins": 2}


def test_many_threads_sign_in_once() -> None:
    ready = threading.Barrier(8)
    client, transport = client_of(signed_in(in_turn(OK)))

    def work() -> None:
        ready.wait(10)
        client.request("GET", "/x")

    workers = [threading.Thread(target=work) for _number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
    assert (client.request_stats["sign_ins"], len(transport.requests)) == (1, 9)


def test_a_tenant_that_lets_nobody_in_is_soon_asked_no_more() -> None:
    """Each request is asked for itself, one may be closed alone; ten in a row are all there are."""
    client, transport = client_of(signed_in(in_turn(response(401, {"error": "nope"}))))
    for number in range(12):
        error = SignInError if number >= 9 else ApiError
        with pytest.raises(error, match="refuses the token that it just gave") as caught:
            client.request("GET", "/x")
        assert caught.value.as_dict()["status"] == 401
    assert client.request_stats["sign_ins"] == 2
    assert len(transport.requests) == 2 + 11


def test_a_given_token_that_is_refused_is_sent_once_a_request_and_soon_no_more() -> None:
    client, transport = client_of(in_turn(response(401, {"error": "expired"})), access_token="given")
    for number in range(12):
        error = SignInError if number >= 9 else ApiError
        with pytest.raises(error, match="access_token is refused") as caught:
            client.request("GET", "/x")
        assert caught.value.as_dict()["status"] == 401
    assert len(transport.requests) == 10


@pytest.mark.parametrize("credentials", [{}, {"access_token": "given"}], ids=["client", "token"])
@pytest.mark.parametrize("first", [True, False])
def test_one_request_that_is_refused_is_one_request(first: bool, credentials: dict[str, Any]) -> None:
    def answer(request: Request) -> requests.Response:
        return response(401, {"error": "not yours"}) if request.path.startswith("/odd") else OK

    client, transport = client_of(signed_in(answer), **credentials)
    if not first:
        client.request("GET", "/x")
    for number in range(30):
        with pytest.raises(ApiError, match=f"GET /odd{number} was answered with HTTP 401: not yours"):
            client.request("GET", f"/odd{number}")
        assert client.request("GET", "/x").status == 200
    assert len(transport.requests) <= 5 * 30


def test_a_request_that_alone_is_refused_ends_and_spoils_no_other() -> None:
    """Others prove every new token good while one request is answered with 401 for ever."""
    sign_ins = []

    def answer(request: Request) -> requests.Response:
        if request.path == "/oauth/token":
            sign_ins.append(1)
            assert len(sign_ins) < 50, "it signs in on and on"
            return response(200, {"access_token": f"token-{len(sign_ins)}", "expires_in": 749})
        if request.path == "/odd":
            assert client.request("GET", "/x").status == 200
            return response(401, {"error": "not here"})
        return OK

    client, transport = client_of(answer)
    client.request("GET", "/x")
    with pytest.raises(ApiError, match="the token is good for other requests"):
        client.request("GET", "/odd")
    assert client.request("GET", "/x").status == 200
    assert len(sign_ins) <= 3


@pytest.mark.parametrize(
    ("status", "advice"),
    [(400, "client_secret"), (401, "client_secret"), (403, "client_credentials"), (404, "base_url")],
)
def test_a_refused_sign_in_is_not_tried_again(status: int, advice: str) -> None:
    client, transport = client_of(in_turn(response(status, {"error": "invalid_client"})))
    for _request in range(3):
        with pytest.raises(SignInError, match=f"^Signing in failed: .*HTTP {status}.*{advice}") as caught:
            client.request("GET", "/x")
        assert caught.value.as_dict()["status"] == status
    with pytest.raises(SignInError):
        client.access_token()
    assert [request.path for request in transport.requests] == ["/oauth/token"]


@pytest.mark.parametrize("first", [response(503), requests.ConnectionError(), response(200, text="<html>")])
def test_a_sign_in_that_fails_once_is_tried_again(first: Any) -> None:
    answers = in_turn(first, response(200, {"access_token": TOKEN}), OK)
    client, transport = client_of(answers)
    assert client.request("GET", "/x").status == 200
    assert client.request_stats == {"requests": 1, "retries": 1, "throttled": 0.0, "sign_ins": 2}


@pytest.mark.parametrize("failure", [response(503), requests.ConnectionError(), response(429)])
def test_a_sign_in_that_fails_for_good_fails_every_request_at_once(failure: Any) -> None:
    client, transport = client_of(in_turn(failure), retries=2)
    for _request in range(3):
        with pytest.raises(SignInError, match="^Signing in failed: POST /oauth/token"):
            client.request("GET", "/x")
    assert len(transport.requests) == 3


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["https://evil.example.com/oauth/token", "/oauth/token2"])
def test_a_redirect_of_the_sign_in_is_not_followed(status: int, target: str) -> None:
    client, transport = client_of(in_turn(response(status, headers={"Location": target})))
    with pytest.raises(SignInError, match="redirect"):
        client.request("GET", "/x")
    assert len(transport.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"accessToken": "misspelt-t0ken"},
        {"access_token": None},
        {"access_token": ["misspelt-t0ken"]},
        {"access_token": "misspelt-t0ken\nX-Evil: 1"},
        {"access_token": "tök€n"},
        {"access_token": " "},
        ["misspelt-t0ken"],
        "misspelt-t0ken",
    ],
)
def test_a_sign_in_without_a_usable_token_is_told_without_its_answer(answer: Any) -> None:
    client, _transport = client_of(in_turn(response(200, answer)), retries=0)
    with pytest.raises(SignInError, match="HTTP 200 but no access_token") as caught:
        client.request("GET", "/x")
    assert "misspelt" not in str(caught.value) + json.dumps(caught.value.as_dict())


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503])
@pytest.mark.parametrize(
    "key", ["error", "error_description", "message", "detailMessage", "access_token", "trackingId"]
)
def test_the_sign_ins_own_answer_is_never_quoted(status: int, key: str) -> None:
    client, _transport = client_of(in_turn(response(status, {key: "half-of-a-s3cret"})), retries=0)
    with pytest.raises(SignInError, match=f"HTTP {status}") as caught:
        client.request("GET", "/x")
    assert "half-of-a-s3cret" not in str(caught.value) + json.dumps(caught.value.as_dict())


# 429


def throttled_once(retry_after: str | None) -> tuple[Client, float]:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    clock = Clock()
    client, _transport = client_of(signed_in(in_turn(response(429, {"message": "slow"}, headers), OK)), clock)
    assert client.request("GET", "/x").status == 200
    assert client.request_stats["retries"] == 1
    return client, clock.now - 1000.0


@pytest.mark.parametrize("retry_after", ["3", " 3 ", "7", "60"])
def test_retry_after_in_seconds_is_honoured(retry_after: str) -> None:
    client, waited = throttled_once(retry_after)
    assert float(retry_after) <= waited <= float(retry_after) + 0.25
    assert client.request_stats["throttled"] == pytest.approx(waited, abs=0.001)
    assert client.warnings == []


def test_retry_after_as_a_date_is_honoured() -> None:
    date = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=40), usegmt=True)
    _client, waited = throttled_once(date)
    assert 20 < waited <= 40.25


@pytest.mark.parametrize(
    "retry_after",
    [None, "", "0", "-1", "soon", "1.5", "Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 99 Foo 2999 99:99:99 GMT", "²", "0x10"],
)
def test_retry_after_that_says_nothing_is_a_short_pause_and_no_busy_loop(retry_after: str | None) -> None:
    _client, waited = throttled_once(retry_after)
    assert 0.25 <= waited <= 0.5


@pytest.mark.parametrize("retry_after", ["86400", "61", "Fri, 31 Dec 2999 23:59:59 GMT", "999999999999999999"])
def test_retry_after_that_is_absurd_is_bounded_and_said(retry_after: str) -> None:
    client, waited = throttled_once(retry_after)
    assert waited == pytest.approx(60.0)
    assert len(client.warnings) == 1 and "Retry-After" in client.warnings[0]


@pytest.mark.parametrize("digits", [400, 5000])
def test_retry_after_of_any_length_is_bounded(digits: int) -> None:
    _client, waited = throttled_once("9" * digits)
    assert 0.25 <= waited <= 60


@given(st.text(max_size=40))
def test_no_retry_after_breaks_the_client(retry_after: str) -> None:
    _client, waited = throttled_once(retry_after)
    assert 0.25 <= waited <= 60.25


def test_a_429_that_never_ends_is_an_error_after_all_tries() -> None:
    client, transport = client_of(signed_in(in_turn(response(429, {"message": "slow down"}))), retries=3)
    with pytest.raises(ApiError, match="HTTP 429: slow down") as caught:
        client.request("GET", "/x")
    assert caught.value.status == 429
    assert len(transport.api_requests) == 4


def test_a_429_counts_only_while_nothing_gets_through() -> None:
    answers = [answer for _round in range(20) for answer in (response(429), OK)]
    client, transport = client_of(signed_in(in_turn(*answers)), retries=1)
    for _request in range(20):
        assert client.request("GET", "/x").status == 200
    assert len(transport.api_requests) == 40


def test_one_burst_of_429_is_one_pause_for_all_threads() -> None:
    threads = 8
    under_way, back = threading.Barrier(threads), threading.Barrier(threads)
    seen = threading.local()

    def answer(request: Request) -> requests.Response:
        if not getattr(seen, "refused", False):
            seen.refused = True
            under_way.wait(10)
            return response(429, headers={"Retry-After": "5"})
        back.wait(10)  # none gets through before all have heard of the 429
        return OK

    clock = Clock()
    client, _transport = client_of(signed_in(answer), clock, retries=1)
    client.access_token()
    answers = []
    workers = [
        threading.Thread(target=lambda: answers.append(client.request("GET", "/x").status))
        for _number in range(threads)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(10)
    assert answers == [200] * threads


# Other failures


@pytest.mark.parametrize("status", [502, 503, 504])
def test_gateway_errors_are_tried_again_at_growing_intervals(status: int) -> None:
    clock = Clock()
    answers = in_turn(response(status, text="<html>bad gateway</html>"))
    client, transport = client_of(signed_in(answers), clock, retries=9)
    with pytest.raises(ApiError, match=f"HTTP {status}: a web page"):
        client.request("PATCH", "/x", patch=PATCH, repeat=Repeat.SAME_EFFECT)
    assert len(transport.api_requests) == 10
    assert client.request_stats["retries"] == 9
    assert {request.body for request in transport.api_requests} == {json.dumps(PATCH, separators=(",", ":")).encode()}
    for number, wait in enumerate(clock.waits):
        longest = min(30.0, 0.5 * 2**number)
        assert longest / 2 <= wait <= longest


def test_thousands_of_tries_do_not_overflow() -> None:
    client, _transport = client_of(signed_in(in_turn(response(503))), retries=2000)
    with pytest.raises(ApiError):
        client.request("GET", "/x")
    assert client.request_stats["requests"] == 2001


def test_a_503_says_when_to_come_back() -> None:
    clock = Clock()
    client, _transport = client_of(signed_in(in_turn(response(503, headers={"Retry-After": "9"}), OK)), clock)
    client.request("GET", "/x")
    assert len(clock.waits) == 1 and 9 <= clock.waits[0] <= 9.25


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 412, 422, 500, 501])
def test_other_errors_are_not_tried_again(status: int) -> None:
    client, transport = client_of(signed_in(in_turn(response(status, {"detailCode": "x"}))))
    with pytest.raises(ApiError) as caught:
        client.request("GET", "/x")
    assert caught.value.status == status
    assert len(transport.api_requests) == 1


@pytest.mark.parametrize("lost", LOST, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_broken_connection_is_tried_again(lost: Exception, method: str) -> None:
    how: dict[str, Any] = {"patch": PATCH, "repeat": Repeat.SAME_EFFECT} if method == "PATCH" else {}
    client, transport = client_of(signed_in(in_turn(lost, lost, OK)))
    assert client.request(method, "/x", **how).status == 200
    assert client.request_stats["retries"] == 2
    client, transport = client_of(signed_in(in_turn(lost)), retries=2)
    with pytest.raises(NoAnswerError, match=f"^{method} /x got no answer: .+"):
        client.request(method, "/x", **how)
    assert len(transport.api_requests) == 3


REFUSED = requests.ConnectionError(
    MaxRetryError(None, "/x", NewConnectionError(None, "Connection refused"))  # type: ignore[arg-type]
)


@pytest.mark.parametrize("repeat", [Repeat.ONCE, None])
@pytest.mark.parametrize(
    "failure", [*LOST, response(502), response(503), response(504), response(200, text="<html>")], ids=str
)
def test_what_starts_something_is_not_sent_again_once_it_may_have_reached_the_tenant(
    failure: Any, repeat: Repeat | None
) -> None:
    client, transport = client_of(signed_in(in_turn(failure, OK)))
    with pytest.raises(SailPointError):
        client.request("POST", "/x", repeat=repeat)
    assert len(transport.api_requests) == 1 and client.request_stats["retries"] == 0
    # Nor does that keep others from their tries.
    client, transport = client_of(signed_in(in_turn(failure, response(503), OK)))
    with pytest.raises(SailPointError):
        client.request("POST", "/x", repeat=repeat)
    assert client.request("GET", "/x").status == 200


@pytest.mark.parametrize(
    "first", [response(429), response(401), REFUSED, requests.ConnectTimeout()], ids=["429", "401", "refused", "slow"]
)
def test_what_starts_something_is_sent_again_where_it_surely_did_not_begin(first: Any) -> None:
    client, transport = client_of(signed_in(in_turn(first, OK)))
    assert client.request("POST", "/x", repeat=Repeat.ONCE).status == 200
    assert len(transport.api_requests) == 2


def test_it_is_asked_right_before_each_try_whether_to_send() -> None:
    clock = Clock()
    asked: list[tuple[str, float, int]] = []
    client, transport = client_of(
        signed_in(in_turn(response(429, headers={"Retry-After": "7"}), response(503), OK)), clock
    )
    client.request(
        "PATCH",
        "/x",
        patch=PATCH,
        repeat=Repeat.SAME_EFFECT,
        before_sending=lambda name: asked.append((name, clock.now, len(transport.api_requests))),
    )
    assert [(name, sent) for name, _now, sent in asked] == [("PATCH /x", 0), ("PATCH /x", 1), ("PATCH /x", 2)]
    assert asked[1][1] - asked[0][1] >= 7, "after the pause, not before"


@pytest.mark.parametrize(
    ("first", "in_doubt"),
    [
        (None, False),
        (response(429, {"message": "Rate Limit Exceeded"}), False),
        (response(429), True),
        (response(429, text="<html>"), True),
        (response(401, {"error": "JWT expired"}), False),
        (response(401), True),
        (REFUSED, False),
        (response(503), True),
    ],
)
def test_what_is_not_to_be_sent_is_not(first: Any, in_doubt: bool) -> None:
    client, transport = client_of(signed_in(in_turn(*([] if first is None else [first]), OK)))
    sent_before = 0 if first is None else 1

    def hold(name: str) -> None:
        if len(transport.api_requests) == sent_before:
            raise TooLateError(name)

    with pytest.raises(TooLateError, match="^PATCH /x waited for so long") as caught:
        client.request("PATCH", "/x", patch=PATCH, repeat=Repeat.SAME_EFFECT, before_sending=hold)
    assert caught.value.in_doubt is in_doubt
    assert len(transport.api_requests) == sent_before
    assert client.request_stats["requests"] == sent_before


def test_a_wait_that_nobody_waits_is_not_warned_of() -> None:
    client, _transport = client_of(signed_in(in_turn(response(503, headers={"Retry-After": "999"}))), retries=0)
    with pytest.raises(ApiError):
        client.request("GET", "/x")
    assert client.warnings == []


def test_a_certificate_that_fails_is_not_tried_again() -> None:
    client, transport = client_of(in_turn(requests.exceptions.SSLError("self-signed")), access_token=TOKEN)
    with pytest.raises(NoAnswerError, match="TLS failed.*ca_path"):
        client.request("GET", "/x")
    assert len(transport.requests) == 1


def test_a_tenant_that_is_down_is_not_waited_for_by_every_request() -> None:
    answers = [requests.ConnectionError()] * 6 + [OK, requests.ConnectionError(), OK]
    client, transport = client_of(signed_in(in_turn(*answers)), retries=2)
    for requests_so_far in (3, 4, 5, 6):
        with pytest.raises(NoAnswerError):
            client.request("GET", "/x")
        assert len(transport.api_requests) == requests_so_far
    assert client.request("GET", "/x").status == 200
    assert client.request("GET", "/x").status == 200  # tries are given again
    assert client.request_stats["retries"] == 3


@pytest.mark.parametrize(
    "unreadable",
    [
        response(200, text="<html>Sign in to the proxy</html>", headers={"Content-Type": "text/html; charset=utf-8"}),
        response(200, text='[{"id": "t"', headers={"Content-Type": "application/json"}),
        response(200, text=b"\xff\xfe\x00{"),
        response(200, text=""),
    ],
)
def test_an_answer_that_cannot_be_read(unreadable: requests.Response) -> None:
    client, transport = client_of(signed_in(in_turn(unreadable, OK)))
    assert client.request("GET", "/x").data == {"id": "t"}
    client, transport = client_of(signed_in(in_turn(unreadable)), retries=2)
    with pytest.raises(NoAnswerError, match="HTTP 200 and (an empty body|a body that is not JSON)") as caught:
        client.request("GET", "/x")
    assert caught.value.status == 200
    assert len(transport.api_requests) == 3
    # An update may have taken effect: it is for the caller to read again.
    client, transport = client_of(signed_in(in_turn(unreadable, OK)))
    with pytest.raises(NoAnswerError) as caught:
        client.request("PATCH", "/x", patch=PATCH, repeat=Repeat.SAME_EFFECT)
    assert (caught.value.status, len(transport.api_requests)) == (200, 1)


def test_a_gateway_that_answers_everything_with_a_page_is_not_waited_for_by_every_request() -> None:
    client, transport = client_of(signed_in(in_turn(response(200, text="<html>"))), retries=4)
    for requests_so_far in (5, 6, 7):
        with pytest.raises(NoAnswerError):
            client.request("GET", "/x")
        assert len(transport.api_requests) == requests_so_far


@pytest.mark.parametrize("status", [200, 204])
def test_a_head_and_a_204_have_no_body(status: int) -> None:
    client, _transport = client_of(signed_in(in_turn(response(status, headers={"X-Total-Count": "5"}))))
    answer = client.request("HEAD", "/x")
    assert (answer.status, answer.data, answer.headers["x-total-count"]) == (status, None, "5")
    if status == 204:
        assert client.request("GET", "/x").data is None


UI = "https://access.example.com"
PAGE = response(200, text="<!DOCTYPE html>\n<html>Sign in</html>", headers={"Content-Type": "text/html"})


@pytest.mark.parametrize("option", ["base_url", "tenant"])
def test_a_page_in_place_of_a_token_is_taken_for_the_user_interface(option: str) -> None:
    client, transport = client_of(in_turn(PAGE), retries=1, base_url=UI, address_option=option)
    with pytest.raises(SignInError, match="^Signing in failed: POST /oauth/token .*HTTP 200 and a web page") as caught:
        client.request("GET", "/x")
    message = str(caught.value)
    assert f"{UI} looks like the address of the user interface" in message
    assert "https://TENANT.api.identitynow.com" in message and message.endswith(f"check {option}.")
    assert len(transport.requests) == 2


def test_a_page_in_place_of_an_answer_is_so_too_where_a_token_is_given() -> None:
    client, _transport = client_of(in_turn(PAGE), retries=0, base_url=UI, access_token=TOKEN)
    with pytest.raises(NoAnswerError, match=f"{UI} looks like the address of the user interface.*check base_url"):
        client.request("GET", "/x")


def test_a_page_from_the_vendors_own_api_is_a_gateways() -> None:
    client, _transport = client_of(in_turn(PAGE), retries=0, access_token=TOKEN)
    with pytest.raises(NoAnswerError, match="a gateway or a proxy") as caught:
        client.request("GET", "/x")
    assert "user interface" not in str(caught.value)


# Names and proxies that do not answer


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def unresolved(monkeypatch: pytest.MonkeyPatch, code: int = socket.EAI_AGAIN) -> list[str]:
    """Let no name have an address; return what is asked for."""
    asked: list[str] = []

    def getaddrinfo(host: str, *_rest: Any, **_more: Any) -> Any:
        asked.append(host)
        raise socket.gaierror(code, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("code", [socket.EAI_AGAIN, socket.EAI_NONAME, socket.EAI_FAIL])
@pytest.mark.parametrize("option", ["tenant", "base_url"])
@pytest.mark.parametrize("token", [TOKEN, None])
def test_a_name_without_an_address_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, no_proxies: None, code: int, option: str, token: str | None
) -> None:
    asked = unresolved(monkeypatch, code)
    given = {"access_token": token} if token else {}
    client = Client(settings(address_option=option, **given))
    with pytest.raises(SailPointError) as caught:
        client.request("GET", "/x")
    client.close()
    assert "acme.api.identitynow.com has no address here: Temporary failure" in str(caught.value)
    assert f"; check {option} (" in str(caught.value)
    assert asked == ["acme.api.identitynow.com"] and client.request_stats["retries"] == 0


def test_a_name_that_had_an_address_before_is_tried_again() -> None:
    blip = requests.ConnectionError()
    blip.__cause__ = socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
    client, transport = client_of(in_turn(OK, blip, OK), access_token=TOKEN)
    assert client.request("GET", "/x").status == client.request("GET", "/y").status == 200
    assert client.request_stats["retries"] == 1


@pytest.mark.parametrize(
    ("options", "environment", "origin"),
    [
        ({"proxy": "http://someone:s3cret@proxy.example.com:3128"}, {}, "proxy"),
        ({}, {"HTTPS_PROXY": "http://someone:s3cret@proxy.example.com:3128"}, "HTTPS_PROXY"),
        ({}, {"https_proxy": "http://proxy.example.com:3128", "ALL_PROXY": "http://other:1"}, "https_proxy"),
        ({}, {"ALL_PROXY": "http://proxy.example.com:3128", "http_proxy": "http://other:1"}, "ALL_PROXY"),
    ],
)
def test_a_proxy_without_an_address_or_dead_is_named_with_where_it_comes_from(
    monkeypatch: pytest.MonkeyPatch,
    no_proxies: None,
    options: dict[str, str],
    environment: dict[str, str],
    origin: str,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    asked = unresolved(monkeypatch)
    client = Client(settings(access_token=TOKEN, retries=0, **options))
    with pytest.raises(NoAnswerError) as caught:
        client.request("GET", "/x")
    assert asked == ["proxy.example.com"]
    message = str(caught.value)
    assert "the proxy proxy.example.com:3128 has no address here: " in message and f"; check {origin} (" in message

    def refuse(*_rest: Any, **_more: Any) -> Any:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(NoAnswerError) as caught:
        client.request("GET", "/x")
    assert f"the proxy proxy.example.com:3128 failed: Connection refused; check {origin} (" in str(caught.value)

    def stall(*_rest: Any, **_more: Any) -> Any:
        raise socket.timeout("timed out")

    monkeypatch.setattr(socket, "getaddrinfo", stall)
    with pytest.raises(NoAnswerError) as caught:
        client.request("GET", "/x")
    assert "the proxy proxy.example.com:3128" in str(caught.value) and f"; check {origin} (" in str(caught.value)
    assert "s3cret" not in message + str(caught.value) and "someone" not in message + str(caught.value)
    client.close()


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/elsewhere", f"{BASE_URL}/elsewhere", "elsewhere"])
def test_a_redirect_to_the_same_origin_is_followed(status: int, location: str) -> None:
    client, transport = client_of(signed_in(in_turn(response(status, headers={"Location": location}), OK)))
    assert client.request("GET", "/x").status == 200
    assert [request.path for request in transport.api_requests] == ["/x", "/elsewhere"]


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example.com/x",
        "//evil.example.com/x",
        "http://acme.api.identitynow.com/x",
        "https://acme.api.identitynow.com:8443/x",
        "https://acme.api.identitynow.com@evil.example.com/x",
        "https://acme.api.identitynow.com.evil.example.com/x",
        "file:///etc/passwd",
        "https://[evil/x",
        "http://[::1",
    ],
)
def test_a_redirect_to_another_origin_gets_no_request(location: str) -> None:
    client, transport = client_of(signed_in(in_turn(response(302, headers={"Location": location}))))
    with pytest.raises(ApiError, match="HTTP 302: a redirect; .*origin"):
        client.request("GET", "/x")
    assert {request.host for request in transport.requests} == {BASE_URL}
    assert len(transport.api_requests) == 1


@pytest.mark.parametrize(("status", "repeated"), [(301, False), (302, False), (303, False), (307, True), (308, True)])
def test_an_update_is_repeated_only_where_the_redirect_says_so(status: int, repeated: bool) -> None:
    client, transport = client_of(signed_in(in_turn(response(status, headers={"Location": "/y"}), OK)))
    if repeated:
        client.request("PATCH", "/x", patch=PATCH, repeat=Repeat.SAME_EFFECT)
        assert [(request.method, request.path, request.patch) for request in transport.api_requests] == [
            ("PATCH", "/x", PATCH),
            ("PATCH", "/y", PATCH),
        ]
    else:
        with pytest.raises(ApiError, match="307 and 308"):
            client.request("PATCH", "/x", patch=PATCH, repeat=Repeat.SAME_EFFECT)
        assert len(transport.api_requests) == 1


@pytest.mark.parametrize("headers", [{"Location": "/x"}, {}])
def test_redirects_that_lead_nowhere_end(headers: dict[str, str]) -> None:
    client, transport = client_of(signed_in(in_turn(response(302, headers=headers))))
    with pytest.raises(ApiError, match="lead nowhere"):
        client.request("GET", "/x")
    assert len(transport.api_requests) == 6


# What errors say


@pytest.mark.parametrize(
    ("body", "said", "detail_code", "tracking_id"),
    [
        (
            {
                "detailCode": "400.1.3",
                "trackingId": "abc",
                "messages": [
                    {"locale": "en-US", "localeOrigin": "DEFAULT", "text": "The request could\nnot be parsed."},
                    {"text": "more"},
                ],
                "causes": [],
            },
            "The request could not be parsed",
            "400.1.3",
            "abc",
        ),
        (
            {"messages": [{"text": "Bad request."}], "causes": [{"text": "type QUARTZ"}, {"text": "Typ QUARTZ"}]},
            "Bad request: type QUARTZ",
            None,
            "from-header",
        ),
        ({"messages": [{"text": "Same."}], "causes": [None, {"text": "Same"}]}, "Same", None, "from-header"),
        ({"error": "invalid"}, "invalid", None, "from-header"),
        ({"error": "x", "error_description": "why"}, "why", None, "from-header"),
        ({"message": "limit"}, "limit", None, "from-header"),
        ({"formatted_msg": "f"}, "f", None, "from-header"),
        ({"errorMessage": "e"}, "e", None, "from-header"),
        ({"detailMessage": "d"}, "d", None, "from-header"),
        ({"messages": None, "detailCode": 7, "trackingId": ["x"]}, "", "7", "['x']"),
        ({"messages": [None, 5, {"text": None}]}, "", None, "from-header"),
        ([], "", None, "from-header"),
        ("text", "", None, "from-header"),
        (None, "", None, "from-header"),
    ],
)
def test_errors_say_what_the_tenant_said(
    body: Any, said: str, detail_code: str | None, tracking_id: str | None
) -> None:
    answer = response(400, body, {"SLPT-Request-ID": "from-header"})
    client, _transport = client_of(signed_in(in_turn(answer)))
    with pytest.raises(ApiError) as caught:
        client.request("GET", "/v1/t")
    error = caught.value
    assert (error.status, error.said, error.detail_code, error.tracking_id) == (400, said, detail_code, tracking_id)
    assert str(error).startswith("GET /v1/t was answered with HTTP 400")
    assert said.rstrip(".") in str(error) and str(error).endswith(".") and "\n" not in str(error)
    assert error.as_dict() == {
        "status": 400,
        "detail_code": detail_code,
        "tracking_id": tracking_id,
        "message": str(error),
    }


def test_a_long_answer_is_quoted_in_part() -> None:
    client, _transport = client_of(signed_in(in_turn(response(400, {"message": "x" * 10_000}))))
    with pytest.raises(ApiError) as caught:
        client.request("GET", "/x")
    assert len(str(caught.value)) < 500


SECRET = 'unit secret+"é/\\%'
OTHER_TOKEN = "unit.token-7b/1+2=="
ECHOES = [
    "{}",
    "Authorization: Bearer {}",
    "x" * 290 + "{}",
    "a{0}b{0}",
]


@pytest.mark.parametrize("echo", ECHOES)
@pytest.mark.parametrize(
    "secret", [SECRET, OTHER_TOKEN, quote(SECRET, safe=""), quote_plus(SECRET), quote(OTHER_TOKEN, safe="")]
)
@pytest.mark.parametrize("kind", ["message", "tracking", "header", "type", "location", "broken", "401"])
def test_a_secret_that_the_tenant_echoes_is_in_no_error(echo: str, secret: str, kind: str) -> None:
    text = echo.format(secret)
    answers: dict[str, Any] = {
        "message": response(400, {"messages": [{"text": text}], "detailCode": text}),
        "tracking": response(500, {"trackingId": text}),
        "header": response(503, headers={"SLPT-Request-ID": text}),
        "type": response(200, text="<html>", headers={"Content-Type": text}),
        "location": response(302, headers={"Location": f"https://{text}/x"}),
        "broken": requests.ConnectionError(f"object at 0x>: {text}"),
        "401": response(401, {"error": text}),
    }
    client, _transport = client_of(signed_in(in_turn(answers[kind]), OTHER_TOKEN), client_secret=SECRET, retries=1)
    with pytest.raises(SailPointError) as caught:
        client.request("GET", "/x")
    shown = str(caught.value) + json.dumps(caught.value.as_dict(), ensure_ascii=False)
    for form in (SECRET, OTHER_TOKEN, secret):
        assert form not in shown
    # Nor what is left of one that was cut off.
    assert secret[:8] not in shown


def test_a_secret_within_another_leaves_no_rest() -> None:
    client, _transport = client_of(
        signed_in(in_turn(response(400, {"message": "abc abcdef"})), "abcdef"), client_secret="abc"
    )
    with pytest.raises(ApiError) as caught:
        client.request("GET", "/x")
    assert "def" not in caught.value.said


def test_a_secret_echoed_by_the_library_is_scrubbed() -> None:
    client, _transport = client_of(signed_in(in_turn(requests.exceptions.InvalidHeader(f"in header value: {TOKEN!r}"))))
    with pytest.raises(NoAnswerError) as caught:
        client.request("GET", "/x")
    assert TOKEN not in str(caught.value) and "********" in str(caught.value)


def test_errors_do_not_pile_up_tracebacks() -> None:
    """The failed sign-in is raised for each of ten thousand ids: it must not hold on to ten thousand frames."""
    client, _transport = client_of(in_turn(response(400)))
    depths = []
    for _request in range(3):
        with pytest.raises(SignInError) as caught:
            client.request("GET", "/x")
        depth, traceback = 0, caught.value.__traceback__
        while traceback is not None:
            depth, traceback = depth + 1, traceback.tb_next
        depths.append(depth)
    assert depths[2] <= depths[1]


# Stopping


def test_after_cancel_nothing_is_sent() -> None:
    client, transport = client_of(signed_in(in_turn(OK)))
    client.cancel()
    for call in (lambda: client.request("GET", "/x"), client.access_token, lambda: client.sleep(5)):
        with pytest.raises(Cancelled):
            call()
    assert client.cancelled and transport.requests == [] and transport.broken == 1
    assert client.request_stats["requests"] == 0


def test_cancel_ends_the_tries_of_a_request() -> None:
    def answer(request: Request) -> requests.Response:
        client.cancel()
        return response(503)

    client, transport = client_of(answer, access_token=TOKEN)
    with pytest.raises(Cancelled):
        client.request("GET", "/x")
    assert len(transport.requests) == 1


def test_a_request_broken_off_by_cancel_says_so() -> None:
    def answer(request: Request) -> requests.Response:
        client.cancel()
        raise requests.ConnectionError("broken")

    client, _transport = client_of(answer, access_token=TOKEN)
    with pytest.raises(Cancelled, match="interrupted"):
        client.request("PATCH", "/x", patch=PATCH, repeat=Repeat.SAME_EFFECT)


def test_a_cancelled_sign_in_is_not_remembered_as_a_failed_one() -> None:
    client, _transport = client_of(in_turn(OK))
    client.cancel()
    for _time in range(2):
        with pytest.raises(Cancelled):
            client.access_token()


def test_warnings_are_kept_once() -> None:
    client, _transport = client_of(in_turn(OK))
    client.warn("a")
    client.warn("b")
    client.warn("a")
    assert client.warnings == ["a", "b"]


def test_close_closes_the_transport() -> None:
    client, transport = client_of(in_turn(OK))
    client.close()
    assert transport.closed


# Certificates and proxies


def on_the_wire(**options: Any) -> dict[str, Any]:
    """Return what requests is told of how to send a request."""
    with responses.RequestsMock() as tenant:
        tenant.get(f"{BASE_URL}/x", json={"id": "t"})
        client = Client(settings(access_token=TOKEN, **options))
        client.request("GET", "/x")
        client.close()
        told: dict[str, Any] = tenant.calls[0].request.req_kwargs  # type: ignore[union-attr]
        return told


@pytest.mark.parametrize(
    ("options", "environment", "verify"),
    [
        ({}, {}, True),
        ({"validate_certs": False}, {"REQUESTS_CA_BUNDLE": "/env.pem"}, False),
        ({"validate_certs": False, "ca_path": "/own.pem"}, {}, False),
        ({"ca_path": "/own.pem"}, {"REQUESTS_CA_BUNDLE": "/env.pem"}, "/own.pem"),
        ({}, {"REQUESTS_CA_BUNDLE": "/env.pem", "CURL_CA_BUNDLE": "/curl.pem"}, "/env.pem"),
        ({}, {"CURL_CA_BUNDLE": "/curl.pem"}, "/curl.pem"),
    ],
)
def test_what_verifies_the_certificate(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], environment: dict[str, str], verify: bool | str
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert on_the_wire(**options)["verify"] == verify


@pytest.mark.parametrize(
    ("options", "environment", "proxy"),
    [
        ({}, {}, None),
        ({"proxy": "http://own:1"}, {"HTTPS_PROXY": "http://env:2", "NO_PROXY": "*"}, "http://own:1"),
        ({}, {"HTTPS_PROXY": "http://env:2"}, "http://env:2"),
        ({}, {"https_proxy": "http://env:2"}, "http://env:2"),
        ({}, {"HTTPS_PROXY": "http://env:2", "NO_PROXY": "acme.api.identitynow.com"}, None),
        ({}, {"HTTPS_PROXY": "http://env:2", "NO_PROXY": ".identitynow.com"}, None),
        ({}, {"HTTPS_PROXY": "http://env:2", "NO_PROXY": "example.com"}, "http://env:2"),
    ],
)
def test_which_proxy_is_used(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], environment: dict[str, str], proxy: str | None
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert on_the_wire(**options)["proxies"].get("https") == proxy


PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY", "NO_PROXY", "no_proxy")
PROXIES = st.sets(st.sampled_from(PROXY_VARIABLES[:4]))
EXEMPT = st.lists(
    st.sampled_from(
        [
            *("*", "", " ", "acme.api.identitynow.com", ".identitynow.com", "identitynow.com:443", "com", "ACME.API"),
            *("127.0.0.1", "27.0.0.1", "127.0.0.0/8", "127.0.0.1/32", "10.0.0.0/8", "nonsense/99", "::1", "localhost"),
            *("gateway.example.com:8443", "gateway.example.com:1", "example.com"),
        ]
    ),
    max_size=3,
).map(", ".join)
ADDRESSES = (
    BASE_URL,
    "https://127.0.0.1:8443",
    "http://localhost:8123",
    "https://gateway.example.com:8443/isc",
    "https://[::1]:8443",
)


@given(
    st.sampled_from(ADDRESSES),
    PROXIES,
    EXEMPT,
    st.sampled_from(PROXY_VARIABLES[4:]),
)
def test_proxies_are_those_that_requests_finds_in_the_environment(
    base_url: str, variables: set[str], exempt: str, exempting: str
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.lower().endswith("_proxy"):
                patch.delenv(name)
        for name in variables:
            patch.setenv(name, f"http://{name.lower()}.example.com:1")
        patch.setenv(exempting, exempt)
        # But what is on this machine is never asked through a proxy.
        wanted = (
            requests.utils.get_environ_proxies(base_url) if "example.com" in base_url or base_url == BASE_URL else {}
        )
        found = proxies_of(settings(base_url=base_url))
        scheme = urlsplit(base_url).scheme
        for key in (scheme, "all"):
            assert found.get(key) == wanted.get(key)


@pytest.mark.parametrize("environment", [{}, {"HTTPS_PROXY": "http://env:2"}, {"NO_PROXY": "example.com"}])
def test_the_systems_settings_are_never_asked_for(
    monkeypatch: pytest.MonkeyPatch, no_proxies: None, environment: dict[str, str]
) -> None:
    """On macOS that ends a process that was forked."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def fail(*_rest: Any, **_more: Any) -> Any:
        raise SystemError("the system was asked for its proxies")

    monkeypatch.setattr("sys.platform", "darwin")
    for module in (urllib.request, requests.utils, requests.compat):
        for name in ("getproxies", "proxy_bypass", "getproxies_macosx_sysconf", "proxy_bypass_macosx_sysconf"):
            monkeypatch.setattr(module, name, fail, raising=False)
    for name in ("_get_proxies", "_get_proxy_settings"):
        monkeypatch.setattr(urllib.request, name, fail, raising=False)
    with responses.RequestsMock() as tenant:
        tenant.get(f"{BASE_URL}/x", json={"id": "t"})
        client = Client(settings(access_token=TOKEN))
        assert client.request("GET", "/x").status == 200
        client.close()
