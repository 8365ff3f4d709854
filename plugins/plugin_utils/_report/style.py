# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The style sheet of the HTML report.

One-letter classes: ``p`` pending, ``c`` being completed, ``s`` success, ``w`` warning, ``e`` error, ``t`` terminated,
``r`` temporary error, ``o`` other; ``b`` a badge, ``k`` a mark of a drawing, ``f`` its pattern, ``x`` a row beyond
those shown at first.
"""

from __future__ import annotations

STYLE = """
:root {
  --bg: #f5f6f8; --panel: #fff; --sunk: #f9fafb; --ink: #18202b; --soft: #566172; --line: #e1e5eb; --rule: #c9d0d9;
  --accent: #2f57c8; --focus: #2f57c8; --shadow: 0 1px 2px rgba(20, 30, 50, .05), 0 4px 16px rgba(20, 30, 50, .04);
  --p: #3f6fd8; --s: #2f9169; --w: #c98a0c; --e: #cf3f3f; --t: #7d4fc4; --r: #d0682a; --c: #1f8a9c; --o: #748094;
  --p-ink: #274fae; --s-ink: #1d6a4a; --w-ink: #805400; --e-ink: #a82626; --t-ink: #5f35a3; --r-ink: #94430f;
  --c-ink: #125f6c; --o-ink: #4b5667; --p-bg: #e9effc; --s-bg: #e5f4ed; --w-bg: #fcf1d8; --e-bg: #fce8e8;
  --t-bg: #f0e9fa; --r-bg: #fdeadd; --c-bg: #e0f2f5; --o-bg: #eceff3;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --bg: #0e1217; --panel: #161b22; --sunk: #1a2029; --ink: #e4e9f0; --soft: #9aa6b6; --line: #262e39; --rule: #3b4654;
    --accent: #8fabff; --focus: #8fabff; --shadow: none;
    --p: #6a93f2; --s: #45ad83; --w: #dba637; --e: #ea6a6a; --t: #a583e6; --r: #e88a51; --c: #45b0c0; --o: #8692a5;
    --p-ink: #a9c2ff; --s-ink: #84d8b4; --w-ink: #f0c773; --e-ink: #ffa3a3; --t-ink: #cdb6fa; --r-ink: #f9b78f;
    --c-ink: #8fdae6; --o-ink: #b8c2d0; --p-bg: #1b2a4b; --s-bg: #14352a; --w-bg: #3a2d10; --e-bg: #431f22;
    --t-bg: #2f2349; --r-bg: #43281a; --c-bg: #12363e; --o-bg: #262e39;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 16px; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--bg); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif;
}
header, main, footer { max-width: 1224px; margin: 0 auto; padding: 0 32px; }
header { padding-top: 40px; }
main { outline: none; }
a { color: var(--accent); text-underline-offset: 3px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -999px; top: 8px; padding: 8px 14px; background: var(--panel); z-index: 9; }
.skip:focus { left: 8px; }
.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.over { margin: 0; color: var(--soft); font-size: 13px; letter-spacing: .01em; overflow-wrap: anywhere; }
.over b { color: var(--ink); font-weight: 600; }
.over b::before { content: "/"; color: var(--rule); font-weight: 400; margin: 0 8px 0 4px; }
h1 { margin: 4px 0 6px; font-size: 30px; line-height: 1.2; font-weight: 650; letter-spacing: -.018em;
  overflow-wrap: anywhere; }
h2 { margin: 44px 0 14px; font-size: 19px; line-height: 1.3; font-weight: 620; letter-spacing: -.008em; }
h2.quiet { margin: 0; }
.meta { margin: 0; color: var(--soft); font-size: 13.5px; }
.meta > * + *::before { content: "·"; margin: 0 8px; color: var(--rule); }
nav ul { display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 22px 0 0; padding: 0 0 12px; list-style: none;
  border-bottom: 1px solid var(--line); font-size: 14px; }
