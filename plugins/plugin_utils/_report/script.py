# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script of the HTML report, which sorts, filters and zooms what the page already holds.

It writes text only (``textContent``), never markup, and asks no other file for anything.
"""

from __future__ import annotations

SCRIPT = r"""
(function () {
  'use strict';
  document.documentElement.className = 'js';
  var STEP = 100;
  var SVG = 'http://www.w3.org/2000/svg';
  var collator = new Intl.Collator('en', {numeric: true, sensitivity: 'base'});

  function number(value) { return value.toLocaleString('en'); }

  function all(selector, inside) {
    return Array.prototype.slice.call((inside || document).querySelectorAll(selector));
  }

  function table(element) {
    var body = element.tBodies[0];
    var rows = Array.prototype.slice.call(body.rows);
    var heads = all('thead th', element);
    var status = document.getElementById(element.id + '-status');
    var more = document.querySelector('[data-more="' + element.id + '"]');
    var every = document.querySelector('[data-all="' + element.id + '"]');
    var search = document.querySelector('input[data-for="' + element.id + '"]');
    var choice = document.querySelector('select[data-for="' + element.id + '"]');
    var noun = element.dataset.noun;
    var texts = null, words = [], limit = STEP, order = '';

    function matches(row, index) {
      if (choice && choice.value && row.dataset.s !== choice.value) { return false; }
      return words.every(function (word) { return texts[index].indexOf(word) >= 0; });
    }

    function show() {
      words = search ? search.value.toLowerCase().split(/\s+/).filter(Boolean) : [];
      if (words.length && !texts) {
        texts = rows.map(function (row) {
          return Array.prototype.map.call(row.cells, function (cell) { return cell.textContent; })
            .join('\n').toLowerCase();
        });
      }
      var found = 0, shown = 0;
      rows.forEach(function (row, index) {
        var match = matches(row, index);
        var visible = match && found < limit;
        found += match ? 1 : 0;
        shown += visible ? 1 : 0;
        if (row.classList.contains('x') === visible) { row.classList.toggle('x', !visible); }
      });
      var left = found - shown;
      more.hidden = every.hidden = !left;
      more.textContent = 'Show ' + number(Math.min(STEP, left)) + ' more';
      every.textContent = 'Show all ' + number(found);
      var filtered = words.length || (choice && choice.value);
      var text = 'Showing ' + (left ? number(shown) + ' of ' : '') + number(found) + (filtered ? ' matching ' : ' ') +
        noun + (found === 1 ? '' : 's') + (filtered ? ' (' + number(rows.length) + ' in all)' : '');
      if (!found) { text = 'No ' + noun + ' matches (' + number(rows.length) + ' in all)'; }
      status.textContent = text + (order ? ', ' + order : '') + '.';
    }

    function sort(column, button) {
      var head = heads[column];
      var down = head.getAttribute('aria-sort') === 'ascending';
      var kind = head.dataset.k;
      var keyed = rows.map(function (row) {
        var cell = row.cells[column];
        var key = kind ? cell.dataset.v : cell.textContent;
        return {row: row, none: key === '' || key === '–', key: kind === 'n' ? Number(key) : key};
      });
      keyed.sort(function (a, b) {
        if (a.none || b.none) { return a.none - b.none; }
        var result = kind ? (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) : collator.compare(a.key, b.key);
        return down ? -result : result;
      });
      rows = keyed.map(function (entry) { return entry.row; });
      texts = null;
      heads.forEach(function (other) { other.removeAttribute('aria-sort'); });
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      order = 'sorted by ' + button.textContent + ', ' + (down ? 'descending' : 'ascending');
      var fragment = document.createDocumentFragment();
      rows.forEach(function (row) { fragment.appendChild(row); });
      body.appendChild(fragment);
      show();
    }

    // LONG_NAMES_OF_KINDS may break after an underscore.
    all('.l', body).forEach(function (cell) {
      var text = cell.firstChild;
      for (var at = text.data.indexOf('_'); at >= 0 && at < text.length - 1; at = text.data.indexOf('_')) {
        text = text.splitText(at + 1);
        cell.insertBefore(document.createElement('wbr'), text);
      }
    });

    heads.forEach(function (head, column) {
      var button = head.querySelector('button');
      if (!button) { return; }
      button.disabled = false;
      button.addEventListener('click', function () { sort(column, button); });
    });
    function filter() { limit = STEP; show(); }
    if (search) { search.addEventListener('input', filter); }
    if (choice) { choice.addEventListener('change', filter); }
    more.addEventListener('click', function () { limit += STEP; show(); });
    every.addEventListener('click', function () { limit = Infinity; show(); });
    show();
  }

  var STEPS = [60, 300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000, 7776000,
    31536000];
  var MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

  function timeline(chart) {
    var from = Number(chart.dataset.from), to = Number(chart.dataset.to), plot = Number(chart.dataset.plot);
    var whole = (to - from) / 1000;
    var group = document.getElementById('ticks');
    var height = Number(group.dataset.height);
    var first = Array.prototype.slice.call(group.childNodes);
    var bars = null;

    function tick(x, label, day) {
      var line = document.createElementNS(SVG, 'line');
      line.setAttribute('x1', x);
      line.setAttribute('x2', x);
      line.setAttribute('y2', height);
      if (day) { line.setAttribute('class', 'day'); }
      var text = document.createElementNS(SVG, 'text');
      text.setAttribute('x', x);
      text.setAttribute('y', height + 20);
      text.textContent = label;
      group.appendChild(line);
      group.appendChild(text);
    }

    function axis(seconds) {
      while (group.firstChild) { group.removeChild(group.firstChild); }
      if (seconds === whole) { first.forEach(function (node) { group.appendChild(node); }); return; }
      var step = STEPS.filter(function (size) { return seconds / size <= 9; })[0] || STEPS[STEPS.length - 1];
      var start = to - seconds * 1000;
      for (var at = Math.ceil(start / (step * 1000)) * step * 1000; at <= to; at += step * 1000) {
        var x = (at - start) / 1000 / seconds * plot;
        var moment = new Date(at);
        var day = moment.getUTCHours() === 0 && moment.getUTCMinutes() === 0;
        var label = day ? moment.getUTCDate() + ' ' + MONTHS[moment.getUTCMonth()] :
          ('0' + moment.getUTCHours()).slice(-2) + ':' + ('0' + moment.getUTCMinutes()).slice(-2);
        if (x >= 12 && x <= plot - 62) { tick(x.toFixed(1), label, day); }
      }
    }

    function zoom(seconds) {
      if (!bars) {
        bars = all('#bars rect').map(function (bar) {
          var x = bar.dataset.x || bar.getAttribute('x'), width = bar.dataset.w || bar.getAttribute('width');
          return {bar: bar, x: Number(x), width: Number(width)};
        });
      }
      var factor = whole / seconds;
      bars.forEach(function (entry) {
        var width = Math.max(entry.width * factor, 3);
        var x = Math.min((entry.x - plot) * factor + plot, plot - width);
        // Browsers draw numbers of this size exactly; without a bound a month shown by the hour would leave them.
        var left = Math.max(x, -100);
        entry.bar.setAttribute('x', left.toFixed(2));
        entry.bar.setAttribute('width', Math.max(x + width - left, 0).toFixed(2));
      });
      axis(seconds);
    }

    var buttons = all('[data-zoom]');
    buttons.forEach(function (button) {
      var seconds = Number(button.dataset.zoom);
      button.hidden = seconds >= whole * .98;
      button.addEventListener('click', function () {
        buttons.forEach(function (other) { other.setAttribute('aria-pressed', String(other === button)); });
        zoom(seconds || whole);
      });
    });
    if (buttons.every(function (button) { return button.hidden || button.dataset.zoom === '0'; })) {
      buttons[0].hidden = true;
    }
  }

  document.addEventListener('DOMContentLoaded', function () {
    all('table[id]').forEach(table);
    var chart = document.getElementById('chart');
    if (chart) { timeline(chart); }
  });
}());
"""
