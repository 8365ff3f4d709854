# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Names for the sessions of noxfile.py. All that is needed is git, make and Python 3.11 or newer; what is made stays
# below this folder. Words for a session's own tool: make unit ARGS="-k durations"

NOX := .venv/bin/nox
RESULTS := build/test-results
ARGS ?=
words = $(if $(strip $(ARGS)),-- $(ARGS))

.DEFAULT_GOAL := help
.PHONY: help test demo lint format sanity unit integration faults awx eda browser docs screenshots importer bench soak coverage sessions check-release clean distclean
MAKEFLAGS += --no-print-directory

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-22s %s\n", $$1, $$2}'

test: $(NOX) ## lint and all tests, on the oldest and the newest ansible-core that run here
	@echo "Lint, sanity, unit and integration tests. Each session's output follows when it ends; a first run makes"
	@echo "the sessions' environments below .nox, which takes some minutes."
	@rm -rf $(RESULTS) && mkdir -p $(RESULTS)
	@status=0; $(NOX) --parallel auto --report $(RESULTS)/nox.json || status=$$?; \
	.venv/bin/python tests/tools/closing_line.py $(RESULTS); exit $$status

demo: $(NOX) ## see it work: a playbook against a simulated tenant
	@$(NOX) -s demo $(words)

lint: $(NOX) ## style, types, documentation, licences, changelog
	@$(NOX) -s lint $(words)

format: $(NOX) ## bring the Python files into the form that lint wants
	@$(NOX) -s format $(words)

sanity: $(NOX) ## ansible-test sanity on the newest ansible-core
	@$(NOX) -s sanity $(words)

unit: $(NOX) ## unit tests on the newest ansible-core
	@$(NOX) -s unit $(words)

integration: $(NOX) ## playbooks against the simulated tenant, on the newest ansible-core
	@$(NOX) -s integration $(words)

faults: $(NOX) ## faults, races, interruptions, secrets
	@$(NOX) -s faults $(words)

awx: $(NOX) ## AWX's configuration and engine, and scheduling without it
	@$(NOX) -s awx $(words)

eda: $(NOX) ## the event source and the rulebooks
	@$(NOX) -s eda $(words)

browser: $(NOX) ## the report in Chromium
	@$(NOX) -s browser $(words)

docs: $(NOX) ## the documentation site, in build/docs
	@$(NOX) -s docs $(words)

screenshots: $(NOX) ## the pictures of the documentation, taken anew
	@$(NOX) -s screenshots $(words)

importer: $(NOX) ## what Galaxy's importer says of the artifact
	@$(NOX) -s importer $(words)

bench: $(NOX) ## what it costs: ARGS="--write docs/benchmarks.md" to keep the figures
	@$(NOX) -s bench $(words)

soak: $(NOX) ## five minutes of random faults on four runs side by side
	@$(NOX) -s soak $(words)

coverage: $(NOX) ## unit and integration tests, and how much of the plugins they reach
	@$(NOX) -s coverage $(words)

check-release: test ## the tests, sanity on every ansible-core that runs here, and what Galaxy's importer says
	@$(NOX) --parallel auto -t release

sessions: $(NOX) ## the sessions that nox knows
	@$(NOX) --list

clean: ## remove what the sessions made
	rm -rf build collections .ansible .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache tests/output

distclean: clean ## and their environments
	rm -rf .nox .venv

# The environment is made anew when its requirements change.
$(NOX): tests/requirements/nox.txt tests/tools/make_venv.sh
	@sh tests/tools/make_venv.sh .venv tests/requirements/nox.txt
	@touch $@
