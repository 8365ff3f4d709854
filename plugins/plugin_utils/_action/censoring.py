# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of a task's arguments are secret, and results without secrets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.common.parameters import remove_values

from ...module_utils._module.options import passwords_in, searched_for


class Discreet(dict[str, Any]):
    """A module's arguments; with ANSIBLE_DEBUG ansible-core prints them, whatever the argument spec says of secrets."""

    def __repr__(self) -> str:
        return repr(sorted(self))


def secrets_in(args: Mapping[str, Any], spec: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return what must be shown nowhere of raw arguments: values of options that are not logged, passwords in URLs."""
    hidden = [args.get(name) for name, definition in spec.items() if definition.get("no_log")]
    return {*_texts(hidden), *passwords_in(args)}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, (list, Mapping)):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(item)
    elif value not in (None, "") and not isinstance(value, bool):
        yield str(value)


def censored(result: dict[str, Any], secrets: set[str]) -> dict[str, Any]:
    """Return a result without secrets, as AnsibleModule would: but what is so short that it stands there by chance, in
    an id or an outcome, is left.

    Walking through thousands of tasks takes long, looking for a secret in their text does not.
    """
    secrets = searched_for(secrets)
    if not secrets:
        return result
    text = json.dumps(result, ensure_ascii=False, default=str)
    if not any(form in text for secret in secrets for form in (secret, json.dumps(secret, ensure_ascii=False)[1:-1])):
        return result
    shown = {key: value for key, value in result.items() if value is None or isinstance(value, bool)}
    hidden: dict[str, Any] = remove_values(result, secrets)
    return {**hidden, **shown}
