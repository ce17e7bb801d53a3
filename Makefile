# The front door: `make help` lists what it opens.

SHELL := bash
RIGHT := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for name in python3 python3.12 python3.13 python3.11; do "$$name" -c '$(RIGHT)' 2>/dev/null && echo "$$name" && break; done)
BIN := .venv/bin
READY := .venv/.ready
UV := 0.13.9
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --max-worker-restart 0

ifdef RETAILER
export SHOPKEEPER_RETAILER := $(RETAILER)
endif

# Our modules are compiled once, not by each process.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help refresh up down test test-quick check soak bench bench-science scoreboard lock screenshots clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | while IFS='|' read -r verb what; do printf '  make %-14s %s\n' "$$verb" "$$what"; done

$(READY): requirements.lock requirements-uv.lock pyproject.toml
	@"$(or $(PYTHON),false)" -c '$(RIGHT)' 2>/dev/null || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed; install one, or say where: make PYTHON=/path/to/python3.12 …"; exit 2; }
	@echo "Making the environment in .venv (once) …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-uv.lock
	@$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements.lock
	@$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --offline --python $(BIN)/python --editable .
	@$(BIN)/python -c "from shopkeeper import dbt_runner; dbt_runner.remember_project()" || echo "The dbt project cannot be parsed yet."
	@touch $(READY)

refresh: $(READY) ## the demo year from dropped files to a published version, through Airflow (FULL=1: rebuild all from raw; RETAILER=: whose)
	@$(if $(filter-out complete_journey,$(RETAILER)),,$(BIN)/shopkeeper demo complete-journey)
	@$(BIN)/shopkeeper refresh $(if $(FULL),--full)

up: $(READY) ## start Airflow; its UI is on 127.0.0.1
	@$(BIN)/shopkeeper up

down: $(READY) ## stop Airflow
	@$(BIN)/shopkeeper down

test: $(READY) ## everything that proves it works (half an hour to an hour on two cores)
	@$(PYTEST) -m "not soak" --durations 15

test-quick: $(READY) ## what to run after each change: all but the slow proofs (4 to 9 minutes on two cores)
	@$(PYTEST) -m "not soak and not slow"

check: $(READY) ## style, types, SQL and contracts (seconds)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PYTHONWARNINGS=ignore:resource_tracker $(BIN)/sqlfluff lint --processes 2 dbt_project/models dbt_project/tests retailers/*/dbt/models
	@$(BIN)/shopkeeper contracts check

soak: $(READY) ## the same proofs at full size: 10,000 mutations, 500 kills, 20 refreshes in a row (hours)
	@$(BIN)/python -m pytest -m soak

bench: $(READY) ## speed and memory of a refresh, as ratios
	@$(BIN)/python -m tests.benchmarks.refresh; status=$$?; $(BIN)/python -m tests.benchmarks.omnichannel && exit $$status

bench-science: $(READY) ## the science core against published numbers and other libraries
	@$(BIN)/python -m tests.benchmarks.science

scoreboard: $(READY) ## what is reached where the answer is known: planted dirt found, and its price; writes docs/scoreboard.md
	@$(BIN)/python -m tests.benchmarks.scoreboard

lock: $(READY) ## pin dependencies again, with hashes
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra development pyproject.toml --output-file requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
		--extra server --constraint requirements.lock pyproject.toml --output-file requirements-server.lock
	@echo uv==$(UV) | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate - --output-file requirements-uv.lock

screenshots: $(READY) ## photograph Airflow and the console for the README, with Airflow up and Chromium installed
	@PYTHONPATH=plugins:. $(BIN)/python docs/pictures/photograph_airflow.py

clean: ## remove the environment; data stays
	@rm -rf .venv
