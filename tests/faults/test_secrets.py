# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A secret is in the sign-in request and nowhere else: everything that runs leave behind is searched for it."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, quote_plus

import pytest
from ansible.module_utils.common.parameters import PASS_VARS
from ansible_collections.idops.sailpoint.plugins.module_utils._module import task_status, task_status_info
from faults.support import (
    Listener,
    Process,
    environment,
    http_answer,
    info,
    listening,
    module_command,
    module_input,
    playbook_command,
    process,
    run,
    update,
)
from simulator.server import Simulator
from tools.limits import eventually

CLIENT_ID = "some-client"
SECRET = 'hushhush+"7/f\u00fc%r\\alles=='
TOKEN = "eyJhbGciOiJub25lIn0.c2VjcmV0-token_9~a+b/c=="
#: Two that are so plain that no encoding changes them.
PLAIN_SECRET = "plain-secret-8e1f0c"
GIVEN_TOKEN = "given-token-5b77d2"


def forms(secret: str) -> set[bytes]:
    """Return how a secret may be written."""
    credentials = base64.b64encode(f"{CLIENT_ID}:{secret}".encode()).decode()
    texts = {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
        repr(secret)[1:-1],
        secret.encode().decode("latin-1"),
        base64.b64encode(secret.encode()).decode(),
        credentials,
    }
    return {text.encode() for text in texts}


FORMS = {form for secret in (SECRET, TOKEN, PLAIN_SECRET, GIVEN_TOKEN) for form in forms(secret)}
# And what is left of one that was cut off.
FORMS |= {secret[:8].encode() for secret in (SECRET, TOKEN, PLAIN_SECRET, GIVEN_TOKEN)}


def check_clean(what: str, content: bytes) -> None:
    """Assert that a secret in no form is in some bytes."""
    for form in FORMS:
        at = content.find(form)
        # The bytes around it say where it came from; the secrets are the tests' own.
        assert at < 0, f"{what} holds {form!r}: {content[max(0, at - 300) : at + 100]!r}"


# A tenant that echoes what it is sent, in every way


def echoing(request: str) -> bytes | None:
    """Answer a request with its own headers and body: what to do with them is in the client id or the task id."""
    head, _blank, body = request.partition("\r\n\r\n")
    line, *headers = head.split("\r\n")
    if line.startswith("POST /oauth/token"):
        form = {name: values[0] for name, values in parse_qs(body.encode("latin-1").decode()).items()}
        return _echo(form["client_id"], [body, form["client_secret"]]) or http_answer(
            200, {"access_token": TOKEN, "expires_in": 749, "client_secret": form["client_secret"]}
        )
    how = re.search(r"echo-\w+(-update)?", line)
    update_only = bool(how and how[1])
    if how and (not update_only or line.startswith("PATCH")):
        return _echo(how[0].removesuffix("-update"), [*headers, _bearer(headers)])
    if "pending-tasks" in line or "?" in line:
        return http_answer(200, [])
    return http_answer(200, {"id": line.split()[1].rpartition("/")[2], "completionStatus": None, "completed": None})


def _bearer(headers: list[str]) -> str:
    return next((header.split()[-1] for header in headers if header.startswith("Authorization:")), "")


def _echo(how: str, texts: list[str]) -> bytes | None:
    text = " | ".join(texts)
    if how.startswith("echo-4") or how.startswith("echo-5"):
        body = {"detailCode": text, "trackingId": text, "error": text, "messages": [{"text": text}], "causes": texts}
        return http_answer(int(how[5:]), body, [("Retry-After", "1")])
    if how == "echo-html":
        page = f"<html><title>{text}</title>{text}</html>"
        return http_answer(200, page, [("Content-Type", f"text/html; x={text}"), ("X-Echo", text)])
    if how == "echo-long":
        return http_answer(400, {"messages": [{"text": "x" * 290 + texts[-1]}], "trackingId": "y" * 295 + texts[-1]})
    if how == "echo-header":
        return http_answer(500, b"", [("SLPT-Request-ID", texts[-1].encode().decode("latin-1"))])
    if how == "echo-redirect":
        return http_answer(307, b"", [("Location", f"https://{quote(texts[-1], safe='')}.invalid/{quote(text)}")])
    if how == "echo-type":
        return http_answer(200, b"no JSON", [("Content-Type", texts[-1].encode().decode("latin-1"))])
    if how == "echo-cut":
        return b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\nConnection: close\r\n\r\n" + text.encode()
    if how == "echo-garbage":
        return text.encode() + b"\r\nConnection: close\r\n\r\n"
    if how == "echo-odd":  # a line among the headers that is none
        return b"HTTP/1.1 200 OK\r\n" + texts[-1].encode() + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    if how == "echo-chunk":
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        return head + texts[-1].encode() + b"\r\n"
    if how == "echo-length":
        return http_answer(200, b"", [("Content-Length", texts[-1].encode().decode("latin-1"))], close=True)
    if how == "echo-form":  # a token in a form that nobody knows
        return http_answer(200, {"token": TOKEN, "accessToken": {"value": TOKEN}, "echo": text})
    if how == "echo-task":
        return http_answer(
            200,
            {
                "id": "echo-task",
                "completionStatus": None,
                "description": text,
                "attributes": {text: [text]},
                "uniqueName": texts[-1],
            },
        )
    return None


