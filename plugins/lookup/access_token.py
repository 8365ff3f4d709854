# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: access_token
short_description: Sign in to SailPoint Identity Security Cloud once and share the token
version_added: 1.0.0
description:
  - Signs in with O(client_id) and O(client_secret) and returns an access token, or returns O(access_token) if that is
    given.
  - The token is a secret. Keep it with M(ansible.builtin.set_fact) and C(no_log), and hand it to other tasks as
    O(access_token). A debug task, or a failure that shows the variable, would show the token.
author:
  - idops.sailpoint contributors (@idops)
requirements:
  - requests >= 2.28
  - jsonpatch >= 1.32
options:
  _terms:
    description: None are taken.
extends_documentation_fragment:
  - idops.sailpoint.connection
  - idops.sailpoint.connection.plugin
notes:
  - A token lives for minutes (749 seconds in the vendor's documentation). Modules that have O(client_id) and
    O(client_secret) sign in anew when it expires, those that have only O(access_token) cannot.
"""

EXAMPLES = r"""
# The connection comes from SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET in this example.

- name: Sign in once
  ansible.builtin.set_fact:
    sailpoint_token: "{{ lookup('idops.sailpoint.access_token') }}"
  no_log: true

- name: Use the token
  idops.sailpoint.task_status_info:
    access_token: "{{ sailpoint_token }}"
    pending: true
    count_only: true
"""

RETURN = r"""
_raw:
  description: One access token.
  type: list
  elements: str
"""

from typing import Any

from ansible_collections.idops.sailpoint.plugins.module_utils._errors import OptionError
from ansible_collections.idops.sailpoint.plugins.module_utils._http.client import Client
from ansible_collections.idops.sailpoint.plugins.plugin_utils._lookup import SailPointLookup


class LookupModule(SailPointLookup):
    def look_up(self, terms: list[Any], params: dict[str, Any], client: Client) -> list[Any]:
        if terms:
            raise OptionError("_terms", "this lookup takes options only, no terms")
        return [client.access_token()]