nav a { text-decoration: none; color: var(--soft); padding: 4px 0; }
nav a:hover { color: var(--accent); text-decoration: underline; }
.banner { margin: 24px 0 0; padding: 12px 16px; border-radius: 8px; background: var(--p-bg); color: var(--p-ink);
  border-left: 4px solid var(--p); overflow-wrap: anywhere; }
.banner.alert { background: var(--w-bg); color: var(--w-ink); border-color: var(--w); }

/* Headline numbers */
.cards { display: grid; grid-template-columns: repeat(6, 1fr); gap: 12px; margin: 24px 0 0; }
.cards.four { grid-template-columns: repeat(4, 1fr); }
.card { display: flex; flex-direction: column; padding: 16px 18px 14px; background: var(--panel); border-radius: 10px;
  border: 1px solid var(--line); box-shadow: var(--shadow); min-width: 0; }
.card dt { color: var(--soft); font-size: 13px; }
.card dd { margin: 2px 0 0; font-size: 27px; line-height: 1.25; font-weight: 620; letter-spacing: -.02em;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
.cards.four dd { font-size: 34px; }
.card small { display: block; min-height: 18px; font-size: 12.5px; font-weight: 400; letter-spacing: 0;
  color: var(--soft); white-space: normal; }
.card.good dd { color: var(--s-ink); }
.card.bad dd { color: var(--e-ink); }
.card.warn dd { color: var(--w-ink); }
.card.good small, .card.bad small, .card.warn small { color: var(--soft); }
.chips { display: flex; flex-wrap: wrap; gap: 8px; margin: 12px 0 0; font-size: 13.5px; }
.chips div { display: flex; align-items: baseline; gap: 7px; padding: 5px 13px; border-radius: 999px;
  background: var(--bg); border: 1px solid var(--line); }
.chips dd { margin: 0; font-weight: 620; font-variant-numeric: tabular-nums; }
.chips .hint { font-weight: 400; color: var(--soft); font-size: 12.5px; }
.chips .zero { color: var(--soft); background: none; }
.chips .zero dd { font-weight: 400; }
.chips .zero .hint { display: none; }
.chips .e { background: var(--e-bg); color: var(--e-ink); border-color: transparent; }
.chips .w { background: var(--w-bg); color: var(--w-ink); border-color: transparent; }
.chips .p { background: var(--p-bg); color: var(--p-ink); border-color: transparent; }
.chips .c { background: var(--c-bg); color: var(--c-ink); border-color: transparent; }
.chips .o { background: var(--o-bg); color: var(--o-ink); border-color: transparent; }
.chips div:not(.zero) .hint { color: inherit; }

/* Panels and tables */
.panel, .scroll { background: var(--panel); border: 1px solid var(--line); border-radius: 10px;
  box-shadow: var(--shadow); }
.scroll { position: relative; overflow-x: auto; }
.panel .scroll { border: 0; border-radius: 0; box-shadow: none; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0 16px; align-items: start; }
.pair > div { min-width: 0; }
.pair + .scroll { margin-top: 16px; }
table { width: 100%; border-collapse: collapse; font-size: 14px; line-height: 1.42; }
caption { padding: 13px 16px 11px; text-align: left; font-size: 13.5px; font-weight: 600; }
th, td { padding: 8px 16px; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
thead th { padding-top: 0; padding-bottom: 0; height: 34px; vertical-align: middle; color: var(--soft);
  background: var(--sunk); font-size: 12.5px; font-weight: 500; border: solid var(--line); border-width: 1px 0;
  white-space: nowrap; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tbody tr:hover > * { background: var(--sunk); }
tbody th { font-weight: 550; }
td[data-v] { white-space: nowrap; font-variant-numeric: tabular-nums; }
th small, td small { display: block; font-size: 12px; font-weight: 400; color: var(--soft); }
th small { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: 11.5px; }
th button { all: unset; box-sizing: border-box; display: inline-flex; align-items: center; height: 34px; color: inherit;
  font: inherit; }
.js th button { cursor: pointer; }
.js th button:hover { color: var(--ink); }
.js th button:focus-visible { outline: 2px solid var(--focus); outline-offset: 1px; border-radius: 4px; }
.js th button::after { content: ""; width: 14px; text-align: right; opacity: .5; font-size: 11px; }
.js th button:hover::after { content: "↕"; content: "↕" / ""; }
th[aria-sort] { color: var(--ink); font-weight: 600; }
.js th[aria-sort] button::after, .js th[aria-sort] button:hover::after { content: "↑"; content: "↑" / ""; opacity: 1; }
.js th[aria-sort="descending"] button::after, .js th[aria-sort="descending"] button:hover::after { content: "↓";
  content: "↓" / ""; }
.js tr.x { display: none; }
tr.zero, td.nil { color: var(--soft); }
tr.zero th { font-weight: 400; }
td.share { width: 26%; min-width: 90px; padding-left: 0; padding-top: 14px; }
#t-failures td.share { width: 11%; }
#t-failures td.text { width: 27%; }
.meter { display: block; width: 100%; height: 8px; border-radius: 4px; }
.meter rect { fill: var(--p); }
.meter .track { fill: var(--line); }
#t-tasks, #t-items { min-width: 1000px; table-layout: fixed; }
#t-tasks, #t-items { font-size: 13.5px; }
#t-tasks th, #t-tasks td, #t-items th, #t-items td { padding-left: 8px; padding-right: 8px; }
#t-tasks th:first-child, #t-items th:first-child { width: 22.5%; padding-left: 16px; }
#t-tasks th:nth-child(2) { width: 12.5%; } #t-tasks th:nth-child(3) { width: 9%; }
#t-tasks th:nth-child(4) { width: 11.5%; } #t-tasks th:nth-child(5), #t-tasks th:nth-child(6) { width: 12%; }
#t-tasks th:nth-child(7) { width: 8.5%; }
#t-items th:nth-child(2) { width: 14.5%; }
#t-items th:nth-child(3) { width: 8.5%; }
#t-items th:nth-child(4) { width: 13%; } #t-items th:nth-child(6) { width: 12%; }
#t-tenants { min-width: 860px; }
#t-tenants th, #t-tenants td { padding-left: 10px; padding-right: 10px; }
#t-tenants th:first-child { min-width: 150px; padding-left: 16px; } #t-tenants td.text { width: 34%; min-width: 260px; }
#t-tenants .b { white-space: nowrap; }
#t-failures th:first-child { min-width: 150px; } #t-kinds th:first-child { min-width: 240px; width: 50%; }
#t-kinds td.share { width: 18%; min-width: 50px; }
#t-oldest { min-width: 800px; }
#t-oldest th:first-child { min-width: 280px; }
td.text { min-width: 160px; font-size: 13px; color: var(--soft); }
.patch { font-size: 13px; }
.patch div + div { margin-top: 2px; }
code, del, ins { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: 12px; text-decoration: none; border-radius: 4px; }
del, ins { display: inline-block; max-width: 100%; padding: 0 5px; }
del { background: var(--o-bg); color: var(--o-ink); }
ins { background: var(--s-bg); color: var(--s-ink); }
.b { display: inline-flex; align-items: center; max-width: 100%; padding: 0 9px 0 7px; border-radius: 999px;
  font-size: 12.5px; line-height: 21px; font-weight: 550; background: var(--o-bg); color: var(--o-ink); }
.b::before { content: "·"; content: "·" / ""; width: 13px; margin-right: 3px; text-align: center; font-weight: 700; }
.b.p { background: var(--p-bg); color: var(--p-ink); } .b.p::before { content: "…"; content: "…" / ""; }
.b.s { background: var(--s-bg); color: var(--s-ink); } .b.s::before { content: "✓"; content: "✓" / ""; }
.b.w { background: var(--w-bg); color: var(--w-ink); } .b.w::before { content: "!"; content: "!" / ""; }
.b.e { background: var(--e-bg); color: var(--e-ink); } .b.e::before { content: "×"; content: "×" / ""; }
.b.t { background: var(--t-bg); color: var(--t-ink); } .b.t::before { content: "■"; content: "■" / ""; font-size: 9px; }
.b.r { background: var(--r-bg); color: var(--r-ink); } .b.r::before { content: "↻"; content: "↻" / ""; }
.b.c { background: var(--c-bg); color: var(--c-ink); } .b.c::before { content: "→"; content: "→" / ""; }
.empty { margin: 0; padding: 18px; color: var(--soft); background: var(--panel); border: 1px solid var(--line);
  border-radius: 10px; }
.empty.observed { margin-bottom: 12px; }
.empty.big { padding: 44px 18px 40px; text-align: center; }
.empty.big p { margin: 4px 0 0; } .empty.big b { color: var(--ink); font-size: 18px; font-weight: 620; }
.empty svg { fill: none; stroke: var(--s); stroke-width: 2.5; stroke-linecap: round; stroke-linejoin: round;
  margin-bottom: 6px; }
.empty circle { fill: var(--s-bg); stroke: none; }

/* Controls, which need the script */
.controls { display: none; }
.js .controls { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; }
.controls[role="search"] { margin: 0 0 12px; }
.controls label { display: inline-flex; align-items: center; gap: 8px; font-size: 13.5px; color: var(--soft); }
input, select, .controls button { font: inherit; font-size: 14px; color: var(--ink); background: var(--panel);
  border: 1px solid var(--rule); border-radius: 7px; height: 36px; padding: 0 11px; max-width: 100%; }
input { width: 270px; }
::placeholder { color: var(--soft); opacity: 1; }
.controls button { cursor: pointer; height: 32px; font-size: 13.5px; }
.controls button:hover { border-color: var(--accent); color: var(--accent); }
.controls button[hidden] { display: none; }
.more { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px; min-height: 32px;
  margin: 10px 2px 18px; }
.more p { margin: 0; font-size: 13px; color: var(--soft); }
.zoom[role="group"] { gap: 0; }
.zoom button { border-radius: 0; margin-left: -1px; height: 30px; font-size: 13px; }
.zoom button:first-child { border-radius: 7px 0 0 7px; }
.zoom button:last-child { border-radius: 0 7px 7px 0; }
.zoom button[aria-pressed="true"] { background: var(--p-bg); color: var(--p-ink); border-color: var(--p);
  position: relative; }

/* Timeline */
.figure-head { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 10px 24px;
  padding: 14px 16px; min-height: 59px; border-bottom: 1px solid var(--line); }
.legend { display: flex; flex-wrap: wrap; gap: 6px 16px; margin: 0; padding: 0; list-style: none; font-size: 13px; }
.legend li { display: flex; align-items: center; gap: 7px; }
.legend span { color: var(--soft); font-variant-numeric: tabular-nums; }
.drawing svg#chart { display: block; width: 100%; min-width: 760px; height: auto; }
#chart text { font-size: 12.5px; fill: var(--soft); }
#chart .label { fill: var(--ink); }
#chart .n { text-anchor: end; font-variant-numeric: tabular-nums; }
#chart .lane { fill: transparent; } #chart .lane.odd { fill: var(--sunk); }
#ticks text { text-anchor: middle; }
#ticks line { stroke: var(--line); } #ticks line.day { stroke: var(--rule); stroke-dasharray: 2 3; }
line.now { stroke: var(--ink); stroke-width: 1.25; }
#chart text.now { text-anchor: end; fill: var(--ink); font-weight: 600; }
hr { margin: 24px 0 0; border: 0; border-top: 1px solid var(--line); }
.k { fill: var(--o); } .k.s { fill: var(--s); } .k.c { fill: var(--c); } .k.p { fill: url(#f-p); }
.k.w { fill: url(#f-w); } .k.e { fill: url(#f-e); } .k.t { fill: url(#f-t); } .k.r { fill: url(#f-r); }
.thin .k.p { fill: var(--p); } .thin .k.w { fill: var(--w); } .thin .k.e { fill: var(--e); }
.thin .k.t { fill: var(--t); } .thin .k.r { fill: var(--r); }
.meter .k.e { fill: var(--e); } .meter .k.t { fill: var(--t); } .meter .k.r { fill: var(--r); }
.meter .k.w { fill: var(--w); }
.f path { stroke: #fff; stroke-opacity: .42; stroke-width: 1.3; fill: none; }
.f.p rect { fill: var(--p); } .f.w rect { fill: var(--w); } .f.e rect { fill: var(--e); }
.f.t rect { fill: var(--t); } .f.r rect { fill: var(--r); }
#bars rect:hover { stroke: var(--ink); stroke-width: 1.5; }
.note { margin: 10px 2px 0; font-size: 13px; color: var(--soft); }
.panel .note { margin: 0; padding: 10px 16px 12px; border-top: 1px solid var(--line); }
.settings { margin: 0; padding: 4px 16px; columns: 2; column-gap: 40px; font-size: 14px; }
.settings div { display: flex; justify-content: space-between; gap: 20px; padding: 7px 0; break-inside: avoid;
  border-bottom: 1px solid var(--line); }
.settings dt { color: var(--soft); overflow-wrap: anywhere; }
.settings dd { margin: 0; text-align: right; overflow-wrap: anywhere; min-width: 0; }
footer { padding-top: 40px; padding-bottom: 48px; color: var(--soft); font-size: 13px; }

@media (max-width: 900px) {
  header, main, footer { padding-left: 16px; padding-right: 16px; }
  header { padding-top: 24px; }
  h1 { font-size: 25px; }
  .cards { grid-template-columns: repeat(3, 1fr); }
  .cards.four { grid-template-columns: repeat(2, 1fr); }
  .pair { grid-template-columns: 1fr; }
  .settings { columns: 1; }
}
@media (max-width: 520px) {
  .cards { grid-template-columns: repeat(2, 1fr); }
  .controls label, .controls input { width: 100%; }
}
@media (forced-colors: active) { #chart, .meter { forced-color-adjust: none; } .b { border: 1px solid; } }
@media print {
  @page { size: landscape; margin: 12mm; }
  :root { --bg: #fff; --shadow: none; }
  body { font-size: 11px; }
  header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  header { padding-top: 0; }
  h1 { font-size: 22px; } h2 { font-size: 15px; margin: 22px 0 8px; }
  .over, .meta, .note, .legend { font-size: 10.5px; }
  .screen, .skip, .js .controls, .more, .controls { display: none; }
  .js tr.x { display: table-row; }
  .scroll, .panel, .card { overflow: visible; border-color: #c4c9d0; }
  .cards { grid-template-columns: repeat(6, 1fr); margin-top: 14px; }
  .cards.four { grid-template-columns: repeat(4, 1fr); }
  .card { padding: 8px 12px; } .card dd, .cards.four dd { font-size: 20px; }
  .card dt, .card small, .chips, .chips .hint { font-size: 10px; }
  .chips div { padding: 2px 9px; }
  .banner { padding: 8px 12px; margin-top: 14px; }
  .pair { grid-template-columns: 1fr 1fr; margin-bottom: 14px; }
  .figure-head { padding: 8px 12px; min-height: 0; }
  table, #t-tasks, #t-items { font-size: 9.5px; line-height: 1.3; }
  #t-tasks, #t-items, #t-tenants { min-width: 0; }
  caption { padding: 7px 8px; font-size: 10.5px; }
  th, td { padding: 3px 8px; }
  thead th { height: 20px; font-size: 9.5px; }
  /* Buttons are not painted in the head that is repeated on each page. */
  th button { display: none; }
  th[data-l]::before { content: attr(data-l); }
  th small, td small, td.text, .patch { font-size: 8.5px; }
  code, del, ins { font-size: 8.5px; padding: 0 3px; }
  .b { font-size: 9px; line-height: 14px; padding: 0 6px 0 4px; }
  td.share { padding-top: 5px; } .meter { height: 5px; }
  .settings { font-size: 10px; } .settings div { padding: 3px 0; }
  thead { display: table-header-group; }
  tr, .card, .figure-head, .chips div { break-inside: avoid; }
  h2, caption { break-after: avoid; }
  #timeline { break-inside: avoid; }
  .drawing svg#chart { min-width: 0; max-height: 15cm; }
  .empty.big { padding: 20px; }
  footer { padding: 16px 0 0; font-size: 9.5px; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