@pytest.fixture(scope="module")
def tenant() -> Iterator[Listener]:
    with listening(echoing) as listener:
        yield listener


ERRORS = [f"echo-{status}" for status in (400, 401, 403, 404, 409, 418, 429, 500, 502)]
OTHERS = ["echo-html", "echo-long", "echo-header", "echo-redirect", "echo-type", "echo-cut"]
OTHERS += ["echo-garbage", "echo-odd", "echo-chunk", "echo-length"]
TASK_IDS = [*ERRORS, *OTHERS, "echo-task", *(f"{echo}-update" for echo in (*ERRORS, *OTHERS))]
SIGN_INS = [*ERRORS, *OTHERS, "echo-form"]


def options(tenant: Listener, **more: Any) -> dict[str, Any]:
    return {
        "base_url": tenant.base_url,
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
        "timeout": 60,
        "retries": 1,
        "rate_limit": 0,
        **more,
    }


# The result itself, before any host censors it


@pytest.mark.parametrize("task_id", [task_id for task_id in TASK_IDS if task_id != "echo-task"])
def test_no_error_quotes_a_token(tenant: Listener, task_id: str) -> None:
    for work in (task_status, task_status_info):
        result = run(work, options(tenant, id=[task_id]), diff=True)
        check_clean(task_id, json.dumps(result).encode())
        assert result.get("failed") or task_id in ("echo-404",) or task_id.endswith("-update")


@pytest.mark.parametrize("client_id", SIGN_INS)
def test_no_error_of_the_sign_in_quotes_anything(tenant: Listener, client_id: str) -> None:
    for secret in (SECRET, PLAIN_SECRET):
        result = run(task_status_info, options(tenant, client_id=client_id, client_secret=secret, pending=True))
        assert result["msg"].startswith("Signing in failed: POST /oauth/token ")
        check_clean(client_id, json.dumps(result).encode())
        assert "|" not in result["msg"], "nothing of the answer is quoted"


def test_a_given_token_that_is_refused_is_not_quoted(tenant: Listener) -> None:
    for token in (TOKEN, GIVEN_TOKEN):
        given = options(tenant, client_id=None, client_secret=None, access_token=token)
        result = run(task_status, {**given, "id": ["echo-401", "echo-403-update"]})
        check_clean("the result", json.dumps(result).encode())


@pytest.mark.parametrize("secret", ["bl ank\u00e9", "tab\tnew\nline", "x" * 5000, "\U0001f600"])
def test_a_secret_of_any_kind_is_sent_as_it_is_and_not_shown(tenant: Listener, secret: str) -> None:
    known = len(tenant.received)
    result = run(task_status, options(tenant, client_secret=secret, id=["a-task"]))
    (sign_in,) = [text for text in tenant.received[known:] if text.startswith("POST")]
    form = parse_qs(sign_in.partition("\r\n\r\n")[2])
    assert form["client_secret"] == [secret]
    assert secret not in json.dumps(result, ensure_ascii=False)
    assert not any(secret in text for text in tenant.received[known:] if text != sign_in), "nor is it anywhere else"


def test_the_secret_is_in_the_form_of_the_sign_in_and_the_token_in_one_header_only(simulator: Simulator) -> None:
    simulator.put_tasks([{"id": "t1"}, {"id": "t2"}])
    update(simulator, ["t1", "t2"], precondition=True)
    info(simulator, pending=True, count=True)
    info(simulator, id=["t1", "t2"])
    log = simulator.log()
    assert len(log) >= 6
    assert all(entry["leaks"] == [] for entry in log)
    assert all("authorization" in entry["headers"] for entry in log if entry["kind"] != "sign_in")
    assert all("authorization" not in entry["headers"] for entry in log if entry["kind"] == "sign_in")


# Secrets so short that they stand within results by chance

