# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The template of the page on all tenants (Jinja2, autoescape on)."""

from __future__ import annotations

from .template import FOOT, HEAD, MACROS

OVERVIEW_TEMPLATE = (
    MACROS
    + """\
{%- macro total(label, key, tone="") -%}
{% set known = totals.known[key] %}
{{ card(label, totals.counts[key] | number, "known of " ~ known ~ " of " ~ totals.tenants if known < totals.tenants \
else "", tone if totals.counts[key] else "") }}
{%- endmacro -%}

{%- macro count(number, cls="") -%}
<td data-v="{{ "" if number is none else number }}"{% if not number %} class="nil"{% endif %}>{{ number | number }}</td>
{%- endmacro -%}
"""
    + HEAD
    + """\
<p class="meta"><time datetime="{{ report.generated }}">{{ report.generated | moment }} UTC</time>
<span>{{ totals.tenants | plural("tenant") }}</span>
</p>
<hr>
</header>
<main id="main" tabindex="-1">
{% if report.check_mode %}
<div class="banner" role="note"><b>Check mode.</b> Nothing was changed.\
{% if clearing %} Outcomes are predicted.{% endif %}</div>
{% endif %}

<section aria-labelledby="h-numbers">
<h2 id="h-numbers" class="quiet">Headline numbers</h2>
<dl class="cards">
{{ card("Tenants", totals.tenants | number, "" if totals.served == totals.tenants else \
(totals.tenants - totals.served) | number ~ " not read", "") }}
{{ card("With a problem", totals.problems | number, "", "bad" if totals.problems else "") }}
{{ total("Pending now", "pending") }}
{% if clearing %}
{{ total("Selected", "selected") }}
{{ total("Would be updated" if report.check_mode else "Updated", "updated", "good") }}
{{ total("Failed", "failed", "bad") }}
{% endif %}
</dl>
</section>

<section id="tenants" aria-labelledby="h-tenants">
<h2 id="h-tenants">Tenants</h2>
{% if rows %}
{{ open_table("t-tenants", "Each tenant, the worst first", "tenant", true, ("State", options)) }}
<thead><tr>{{ th("Tenant") }}{{ th("State") }}\
{% if clearing %}{{ th("Before", "n") }}{{ th("Selected", "n") }}\
{% for outcome in columns %}{{ th("Would update" if report.check_mode and outcome == "updated" \
else outcomes[outcome].label, "n") }}{% endfor %}{% endif %}\
{{ th("Pending now", "n") }}{{ th("What is wrong") }}</tr></thead>
<tbody>
{% for row, link in rows %}
<tr{% if loop.index > 100 %} class="x"{% endif %} data-s="{{ row.state }}">\
<th scope="row">{% if link %}<a href="{{ link }}">{{ row.tenant }}</a>{% else %}{{ row.tenant }}{% endif %}</th>\
<td>{{ states[row.state][1] | badge(states[row.state][0]) }}</td>\
{% if clearing %}{{ count(row.counts.pending_before) }}{{ count(row.counts.selected) }}\
{% for outcome in columns %}{{ count(row.counts[outcome]) }}{% endfor %}{% endif %}\
{{ count(row.counts.pending) }}<td class="text">{{ row.problem or "–" }}</td></tr>
{% endfor %}
</tbody>
{{ close_table("t-tenants") }}
{% else %}
<p class="empty">There is no tenant to show.</p>
{% endif %}
</section>
"""
    + FOOT
)
