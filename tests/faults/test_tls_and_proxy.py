# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS with real certificates, and a real proxy process."""

from __future__ import annotations

import contextlib
import datetime
import json
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme
from ansible_collections.idops.sailpoint.plugins.module_utils._http.client import Client
from ansible_collections.idops.sailpoint.plugins.module_utils._http.transport import Transport
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status_info
from faults import proxy as proxy_program
from faults.support import (
    Clock,
    check_truth,
    closed_port,
    connection,
    environment,
    http_answer,
    info,
    only,
    playbook_command,
    process,
    run,
    update,
)
from simulator.server import Simulator, running
from tools.limits import eventually

IDS = ["t1", "t2"]


def besides_deprecation(result: dict[str, Any]) -> list[str]:
    """Return a result's warnings without the tenant's word that its list of pending tasks is to go."""
    return [warning for warning in result["warnings"] if not warning.startswith("The tenant says that")]


@dataclass(frozen=True)
class Authority:
    """A certificate authority that nobody knows, in a file and in a folder as OpenSSL looks certificates up."""

    file: Path
    other_file: Path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def ca() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def authority(folder: Path, ca: trustme.CA) -> Authority:
    files = Authority(folder / "ca.pem", folder / "other-ca.pem")
    ca.cert_pem.write_to_path(files.file)
    trustme.CA().cert_pem.write_to_path(files.other_file)
    return files


@contextlib.contextmanager
def served(folder: Path, certificate: trustme.LeafCert) -> Iterator[Simulator]:
    cert, key = folder / "server.pem", folder / "server.key"
    cert.write_bytes(b"".join(blob.bytes() for blob in certificate.cert_chain_pems))
    certificate.private_key_pem.write_to_path(key)
    with running(certfile=cert, keyfile=key) as simulator:
        # The tests themselves are to reach it whatever its certificate.
        assert simulator._context is not None
        simulator._context.verify_mode = ssl.CERT_NONE
        yield simulator


@pytest.fixture(scope="module")
def _tls_server(folder: Path, ca: trustme.CA) -> Iterator[Simulator]:
    with served(folder, ca.issue_cert("127.0.0.1", "localhost", "acme.example.com")) as simulator:
        yield simulator


@pytest.fixture
def tls(_tls_server: Simulator) -> Simulator:
    """A tenant that speaks TLS, with two tasks."""
    _tls_server.reset()
    _tls_server.put_tasks({"id": task_id} for task_id in IDS)
    return _tls_server


def elsewhere(tenant: Simulator, proxy: RunningProxy | None = None) -> dict[str, Any]:
    """Return options that name the tenant as one that is not on this machine, as the proxy knows it."""
    given = {"proxy": proxy.url} if proxy else {}
    return {"base_url": f"https://acme.example.com:{tenant.port}", **given}


# Certificates


def check_refused(tenant: Simulator, result: dict[str, Any], reason: str) -> None:
    """Assert that nothing was sent over a connection whose other end is unknown, and that this is said."""
    assert result["summary"] == {**dict.fromkeys(result["summary"], 0), "failed": 2}
    assert "TLS failed: " in result["msg"] and reason in result["msg"] and "ca_path" in result["msg"]
    assert tenant.counters()["total"] == 0
    assert result["request_stats"]["retries"] == 0, "another try would not help"
    assert len(tenant.pending()) == 2


def test_a_certificate_of_an_unknown_authority_gets_nothing(tls: Simulator) -> None:
    check_refused(tls, update(tls, IDS), "certificate verify failed")


def test_a_certificate_of_another_authority_gets_nothing(tls: Simulator, authority: Authority) -> None:
    check_refused(tls, update(tls, IDS, ca_path=str(authority.other_file)), "certificate verify failed")


def test_ca_path_names_the_authority(tls: Simulator, authority: Authority) -> None:
    result = update(tls, IDS, ca_path=str(authority.file))
    assert check_truth(tls, IDS, result) == {"updated": 2}
    assert besides_deprecation(result) == []


