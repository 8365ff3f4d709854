# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import gzip
import itertools
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from ansible_collections.idops.sailpoint.plugins.module_utils._http import bounding
from ansible_collections.idops.sailpoint.plugins.module_utils._http.answers import Reply
from ansible_collections.idops.sailpoint.plugins.module_utils._http.transport import Overdue, Transport
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import Clock

HEADERS = {"Accept": "application/json", "Authorization": "Bearer t"}


class Server:
    """A server on a loopback port that answers every request with the same bytes, and then waits for the other end."""

    def __init__(self, answer: bytes | Callable[[], Iterator[bytes]], hang_up: bool) -> None:
        self.answered = threading.Event()
        self.seen: list[bytes] = []
        self.connections = 0
        self.sent = 0  # bytes
        self._answer, self._hang_up = answer, hang_up
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _peer = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def _serve_one(self, connection: socket.socket) -> None:
        with connection:
            waiting = b""
            while True:
                try:
                    received = connection.recv(65536)
                except OSError:
                    return
                if not received:
                    return
                waiting += received
                head, end, body = waiting.partition(b"\r\n\r\n")
                lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                length = int(lengths[0][15:]) if lengths else 0
                if end and len(body) >= length:
                    self.seen.append(waiting)
                    waiting = b""
                    with contextlib.suppress(OSError):
                        for part in [self._answer] if isinstance(self._answer, bytes) else self._answer():
                            connection.sendall(part)
                            self.sent += len(part)
                    self.answered.set()
                    if self._hang_up:
                        return


@pytest.fixture
def serve() -> Iterator[Any]:
    servers = []

    def start(answer: bytes | Callable[[], Iterator[bytes]], hang_up: bool = False) -> Server:
        servers.append(Server(answer, hang_up))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport(30.0, True, {})
    yield transport
    transport.close()


def in_thread(transport: Transport, url: str) -> tuple[threading.Thread, list[Any]]:
    ended: list[Any] = []

    def send() -> None:
        try:
            ended.append(transport.send("GET", url + "/x", HEADERS, None))
        except Exception as error:
            ended.append(error)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    return thread, ended


def test_a_request_goes_out_as_given_and_the_connection_is_kept(serve: Any, transport: Transport) -> None:
    server = serve(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nSet-Cookie: a=b\r\n\r\n{}"
    )
    for _request in range(3):
        answer = transport.send("PATCH", server.url + "/v1/a%2Fb?filters=a%20b", HEADERS, b"[]")
        assert (answer.status, answer.body) == (200, b"{}")
    assert server.connections == 1
    for seen in server.seen:
        head, _end, body = seen.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        assert lines[0] == "PATCH /v1/a%2Fb?filters=a%20b HTTP/1.1"
        assert "Authorization: Bearer t" in lines and "Content-Length: 2" in lines
        assert not any(line.lower().startswith("cookie") for line in lines)
        assert body == b"[]"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"id": "cut o',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"id',
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"no HTTP at all\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Header: x\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 70000 + b"\r\n\r\n",
    ],
)
def test_an_answer_cut_off_or_broken_is_an_error_of_requests(serve: Any, transport: Transport, answer: bytes) -> None:
    server = serve(answer, hang_up=True)
    with pytest.raises(requests.RequestException):
        transport.send("GET", server.url + "/x", HEADERS, None)
    assert len(server.seen) == 1


def test_an_answer_cut_off_in_its_header_has_no_body(serve: Any, transport: Transport) -> None:
    """http.client takes the end of the connection for the end of the header: the client finds no JSON in it."""
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Le", hang_up=True)
    assert transport.send("GET", server.url + "/x", HEADERS, None).body == b""


def test_a_refused_connection_is_an_error_of_requests(serve: Any, transport: Transport) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(requests.ConnectionError):
        transport.send("GET", f"http://127.0.0.1:{port}/x", HEADERS, None)


def test_a_gap_longer_than_the_timeout_is_an_error_of_requests(serve: Any) -> None:
    transport = Transport(0.1, True, {})
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n")
    try:
        with pytest.raises(requests.RequestException):
            transport.send("GET", server.url + "/x", HEADERS, None)
    finally:
        transport.close()


