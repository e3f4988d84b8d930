# Tertium: everything a person runs, by name. Only Python 3.11+ and make are assumed.

PYTHON ?= python3
# What the demo's payments hold: card (V1..V28) or payments (named columns).
SCHEMA ?= card
BIN := .venv/bin
# TORCH_INDEX chooses another build of torch, for example a CUDA one: see the README.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
ifdef TORCH_INDEX
PIP_INSTALL += --extra-index-url $(TORCH_INDEX)
endif

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.venv/.runs: pyproject.toml constraints.txt
	@echo "Installing Tertium into .venv (only the first time, and after an upgrade) ..."
	@began=$$(date +%s); \
	test -x $(BIN)/python || $(PYTHON) -m venv .venv; \
	$(PIP_INSTALL) -e . && touch $@ && \
	echo "Installed in $$(( $$(date +%s) - began )) s."

.venv/.develops: .venv/.runs
	@echo "Installing what tests and checks need ..."
	@$(PIP_INSTALL) -e ".[dev]" && touch $@

.PHONY: demo
demo: .venv/.runs ## Start Tertium with a living queue of demo data, and print login links (SCHEMA=payments: named columns)
	@$(BIN)/tertium demo --schema $(SCHEMA)

.PHONY: test
test: .venv/.develops ## Run all tests but the statistics (browser tests need Chromium)
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

.PHONY: statistics
statistics: .venv/.develops ## Run the tests that draw thousands of times; takes minutes
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m slow

.PHONY: check
check: .venv/.develops ## Lint, type-check, and check the floors and the templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --check --lint app/web/templates

.PHONY: bench
bench: .venv/.develops ## Measure; prints lines `figure NAME VALUE` and writes figures.json
	@$(BIN)/python -m benchmarks

.PHONY: clean
clean: ## Remove the environment and caches (never data)
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
