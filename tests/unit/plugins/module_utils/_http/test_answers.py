# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._errors import NoAnswerError
from ansible_collections.idops.sailpoint.plugins.module_utils._http import answers
from ansible_collections.idops.sailpoint.plugins.module_utils._http.answers import (
    MAX_DEPTH,
    MAX_VALUES,
    AnswerReader,
    Reply,
    is_page,
)
from ansible_collections.idops.sailpoint.plugins.module_utils._http.censoring import Censor
from ansible_collections.idops.sailpoint.plugins.module_utils._wording import one_line
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import settings
from hypothesis import given
from hypothesis import strategies as st

SECRET = 'a secret "of" é'


def reader() -> AnswerReader:
    return AnswerReader(settings(), Censor([SECRET]))


def read(body: bytes) -> Any:
    return reader().answer("GET /x", "GET", Reply(200, {"Content-Type": "application/json"}, body)).data


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@given(json_values, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le"]), st.booleans())
def test_data_is_read_in_whatever_encoding_it_comes(data: Any, encoding: str, escaped: bool) -> None:
    assert read(json.dumps(data, ensure_ascii=escaped).encode(encoding)) == data


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{", b"[1,]", b"\xff\xfe\x00{", b"[" * 100_000, b"[" * 101 + b"]" * 101]
)
def test_what_is_no_data_is_an_error_of_one_line(body: bytes) -> None:
    with pytest.raises(NoAnswerError) as caught:
        read(body)
    assert caught.value.status == 200 and str(caught.value).isprintable() and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "number",
    ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 400 + ".0", "9" * 5000, "-" + "9" * 5000],
)
@pytest.mark.parametrize("body", ["%s", "[%s]", '{"a": [1, {"b": %s}]}', '["\\ud800", %s]'])
def test_what_is_no_number_is_no_data(body: str, number: str) -> None:
    with pytest.raises(NoAnswerError, match="not JSON"):
        read((body % number).encode())


@pytest.mark.parametrize("number", ["1e308", "-0.5", "1e-999", "9" * 300])
def test_what_is_a_number_is_one(number: str) -> None:
    assert read(f"[{number}]".encode()) == [json.loads(number)]


@pytest.mark.parametrize("many", [b"[],", b"{},", b"1,", b'{"a":1},', b"[[]],"])
def test_more_values_than_any_answer_has_are_not_made(many: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"[" + many * MAX_VALUES + b"1]"
    monkeypatch.setattr(answers, "_DECODER", None)  # which would take memory before it was known
    with pytest.raises(NoAnswerError, match="not JSON"):
        read(body)


def test_a_full_page_of_large_tasks_is_read() -> None:
    task = {str(number): {"a": [number, None]} for number in range(200)}
    assert len(read(json.dumps([task] * 250).encode())) == 250


@pytest.mark.parametrize("problem", ["a body of more than 32 MiB"])
def test_a_body_that_was_not_taken_is_told_with_its_status(problem: str) -> None:
    reply = Reply(200, {"Content-Type": "application/json"}, b"", problem)
    for ask in (lambda: reader().answer("GET /x", "GET", reply), lambda: reader().token("POST /x", reply)):
        with pytest.raises(NoAnswerError, match=f"was answered with HTTP 200 and {problem}") as caught:
            ask()
        assert caught.value.status == 200
    error = reader().error("GET /x", reply._replace(status=404))
    assert (error.status, error.said, error.from_tenant) == (404, problem, False)
    assert reader().error("GET /x", Reply(404, {}, b"")).from_tenant


def test_data_may_be_as_deep_as_ansible_can_hand_on() -> None:
    assert read(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


def test_half_a_character_becomes_one_that_can_be_written() -> None:
    data = read(b'{"a": "x\\ud800y", "b": "\\ud83d\\ude00"}')
    assert data["b"] == "\U0001f600"
    json.dumps(data, ensure_ascii=False).encode()


def escaped_wholly(text: str) -> str:
    return "".join(f"\\u{ord(character):04X}" for character in text)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"a": SECRET}).encode(),
        json.dumps({"a": [SECRET]}, ensure_ascii=False).encode(),
        json.dumps({SECRET: 1}, ensure_ascii=False).encode("utf-16"),
        f'["{escaped_wholly(SECRET)}"]'.encode(),
        f'[{{"a": "x {escaped_wholly(SECRET)} y"}}]'.encode("utf-32"),
        json.dumps(json.dumps(SECRET)).encode(),
        json.dumps([base64.b64encode(SECRET.encode()).decode()]).encode(),
        json.dumps(["a%20secret%20%22of%22%20%c3%a9"]).encode(),
        json.dumps(json.dumps(json.dumps({"deep": SECRET}))).encode(),
        json.dumps(["a%2520secret%2520%2522of%2522%2520%25C3%25A9"]).encode(),
        json.dumps([{"x": "a secret &quot;of&#34; &#xe9;"}]).encode(),
        json.dumps([{"x": "a secret &amp;quot;of\\u0022 %E9"}]).encode(),
        json.dumps({'a\\u0020secret\\u0020\\"o\\u0066%22+\\u00E9': 'a+secret \\"of&quot; \\xe9'}).encode(),
        json.dumps([SECRET.encode().decode("latin-1")]).encode(),
    ],
)
def test_a_secret_is_censored_in_what_was_decoded_however_it_was_written(body: bytes) -> None:
    shown = json.dumps(read(body), ensure_ascii=False)
    assert "********" in shown
    assert "secret" not in shown and base64.b64encode(b"a secret")[:8].decode() not in shown


def test_data_without_a_secret_is_left_as_it_is() -> None:
    data = {"a": ["\\", 'quote"', "secret", 1.5, None, True]}
    assert read(json.dumps(data).encode()) == data


def test_a_new_token_is_a_secret_from_then_on() -> None:
    ours = reader()
    reply = Reply(200, {}, b'{"access_token": "fresh-token", "expires_in": 5}')
    assert ours.token("POST /x", reply) == ("fresh-token", 5)
    assert ours.answer("GET /x", "GET", Reply(200, {}, b'["fresh-token"]')).data == ["********"]
    assert ours.shown("a fresh-token") == "a ********"


def test_what_errors_quote_of_an_answer_can_be_left_out() -> None:
    reply = Reply(400, {"SLPT-Request-ID": "id"}, b'{"message": "said"}')
    assert reader().error("GET /x", reply).said == "said"
    quiet = reader().error("GET /x", reply, quoted=False)
    assert (quiet.said, quiet.tracking_id, quiet.status) == ("", None, 400)


def test_pages_and_lines() -> None:
    assert is_page(b"<!doctype html>\n<HTML>") and not is_page(b"{}")
    assert one_line("a\nb\x1b[2J\u2028" + "x" * 999) == ("a b [2J " + "x" * 999)[:300]
