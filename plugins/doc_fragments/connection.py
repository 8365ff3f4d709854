# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection options, for modules (DOCUMENTATION) and for controller plugins on top of it (PLUGIN)."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  base_url:
    description:
      - The base of the tenant's API, such as V(https://acme.api.identitynow.com), without an API version.
        A trailing slash does no harm. Plain V(http) is refused, except to a loopback address.
        The address of the user interface, or one with an endpoint behind it, is an error that names the one to give.
      - If left out, O(tenant) says it, else the variable C(sailpoint_base_url) or C(sailpoint_tenant), else the
        environment variable E(SAIL_BASE_URL) or E(SAIL_TENANT).
      - O(base_url) and O(tenant) are one setting. The more specific place wins, the task over C(module_defaults), these
        over variables and these over the environment; both in the same place is an error.
    type: str
  tenant:
    description:
      - The tenant's short name. V(acme) is short for O(base_url=https://acme.api.identitynow.com).
      - If left out, see O(base_url).
    type: str
  client_id:
    description:
      - The client id of a personal access token (PAT), or of an API client, which can only read.
      - If left out, the variable C(sailpoint_client_id), else the environment variable E(SAIL_CLIENT_ID), unless there
        is an O(access_token).
      - The pair O(client_id) and O(client_secret) is one setting with O(access_token). The more specific place wins,
        both in the same place is an error.
    type: str
  client_secret:
    description:
      - The secret that belongs to O(client_id). It is sent to the tenant's sign-in only, and shown nowhere.
      - If left out, the variable C(sailpoint_client_secret), else the environment variable E(SAIL_CLIENT_SECRET).
    type: str
  access_token:
    description:
      - A bearer token that is ready to use, for example from the lookup P(idops.sailpoint.access_token#lookup).
        Then no sign-in is made, and none can be once the token has expired.
      - If left out, the variable C(sailpoint_access_token), else the environment variable E(SAIL_ACCESS_TOKEN), else
        O(client_id) and O(client_secret) sign in.
    type: str
  api_version:
    description:
      - The generation of the API. V(v1) means the paths that came in June 2026, which have no version in front.
      - If left out, the variable C(sailpoint_api_version), else the environment variable E(SAIL_API_VERSION), else
        V(v2024).
    type: str
    choices: [beta, v2024, v2025, v2026, v1]
    default: v2024
  validate_certs:
    description:
      - Whether the tenant's certificate is verified. Leave it on. Each task warns when it is off.
      - If left out, the variable C(sailpoint_validate_certs), else the environment variable E(SAIL_VALIDATE_CERTS),
        else V(true).
    type: bool
    default: true
  ca_path:
    description:
      - A file or directory of certificates of the authorities to trust, instead of the usual ones.
      - If left out, the variable C(sailpoint_ca_path), else the environment variable E(SAIL_CA_PATH), else
        E(REQUESTS_CA_BUNDLE) or E(CURL_CA_BUNDLE), else the bundle that comes with the Python library C(requests).
    type: path
  proxy:
    description:
      - The URL of a proxy, such as V(http://proxy.example.com:3128).
      - If left out, the variable C(sailpoint_proxy), else the environment variables E(HTTPS_PROXY) and E(NO_PROXY)
        decide as usual. Settings of the operating system are not looked at.
    type: str
  timeout:
    description:
      - Seconds to wait for a connection, and for each further byte of an answer. Ten times as long bounds one whole
        answer.
      - If left out, the variable C(sailpoint_timeout), else the environment variable E(SAIL_TIMEOUT), else 30 seconds.
    type: float
    default: 30
  retries:
    description:
      - How often a request is tried again after HTTP 429, 502, 503 and 504 and after a broken connection, at growing
        intervals, or when the tenant says it may be (RV(ignore:Retry-After), up to a minute).
        A 429 counts only while no request gets through at all.
      - If left out, the variable C(sailpoint_retries), else the environment variable E(SAIL_RETRIES), else 5.
    type: int
    default: 5
  rate_limit:
    description:
      - How many requests at most are sent within 10 seconds, so that the tenant has no reason to answer 429.
        V(0) is as fast as the tenant answers.
      - The tenant counts by client id and API version, the collection by task and host. Where several hosts, forks or
        jobs use the same client id at once, give each its share.
      - If left out, the variable C(sailpoint_rate_limit), else the environment variable E(SAIL_RATE_LIMIT), else 100,
        which is what the vendor allows.
    type: int
    default: 100
notes:
  - A variable C(sailpoint_<option>) that is null or blank counts as not given, as does a blank environment variable.
  - One task signs in once, however many ids it is given. Giving a list is far cheaper than looping over it.
"""

    PLUGIN = r"""
options:
  base_url:
    env: [{name: SAIL_BASE_URL}]
    vars: [{name: sailpoint_base_url}]
    ini: [{section: sailpoint, key: base_url}]
  tenant:
    env: [{name: SAIL_TENANT}]
    vars: [{name: sailpoint_tenant}]
    ini: [{section: sailpoint, key: tenant}]
  client_id:
    env: [{name: SAIL_CLIENT_ID}]
    vars: [{name: sailpoint_client_id}]
    ini: [{section: sailpoint, key: client_id}]
  client_secret:
    env: [{name: SAIL_CLIENT_SECRET}]
    vars: [{name: sailpoint_client_secret}]
    ini: [{section: sailpoint, key: client_secret}]
  access_token:
    env: [{name: SAIL_ACCESS_TOKEN}]
    vars: [{name: sailpoint_access_token}]
    ini: [{section: sailpoint, key: access_token}]
  api_version:
    env: [{name: SAIL_API_VERSION}]
    vars: [{name: sailpoint_api_version}]
    ini: [{section: sailpoint, key: api_version}]
  validate_certs:
    env: [{name: SAIL_VALIDATE_CERTS}]
    vars: [{name: sailpoint_validate_certs}]
    ini: [{section: sailpoint, key: validate_certs}]
  ca_path:
    env: [{name: SAIL_CA_PATH}]
    vars: [{name: sailpoint_ca_path}]
    ini: [{section: sailpoint, key: ca_path}]
  proxy:
    vars: [{name: sailpoint_proxy}]
    ini: [{section: sailpoint, key: proxy}]
  timeout:
    env: [{name: SAIL_TIMEOUT}]
    vars: [{name: sailpoint_timeout}]
    ini: [{section: sailpoint, key: timeout}]
  retries:
    env: [{name: SAIL_RETRIES}]
    vars: [{name: sailpoint_retries}]
    ini: [{section: sailpoint, key: retries}]
  rate_limit:
    env: [{name: SAIL_RATE_LIMIT}]
    vars: [{name: sailpoint_rate_limit}]
    ini: [{section: sailpoint, key: rate_limit}]
"""
