# `make` lists what there is. Everything runs in .venv, made from the pinned requirements.

SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
# The newest Python that is there; the project needs 3.11 or later.
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

.PHONY: help setup run test bench check screenshots

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

setup:  ## make .venv from the pinned requirements, when they changed
	@cmp -s requirements-dev.txt .venv/installed && exit 0; set -eu; \
	found=; for python in $(PYTHONS); do \
	  if "$$python" -c '$(NEW_ENOUGH)' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "Python 3.11 or later is needed: apt-get install python3"; exit 1; fi; \
	if ! "$$found" -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "python3-venv is missing: apt-get install python3-venv"; exit 1; fi; \
	if ! $(PYTHON) -m pip --version >/dev/null 2>&1; then "$$found" -m venv --clear .venv; fi; \
	echo "Installing the requirements into .venv"; \
	$(PYTHON) -m pip install --quiet --no-input --disable-pip-version-check -r requirements-dev.txt; \
	cp requirements-dev.txt .venv/installed

run: setup  ## everything on this machine, with demo data; Ctrl-C ends it
	@$(PYTHON) manage.py run_portal

# The caller's environment stays outside: only where programs and the home directory are is kept.
# More tests at once than there are cores: whole lives mostly wait for workers and servers. A file's
# tests stay together, so that its servers and its database rows are made once.
test: setup  ## the tests that need nothing but this directory
	@env -i PATH="$$PATH" HOME="$$HOME" LANG=C.UTF-8 RESEAL_SERVERS="$$RESEAL_SERVERS" $(PYTHON) -m pytest -n $$(($$(nproc) * 3 / 2)) \
	  --dist worksteal -p no:cacheprovider -m "not netns and not postgres and not browser"

bench: setup  ## ten thousand pending names next to a plain loop of dnspython; prints ratios
	@env -i PATH="$$PATH" HOME="$$HOME" LANG=C.UTF-8 $(PYTHON) -m tests.bench

check:  ## everything that CI runs (as root: it installs what is missing)
	@.ci/run

screenshots: setup  ## the pictures of the README, taken anew of a demo (needs Chromium)
	@env -i PATH="$$PATH" HOME="$$HOME" LANG=C.UTF-8 $(PYTHON) -m tests.browser.screenshots
