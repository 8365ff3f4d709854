# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Names for the sessions of noxfile.py. All that is needed is git, make and Python 3.11 or newer; what is made stays
# below this folder, or in the cache folder where this folder's path holds a blank.
# Words for a session's own tool: make unit ARGS="-k durations"
# A session leaves out what lasts, unless it is told otherwise: make unit EVERYTHING=yes

NOX := .venv/bin/nox
RESULTS := build/test-results
ARGS ?=
EVERYTHING ?=
# What `make devel` tests on in the place of the newest ansible-core.
CORE ?= ansible-core @ https://github.com/ansible/ansible/archive/devel.tar.gz
check-release coverage: EVERYTHING = yes
export IDOPS_SAILPOINT_EVERYTHING = $(EVERYTHING)
words = $(if $(strip $(ARGS)),-- $(ARGS))

.DEFAULT_GOAL := help
.PHONY: help test demo lint format sanity unit integration faults awx eda browser examples docs screenshots importer bench soak mutation coverage sessions check-release devel clean distclean
MAKEFLAGS += --no-print-directory

help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-22s %s\n", $$1, $$2}'

test: $(NOX) ## lint, unit and integration tests, on the oldest and the newest ansible-core that run here
	@.venv/bin/python tests/tools/place.py >/dev/null
	@echo "Lint, unit and integration tests; 'make check-release' has what needs longer."
	@$(all-sessions)

check-release: $(NOX) ## all tests, sanity on every ansible-core that runs here, coverage, what Galaxy's importer says
	@.venv/bin/python tests/tools/place.py >/dev/null
	@echo "Everything; 'make test' is its short form."
	@$(all-sessions)

# What the sessions are is said by noxfile.py.
define all-sessions
echo "Each session's output follows when it ends; a first run makes the sessions' environments, which takes a while."; \
rm -rf $(RESULTS) && mkdir -p $(RESULTS); \
status=0; $(NOX) --parallel auto --report $(RESULTS)/nox.json || status=$$?; \
.venv/bin/python tests/tools/closing_line.py $(RESULTS); exit $$status
endef

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

examples: $(NOX) ## the worked examples of docs/architecture.md, done in a copy
	@$(NOX) -s examples $(words)

docs: $(NOX) ## the documentation site, in build/docs
	@$(NOX) -s docs $(words)

screenshots: $(NOX) ## the pictures of the documentation, taken anew
	@$(NOX) -s screenshots $(words)

importer: $(NOX) ## what Galaxy's importer says of the artifact
	@$(NOX) -s importer $(words)

bench: $(NOX) ## what it costs: ARGS="--write docs/benchmarks.md" to keep the figures
	@$(NOX) -s bench $(words)

soak: $(NOX) ## five minutes of random faults on four runs: ARGS="--write docs/benchmarks.md" to keep the result
	@$(NOX) -s soak $(words)

mutation: $(NOX) ## whether the unit tests find each fault in the rules: ARGS=--faults for the quick part
	@$(NOX) -s mutation $(words)

coverage: $(NOX) ## the tests that run the plugins, and how much of them they reach
	@$(NOX) -s coverage $(words)

devel: $(NOX) ## the tests on ansible-core's development version, or on another: CORE="ansible-core==2.22.0b1"
	@IDOPS_SAILPOINT_CORE="$(CORE)" $(NOX) -s sanity unit integration faults $(words)

sessions: $(NOX) ## the sessions that nox knows
	@$(NOX) --list

clean: ## remove what the sessions made
	rm -rf build collections .ansible .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache tests/output

distclean: clean ## and their environments
	rm -rf "$$(python3 tests/tools/place.py || echo .nox)" .nox .venv

# The environment is made anew when its requirements change.
$(NOX): tests/requirements/nox.txt tests/requirements/uv.txt tests/tools/make_venv.sh
	@sh tests/tools/make_venv.sh .venv tests/requirements/nox.txt tests/requirements/uv.txt
	@touch $@
