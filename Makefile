# Every target sets up what it needs in .venv beside this file, and does so again only when pyproject.toml or
# constraints.txt has changed.
# uv does it where uv is installed; python3 -m venv and pip do it where it is not.

VENV := .venv
PYTHON := $(VENV)/bin/python
RUNTIME := $(VENV)/runtime.stamp
DEV := $(VENV)/dev.stamp
DEV_REQUIREMENTS := $(VENV)/dev-requirements.txt
UV := $(shell command -v uv 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help demo test again check lint fix bench fuzz nightly mutants newest

help:  ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

demo: $(RUNTIME)  ## scan the packaged example organization
	@$(VENV)/bin/ringwall demo

test: $(DEV)  ## run the tests, a file to each core
	$(PYTHON) -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

again: $(DEV)  ## run what failed in the last run once more, one by one; no failure to be found is an error
	$(PYTHON) -m pytest -rpfE --last-failed --last-failed-no-failures none

check: lint test  ## what CI runs: lint, then the tests

lint: $(DEV)  ## format, style, types, layers, budgets, generated pages
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(VENV)/bin/lint-imports --no-logo
	$(PYTHON) tools/budgets.py
	$(PYTHON) tools/architecture.py --check docs/architecture.md
	$(PYTHON) tools/api_page.py --check docs/api.md

fix: $(DEV)  ## format, mend what ruff can mend, refresh the generated pages
	$(PYTHON) -m ruff format .
	$(PYTHON) tools/architecture.py --write docs/architecture.md
	$(PYTHON) tools/api_page.py --write docs/api.md
	$(PYTHON) -m ruff check --fix .

bench: $(DEV)  ## measure speed: alone, as sizes grow, and against solvers and peers
	$(PYTHON) benchmarks/run.py

fuzz: $(DEV)  ## hold the three readings of policies against each other, 10,000 questions of each kind
	HYPOTHESIS_PROFILE=fuzz $(PYTHON) -m pytest -m agreement -o timeout=0

nightly: $(DEV)  ## the property tests with 20,000 examples each, ten times the crashes, no time limit
	HYPOTHESIS_PROFILE=nightly $(PYTHON) -m pytest -m hypothesis -o timeout=0
	RINGWALL_CRASHES=10 $(PYTHON) -m pytest -o timeout=0 tests/end_to_end/test_server_crashes.py

mutants: $(DEV)  ## deliberate faults, one at a time: do the tests notice?
	$(PYTHON) tools/mutants.py

newest: $(DEV)  ## take the newest releases of all dependencies, and write them down in constraints.txt
	$(INSTALL) --upgrade --editable . --requirement $(DEV_REQUIREMENTS)
	$(PYTHON) tools/newest.py constraints.txt

# --- the environment ---

ifeq ($(UV),)
INSTALL := $(PYTHON) -m pip install --quiet --disable-pip-version-check
ENSURE_INSTALLER := $(PYTHON) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m ensurepip
else
INSTALL := $(UV) pip install --quiet --python $(PYTHON)
ENSURE_INSTALLER := true
endif
TESTED := --constraint constraints.txt

# An environment that was copied or moved still points at its old place: make it anew.
ifneq ($(shell cat $(RUNTIME) 2>/dev/null || echo '$(CURDIR)'),$(CURDIR))
.PHONY: $(PYTHON) $(RUNTIME)
endif

$(PYTHON):
ifeq ($(UV),)
	@for python in python3.11 python3.12 python3.13 python3.14 python3; do \
		"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		echo "Making $(VENV) with $$python"; \
		exec "$$python" -m venv --clear $(VENV); \
	done; \
	echo "No Python 3.11 or newer was found, or it lacks the modules venv and ensurepip." >&2; \
	echo "Install one (Debian and Ubuntu: apt install python3 python3-venv), or install uv." >&2; \
	exit 1
else
	UV_VENV_CLEAR=1 $(UV) venv --quiet --python '>=3.11' $(VENV)
endif

$(RUNTIME): pyproject.toml constraints.txt | $(PYTHON)
	@$(ENSURE_INSTALLER)
	$(INSTALL) $(TESTED) --editable .
	@echo '$(CURDIR)' > $@

# pip reads dependency groups only since 25.1, which an older Python does not bring: hand it the group as a file.
$(DEV): $(RUNTIME)
	@$(PYTHON) -c 'import tomllib; \
		groups = tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]; \
		print(*groups["dev"], sep="\n")' > $(DEV_REQUIREMENTS)
	$(INSTALL) $(TESTED) --requirement $(DEV_REQUIREMENTS)
	@touch $@
