# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import html
import itertools
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from ansible_collections.idops.sailpoint.plugins.module_utils._http import censoring
from ansible_collections.idops.sailpoint.plugins.module_utils._http.censoring import (
    CENSORED,
    Censor,
    censor,
    forms_of,
    telling_forms,
    unescaped,
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


# Escapes in any layers

LAYERS = {
    "json": lambda text: json.dumps(text)[1:-1],
    "json of everything": lambda text: "".join(f"\\u{ord(character):04x}" for character in text),
    "json, capitals": lambda text: "".join(f"\\u{ord(character):04X}" for character in text),
    "json of slashes": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "python": lambda text: "".join(f"\\x{ord(character):02x}" for character in text),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "percent, lower": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "url": lambda text: quote(text, safe=""),
    "html": html.escape,
    "html, decimal": lambda text: "".join(f"&#{ord(character)};" for character in text),
    "html, hexadecimal": lambda text: "".join(f"&#x{ord(character):X};" for character in text),
    "every other": lambda text: "".join(
        f"\\u{ord(c):04x}" if i % 2 else json.dumps(c)[1:-1] for i, c in enumerate(text)
    ),
}
HIDDEN = ["s3cr3t+/Q&z=Lm9#Xy%41Ab q", "eyJhbGciOiJub25lIn0.c2Vj-_~a+b/c==", 'back\\slash"quote/<tag>']


def layered(secret: str, names: tuple[str, ...]) -> str:
    for name in names:
        secret = LAYERS[name](secret)
    return secret


@pytest.mark.parametrize("names", list(itertools.product(LAYERS, repeat=2)))
def test_a_secret_is_found_in_two_layers_of_escapes(names: tuple[str, ...]) -> None:
    for secret in HIDDEN:
        censor_ = Censor([secret])
        shown = f"before {layered(secret, names)} after"
        assert censor_.finds(shown) and censor_.finds(json.dumps([shown]))
        assert censor_.scrub(shown) == f"before {CENSORED} after"
        assert censor_.scrub_data([{shown: [shown]}]) == [{f"before {CENSORED} after": [f"before {CENSORED} after"]}]


@given(st.sampled_from(HIDDEN), st.lists(st.sampled_from(sorted(LAYERS)), max_size=3), st.text(max_size=9))
def test_no_secret_is_left_that_somebody_could_unescape(secret: str, names: list[str], around: str) -> None:
    shown = Censor([secret]).scrub(f"{around} {layered(secret, tuple(names))} {around}")
    assert unescaped(secret) not in unescaped(shown)
    shown.encode()


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_holds_no_secret_is_left_with_its_escapes(text: str) -> None:
    censor_ = Censor(["some-long-secret"])
    assert censor_.scrub(text) == text and not censor_.finds(text)


# Tokens


def test_the_tokens_of_a_long_run_take_no_time_and_the_last_are_known() -> None:
    made: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(censoring, "forms_of", lambda secrets: made.extend(secrets) or forms_of(secrets))
        ours = Censor(["some-long-secret"])
        for number in range(700):
            ours.keep(f"token-number-{number}")
    assert len(made) == len(set(made)) == 701, "the forms of each are found once"
    assert ours.secrets == ["some-long-secret", *(f"token-number-{number}" for number in range(668, 700))]
    assert ours.scrub("token-number-699 some-long-secret") == f"{CENSORED} {CENSORED}"


def test_a_token_that_comes_again_stays() -> None:
    ours = Censor([])
    for number in range(100):
        ours.keep(f"token-number-{number}")
        ours.keep("the-same-token")
    assert "the-same-token" in ours.secrets and len(ours.secrets) == 32


# Short ones


def test_a_short_secret_is_censored_in_sentences_as_a_word_and_never_in_data() -> None:
    ours = Censor(["1234", "ab"])
    ours.keep("tok")
    assert ours.secrets == []
    data = [{"id": "id-1234-5", "1234": "1234", "tok": "ab"}]
    assert ours.scrub_data(data) == data and not ours.finds(json.dumps(data))
    assert ours.scrub("task 1234") == "task 1234"
    said = ours.scrub_sentence("1234 is wrong, x12345 abc (ab), password=tok.")
    assert said == f"{CENSORED} is wrong, x12345 abc ({CENSORED}), password={CENSORED}."