def test_a_certificate_for_another_host_gets_nothing(folder: Path, ca: trustme.CA, authority: Authority) -> None:
    with served(folder, ca.issue_cert("tenant.example.com")) as tenant:
        tenant.put_tasks({"id": task_id} for task_id in IDS)
        check_refused(tenant, update(tenant, IDS, ca_path=str(authority.file)), "127.0.0.1")


def test_an_expired_certificate_gets_nothing(folder: Path, ca: trustme.CA, authority: Authority) -> None:
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=2)
    with served(folder, ca.issue_cert("127.0.0.1", not_after=past)) as tenant:
        tenant.put_tasks({"id": task_id} for task_id in IDS)
        check_refused(tenant, update(tenant, IDS, ca_path=str(authority.file)), "certificate verify failed")


@pytest.mark.parametrize("through_a_proxy", [False, True])
def test_an_answer_that_drips_is_bounded_as_a_whole_with_tls_too(
    tls: Simulator, authority: Authority, proxy: RunningProxy, through_a_proxy: bool
) -> None:
    """Its bytes come well within ``timeout``, one by one; it would take hours."""
    clock = Clock()
    tls.arm({"match": {"kind": "update"}, "action": {"kind": "drip", "interval": 10, "whole": True}})

    def hurry() -> None:
        eventually(lambda: tls.counters()["by_kind"].get("update"), "an update")
        clock.forward(10 * 3600 + 1)

    thread = threading.Thread(target=hurry, daemon=True)
    thread.start()
    options = elsewhere(tls, proxy) if through_a_proxy else {}
    result = update(tls, ["t1"], ca_path=str(authority.file), timeout=3600, retries=0, clock=clock, **options)
    thread.join()
    assert check_truth(tls, ["t1"], result) == {"updated": 1}


def test_what_stalls_is_broken_off_with_tls_too(tls: Simulator, authority: Authority) -> None:
    """The answer would come in a day."""
    tls.arm({"match": {"kind": "pending"}, "action": {"kind": "stall", "seconds": 86400}})
    clients: list[Client] = []

    def cancel() -> None:
        eventually(lambda: tls.counters()["total"] > 1, "the request has come")
        clients[0].cancel()

    thread = threading.Thread(target=cancel)

    def on_client(client: Client) -> None:
        clients.append(client)
        thread.start()

    result = run(
        task_status_info, {**connection(tls), "pending": True, "ca_path": str(authority.file)}, on_client=on_client
    )
    thread.join()
    assert "interrupted" in result["msg"]


