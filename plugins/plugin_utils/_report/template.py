# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The template of the HTML report (Jinja2, autoescape on), and the parts it shares with other pages.

A Python module and not a file beside one, so that it is there wherever the collection is imported from. Rows from the
hundredth on carry the class ``x``: with the script they are hidden until asked for, without it and in print they show.
"""

from __future__ import annotations

#: What tables, cards and badges are made with, the head of a page and its foot.
MACROS = """\
{%- macro th(label, kind="", sorted="") -%}
<th scope="col" data-l="{{ label }}"{% if kind %} data-k="{{ kind }}"{% endif %}\
{% if sorted %} aria-sort="{{ sorted }}"{% endif %}>\
<button type="button" disabled>{{ label }}</button></th>
{%- endmacro -%}

{%- macro kind_of(entry) -%}
{{ entry.name }}{% if entry.kind != entry.name %}<small class="l">{{ entry.kind }}</small>{% endif %}
{%- endmacro -%}

{%- macro meter(number, largest) -%}
<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">\
<rect class="track" width="100" height="6"/><rect width="{{ (100 * number / largest) | round(1) if largest else 0 }}" \
height="6"/></svg>
{%- endmacro -%}

{%- macro stacked(entry, largest) -%}
{% set x = namespace(at=0) %}
<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">\
<rect class="track" width="100" height="6"/>\
{% for status in ("error", "terminated", "temperror", "warning") if entry[status] %}
<rect class="k {{ status | code }}" x="{{ x.at | round(2) }}" width="{{ (100 * entry[status] / largest) | round(2) }}" \
height="6"/>{% set x.at = x.at + 100 * entry[status] / largest %}
{% endfor %}
</svg>
{%- endmacro -%}

{%- macro open_table(id, caption, noun, filter=false, options=none, cls="") -%}
{% if filter %}
<div class="controls" role="search" aria-label="{{ caption }}">
<label>Filter <input type="search" data-for="{{ id }}" placeholder="Words to look for" autocomplete="off" \
spellcheck="false"></label>
{% if options %}
<label>{{ options[0] }} <select data-for="{{ id }}"><option value="">All</option>
{% for value, label in options[1] %}
<option value="{{ value }}">{{ label }}</option>
{% endfor %}
</select></label>
{% endif %}
</div>
{% endif %}
<div class="scroll" role="region" aria-labelledby="{{ id }}-caption" tabindex="0">
<table id="{{ id }}" class="{{ cls }}" data-noun="{{ noun }}">
<caption id="{{ id }}-caption">{{ caption }}</caption>
{%- endmacro -%}

{%- macro close_table(id) -%}
</table>
</div>
<div class="more"><p role="status" aria-live="polite" id="{{ id }}-status"></p>\
<span class="controls"><button type="button" data-more="{{ id }}" hidden>Show more</button>\
<button type="button" data-all="{{ id }}" hidden>Show all</button></span></div>
{%- endmacro -%}

{%- macro card(label, number, hint="", tone="") -%}
<div class="card{{ " " ~ tone if tone else "" }}"><dt>{{ label }}</dt><dd>{{ number }}\
{% if hint %}<small>{{ hint }}</small>{% endif %}</dd></div>
{%- endmacro -%}

"""
HEAD = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '{{ script_hash }}'; \
style-src '{{ style_hash }}'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<link rel="icon" href="data:,">
<title>{{ title }}{% if tenant %} – {{ tenant }}{% endif %}</title>
<style>{{ style | safe }}</style>
<script>{{ script | safe }}</script>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header>
<p class="over">SailPoint Identity Security Cloud{% if tenant %} <b>{{ tenant }}</b>{% endif %}</p>
<h1>{{ title }}</h1>
"""
FOOT = """\
</main>
<footer><p>Made by the Ansible collection idops.sailpoint at {{ report.generated | moment }} UTC. This file needs no \
network and sends nothing.</p></footer>
</body>
</html>
"""

