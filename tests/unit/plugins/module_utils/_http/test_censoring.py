# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._http.censoring import (
    CENSORED,
    censor,
    forms_of,
    telling_forms,
)
from hypothesis import given
from hypothesis import strategies as st

ENCODINGS = {
    "as it is": lambda secret: secret,
    "json": lambda secret: json.dumps(secret)[1:-1],
    "percent": lambda secret: quote(secret, safe=""),
    "path": quote,
    "form": quote_plus,
    "lower": lambda secret: re.sub("%..", lambda match: match[0].lower(), quote(secret, safe="")),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "unpadded": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("secret", ["s3cret-plain", "s3cr3t+/Q&z=Lm9#Xy%41Ab q", "gehe\u00efm-wachtwoord+"])
def test_a_secret_is_known_in_every_usual_encoding(encoding: str, secret: str) -> None:
    shown = ENCODINGS[encoding](secret)
    assert censor(f"before {shown} after", forms_of([secret])).replace("=", "") == f"before {CENSORED} after"


@given(st.text(min_size=1), st.text(), st.sampled_from(sorted(ENCODINGS)))
def test_no_encoding_of_any_secret_is_left(secret: str, around: str, encoding: str) -> None:
    try:
        shown = ENCODINGS[encoding](secret)
    except UnicodeEncodeError:
        return
    form = shown.rstrip("=") if encoding == "base64" else shown
    assert form not in censor(around.replace(form, "") + shown, forms_of([secret])) or form in CENSORED


@given(st.lists(st.text(min_size=1)), st.text())
def test_what_tells_of_any_form_is_enough_to_look_for(secrets: list[str], text: str) -> None:
    forms = forms_of(secrets)
    telling = telling_forms(forms)
    assert set(telling) <= set(forms)
    for shown in [text, *forms]:
        assert any(form in shown for form in telling) == any(form in shown for form in forms)


def test_a_secret_within_another_leaves_no_rest() -> None:
    assert censor("abc abcdef", forms_of(["abc", "abcdef"])) == f"{CENSORED} {CENSORED}"
    assert forms_of([]) == []