@pytest.mark.parametrize("early", [True, False])
def test_a_server_that_never_gets_on_with_tls_is_bounded(early: bool) -> None:
    """It says nothing at all, or drips what is to be a handshake."""

    def answer(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while not over.wait(0.05):
                if not early:
                    connection.sendall(b"\x16")

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()

    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        options = {"base_url": f"https://127.0.0.1:{listener.getsockname()[1]}", "access_token": "some-token"}
        result = run(task_status_info, {**options, "pending": True, "timeout": 0.5, "retries": 0})
        assert "got no answer" in result["msg"]
        over.set()


def test_without_verification_it_works_and_each_task_warns(
    tls: Simulator, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    # requests itself would let these variables turn the verification on again.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.other_file))
    for result in (update(tls, IDS, validate_certs=False), info(tls, id=IDS, validate_certs=False)):
        assert not result.get("failed")
        (warning,) = besides_deprecation(result)
        assert warning.startswith("validate_certs is off")


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_the_usual_variables_name_the_authority_unless_ca_path_does(
    tls: Simulator, authority: Authority, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(authority.file))
    assert not info(tls, id=IDS).get("failed")
    assert info(tls, id=IDS, ca_path=str(authority.other_file))["failed"]


def test_a_whole_playbook_warns_and_writes_nothing_to_the_terminal_itself(tls: Simulator, tmp_path: Path) -> None:
    """ansible-core 2.19 and later complain of libraries that write to a worker's terminal, as urllib3 likes to."""
    options = connection(tls, validate_certs=False)
    tasks: list[dict[str, Any]] = [
        {"name": "Read", "idops.sailpoint.task_status_info": {**options, "id": IDS}},
        {"name": "Update", "idops.sailpoint.task_status": {**options, "id": IDS}},
        {
            "name": "Read in a process of its own",
            "idops.sailpoint.task_status_info": {**options, "id": IDS},
            "vars": {"ansible_sailpoint_in_process": False},
        },
    ]
    with process(playbook_command(tmp_path, tasks), environment(tmp_path, COLUMNS="1000")) as playbook:
        status, output = playbook.finished()
    assert status == 0, output
    assert "validate_certs is off" in output
    assert "InsecureRequestWarning" not in output and "errantly" not in output


# Plain http


@pytest.mark.parametrize(
    "base_url",
    ["http://tenant.example.com", "http://10.0.0.1", "http://localhost.example.com", "http://127.0.0.1.example.com"],
)
def test_plain_http_is_refused_before_anything_is_sent(
    simulator: Simulator, proxy: RunningProxy, base_url: str
) -> None:
    result = update(simulator, IDS, base_url=base_url, proxy=proxy.url)
    assert result["failed"] and "plain http" in result["msg"] and "request_stats" not in result
    assert proxy.requests() == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_plain_http_to_the_loopback_address_is_fine(simulator: Simulator, host: str) -> None:
    assert not info(simulator, base_url=f"http://{host}:{simulator.port}", pending=True).get("failed")


def test_a_redirect_from_https_to_http_is_not_followed(
    tls: Simulator, simulator: Simulator, authority: Authority
) -> None:
    tls.arm({"match": {"kind": "update"}, "action": {"kind": "redirect", "location": f"{simulator.base_url}/x"}})
    result = update(tls, IDS, ca_path=str(authority.file))
    assert check_truth(tls, IDS, result) == {"failed": 2}
    assert simulator.counters()["total"] == 0


# A proxy


class RunningProxy:
    """A proxy process, and what it was asked."""

    def __init__(self, port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.log = log

    def requests(self) -> list[dict[str, Any]]:
        """Return the line and the headers of each request so far, and forget them."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        self.log.write_text("", encoding="utf-8")
        return [json.loads(line) for line in lines]


@contextlib.contextmanager
def proxying(log: Path, *credentials: str) -> Iterator[RunningProxy]:
    command = [sys.executable, str(proxy_program.__file__), str(log), *credentials]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:
        try:
            assert started.stdout is not None
            yield RunningProxy(int(started.stdout.readline()), log)
        finally:
            started.terminate()


@pytest.fixture(scope="module")
def _proxy(folder: Path) -> Iterator[RunningProxy]:
    with proxying(folder / "proxy.log") as running_proxy:
        yield running_proxy


@pytest.fixture
def proxy(_proxy: RunningProxy) -> RunningProxy:
    """A proxy that was asked nothing yet."""
    _proxy.requests()
    return _proxy


def check_tunnelled(proxy: RunningProxy, tenant: Simulator) -> None:
    """Assert that all went through the proxy, which saw nothing but an address."""
    requests = proxy.requests()
    assert requests
    targets = {request["line"].rpartition(" ")[0] for request in requests}
    assert targets == {f"CONNECT acme.example.com:{tenant.port}"}
    for request in requests:
        assert "authorization" not in {name.lower() for name in request["headers"]}
        assert tenant.client_secret not in json.dumps(request)


def test_with_a_proxy_tls_goes_through_a_tunnel(tls: Simulator, authority: Authority, proxy: RunningProxy) -> None:
    result = update(tls, IDS, ca_path=str(authority.file), **elsewhere(tls, proxy))
    assert check_truth(tls, IDS, result) == {"updated": 2}
    check_tunnelled(proxy, tls)


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_the_usual_variables_name_the_proxy(
    tls: Simulator, authority: Authority, proxy: RunningProxy, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, proxy.url)
    result = update(tls, IDS, ca_path=str(authority.file), **elsewhere(tls))
    assert check_truth(tls, IDS, result) == {"updated": 2}
    check_tunnelled(proxy, tls)


@pytest.mark.parametrize("exempt", ["acme.example.com", "*", "example.net,.example.com"])
def test_no_proxy_exempts_a_host(
    tls: Simulator, authority: Authority, proxy: RunningProxy, monkeypatch: pytest.MonkeyPatch, exempt: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{closed_port()}")
    monkeypatch.setenv("NO_PROXY", exempt)
    options = {**elsewhere(tls), "ca_path": str(authority.file), "retries": 0}
    # The name has no address but the proxy's, and what the task says beats the environment.
    assert "acme.example.com" in info(tls, id=IDS, **options)["msg"]
    assert not info(tls, id=IDS, proxy=proxy.url, **options).get("failed")
    check_tunnelled(proxy, tls)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("variable", [None, "HTTPS_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_tenant_on_this_machine_is_never_asked_through_a_proxy(
    request: pytest.FixtureRequest,
    authority: Authority,
    proxy: RunningProxy,
    monkeypatch: pytest.MonkeyPatch,
    variable: str | None,
    scheme: str,
    host: str,
) -> None:
    """To the proxy it would be the proxy's own machine, and with plain http it would see the secret."""
    tenant: Simulator = request.getfixturevalue("tls" if scheme == "https" else "simulator")
    tenant.put_tasks({"id": task_id} for task_id in IDS)
    options = {"base_url": f"{scheme}://{host}:{tenant.port}"}
    if variable:
        monkeypatch.setenv(variable, proxy.url)
    else:
        options["proxy"] = proxy.url
    result = update(tenant, IDS, ca_path=str(authority.file), **options)
    assert check_truth(tenant, IDS, result) == {"updated": 2}
    assert proxy.requests() == []
    assert any(warning.startswith("proxy is not used: ") for warning in result["warnings"]) is (variable is None)


def test_a_redirect_keeps_to_the_proxy(tls: Simulator, authority: Authority, proxy: RunningProxy) -> None:
    tls.arm(
        {"match": {"kind": "get", "nth": 1}, "action": {"kind": "redirect", "location": "/v2024/task-status/t1?x=1"}}
    )
    assert not info(tls, id=["t1"], ca_path=str(authority.file), **elsewhere(tls, proxy)).get("failed")
    check_tunnelled(proxy, tls)


def test_a_proxys_password_goes_to_the_proxy_only(tls: Simulator, authority: Authority, tmp_path: Path) -> None:
    options = {**elsewhere(tls), "ca_path": str(authority.file)}
    with proxying(tmp_path / "log", "someone:pass-word-71c5") as guarded:
        right = f"http://someone:pass-word-71c5@127.0.0.1:{guarded.port}"
        wrong = f"http://someone:wrong-word-99b0@127.0.0.1:{guarded.port}"
        result = update(tls, IDS, proxy=right, **options)
        assert check_truth(tls, IDS, result) == {"updated": 2}
        assert all("proxy-authorization" not in entry["headers"] for entry in tls.log())
        refused = update(tls, IDS, proxy=wrong, **options)
    assert refused["summary"]["failed"] == 2
    assert "407" in refused["msg"] and "proxy" in refused["msg"]
    assert refused["request_stats"]["retries"] == 0, "another try would not help"
    for text in ("pass-word", "wrong-word"):
        assert text not in json.dumps(result) + json.dumps(refused)


def test_a_proxy_that_is_not_there_is_told(tls: Simulator, authority: Authority) -> None:
    dead = f"127.0.0.1:{closed_port()}"
    proxy = f"http://someone:pass-word-71c5@{dead}"
    result = update(tls, ["t1"], ca_path=str(authority.file), proxy=proxy, retries=1, **elsewhere(tls))
    message = only(result)["error"]["message"]
    assert f"the proxy {dead} failed: Connection refused; check proxy (" in message
    assert "someone" not in message and "pass-word" not in message
    assert tls.counters()["total"] == 0


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_that_is_not_there_is_told_with_its_variable(
    tls: Simulator, authority: Authority, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    dead = f"127.0.0.1:{closed_port()}"
    monkeypatch.setenv(variable, f"http://{dead}")
    result = info(tls, id=IDS, ca_path=str(authority.file), retries=0, **elsewhere(tls))
    assert f"the proxy {dead} failed: Connection refused; check {variable} (" in result["msg"]


@pytest.mark.parametrize("option", ["proxy", "base_url", "tenant"])
def test_a_name_that_has_no_address_is_told_at_once(tls: Simulator, option: str) -> None:
    given = {
        "proxy": {**elsewhere(tls), "proxy": "http://proxy.invalid:3128"},
        "base_url": {"base_url": "https://tenant.invalid"},
        "tenant": {"base_url": None, "tenant": "no-such-tenant-5f1e7c"},
    }[option]
    result = run(task_status_info, {**connection(tls), "id": IDS, **given})
    assert "has no address here: " in result["msg"] and f"; check {option} (" in result["msg"]
    assert result["request_stats"]["retries"] == 0


def test_a_proxy_that_cannot_reach_the_tenant_is_told(simulator: Simulator, proxy: RunningProxy) -> None:
    base_url = f"https://acme.example.com:{closed_port()}"
    result = update(simulator, ["t1"], base_url=base_url, proxy=proxy.url, retries=0)
    assert f"the proxy 127.0.0.1:{proxy.port} failed" in result["msg"] and "502" in result["msg"]


# What cannot be used


@pytest.mark.parametrize("content", [None, b"", b"no certificate", "a directory that cannot be read"])
@pytest.mark.parametrize("origin", ["ca_path", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_that_are_none_are_told_at_once_with_what_names_them(
    tls: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: str, content: bytes | str | None
) -> None:
    path = tmp_path / "ca.pem"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content:
        path = path / "below"  # a file is no directory
        path.parent.write_bytes(b"")
    given = {"ca_path": str(path)} if origin == "ca_path" else {}
    if not given:
        monkeypatch.setenv(origin, str(path))
    result = info(tls, id=IDS, **given)
    assert result["msg"].startswith("ca_path: ") and str(path) in result["msg"] and origin in result["msg"]
    assert "request_stats" not in result and tls.counters()["total"] == 0
    # What needs none does not ask for them.
    assert result["failed"] and not info(tls, id=IDS, validate_certs=False).get("failed")


def test_certificates_that_go_away_meanwhile_are_not_waited_for(
    tls: Simulator, authority: Authority, tmp_path: Path, waits: list[float]
) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(authority.file.read_bytes())
    result = info(tls, id=IDS, ca_path=str(path), on_client=lambda client: path.unlink())
    assert result["failed"] and "TLS failed" in result["msg"] and str(path) in result["msg"]
    assert result["request_stats"]["retries"] == 0 and waits == []


def test_what_comes_behind_an_answer_in_one_record_of_tls_is_no_other_requests(
    ca: trustme.CA, authority: Authority
) -> None:
    """OpenSSL has it decrypted, so the socket does not show that there is more."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 8000\r\nX-Filled: "
    # As much as is read at once, so that what is forged stays where it is.
    whole = head + b"x" * (8192 - 8000 - len(head) - 4) + b"\r\n\r\n" + b"r" * 8000
    connections: list[ssl.SSLSocket] = []

    def talk(connection: ssl.SSLSocket) -> None:
        with contextlib.suppress(OSError), connection:
            connections.append(connection)
            while connection.recv(65536):
                connection.sendall(whole + http_answer(200, "forged"))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = context.wrap_socket(listener.accept()[0], server_side=True)
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

    transport = Transport(60.0, str(authority.file), {})
    with socket.create_server(("127.0.0.1", 0)) as listener, contextlib.closing(transport):
        threading.Thread(target=serve, daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/x"
        assert [bytes(transport.send("GET", url, {}, None).body) for _request in range(3)] == [b"r" * 8000] * 3
        listener.shutdown(socket.SHUT_RDWR)
    assert len(connections) == 3
