# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleError, AnsibleLookupError
from ansible_collections.idops.sailpoint.tests.unit.plugins.module_utils.fakes import CLIENT_SECRET, TOKEN, response


def test_it_signs_in_and_returns_one_token(lookup: Any, office: Any) -> None:
    assert lookup("access_token") == [TOKEN]
    assert [request.path for request in office.transports[0].requests] == ["/oauth/token"]


def test_a_second_look_up_gives_the_same_token(lookup: Any, office: Any) -> None:
    assert lookup("access_token") == lookup("access_token") == [TOKEN]
    assert len(office.transports) == 1 and len(office.transports[0].requests) == 1


def test_a_given_token_is_returned_without_a_request(lookup: Any, office: Any) -> None:
    assert lookup("access_token", access_token="given") == ["given"]
    assert office.transports[0].requests == []


@pytest.mark.parametrize("term", ["a", ["a"]])
def test_terms_are_refused(lookup: Any, office: Any, term: Any) -> None:
    with pytest.raises(AnsibleError, match="no terms"):
        lookup("access_token", term)


@pytest.mark.parametrize("option", ["pending", "limit", "filters"])
def test_the_options_of_lists_are_refused(lookup: Any, office: Any, option: str) -> None:
    with pytest.raises(AnsibleError, match=f"Unsupported options .*{option}"):
        lookup("access_token", **{option: "1"})


def test_a_refused_sign_in_is_an_error_without_a_secret(lookup: Any, office: Any) -> None:
    office.answer = lambda request: response(400, {"error": f"bad {CLIENT_SECRET}"})
    with pytest.raises(AnsibleLookupError, match="^Signing in failed: .*HTTP 400.*client_secret") as caught:
        lookup("access_token")
    assert CLIENT_SECRET not in str(caught.value)
    with pytest.raises(AnsibleLookupError):
        lookup("access_token")
    assert len(office.transports[0].requests) == 1