TEMPLATE = (
    MACROS
    + HEAD
    + """\
<p class="meta"><time datetime="{{ report.generated }}">{{ report.generated | moment }} UTC</time>
{% if clearing is none or totals.completed %}
<span>Period: the last {{ days }}</span>
{% endif %}
{% if clearing is none %}
<span>{{ totals.tasks | plural("task") }} read</span>
{% endif %}
</p>
{% set reasons = none if clearing is none else clearing.left_out %}
{% set excluded = none if clearing is none else clearing.excluded_by %}
{% if report.tasks or report.settings or reasons or excluded %}
<nav aria-label="Sections" class="screen"><ul>
{% if clearing is not none and clearing["items"] %}
<li><a href="#clearing">Changes</a></li>
{% endif %}
{% if reasons or excluded %}
<li><a href="#left-out">Left out</a></li>
{% endif %}
{% if drawing is not none %}
<li><a href="#timeline">Timeline</a></li>
{% endif %}
{% if shows_pending %}
<li><a href="#pending">{{ "Pending" if clearing is none else "Selection" }}</a></li>
{% endif %}
{% if report.failures.by_source %}
<li><a href="#failures">Failures</a></li>
{% endif %}
{% if report.durations %}
<li><a href="#durations">Durations</a></li>
{% endif %}
{% if report.tasks %}
<li><a href="#tasks">All tasks</a></li>
{% endif %}
{% if report.settings %}
<li><a href="#settings">Settings</a></li>
{% endif %}
</ul></nav>
{% else %}
<hr>
{% endif %}
</header>
<main id="main" tabindex="-1">
{% if report.check_mode %}
<div class="banner" role="note"><b>Check mode.</b> Nothing was changed.\
{% if clearing is not none %} The patches below are predicted, not sent.{% endif %}</div>
{% endif %}
{% if clearing is not none and clearing.stopped and clearing.stopped not in (report.notice or "") %}
<div class="banner alert" role="note"><b>Stopped.</b> {{ clearing.stopped }}</div>
{% endif %}
{% if report.notice %}
<div class="banner alert" role="note"><b>Note.</b> {{ report.notice }}</div>
{% endif %}

<section aria-labelledby="h-numbers">
<h2 id="h-numbers" class="quiet">Headline numbers</h2>
{% if clearing is not none %}
{% set counts = clearing.summary %}
<dl class="cards four">
{{ card("Pending before", counts.pending_before | number) }}
{{ card("Selected", counts.selected | number) }}
{{ card("Would be updated" if report.check_mode else "Updated", counts.updated | number, "", \
"good" if counts.updated else "") }}
{{ card("Pending after", counts.pending_after | number, ("nothing was sent" if counts.pending_after is none \
else "predicted, nothing was sent") if report.check_mode else "") }}
</dl>
<dl class="chips">
{% for outcome, kind in outcomes.items() if outcome != "updated" %}
<div class="{{ outcome | code if counts[outcome] else "zero" }}"><dt>{{ kind.label }}</dt>\
<dd>{{ counts[outcome] | number }}</dd><dd class="hint">{{ kind.meaning }}</dd></div>
{% endfor %}
</dl>
{% else %}
<dl class="cards">
{{ card("Pending now", pending.count | number, "of " ~ (totals.tasks | plural("task"))) }}
{{ card("Oldest pending", pending.oldest_age_seconds | span, "since its launch" if pending.oldest else "") }}
{{ card("Completed", period.completed | number, "in the last " ~ days) }}
{{ card("Failed", period.failed | number, "in the last " ~ days, "bad" if period.failed else "") }}
{{ card("Warnings", period.warnings | number, "in the last " ~ days, "warn" if period.warnings else "") }}
{{ card("Success rate", "–" if period.success_ratio is none else "%.1f %%" | format(100 * period.success_ratio), \
"of those completed") }}
</dl>
{% endif %}
</section>

{% if clearing is not none %}
<section id="clearing" aria-labelledby="h-clearing">
<h2 id="h-clearing">{{ "Selected, nothing sent" if clearing.stopped else "Changes" \
if clearing.summary.selected is none else "Patches predicted" if report.check_mode else "Patches sent" }}</h2>
{% if clearing.observed %}
<p class="empty observed">Watched for {{ clearing.observed["for"] }} before anything was \
{{ "predicted" if report.check_mode else "sent" }}: \
{{ clearing.observed.moved | plural("task") if clearing.observed.moved else "no task" }} moved\
{{ " and was left alone" if clearing.observed.moved == 1 else " and were left alone" if clearing.observed.moved }}.</p>
{% endif %}
{% if clearing["items"] %}
{{ open_table("t-items", "Each selected task, its outcome and its patch", "item", true, \
("Outcome", outcome_options)) }}
<thead><tr>{{ th("Task") }}{{ th("Source") }}{{ th("Age", "n") }}{{ th("Outcome") }}\
{{ th("Patch, before → after") }}{{ th("Problem") }}</tr></thead>
<tbody>
{% for item in clearing["items"] %}
<tr{% if loop.index > 100 %} class="x"{% endif %} data-s="{{ item.outcome }}">\
<th scope="row">{{ item.name or "–" }}<small>{{ item.id or "no id" }}</small></th>\
<td>{{ item.source or "–" }}{% if item.launcher %}<small>started by {{ item.launcher }}</small>{% endif %}</td>\
<td data-v="{{ "" if item.age_seconds is none else item.age_seconds }}">{{ item.age_seconds | span }}</td>\
<td>{{ item.outcome | badge("Would update" if report.check_mode and item.outcome == "updated" \
else outcome_label(item.outcome)) }}{% if item.moved %}<small>moved: {{ item.moved | join(", ") }}</small>\
{% endif %}</td>\
<td class="patch">{{ item.changes | patch }}</td>\
<td>{% if item.error %}{{ item.error.message or "Failed" }}<small>{{ [item.error.status, item.error.detail_code, \
item.error.tracking_id] | select | join(" · ") }}</small>{% else %}–{% endif %}</td></tr>
{% endfor %}
</tbody>
{{ close_table("t-items") }}
{% else %}
<p class="empty">{% if clearing.summary.selected is none %}It is not known which tasks were selected.{% else %}\
{{ "" if clearing.summary.selected else "No task was selected. " }}\
No patch was {{ "predicted" if report.check_mode else "sent" }}.{% endif %}</p>
{% endif %}
</section>
{% endif %}

{% if reasons or excluded %}
<section id="left-out" aria-labelledby="h-left-out">
<h2 id="h-left-out">Left out</h2>
<div class="pair">
{% if reasons %}
<div>
{% set most = reasons.values() | map("default", 0, true) | max %}
<div class="scroll" role="region" aria-labelledby="t-left-out-caption" tabindex="0">
<table><caption id="t-left-out-caption">Pending tasks that were not selected, by the first reason that held</caption>
<thead><tr><th scope="col">Reason</th><th scope="col">Tasks</th>\
<th scope="col"><span class="quiet">Share</span></th></tr></thead>
<tbody>
{% for reason, count in reasons.items() %}
<tr{% if not count %} class="zero"{% endif %}><th scope="row">{{ left_out_labels.get(reason, reason) }}</th>\
<td data-v="">{{ count | number }}</td><td class="share">{{ meter(count or 0, most) }}</td></tr>
{% endfor %}
</tbody></table></div>
</div>
{% endif %}
{% if excluded %}
<div>
{{ open_table("t-excluded", "What was excluded", "exclusion", excluded | length > 8) }}
<thead><tr>{{ th("Pattern or source id") }}{{ th("Pending tasks it matches", "n") }}</tr></thead>
<tbody>
{% for pattern, count in excluded.items() %}
<tr{% if loop.index > 100 %} class="x"{% endif %}><th scope="row"><code>{{ pattern }}</code></th>\
<td data-v="{{ "" if count is none else count }}">\
{% if count == 0 %}{{ "warning" | badge("None") }}<small>it may be misspelt</small>{% else %}{{ count | number }}\
{% endif %}</td></tr>
{% endfor %}
</tbody>
{{ close_table("t-excluded") }}
</div>
{% endif %}
</div>
</section>
{% endif %}

{% if drawing is not none %}
<section id="timeline" aria-labelledby="h-timeline">
<h2 id="h-timeline">Timeline</h2>
<div class="panel">
<div class="figure-head">
<ul class="legend" aria-label="Legend">
{% for status, label in status_labels.items() if drawing.counts[status] %}
<li><svg width="22" height="12" aria-hidden="true" focusable="false"><rect class="k {{ status | code }}" width="22" \
height="12" rx="2"/></svg>{{ label }} <span>{{ drawing.counts[status] | number }}</span></li>
{% endfor %}
</ul>
<div class="controls zoom" role="group" aria-label="Time shown">
<button type="button" data-zoom="0" aria-pressed="true">All</button>
<button type="button" data-zoom="604800" aria-pressed="false">7 days</button>
<button type="button" data-zoom="86400" aria-pressed="false">24 hours</button>
<button type="button" data-zoom="10800" aria-pressed="false">3 hours</button>
</div>
</div>
{% set high = drawing.height %}
<div class="scroll drawing" role="region" aria-label="Drawing of the timeline" tabindex="0">
<svg id="chart" role="img" aria-labelledby="chart-title chart-desc" viewBox="0 0 {{ width }} {{ high + axis + 4 }}" \
data-from="{{ (drawing.start.timestamp() * 1000) | int }}" data-to="{{ (drawing.end.timestamp() * 1000) | int }}" \
data-plot="{{ plot }}">
<title id="chart-title">Timeline of {{ totals.tasks | plural("task") }}</title>
<desc id="chart-desc">A bar per task from launch to completion, or to now while it is pending, grouped by kind of \
task, from {{ drawing.start.isoformat(" ", "minutes")[:16] }} to {{ drawing.end.isoformat(" ", "minutes")[:16] }} UTC: \
{% for status, label in status_labels.items() if drawing.counts[status] %}{{ "" if loop.first else ", " }}\
{{ drawing.counts[status] | number }} {{ label | lower }}{% endfor %}. \
The table of all tasks says the same in text.</desc>
<defs>
{% for status in ("pending", "warning", "error", "terminated", "temperror") %}
{% set c = status | code %}
<pattern id="f-{{ c }}" class="f {{ c }}" width="6" height="6" patternUnits="userSpaceOnUse">\
<rect width="6" height="6"/>\
{% if status == "pending" %}<path d="M0 1.5h3"/>{% endif %}\
{% if status == "warning" %}<path d="M1.5 0v6"/>{% endif %}\
{% if status == "error" %}<path d="M-1 7L7 -1M-1 1L1 -1M5 7L7 5"/>{% endif %}\
{% if status == "terminated" %}<path d="M0 0L6 6M0 6L6 0"/>{% endif %}\
{% if status == "temperror" %}<path d="M-1 -1L7 7M5 -1L7 1M-1 5L1 7"/>{% endif %}</pattern>
{% endfor %}
</defs>
{% for lane in drawing.lanes %}
<g transform="translate(0 {{ lane.top | round(1) }})"><title>{{ lane.name }}: {{ lane.bars | length | plural("task") }}\
</title><rect class="lane{{ " odd" if loop.index is odd else "" }}" width="{{ width }}" \
height="{{ lane.height | round(1) }}"/>\
<text class="label" x="10" y="{{ lane.label_y }}">{{ lane.name | shorten(35) }}</text>\
<text class="n" x="{{ gutter - 12 }}" y="{{ lane.label_y }}">{{ lane.bars | length | number }}</text></g>
{% endfor %}
<g id="ticks" transform="translate({{ gutter }} 0)" data-height="{{ high }}">
{% for x, label, midnight in drawing.ticks %}
<line x1="{{ x }}" x2="{{ x }}" y2="{{ high }}"{% if midnight %} class="day"{% endif %}/>\
<text x="{{ x }}" y="{{ high + 20 }}">{{ label }}</text>
{% endfor %}
</g>
<svg id="bars" class="{{ "thin" if drawing.thin else "" }}" x="{{ gutter }}" width="{{ plot }}" height="{{ high }}">
{% for status, bars in drawing.painted %}
<g class="k {{ status | code }}">
{% for bar in bars %}
<rect x="{{ bar.x | round(2) }}" y="{{ bar.y | round(2) }}" width="{{ bar.width | round(2) }}" \
height="{{ bar.height | round(2) }}"{% if bar.widened %} data-x="{{ bar.left | round(3) }}" \
data-w="{{ bar.natural | round(3) }}"{% endif %}>\
<title>{{ bar.row | tooltip }}</title></rect>
{% endfor %}
</g>
{% endfor %}
</svg>
<line class="now" x1="{{ gutter + plot }}" x2="{{ gutter + plot }}" y2="{{ high + 4 }}"/>
<text class="now" x="{{ gutter + plot }}" y="{{ high + 20 }}">now</text>
</svg>
</div>
<p class="note">Times are UTC.
{% if drawing.cut %} {{ drawing.cut | plural("task") }} began before the time shown; the left edge cuts \
{{ "its bar" if drawing.cut == 1 else "their bars" }}.{% endif %}
{% if drawing.undated %} {{ drawing.undated | plural("task") }} without a date cannot be drawn.{% endif %}
</p>
</div>
</section>
{% endif %}

{% if shows_pending %}
<section id="pending" aria-labelledby="h-pending">
<h2 id="h-pending">{{ "Pending" if clearing is none else "Selected" \
if clearing.summary.selected == pending.count + totals.by_status.completing else "Pending before clearing" }}</h2>
{% if pending.count %}
<div class="pair">
<div>
{% set most = pending.by_kind[0].count %}
{{ open_table("t-kinds", "By kind", "kind", pending.by_kind | length > 8) }}
<thead><tr>{{ th("Kind") }}{{ th("Pending", "n", "descending") }}\
<th scope="col"><span class="quiet">Share</span></th>\
{{ th("Oldest", "n") }}</tr></thead>
<tbody>
{% for entry in pending.by_kind %}
<tr{% if loop.index > 100 %} class="x"{% endif %}><th scope="row">{{ kind_of(entry) }}</th>\
<td data-v="{{ entry.count }}">{{ entry.count | number }}</td><td class="share">{{ meter(entry.count, most) }}</td>\
<td data-v="{{ "" if entry.oldest_age_seconds is none else entry.oldest_age_seconds }}">\
{{ entry.oldest_age_seconds | span }}</td></tr>
{% endfor %}
</tbody>
{{ close_table("t-kinds") }}
</div>
<div>
{% set most = pending.by_age | map(attribute="count") | max %}
<div class="scroll" role="region" aria-labelledby="t-ages-caption" tabindex="0">
<table><caption id="t-ages-caption">By age</caption>
<thead><tr><th scope="col">Age since launch</th><th scope="col">Pending</th>\
<th scope="col"><span class="quiet">Share</span></th></tr></thead>
<tbody>
{% for entry in pending.by_age %}
<tr{% if not entry.count %} class="zero"{% endif %}><th scope="row">{{ entry.label }}</th>\
<td data-v="">{{ entry.count | number }}</td><td class="share">{{ meter(entry.count, most) }}</td></tr>
{% endfor %}
</tbody></table></div>
</div>
</div>
{% if pending.oldest %}
{{ open_table("t-oldest", "Oldest first" ~ (", the first " ~ pending.oldest | length if pending.count > \
pending.oldest | length else ""), "task") }}
<thead><tr>{{ th("Task") }}{{ th("Source") }}{{ th("Started by") }}{{ th("Launched (UTC)", "t") }}\
{{ th("Age", "n", "descending") }}</tr></thead>
<tbody>
{% for row in pending.oldest %}
<tr><th scope="row">{{ row.name }}<small>{{ row.id or "no id" }}</small></th>\
<td>{{ row.source or "–" }}</td>\
<td>{{ row.launcher or "–" }}</td><td data-v="{{ row.start | epoch }}">{{ row.start | moment }}</td>\
<td data-v="{{ row.age_seconds }}">{{ row.age_seconds | span }}</td></tr>
{% endfor %}
</tbody>
{{ close_table("t-oldest") }}
{% endif %}
{% else %}
<div class="empty big"><svg viewBox="0 0 48 48" width="48" height="48" aria-hidden="true" focusable="false">\
<circle cx="24" cy="24" r="21"/><path d="M15 24.5l6.2 6.2L33.5 18"/></svg>
<p><b>No pending tasks</b></p>
<p>{{ "There is no task to show." if not report.tasks else \
"None of the " ~ (totals.tasks | plural("task")) ~ " that were read is pending." if totals.tasks > 1 else \
"The one task that was read is not pending." }}</p></div>
{% endif %}
</section>
{% endif %}

{% if report.failures.by_source %}
<section id="failures" aria-labelledby="h-failures">
<h2 id="h-failures">Failures and warnings</h2>
{% set most = report.failures.by_source[0].total %}
{{ open_table("t-failures", "By source, in the last " ~ days, "source", report.failures.by_source | length > 8) }}
<thead><tr>{{ th("Source") }}{{ th("Total", "n", "descending") }}<th scope="col"><span class="quiet">Share</span></th>\
{{ th("Errors", "n") }}{{ th("Terminated", "n") }}{{ th("Temporary", "n") }}{{ th("Warnings", "n") }}\
{{ th("Last (UTC)", "t") }}{{ th("Last message") }}</tr></thead>
<tbody>
{% for entry in report.failures.by_source %}
<tr{% if loop.index > 100 %} class="x"{% endif %}><th scope="row">{{ entry.source }}</th>\
<td data-v="{{ entry.total }}"><b>{{ entry.total | number }}</b></td>\
<td class="share stack">{{ stacked(entry, most) }}</td>\
{% for status in ("error", "terminated", "temperror", "warning") %}<td data-v="{{ entry[status] }}"\
{% if not entry[status] %} class="nil"{% endif %}>{{ entry[status] | number }}</td>{% endfor %}\
<td data-v="{{ entry.last | epoch }}">{{ entry.last | moment }}</td>\
<td class="text">{{ (entry.last_message or "–") | shorten(240) }}</td></tr>
{% endfor %}
</tbody>
{{ close_table("t-failures") }}
</section>
{% elif totals.completed %}
<section id="failures" aria-labelledby="h-failures">
<h2 id="h-failures">Failures and warnings</h2>
<p class="empty">No failures and no warnings in the last {{ days }}.</p>
</section>
{% endif %}

{% if report.durations %}
<section id="durations" aria-labelledby="h-durations">
<h2 id="h-durations">Durations</h2>
{{ open_table("t-durations", "Completed tasks, from launch to completion", "kind", report.durations | length > 8) }}
<thead><tr>{{ th("Kind") }}{{ th("Tasks", "n", "descending") }}{{ th("Median", "n") }}\
{{ th("95 in 100 within", "n") }}{{ th("Longest", "n") }}</tr></thead>
<tbody>
{% for entry in report.durations %}
<tr{% if loop.index > 100 %} class="x"{% endif %}><th scope="row">{{ kind_of(entry) }}</th>\
<td data-v="{{ entry.count }}">{{ entry.count | number }}</td>\
{% for key in ("median_seconds", "p95_seconds", "max_seconds") %}\
<td data-v="{{ entry[key] }}">{{ entry[key] | span }}</td>{% endfor %}</tr>
{% endfor %}
</tbody>
{{ close_table("t-durations") }}
</section>
{% endif %}

{% if report.tasks %}
<section id="tasks" aria-labelledby="h-tasks">
<h2 id="h-tasks">All tasks</h2>
{{ open_table("t-tasks", totals.tasks | plural("task") ~ (", as read before clearing" if clearing is not none else "") \
~ ". Times are UTC; what is pending has lasted until now.", "task", true, ("Status", status_options)) }}
<thead><tr>{{ th("Task") }}{{ th("Source") }}{{ th("Started by") }}{{ th("Status") }}{{ th("Launched", "t") }}\
{{ th("Completed", "t") }}{{ th("Lasted", "n") }}{{ th("Message") }}</tr></thead>
<tbody>
{% for row in report.tasks %}
{% set seconds = row.age_seconds if row.status == "pending" else row.duration_seconds %}
<tr{% if loop.index > 100 %} class="x"{% endif %} data-s="{{ row.status }}">\
<th scope="row">{{ row.name }}<small>{{ row.id or "no id" }}</small></th><td>{{ row.source or "–" }}</td>\
<td>{{ row.launcher or "–" }}</td><td>{{ row.status | badge(row.completion_status or "Completed" \
if row.status == "other" else status_labels[row.status]) }}</td>\
<td data-v="{{ row.start | epoch }}">{{ row.start | moment }}</td>\
<td data-v="{{ row.completed | epoch }}">{{ row.completed | moment }}</td>\
<td data-v="{{ "" if seconds is none else seconds }}">{{ seconds | span }}</td>\
<td class="text">{{ (row.message or (row.progress if row.status == "pending" else none) or "–") | shorten(240) }}</td>\
</tr>
{% endfor %}
</tbody>
{{ close_table("t-tasks") }}
{% if totals.unreadable %}
<p class="note">{{ totals.unreadable | plural("record") }} could not be read as a task.</p>
{% endif %}
</section>
{% endif %}

{% if report.settings %}
<section id="settings" aria-labelledby="h-settings">
<h2 id="h-settings">Settings</h2>
<dl class="settings panel">
{% for name, value in report.settings.items() %}
<div><dt>{{ name }}</dt><dd>{{ value | setting }}</dd></div>
{% endfor %}
</dl>
</section>
{% endif %}
"""
    + FOOT
)
