# Two commands matter: `make run` and `make test`. Both install first what they need.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Not compiled: that takes half of the time, and Python does it where it is needed.
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
DATA   ?= .data
PORT   ?= 54321
WEB_PORT ?= 8501
WORKERS ?= 2

.PHONY: help setup tools run reset test test-fast lint check format screenshots bench migration lock clean

help:  ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.python-ready embedded/node_modules/.ready  ## install what `make run` needs; a no-op when nothing changed

tools: setup $(VENV)/.tools-ready  ## and the tools of tests and lint, which call it

$(VENV)/.python-ready: requirements.txt requirements-embedded.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it with: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed; on Debian: apt-get install python3-venv"; exit 1; }
	$(PIP) -r requirements-embedded.txt
	@touch $@

$(VENV)/.tools-ready: requirements-dev.txt $(VENV)/.python-ready
	$(PIP) -r requirements-dev.txt
	@touch $@

embedded/node_modules/.ready: embedded/package.json embedded/package-lock.json $(VENV)/.python-ready
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/npm ci --prefix embedded --no-audit --no-fund --loglevel=error
	@touch $@

run: setup  ## demo world, one daily run, dashboard on http://localhost:8501
	@exec $(BIN)/python -m embedded demo --data-dir "$(DATA)" --port $(PORT) --web-port $(WEB_PORT)

reset: setup  ## forget the demo world; the next `make run` starts over
	@$(BIN)/python -m embedded reset --data-dir "$(DATA)"

test: tools  ## all tests, with WORKERS=2 at a time
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-fast: tools  ## the tests that need no embedded Supabase, in under a minute
	$(BIN)/python -m pytest -m fast -n $(WORKERS) --dist loadfile

lint: tools  ## format, lint, import direction, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

check: lint test  ## lint and all tests

screenshots: tools  ## renew the pictures of the docs; ALL=1: every screen, in screenshots/ (needs Chromium)
	$(BIN)/python -m tests.e2e.screenshots $(if $(ALL),--all)

format: tools  ## rewrite the code in the house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: tools  ## the tables of docs/speed.md
	$(BIN)/python -m benchmarks

migration: tools  ## write the one migration from sql/supabase/schemas and seeds
	$(BIN)/python -m sql.make_migration

lock: tools  ## pin what is installed now
	@{ echo "# Every package that the three requirements files bring in, pinned. Made by 'make lock'."; $(BIN)/python -m pip freeze; } > constraints.txt

clean:  ## remove everything that was installed or made
	rm -rf $(VENV) embedded/node_modules $(DATA)
