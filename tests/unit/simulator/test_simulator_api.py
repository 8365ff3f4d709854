# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The API over HTTP: each generation's endpoints, lists, updates, errors, sign-in and rate limit."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import quote

import pytest
import requests
from tools.limits import HANGS_AFTER

GENERATIONS = ["beta", "v2024", "v2025", "v2026", "v1"]
WITH_PENDING_LIST = ["beta", "v2024", "v2025"]
CLEAR = [
    {"op": "replace", "path": "/completionStatus", "value": "Error"},
    {"op": "replace", "path": "/completed", "value": "2024-05-17T19:33:16.470Z"},
]


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [task["id"] for task in answer.json()]


def assert_error(answer: Any, status: int, text: str = "") -> None:
    """The error body of a tenant, with its tracking id: it says twice what is wrong."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"detailCode", "trackingId", "messages", "causes"}
    assert body["detailCode"].startswith(str(status))
    assert body["trackingId"] == answer.headers["SLPT-Request-ID"]
    assert [(item["locale"], item["localeOrigin"]) for item in body["messages"]] == [
        ("und", "REQUEST"), ("en-US", "DEFAULT"),
    ]  # fmt: skip
    assert body["messages"][0]["text"] == body["messages"][1]["text"]
    assert text in body["messages"][0]["text"]
    assert body["causes"] == []


@pytest.fixture
def three(simulator: Any) -> Any:
    """Newest first: p2 pending, done completed, p1 pending."""
    simulator.put_tasks(
        [
            {"id": "p1", "created": "2026-11-01T10:00:00.000Z"},
            {"id": "done", "created": "2026-11-01T11:00:00.000Z", "completionStatus": "SUCCESS"},
            {"id": "p2", "created": "2026-11-01T12:00:00.000Z"},
        ],
        raw=True,
    )
    return simulator


@pytest.mark.parametrize("version", GENERATIONS)
def test_what_the_list_holds(version: str, api: Any, three: Any, lists: dict[str, str]) -> None:
    expected = ["done"] if version in ("beta", "v2024") else ["p2", "done", "p1"]
    answer = api.get(lists[version])
    assert ids(answer) == expected
    assert "X-Total-Count" not in answer.headers
    assert "X-Deprecated" not in answer.headers
    assert len(answer.headers["SLPT-Request-ID"]) == 32
    assert api.get(lists[version], count="true", limit=0).headers["X-Total-Count"] == str(len(expected))
    assert "X-Total-Count" not in api.get(lists[version], count="false").headers
    assert ids(api.get(lists[version], sorters="created")) == expected[::-1]
    assert ids(api.get(lists[version], sorters="-created")) == expected


@pytest.mark.parametrize("version", GENERATIONS)
def test_one_task_in_every_generation(version: str, api: Any, three: Any, lists: dict[str, str]) -> None:
    for task_id in ("p1", "done"):
        assert api.get(f"{lists[version]}/{task_id}").json() == three.task(task_id)
    assert_error(api.get(f"{lists[version]}/none"), 404)


@pytest.mark.parametrize("version", WITH_PENDING_LIST)
def test_pending_list_and_its_head(version: str, api: Any, three: Any, lists: dict[str, str]) -> None:
    path = f"{lists[version]}/pending-tasks"
    answer = api.get(path)
    assert ids(answer) == ["p2", "p1"]
    assert answer.headers["X-Deprecated"] == "true"
    assert ids(api.get(path, limit=1, offset=1)) == ["p1"]
    head = api("HEAD", path, params={"count": "true"})
    assert (head.status_code, head.headers["X-Total-Count"], head.content) == (200, "2", b"")
    assert head.headers["X-Deprecated"] == "true"
    assert "X-Total-Count" not in api("HEAD", path).headers
    # filters are not the pending list's: by default they do nothing, and they can be made to fail
    assert ids(api.get(path, filters='id eq "p1"')) == ["p2", "p1"]
    three.settings(unknown_parameters="refuse")
    assert_error(api.get(path, filters='id eq "p1"'), 400, "filters")


@pytest.mark.parametrize("version", ["v2026", "v1"])
def test_pending_list_is_gone(version: str, api: Any, three: Any, lists: dict[str, str]) -> None:
    assert_error(api.get(f"{lists[version]}/pending-tasks"), 404)
    assert api("HEAD", f"{lists[version]}/pending-tasks").status_code == 405


@pytest.mark.parametrize("status", [200, 204])
def test_empty_pending_list(status: int, api: Any, simulator: Any) -> None:
    simulator.settings(empty_pending=status)
    answer = api.get("/v2024/task-status/pending-tasks", count="true")
    assert answer.status_code == status
    assert answer.content == (b"[]" if status == 200 else b"")
    assert answer.headers["X-Total-Count"] == "0"
    assert api("HEAD", "/v2024/task-status/pending-tasks").status_code == status


@pytest.mark.parametrize("version", WITH_PENDING_LIST)
def test_refusals_of_a_head_have_no_body(version: str, api: Any, simulator: Any, lists: dict[str, str]) -> None:
    path = f"{lists[version]}/pending-tasks"
    refused = api("HEAD", path, params={"limit": 251})
    assert (refused.status_code, refused.content) == (400, b"")
    for status in (403, 500, 503):
        simulator.arm({"match": {"method": "HEAD", "times": 1}, "action": {"kind": "status", "status": status}})
        refused = api("HEAD", path)
        assert (refused.status_code, refused.content) == (status, b"")
    simulator.expire_tokens()
    assert (api("HEAD", path).status_code, api("HEAD", path).content) == (401, b"")


def test_pending_filter_only_since_v2025(api: Any, three: Any, lists: dict[str, str]) -> None:
    for version in ("v2025", "v2026", "v1"):
        answer = api.get(lists[version], filters="completionStatus isnull", count="true")
        assert ids(answer) == ["p2", "p1"]
        assert answer.headers["X-Total-Count"] == "2"
    for version in ("beta", "v2024"):
        assert_error(api.get(lists[version], filters="completionStatus isnull"), 400, "isnull")


@pytest.mark.parametrize("version", GENERATIONS)
def test_filters_over_http(version: str, api: Any, simulator: Any, lists: dict[str, str]) -> None:
    odd = 'with "quotes", a \\ and a % / é'
    simulator.put_tasks([{"id": odd, "completionStatus": "WARNING"}, {"id": "b", "completionStatus": "ERROR"}])
    quoted = odd.replace("\\", "\\\\").replace('"', '\\"')
    assert ids(api.get(lists[version], filters=f'id eq "{quoted}"')) == [odd]
    assert ids(api.get(lists[version], filters='completionStatus eq "Warning"')) == [odd]
    assert ids(api.get(lists[version], filters='completionStatus in ("error") and not id eq "x"')) == ["b"]
    refused = api.get(lists[version], filters='type eq "QUARTZ"')
    assert (refused.status_code, set(refused.json())) == (400, {"detailCode", "trackingId", "detailMessage"})
    assert refused.json()["detailMessage"] == "Error converting Enumerated string (type) value (QUARTZ)"
    assert_error(api.get(lists[version], filters='description eq "x"'), 400, "description")
    launcher = api.get(lists[version], filters='launcher eq "x"')
    assert launcher.status_code == (200 if version in ("v2026", "v1") else 400)


@pytest.mark.parametrize("version", GENERATIONS)
def test_documented_types_that_are_refused(version: str, api: Any, simulator: Any, lists: dict[str, str]) -> None:
    def status(value: str) -> int:
        answer = api.get(lists[version], filters=f'type in ("ACCOUNT_DELETION", "{value}")')
        if answer.status_code == 400 and "detailMessage" not in answer.json():
            assert_error(answer, 400, "Unsupported Task Definition type")
        return int(answer.status_code)

    assert status("CLOUD_ENTITLEMENT_IMPORT") == (200 if version == "v2026" else 400)
    assert status("CLOUD_GROUP_AGGREGATION") == 200
    simulator.settings(refused_types=[f"{version}:CLOUD_GROUP_AGGREGATION"])
    assert status("CLOUD_GROUP_AGGREGATION") == 400
    other = "v2025" if version != "v2025" else "v1"
    assert api.get(lists[other], filters='type eq "CLOUD_GROUP_AGGREGATION"').status_code == 200
    simulator.settings(refused_types=["CLOUD_GROUP_AGGREGATION"])
    assert status("CLOUD_GROUP_AGGREGATION") == 400
    assert status("CLOUD_ENTITLEMENT_IMPORT") == (200 if version in ("v2026", "v1") else 400)


@pytest.mark.parametrize("version", GENERATIONS)
def test_source_ids_have_32_hex_digits(version: str, api: Any, simulator: Any, lists: dict[str, str]) -> None:
    source = "2c9180835d191a86015d28455b4a2329"
    simulator.put_tasks(
        [
            {"id": "target", "target": {"id": source, "type": "APPLICATION", "name": "HR [source]"}},
            {"id": "attributes", "target": None, "attributes": {"appId": source}},
            {"id": "neither", "target": None, "attributes": {"applications": "HR [source]"}},
            {"id": "person", "target": {"id": source, "type": "IDENTITY", "name": "Ann"}},
        ]
    )
    for task_id in simulator.tasks():
        simulator.complete([task_id])
    found = ids(api.get(lists[version], filters=f'sourceId eq "{source}"'))
    assert sorted(found) == ["attributes", "target"]
    for value in ("12345", source[1:], "HR"):
        assert_error(api.get(lists[version], filters=f'sourceId in ("{source}", "{value}")'), 400, value)
    simulator.settings(source_ids="any")
    assert ids(api.get(lists[version], filters='sourceId eq "12345"')) == []


@pytest.mark.parametrize("version", GENERATIONS)
def test_experimental_header(version: str, simulator: Any, three: Any, lists: dict[str, str]) -> None:
    token = simulator.token()

    def status(value: str | None) -> int:
        headers = {"Authorization": f"Bearer {token}"}
        if value is not None:
            headers["X-SailPoint-Experimental"] = value
        return requests.get(simulator.base_url + lists[version], headers=headers, timeout=HANGS_AFTER).status_code

    assert status(None) == status("false") == status("true") == 200
    simulator.settings(experimental=[version])
    assert status(None) == status("false") == 400
    assert status("true") == 200


@pytest.mark.parametrize(
    "query",
    ["limit=251", "limit=-1", "limit=x", "limit=", "limit=1.5", "offset=-1", "offset=a", "count=maybe", "sorters=name",
     "sorters=-created,modified", "filters=%28", "filters=%ff"],
)  # fmt: skip
def test_bad_parameters(query: str, api: Any, lists: dict[str, str]) -> None:
    for version in GENERATIONS:
        assert_error(api("GET", f"{lists[version]}?{query}"), 400)


def test_paging(api: Any, simulator: Any, lists: dict[str, str]) -> None:
    simulator.reset(tasks=620, stuck=300)
    for version in GENERATIONS:
        total = 320 if version in ("beta", "v2024") else 620
        seen: list[str] = []
        api.session.headers["Authorization"] = f"Bearer {simulator.token()}"
        while page := ids(api.get(lists[version], offset=len(seen))):
            assert len(page) <= 250
            seen += page
        assert len(seen) == len(set(seen)) == total
        created = [task["created"] for task in api.get(lists[version]).json()]
        assert created == sorted(created, reverse=True)


@pytest.mark.parametrize("path", ["/v2025/task-status", "/v2025/task-status/pending-tasks"])
def test_a_record_twice_over_the_border_of_two_pages(path: str, api: Any, simulator: Any) -> None:
    simulator.put_tasks([{"id": f"t{number}"} for number in range(6)])
    whole = ids(api.get(path))
    simulator.settings(page_overlap=1)
    assert ids(api.get(path, limit=3)) == whole[:3]
    assert ids(api.get(path, limit=3, offset=3)) == whole[2:5]
    assert ids(api.get(path, limit=3, offset=6)) == whole[5:]


def test_long_urls_are_refused(api: Any, simulator: Any, lists: dict[str, str]) -> None:
    assert_error(api.get(lists["v1"], filters=f'id eq "{"x" * 9000}"'), 414)
    simulator.settings(max_url=0)
    assert ids(api.get(lists["v1"], filters=f'id eq "{"x" * 9000}"')) == []


def test_too_old_tasks(api: Any, simulator: Any, lists: dict[str, str]) -> None:
    from simulator.server import SimulatorError

    with pytest.raises(SimulatorError, match="old"):
        simulator.put_tasks([{"id": "old", "created": "2020-07-11T21:23:15.000Z"}])
    assert api.get(f"{lists['v1']}/old").status_code == 404
    simulator.settings(retention_days=0)
    assert ids(api.get(lists["v1"])) == ["old"]


# --- updates ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", GENERATIONS)
def test_update(version: str, api: Any, three: Any, lists: dict[str, str]) -> None:
    before = three.task("p1")
    answer = api.patch(f"{lists[version]}/p1", CLEAR)
    assert answer.status_code == 200
    after = answer.json()
    assert after["completionStatus"] == "ERROR"
    assert after["completed"] == "2024-05-17T19:33:16.470Z"
    assert after.pop("modified") != before.get("modified")
    changed = {"completionStatus", "completed", "modified"}
    assert {k: v for k, v in after.items() if k not in changed} == {k: v for k, v in before.items() if k not in changed}
    assert three.task("p1")["completionStatus"] == "ERROR"
    assert "p1" in ids(api.get(lists["v2024"]))
    assert ids(api.get(lists["v2025"], filters="completionStatus isnull")) == ["p2"]


@pytest.mark.parametrize("spelling", ["Success", "SUCCESS", "Warning", "TERMINATED", "TempError", "TEMPERROR"])
def test_status_is_stored_upper_case(spelling: str, api: Any, three: Any) -> None:
    answer = api.patch("/v2024/task-status/p1", [{"op": "replace", "path": "/completionStatus", "value": spelling}])
    assert answer.json()["completionStatus"] == spelling.upper()
    assert answer.json().get("completed") is None


def test_instant_is_normalised(api: Any, three: Any) -> None:
    document = [{"op": "replace", "path": "/completed", "value": "2024-05-17 21:33:16.470000+02:00"}]
    assert api.patch("/v2024/task-status/done", document).json()["completed"] == "2024-05-17T19:33:16.470Z"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[",
        b"\xff",
        b"[" * 100_000,
        {},
        [],
        [1],
        "x",
        None,
        [{"path": "/completed"}],
        [{"op": "replace"}],
        [{"op": "replace", "path": "/completionStatus"}],
        [{"op": "replace", "path": "/completionStatus", "value": None}],
        [{"op": "replace", "path": "/completionStatus", "value": "error"}],
        [{"op": "replace", "path": "/completionStatus", "value": "Done"}],
        [{"op": "replace", "path": "/completionStatus", "value": ["Error"]}],
        [{"op": "replace", "path": "/completed", "value": "yesterday"}],
        [{"op": "replace", "path": "/completed", "value": "2024-05-17T19:33:16"}],
        [{"op": "replace", "path": "/completed", "value": 1715974396470}],
        [{"op": "replace", "path": "/description", "value": "x"}],
        [{"op": "replace", "path": "/id", "value": "x"}],
        [{"op": "replace", "path": "", "value": {}}],
        [{"op": "remove", "path": "/completionStatus"}],
        [{"op": "copy", "path": "/completed", "from": "/created"}],
        [{"op": "move", "path": "/completed", "from": "/created"}],
        [{"op": "merge", "path": "/completed", "value": "x"}],
        [{"op": "test", "path": "/completed"}],
        [{"op": "test", "path": "completed", "value": 1}],
        [CLEAR[0], {"op": "replace", "path": "/nope", "value": 1}],
    ],
)
def test_bad_patches_change_nothing(document: Any, api: Any, three: Any) -> None:
    before = three.task("p1")
    assert_error(api.patch("/v2024/task-status/p1", document), 400)
    assert three.task("p1") == before


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/merge-patch+json"])
def test_media_type(content_type: str, api: Any, three: Any) -> None:
    assert_error(api.patch("/v2024/task-status/p1", CLEAR, content_type), 415)
    assert "p1" in three.pending()
    charset = "application/json-patch+json; charset=utf-8"
    assert api.patch("/v2024/task-status/p1", CLEAR, charset).status_code == 200


@pytest.mark.parametrize("refused", [400, 409, 412])
def test_test_operation(refused: int, api: Any, simulator: Any) -> None:
    simulator.settings(test_refused=refused)
    simulator.put_tasks([{"id": "a"}])
    pending = {"op": "test", "path": "/completionStatus", "value": None}
    assert api.patch("/v2024/task-status/a", [pending, *CLEAR]).status_code == 200
    cleared = simulator.task("a")
    again = [pending, {"op": "replace", "path": "/completionStatus", "value": "Success"}]
    assert_error(api.patch("/v2024/task-status/a", again), refused, "test")
    assert simulator.task("a") == cleared
    # a test after the change refuses the whole document: all or nothing
    late = [{"op": "replace", "path": "/completionStatus", "value": "Success"}, pending]
    assert_error(api.patch("/v2024/task-status/a", late), refused)
    assert simulator.task("a") == cleared
    only = [{"op": "test", "path": "/attributes", "value": {}}]
    assert api.patch("/v2024/task-status/a", only).json() == cleared
    assert_error(api.patch("/v2024/task-status/a", [{"op": "test", "path": "/no/where", "value": None}]), refused)


def test_a_strict_tenant_takes_no_null_in_a_test(api: Any, simulator: Any) -> None:
    simulator.settings(test_op="reject_null")
    simulator.put_tasks([{"id": "a", "modified": "2026-11-01T10:00:00.000Z"}])
    pending = {"op": "test", "path": "/completionStatus", "value": None}
    assert_error(api.patch("/v2024/task-status/a", [pending, *CLEAR]), 400, "/completionStatus: the value must not be")
    other = {"op": "test", "path": "/modified", "value": "2026-11-01T10:00:00.001Z"}
    assert_error(api.patch("/v2024/task-status/a", [other, *CLEAR]), 400, "does not hold")
    same = {**other, "value": "2026-11-01T10:00:00.000Z"}
    assert api.patch("/v2024/task-status/a", [same, *CLEAR]).json()["completionStatus"] == "ERROR"


def test_test_operation_ignored_or_rejected(api: Any, simulator: Any) -> None:
    wrong = [{"op": "test", "path": "/completionStatus", "value": "SUCCESS"}, *CLEAR]
    simulator.put_tasks([{"id": "a"}])
    simulator.settings(test_op="reject")
    assert_error(api.patch("/v2024/task-status/a", wrong), 400, "test")
    simulator.settings(test_op="ignore")
    assert api.patch("/v2024/task-status/a", wrong).json()["completionStatus"] == "ERROR"


@pytest.mark.parametrize("version", GENERATIONS)
@pytest.mark.parametrize(
    "task_id",
    ["a/b", "a b", 'say "hi"', "100%", "%2F", "..", ".", "a?b#c", "é猫", "a+b", "pending tasks", "a\\b", ";x=1"],
)
def test_an_id_is_one_segment_whatever_it_holds(
    version: str, task_id: str, simulator: Any, lists: dict[str, str]
) -> None:
    simulator.put_tasks([{"id": task_id}])
    connection = http.client.HTTPConnection("127.0.0.1", simulator.port, timeout=HANGS_AFTER)
    headers = {
        "Authorization": f"Bearer {simulator.token()}",
        "X-SailPoint-Experimental": "true",
        "Content-Type": "application/json-patch+json",
    }
    path = f"{lists[version]}/{quote(task_id, safe='')}"
    for method, body in (("GET", None), ("PATCH", json.dumps(CLEAR))):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["id"]) == (200, task_id)
    connection.close()
    assert simulator.task(task_id)["completionStatus"] == "ERROR"
    entry = simulator.log()[-1]
    assert (entry["path"], entry["task_id"], entry["kind"]) == (path, task_id, "update")


def test_two_segments_are_no_task(api: Any, simulator: Any, lists: dict[str, str]) -> None:
    simulator.put_tasks([{"id": "a/b"}])
    for path in ("/a/b", "/", "//a", "/a%2Fb/", "/a%2Fb/c"):
        assert api("GET", lists["v1"] + path).status_code == 404


# --- what is not there, who may not ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/", "/v3/task-status", "/v2024", "/v2024/task-status/", "/task-status", "/v1/task-status", "/oauth/nothing"],
)
def test_other_paths_are_not_found(path: str, api: Any) -> None:
    assert_error(api("GET", path), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/v2024/task-status"), ("HEAD", "/v2024/task-status"), ("DELETE", "/v2024/task-status/x"),
     ("PUT", "/v2024/task-status/x"), ("HEAD", "/v2024/task-status/x"), ("PATCH", "/v2024/task-status/pending-tasks")],
)  # fmt: skip
def test_other_methods(method: str, path: str, api: Any) -> None:
    answer = api(method, path)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize("status", [403, 404])
def test_bodyless_errors(status: int, api: Any, simulator: Any, caller: Any) -> None:
    simulator.settings(bodyless=[status])
    if status == 403:
        api = caller(simulator.base_url, simulator.token(simulator.readonly_client_id))
    answer = api.patch("/v2024/task-status/none", CLEAR)
    assert (answer.status_code, answer.content) == (status, b"")


def sign_in(simulator: Any, way: str = "urlencoded", **form: str) -> Any:
    """Sign in by one of the three documented forms."""
    fields = {"grant_type": "client_credentials", "client_id": "demo-client", "client_secret": "demo-secret", **form}
    options: dict[str, Any] = {
        "urlencoded": {"data": fields},
        "multipart": {"files": {name: (None, value) for name, value in fields.items()}},
        "query": {"params": fields},
    }[way]
    return requests.post(f"{simulator.base_url}/oauth/token", timeout=HANGS_AFTER, **options)


WAYS = ["urlencoded", "multipart", "query"]


@pytest.mark.parametrize("way", WAYS)
def test_sign_in(way: str, simulator: Any, three: Any, caller: Any) -> None:
    answer = sign_in(simulator, way)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("bearer", 749)
    assert set(body) == {
        "access_token", "token_type", "expires_in", "scope", "tenant_id", "pod", "org", "identity_id", "user_name",
        "strong_auth_supported", "jti",
    }  # fmt: skip
    again = sign_in(simulator, way).json()
    assert (again["identity_id"], again["tenant_id"]) == (body["identity_id"], body["tenant_id"])
    assert again["jti"] != body["jti"]
    assert ids(caller(simulator.base_url, body["access_token"]).get("/v2025/task-status")) == ["p2", "done", "p1"]


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": "wrong \N{SNOWMAN}"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": "demo-reader"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_sign_in_refused(form: dict[str, str], status: int, error: str, simulator: Any) -> None:
    for way in WAYS:
        answer = sign_in(simulator, way, **form)
        assert (answer.status_code, answer.json()["error"]) == (status, error)
        assert answer.json()["error_description"]
        assert "wrong" not in answer.text


def test_a_client_that_is_no_user_has_no_identity(simulator: Any) -> None:
    body = sign_in(simulator, client_id="demo-reader", client_secret="demo-reader-secret").json()
    assert body["access_token"]
    assert {"identity_id", "user_name"}.isdisjoint(body)


def test_the_address_of_the_user_interface_answers_with_a_page(simulator: Any) -> None:
    simulator.settings(sign_in="page")
    answer = sign_in(simulator)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_sign_in_wants_a_form_and_post(simulator: Any) -> None:
    url = f"{simulator.base_url}/oauth/token"
    assert (
        requests.post(url, json={"client_id": "demo-client"}, timeout=HANGS_AFTER).json()["error"] == "invalid_request"
    )
    assert requests.post(url, timeout=HANGS_AFTER).json()["error"] == "invalid_request"
    headers = {"Content-Type": "multipart/form-data"}
    assert "boundary" in requests.post(url, data=b"x", headers=headers, timeout=HANGS_AFTER).json()["error_description"]
    assert requests.get(url, timeout=HANGS_AFTER).status_code in (401, 404, 405)


def test_tokens_expire(simulator: Any, api: Any, lists: dict[str, str]) -> None:
    assert api.get(lists["v1"]).status_code == 200
    assert simulator.expire_tokens() == 1
    answer = api.get(lists["v1"])
    assert (answer.status_code, answer.json()) == (401, {"error": "JWT validation failed: JWT is expired"})
    simulator.settings(token_lifetime=0)
    body = sign_in(simulator).json()
    assert body["expires_in"] == 0
    api.session.headers["Authorization"] = f"Bearer {body['access_token']}"
    assert api.get(lists["v1"]).status_code == 401


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer nonsense", "Basic eDp5", "nonsense"])
def test_without_a_token(authorization: str | None, simulator: Any, lists: dict[str, str]) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    for path in (*lists.values(), "/nowhere"):
        answer = requests.get(simulator.base_url + path, headers=headers, timeout=HANGS_AFTER)
        assert answer.status_code == 401
        assert set(answer.json()) == {"error"}
        assert "SLPT-Request-ID" in answer.headers


def test_who_may_what(simulator: Any, three: Any, caller: Any) -> None:
    reader = caller(simulator.base_url, simulator.token(simulator.readonly_client_id))
    assert reader.get("/v2024/task-status/p1").status_code == 200
    assert_error(reader.patch("/v2024/task-status/p1", CLEAR), 403, "personal access token")
    outsider = caller(simulator.base_url, simulator.token(simulator.outsider_client_id))
    assert_error(outsider.get("/v2024/task-status/p1"), 403)
    assert_error(outsider.patch("/v2024/task-status/p1", CLEAR), 403)
    assert three.task("p1").get("completionStatus") is None


def test_rate_limit_per_client_and_version(simulator: Any, caller: Any, lists: dict[str, str]) -> None:
    simulator.settings(rate_limit=3)
    one, same = (caller(simulator.base_url, simulator.token()) for dummy in range(2))
    other = caller(simulator.base_url, simulator.token(simulator.second_client_id))
    assert [caller_.get(lists["v1"]).status_code for caller_ in (one, same, one)] == [200, 200, 200]
    answer = same.get(lists["v1"])
    assert (answer.status_code, set(answer.json())) == (429, {"message"})
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    assert one.get(lists["v2025"]).status_code == 200
    assert other.get(lists["v1"]).status_code == 200
    assert sign_in(simulator).status_code == 200
    assert simulator.counters()["by_status"]["429"] == 1
    assert simulator.counters()["peak_per_10_seconds"]["demo-client v1"] == 4
    simulator.settings(rate_limit=0)
    assert one.get(lists["v1"]).status_code == 200


def test_window_slides() -> None:
    from simulator.ratelimit import RateLimit

    limit = RateLimit()
    key = ("c", "v1")
    assert [limit.admit(key, now, 2) for now in (100.0, 104.5)] == [None, None]
    assert limit.admit(key, 105.0, 2) == 5
    assert limit.admit(key, 109.9, 2) == 1
    assert limit.admit(key, 110.0, 2) is None  # the first is 10 s old; the refused ones did not count
    assert limit.admit(key, 110.1, 2) == 5  # until 114.5
    assert limit.admit(key, 110.1, 0) is None
    for now in (0.0, 1.0, 9.9, 10.5, 30.0):
        limit.arrived(key, now)
    assert limit.peaks[key] == 3
