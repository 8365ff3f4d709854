# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes the pictures of the documentation anew, from playbooks that run against a simulated tenant, in Chromium.

    python tests/screenshots/run.py docs/images

report-light.png, report-dark.png: the report of a dry run of role clear_pending_tasks
progress.png: the progress lines of an update that takes a while
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from playwright.sync_api import Browser, sync_playwright  # noqa: E402
from simulator.server import Simulator, running  # noqa: E402
from tools import collection  # noqa: E402

WIDTH = 1200
_COLOURS = {"31": "#f66", "32": "#7c7", "33": "#cc6", "35": "#d7d", "36": "#6cc", "94": "#88f", "90": "#999"}
_TERMINAL = """<!doctype html><meta charset="utf-8"><title>terminal</title>
<style>body {{ background: #1c1f24; color: #ddd; margin: 0; padding: 18px 22px; width: 1110px }}
pre {{ font: 15px/1.45 monospace; margin: 0; white-space: pre-wrap }}</style><pre>{text}</pre>"""


def play(tenant: Simulator, folder: Path, playbook: str, *arguments: str) -> str:
    """Runs a playbook as on a terminal with colours; returns what it shows."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "SAIL_"))}
    environment = {
        **inherited,
        **tenant.environment,
        "ANSIBLE_COLLECTIONS_PATH": str(folder),
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_FORCE_COLOR": "true",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "COLUMNS": "100",
        "SAIL_API_VERSION": "v1",  # others warn that they are deprecated
    }
    command = ["ansible-playbook", playbook, *arguments]
    # Lines of progress go to standard error.
    done = subprocess.run(
        command, check=True, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.stdout


def report(tenant: Simulator, folder: Path) -> Path:
    """Makes a report of what a night's clearing would do; returns its page."""
    tenant.reset(tasks=60, stuck=9, seed=11)
    directory = f"clear_pending_tasks_report_dir={folder / 'reports'}"
    play(tenant, folder, "idops.sailpoint.clear_pending_tasks", "--check", "-e", directory)
    (page,) = (folder / "reports").glob("*.html")
    page.write_text(_as_at_acme(page.read_text(encoding="utf-8")), encoding="utf-8")
    return page


def progress(tenant: Simulator, folder: Path) -> Path:
    """Lets an update take a while; returns a page that shows the terminal."""
    tenant.reset(tasks=900, stuck=800, seed=1, settings={"latency": 0.12})
    shown = _as_at_acme(play(tenant, folder, str(HERE / "progress.yml")).strip())
    text = re.sub(r"\x1b\[(?:\d+;)?(\d+)m", _colour, html.escape(shown))
    page = folder / "progress.html"
    page.write_text(_TERMINAL.format(text=text), encoding="utf-8")
    return page


def _as_at_acme(text: str) -> str:
    return re.sub(r"http://127\.0\.0\.1:\d+", "https://acme.api.identitynow.com", text)


def _colour(match: re.Match[str]) -> str:
    return f'<span style="color: {_COLOURS.get(match[1], "inherit")}">' if match[1] != "0" else "</span>"


def take(browser: Browser, page: Path, target: Path, scheme: str, element: str | None = None) -> None:
    """Takes a picture of a page, or of one element of it."""
    context = browser.new_context(viewport={"width": WIDTH, "height": 1000}, color_scheme=scheme)
    shown = context.new_page()
    shown.goto(page.as_uri())
    (shown.locator(element) if element else shown).screenshot(path=str(target))
    context.close()
    print(target, f"{target.stat().st_size // 1024} kB")


def main() -> None:
    """Takes all pictures."""
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is needed; on Debian: apt-get install chromium")
    with TemporaryDirectory(prefix="sp-") as name, running(rate_limit=0) as tenant, sync_playwright() as started:
        folder = Path(name)
        collection.build_and_install(folder)
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = report(tenant, folder)
        take(browser, page, target / "report-light.png", "light")
        take(browser, page, target / "report-dark.png", "dark")
        take(browser, progress(tenant, folder), target / "progress.png", "light", "body")
        browser.close()


if __name__ == "__main__":
    main()