#: Has a module show what it was called with; earlier releases of ansible-core always do.
INJECTED = {"_ansible_inject_invocation": True} if "inject_invocation" in PASS_VARS else {}
SHORT = ["1234", "date", "tasks"]


def short_tenant(request: str) -> bytes:
    """Answer with tasks whose ids hold the secret, and errors that quote it."""
    line, *_rest = request.split("\r\n")
    if line.startswith("POST /oauth/token"):
        return http_answer(200, {"access_token": "tok", "expires_in": 749})
    task_id = line.split()[1].rpartition("/")[2].partition("?")[0]
    if task_id.startswith("refused"):
        return http_answer(400, {"messages": [{"text": "1234, date, tasks, and tok are wrong, 12345 is not"}]})
    if task_id.startswith("task"):
        status = "Error" if line.startswith("PATCH") else None
        return http_answer(
            200, {"id": task_id, "completionStatus": status, "completed": None, "uniqueName": "1234 date"}
        )
    return http_answer(200, [])


def check_short(result: dict[str, Any], secret: str) -> None:
    """Assert that ids, data and outcomes are whole, and that secret options and sentences show none."""
    ids = [item["id"] for item in result["tasks"]]
    assert ids == ["task-1234", "task-date", "1234", "refused-1234"]
    assert [item["outcome"] for item in result["tasks"]] == ["updated", "updated", "failed", "failed"]
    assert result["summary"]["updated"] == 2 and result["tasks"][0]["patch"][0]["value"] == "Error"
    message = result["tasks"][3]["error"]["message"]
    others = [word for word in SHORT if word != secret]
    assert all(f"{word}, " in message for word in others) and f"{secret}, " not in message, message
    assert "******** are wrong, 12345 is not" in message and "refused-1234" in message
    if INJECTED or "invocation" in result:  # earlier releases drop it of what is registered
        arguments = result["invocation"]["module_args"]
        assert arguments["client_secret"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" and arguments["id"] == ids
        assert ":ab@" not in arguments["proxy"]
    assert "client_secret has fewer than 8 " in json.dumps(result["warnings"])


@pytest.mark.parametrize("host", ["a module", "in process", "in a process of its own"])
@pytest.mark.parametrize("secret", SHORT)
def test_a_short_secret_changes_no_id_and_no_outcome(tmp_path: Path, host: str, secret: str) -> None:
    with listening(short_tenant) as tenant:
        given = {"base_url": tenant.base_url, "client_id": "c", "client_secret": secret, "retries": 0}
        given |= {"proxy": "http://u:ab@127.0.0.1:9", "id": ["task-1234", "task-date", "1234", "refused-1234"]}
        if host == "a module":
            text = module_input({**given, **INJECTED})
            with process(module_command("task_status"), environment(tmp_path), text) as module:
                _status, output = module.finished()
            check_short(json.loads(output), secret)
            return
        kept = tmp_path / "kept.json"
        tasks: list[dict[str, Any]] = [
            {"name": "Do", "idops.sailpoint.task_status": given, "register": "done", "ignore_errors": True},
            {
                "name": "Keep",
                "ansible.builtin.copy": {"dest": str(kept), "content": "{{ done | to_json }}", "mode": "600"},
            },
        ]
        play = playbook_command(tmp_path, tasks, "-vvv", vars={"ansible_sailpoint_in_process": host == "in process"})
        with process(play, environment(tmp_path, ANSIBLE_INJECT_INVOCATION="1")) as playbook:
            _status, output = playbook.finished()
        assert kept.exists(), output
        check_short(json.loads(kept.read_text(encoding="utf-8")), secret)


@pytest.mark.parametrize("problem", [{"timeout": "soon"}, {"concurrency": "x"}, {"odd": 1}, {"id": None}, {}])
@pytest.mark.parametrize("option", ["proxy", "base_url"])
def test_a_password_in_a_url_is_not_shown_by_a_module_whatever_is_wrong(
    tmp_path: Path, option: str, problem: dict[str, Any]
) -> None:
    """Nor where the module fails before it has begun."""
    for password in ("pass-word-71c5", "pw1"):
        given = {"id": ["a"], "client_id": "c", "client_secret": SECRET, "base_url": "https://127.0.0.1:9", **problem}
        given |= {option: f"http://someone:{password}@127.0.0.1:9", "retries": 0, **INJECTED}
        with process(module_command("task_status"), environment(tmp_path), module_input(given)) as module:
            _status, output = module.finished()
        assert json.loads(output)["failed"] and password not in output
        check_clean("the output", output.encode())


# Whole playbooks, as loud as can be


class Watch:
    """Reads the command lines and environments of a process's family, over and over."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._over = threading.Event()
        self._seen: set[bytes] = set()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            for pid in [self._process.pid, *self._process.look()]:
                for name in ("cmdline", "environ"):
                    with contextlib.suppress(OSError):
                        self._seen.add(Path(f"/proc/{pid}/{name}").read_bytes())

    def close(self) -> set[bytes]:
        """Stop; return what was seen."""
        self._over.set()
        self._thread.join()
        return self._seen


def loud(tmp_path: Path, tasks: list[dict[str, Any]], extra: dict[str, Any]) -> str:
    """Run a play as loud as can be, search all that it leaves behind, and return its output."""
    with_secrets = tmp_path / "with-secrets.json"
    with_secrets.write_text(json.dumps(extra), encoding="utf-8")
    left = tmp_path / "left"
    left.mkdir()
    command = playbook_command(left, tasks, "-vvvvv", "--diff", "-e", f"@{with_secrets}")
    env = environment(
        left,
        ANSIBLE_DEBUG="1",
        ANSIBLE_INJECT_INVOCATION="1",
        ANSIBLE_LOG_PATH=str(left / "log"),
        ANSIBLE_REMOTE_TMP=str(left / "remote"),
    )
    with process(command, env) as playbook:
        watch = Watch(playbook)
        _status, output = playbook.finished()
        seen = watch.close()
        # What watches over an asynchronous job removes its files, seconds after the job's end.
        eventually(lambda: not list(left.glob("remote/ansible-tmp-*")), "the end of temporary files")
    check_clean("the output", output.encode())
    assert len(seen) > 2
    for content in seen:
        check_clean("a command line or environment", content)
    files = [path for path in left.rglob("*") if path.is_file()]
    assert left / "log" in files
    for path in files:
        check_clean(str(path.relative_to(left)), path.read_bytes())
    return output


def kept(name: str) -> dict[str, Any]:
    """Return a task that writes a variable to a file, which is searched, too."""
    content = {"dest": f"{{{{ lookup('env', 'HOME') }}}}/{name}.json", "content": f"{{{{ {name} | to_nice_json }}}}"}
    return {"name": f"Keep {name}", "ansible.builtin.copy": {**content, "mode": "0600"}}


CONNECTION = {
    "base_url": "{{ url }}",
    "client_id": CLIENT_ID,
    "client_secret": "{{ hushed }}",
    "retries": 0,
    "rate_limit": 0,
}


def extra(tenant: Listener) -> dict[str, Any]:
    return {"url": tenant.base_url, "hushed": SECRET, "plain": PLAIN_SECRET, "given": GIVEN_TOKEN}


def test_a_loud_playbook_in_the_controllers_process_leaves_no_secret_behind(tenant: Listener, tmp_path: Path) -> None:
    arguments = ", ".join(
        [f"{name}='{value}'" for name, value in CONNECTION.items() if name == "client_id"]
        + ["base_url=url", "client_secret=hushed", "retries=0"]
    )
    ignore = {"ignore_errors": True}
    tasks: list[dict[str, Any]] = [
        {
            "name": "Update all",
            "idops.sailpoint.task_status": {**CONNECTION, "id": TASK_IDS},
            "register": "updated",
            **ignore,
        },
        kept("updated"),
        {
            "name": "Read each",
            "idops.sailpoint.task_status_info": {**CONNECTION, "id": "{{ item }}"},
            "loop": ["echo-400", "echo-401", "echo-header", "echo-odd", "echo-task"],
            "register": "read",
            **ignore,
        },
        kept("read"),
        {
            "name": "Sign in in vain",
            "idops.sailpoint.task_status_info": {**CONNECTION, "client_id": "{{ item }}", "pending": True},
            "loop": ["echo-400", "echo-html", "echo-header", "echo-garbage", "echo-odd", "echo-chunk", "echo-form"],
            "register": "refused",
            **ignore,
        },
        kept("refused"),
        {
            "name": "Give a token",
            "idops.sailpoint.task_status": {
                "base_url": "{{ url }}",
                "access_token": "{{ given }}",
                "id": ["echo-401", "echo-500-update"],
                "retries": 0,
            },
            **ignore,
        },
        *(
            {"name": f"Give {name}", "idops.sailpoint.task_status": {**CONNECTION, "id": "a", name: value}, **ignore}
            for name, value in (("timeout", "soon"), ("concurrency", 99), ("completion_status", "bogus"), ("odd", 1))
        ),
        {
            "name": "Give secrets that cannot be used",
            "idops.sailpoint.task_status": {**CONNECTION, "id": "a", "access_token": "{{ given }} {{ plain }}"},
            **ignore,
        },
        {
            "name": "Look up",
            "ansible.builtin.debug": {
                "msg": f"{{{{ lookup('idops.sailpoint.task_status', item, {arguments}) }}}}",
            },
            "loop": ["a-task", "echo-400", "echo-401", "echo-html", "echo-garbage"],
            **ignore,
        },
        {
            "name": "Look a token up",
            "ansible.builtin.set_fact": {"token": f"{{{{ lookup('idops.sailpoint.access_token', {arguments}) }}}}"},
            "no_log": True,
        },
        {
            "name": "Look a token up in vain",
            "ansible.builtin.debug": {
                "msg": "{{ lookup('idops.sailpoint.access_token', client_id='echo-401', base_url=url, "
                "client_secret=hushed, retries=0) }}",
            },
            **ignore,
        },
        {
            "name": "Use the token",
            "idops.sailpoint.task_status": {
                "base_url": "{{ url }}",
                "access_token": "{{ token }}",
                "id": ["a-task", "echo-403"],
                "retries": 0,
            },
            **ignore,
        },
        {"name": "End", "ansible.builtin.debug": {"msg": "that is the end of it"}},
    ]
    output = loud(tmp_path, tasks, extra(tenant))
    assert "that is the end of it" in output
    assert output.count("********") > 5, "something was censored"
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in output, "the invocation is shown"


def test_a_loud_playbook_with_module_processes_leaves_no_secret_behind(tenant: Listener, tmp_path: Path) -> None:
    wrapped: dict[str, Any] = {"vars": {"ansible_sailpoint_in_process": False}, "ignore_errors": True}
    tasks: list[dict[str, Any]] = [
        {
            "name": "Update all",
            "idops.sailpoint.task_status": {**CONNECTION, "id": TASK_IDS},
            "register": "updated",
            **wrapped,
        },
        kept("updated"),
        {
            "name": "Sign in in vain",
            "idops.sailpoint.task_status_info": {
                **CONNECTION,
                "client_id": "echo-400",
                "client_secret": "{{ plain }}",
                "pending": True,
            },
            **wrapped,
        },
        {
            "name": "Read what echoes, asynchronously",
            "idops.sailpoint.task_status_info": {**CONNECTION, "id": "echo-task"},
            "async": 60,
            "poll": 1,
            "register": "read",
            **wrapped,
        },
        kept("read"),
        {"name": "End", "ansible.builtin.debug": {"msg": "that is the end of it"}},
    ]
    output = loud(tmp_path, tasks, extra(tenant))
    assert "that is the end of it" in output
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in output, "the invocation is shown"


def test_the_junit_callback_writes_a_literal_secret_of_a_playbook_and_no_other(
    tenant: Listener, tmp_path: Path
) -> None:
    """It stores a task's arguments as the playbook has them, whatever a collection does: SECURITY.md warns of it."""
    reports, variables = tmp_path / "junit", tmp_path / "variables.json"
    given = {"base_url": tenant.base_url, "client_id": CLIENT_ID, "retries": 0, "id": "echo-400"}
    secrets = ({"client_secret": "literal-secret-3c"}, {"client_secret": "{{ plain }}"}, {})
    tasks: list[dict[str, Any]] = [
        {"name": "Read", "idops.sailpoint.task_status_info": {**given, **secret}, "ignore_errors": True}
        for secret in secrets
    ]
    variables.write_text(json.dumps({"plain": PLAIN_SECRET}), encoding="utf-8")
    env = environment(
        tmp_path,
        ANSIBLE_CALLBACKS_ENABLED="ansible.builtin.junit",
        JUNIT_OUTPUT_DIR=str(reports),
        SAIL_CLIENT_SECRET=SECRET,
    )
    with process(playbook_command(tmp_path, tasks, "-e", f"@{variables}"), env) as playbook:
        status, output = playbook.finished()
    assert status == 0, output
    (report,) = reports.iterdir()
    text = report.read_text(encoding="utf-8")
    assert text.count("HTTP 400") >= 3, "all asked the tenant"
    assert "literal-secret-3c" in text, "or SECURITY.md need not warn of it"
    check_clean("the report", text.encode())


def test_the_access_token_lookup_is_documented_with_no_log() -> None:
    from tools import collection

    text = (collection.ROOT / "plugins" / "lookup" / "access_token.py").read_text(encoding="utf-8")
    documentation, examples = text.partition('EXAMPLES = r"""')[::2]
    assert "secret" in documentation and "no_log" in documentation
    (example,) = [part for part in examples.split("- name:") if "idops.sailpoint.access_token" in part]
    assert "no_log: true" in example