DRIPS = {
    "header": b"HTTP/1.1 200 OK\r\nContent-",
    "body": b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{",
    "closing": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 50\r\n\r\n{",
    "without length": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{",
    "old": b"HTTP/1.0 200 OK\r\n\r\n{",
}


@pytest.mark.parametrize("drip", DRIPS)
def test_an_answer_that_never_ends_is_bounded_as_a_whole(serve: Any, drip: str) -> None:
    clock = Clock()
    transport = Transport(30.0, True, {}, clock)
    server = serve(DRIPS[drip])
    try:
        thread, ended = in_thread(transport, server.url)
        assert server.answered.wait(10)
        clock.advance(299)
        thread.join(0.05)
        assert thread.is_alive()
        clock.advance(2)
        thread.join(10)
        (error,) = ended
        assert isinstance(error, Overdue) and "300 s" in str(error)
    finally:
        transport.close()


@pytest.mark.parametrize("drip", DRIPS)
def test_what_is_under_way_can_be_broken_off(serve: Any, transport: Transport, drip: str) -> None:
    server = serve(DRIPS[drip])
    threads = [in_thread(transport, server.url) for _number in range(3)]
    assert server.answered.wait(10)
    for thread, _ended in threads:
        # Again and again: a call may be about to begin to wait for its answer.
        for _try in range(100):
            transport.break_all()
            thread.join(0.1)
            if not thread.is_alive():
                break
    for _thread, ended in threads:
        (outcome,) = ended
        # An end that looks like the whole answer's is for the client to judge.
        assert isinstance(outcome, requests.RequestException) or outcome.body in (b"", b"{")


# What never ends while it never stops, and what is too large

_OK = b"HTTP/1.1 200 OK\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"
#: How it begins, and what comes again and again.
ENDLESS_BODIES = {
    "body": (_OK + b"Connection: close\r\n\r\n", b"x" * 65536),
    "chunks": (_CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"),
    "chunk": (_CHUNKED + b"ffffffffffff\r\n", b"x" * 65536),
}
ENDLESS_FRAMES = {
    "chunk extension": (_CHUNKED + b"5;x=", b"x" * 65536),
    "line of a trailer": (_CHUNKED + b"0\r\nX: ", b"x" * 65536),
    "trailer": (_CHUNKED + b"0\r\n", b"X: " + b"x" * 9999 + b"\r\n"),
    "header": (_OK, b"X: x\r\n" * 1000),
    "line of a header": (_OK + b"X: ", b"x" * 65536),
    "interim answers": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 1000),
    "status line": (b"HTTP/1.1 200 ", b"x" * 65536),
}
SMALL = 1024 * 1024


def endless(begin: bytes, again: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: itertools.chain([begin], itertools.repeat(again))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[Transport]:
    """A transport that takes less, so that the tests are quick."""
    monkeypatch.setattr(bounding.Allowance.__init__, "__defaults__", (SMALL,))
    transport = Transport(30.0, True, {})
    yield transport
    transport.close()


@pytest.mark.parametrize("status", [b"200", b"400", b"503"])
@pytest.mark.parametrize("what", ENDLESS_BODIES)
def test_a_body_without_end_is_told_by_its_size_and_its_status_is_known(
    serve: Any, small: Transport, what: str, status: bytes
) -> None:
    begin, again = ENDLESS_BODIES[what]
    server = serve(endless(begin.replace(b"200", status), again))
    reply = small.send("GET", server.url + "/x", HEADERS, None)
    assert (reply.status, reply.body, reply.problem) == (int(status), b"", "a body of more than 32 MiB")
    healthy = serve(_OK + b"Content-Length: 2\r\n\r\n{}")
    assert small.send("GET", healthy.url + "/x", HEADERS, None).body == b"{}", "what was taken is given back"
    assert small.send("GET", healthy.url + "/x", HEADERS, None).body == b"{}"


@pytest.mark.parametrize("what", ENDLESS_FRAMES)
def test_what_stands_around_a_body_and_never_ends_is_an_error(serve: Any, small: Transport, what: str) -> None:
    server = serve(endless(*ENDLESS_FRAMES[what]))
    with contextlib.suppress(requests.ConnectionError):  # some have limits of urllib3's or http.client's own
        assert small.send("GET", server.url + "/x", HEADERS, None).problem
    assert server.answered.wait(10), "the connection is closed"


@pytest.mark.parametrize("what", [*ENDLESS_BODIES, *ENDLESS_FRAMES])
def test_what_never_ends_is_bounded_in_time_too(serve: Any, what: str) -> None:
    """It drips: its size would be reached in days."""
    clock = Clock()
    transport = Transport(30.0, True, {}, clock)
    begin, again = {**ENDLESS_BODIES, **ENDLESS_FRAMES}[what]
    over = threading.Event()

    def drip() -> Iterator[bytes]:
        yield begin
        for byte in itertools.cycle(again):
            if over.wait(0.02):
                return
            clock.advance(10)
            yield bytes([byte])

    server = serve(drip)
    try:
        thread, ended = in_thread(transport, server.url)
        thread.join(20)
        (error,) = ended
        assert isinstance(error, Overdue) and "300 s" in str(error)
    finally:
        over.set()
        transport.close()


@pytest.mark.parametrize("length", [b"33554433", b"9" * 18, b"9" * 5000])
def test_a_length_that_is_too_large_is_refused_before_anything_is_read(
    serve: Any, transport: Transport, length: bytes
) -> None:
    server = serve(endless(_OK + b"Content-Length: " + length + b"\r\n\r\n", b"x" * 65536))
    assert transport.send("GET", server.url + "/x", HEADERS, None).problem == "a body of more than 32 MiB"
    assert server.answered.wait(10), "the connection is closed"
    assert server.sent < bounding.MAX_BYTES // 2


@pytest.mark.parametrize("encoding", [b"gzip", b"GZIP", b"x-gzip", b"deflate", b"br", b"zstd", b"gzip, gzip", b"bogus"])
def test_an_encoding_that_was_not_asked_for_is_refused(serve: Any, transport: Transport, encoding: bytes) -> None:
    body = gzip.compress(b"{}")
    answer = _OK + b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s" % (encoding, len(body), body)
    reply = transport.send("GET", serve(answer).url + "/x", HEADERS, None)
    assert (reply.status, reply.body) == (200, b"")
    assert reply.problem == "a body in a Content-Encoding that was not asked for"


@pytest.mark.parametrize("answer", [b"200 OK", b"204 No Content"])
def test_where_there_is_no_body_its_headers_say_nothing(serve: Any, transport: Transport, answer: bytes) -> None:
    """Those of HEAD say what GET would get (RFC 9110, 9.3.2)."""
    server = serve(b"HTTP/1.1 " + answer + b"\r\nContent-Encoding: gzip\r\nContent-Length: 99999999\r\n\r\n")
    assert transport.send("HEAD", server.url + "/x", HEADERS, None).problem == ""


def test_identity_is_no_encoding(serve: Any, transport: Transport) -> None:
    server = serve(_OK + b"Content-Encoding: Identity\r\nContent-Length: 2\r\n\r\n{}")
    assert transport.send("GET", server.url + "/x", HEADERS, None).body == b"{}"
    assert b"\r\nAccept-Encoding: identity\r\n" in server.seen[0]


def test_answers_under_way_share_what_they_may_take(serve: Any, small: Transport) -> None:
    """Each of four would fit."""
    length = SMALL // 3
    server = serve(_OK + b"Content-Length: %d\r\n\r\n%s" % (length, b"x" * (length - 1)))
    threads = [in_thread(small, server.url) for _number in range(4)]
    for thread, _ended in threads:
        thread.join(1)
    small.break_all()
    for thread, _ended in threads:
        thread.join(10)
    replies = [ended[0] for _thread, ended in threads if isinstance(ended[0], Reply)]
    assert 1 <= len(replies) < 4 and all(reply.problem for reply in replies)
    whole = serve(_OK + b"Content-Length: %d\r\n\r\n%s" % (2 * length, b"x" * 2 * length))
    assert len(small.send("GET", whole.url + "/x", HEADERS, None).body) == 2 * length, "threads that ended hold nothing"


# Interim answers, and what comes behind an answer

_INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </x.css>; rel=preload\r\nContent-Length: 5\r\n\r\n"
_FIRST = _OK + b"Content-Length: 1\r\n\r\n1"


@pytest.mark.parametrize("number", [1, 3, 1000])
@pytest.mark.parametrize("interim", [_INTERIM, b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 199 \r\nA: b\r\n\r\n"])
def test_interim_answers_are_skipped(serve: Any, transport: Transport, interim: bytes, number: int) -> None:
    server = serve(interim * number + _FIRST)
    for _request in range(2):
        reply = transport.send("GET", server.url + "/x", HEADERS, None)
        assert (reply.status, reply.body) == (200, b"1") and "Link" not in reply.headers
    assert server.connections == 1


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("GET", _FIRST + _OK + b"Content-Length: 1\r\n\r\n2"),
        ("GET", _FIRST + b"x"),
        ("GET", _OK + b"Content-Length: 0\r\n\r\n" + _FIRST),
        ("GET", _CHUNKED + b"1\r\n1\r\n0\r\n\r\n" + _FIRST),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n" + _FIRST),
        ("GET", b"HTTP/1.1 204 No Content\r\nContent-Length: 100\r\n\r\n" + _FIRST),
        ("GET", b"HTTP/1.1 304 Not Modified\r\n\r\n[]"),
        ("HEAD", _FIRST),
        ("HEAD", _OK + b"Content-Length: 99999\r\n\r\n" + b"x" * 99999),
        ("GET", _FIRST + b"x" * 99999),
    ],
)
def test_what_comes_behind_an_answer_is_no_other_requests(
    serve: Any, transport: Transport, method: str, answer: bytes
) -> None:
    server = serve(answer)
    replies = [transport.send(method, server.url + "/x", HEADERS, None) for _request in range(3)]
    assert len({(reply.status, bytes(reply.body)) for reply in replies}) == 1
    assert server.connections == 3, "each is had anew"


@pytest.mark.parametrize("overdue", [True, False])
def test_a_proxy_that_drips_its_answer_is_bounded_too(serve: Any, overdue: bool) -> None:
    """A tunnel is made before a request is sent."""
    clock = Clock()
    proxy = serve(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    transport = Transport(30.0, True, {"https": proxy.url}, clock)
    try:
        thread, ended = in_thread(transport, "https://acme.example.com")
        assert proxy.answered.wait(10)
        if overdue:
            clock.advance(301)
        else:
            transport.break_all()
        thread.join(10)
        (error,) = ended
        assert isinstance(error, Overdue if overdue else requests.RequestException)
    finally:
        transport.close()


def test_after_breaking_off_the_next_request_gets_a_connection_of_its_own(serve: Any, transport: Transport) -> None:
    hanging = serve(DRIPS["body"])
    thread, ended = in_thread(transport, hanging.url)
    assert hanging.answered.wait(10)
    for _try in range(100):
        transport.break_all()
        thread.join(0.1)
        if not thread.is_alive():
            break
    healthy = serve(b"HTTP/1.1 204 No Content\r\n\r\n")
    assert transport.send("GET", healthy.url + "/x", HEADERS, None).status == 204


def test_what_is_still_connecting_when_it_is_broken_off_sends_nothing(
    serve: Any, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(b"HTTP/1.1 204 No Content\r\n\r\n")
    looking_up, found = threading.Event(), threading.Event()
    look_up = socket.getaddrinfo

    def slow(*args: Any, **kwargs: Any) -> Any:
        looking_up.set()
        assert found.wait(10)
        return look_up(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    thread, ended = in_thread(transport, server.url)
    assert looking_up.wait(10)
    transport.break_all()
    found.set()
    thread.join(10)
    assert isinstance(ended[0], requests.RequestException) and server.seen == []
    assert transport.send("GET", server.url + "/x", HEADERS, None).status == 204


def test_it_starts_no_thread(serve: Any, transport: Transport) -> None:
    server = serve(b"HTTP/1.1 204 No Content\r\n\r\n")
    threads = threading.active_count()
    transport.send("GET", server.url + "/x", HEADERS, None)
    assert threading.active_count() <= threads + 1  # the server's


@pytest.mark.parametrize("timeout", [0.5, 1e9])
def test_any_timeout_that_options_allow_works(serve: Any, timeout: float) -> None:
    transport = Transport(timeout, True, {})
    server = serve(b"HTTP/1.1 204 No Content\r\n\r\n")
    try:
        assert transport.send("GET", server.url + "/x", HEADERS, None).status == 204
    finally:
        transport.close()


def test_a_url_that_cannot_be_used_is_an_error_of_requests(transport: Transport) -> None:
    for url in (
        "https://a..b/x",
        "https://" + "a" * 70 + ".example/x",
        "http://127.0.0.1:1/\r\nx",
        "http://127.0.0.1:1/ä",
    ):
        with pytest.raises(requests.RequestException):
            transport.send("GET", url, HEADERS, None)
