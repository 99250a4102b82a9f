# The commands of the house. Only programs write to stdout: what prepares them talks on stderr,
# so that `make demo ARGS="--json"` can be read by a machine.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

BIN := .venv/bin
PYTHON_SOURCES := protocol edge_agent hub provisioning migrations tests
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate
# Each worker starts servers of its own; a file's tests stay together, since they share a database
# (tests/servers/scheduling.py). Files in their order: short ones come last and fill both workers.
WORKERS ?= 2
PARALLEL := --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
# `properties` is every property test with many more examples; any other PART is a -k expression.
PROVE_SELECTION = $(if $(filter properties,$(PART)),-m hypothesis,-m prove $(if $(PART),-k '$(PART)'))

.PHONY: help .venv system assets demo check test prove mutants bench pictures lock clean

help:
	@sed -n 's/^#: //p' Makefile

#: make demo [ARGS=…]    set everything up and run the whole product on this machine
demo: .venv assets
	@.ci/system demo
	@exec $(BIN)/python -m provisioning.demo $(ARGS)

#: make check            format, lint, types, architecture, licences, fast tests (< 2 minutes)
check: .venv
	@.ci/system check
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/pytest $(PARALLEL) -q -m "not slow and not browser and not prove" tests/architecture \
		tests/unit

#: make test             set everything up and run every test against real servers (goal: 15 minutes)
test: system .venv assets
	@$(BIN)/pytest $(PARALLEL) -m "not prove" --durations=40 --durations-min=5 --cov=protocol \
		--cov-branch --cov-fail-under=100 $(ARGS)

#: make prove PART=…     the same tests at full counts, one part at a time
prove: system .venv assets
	@HANOUT_PROVE=1 $(BIN)/pytest --timeout=5400 $(PROVE_SELECTION) $(ARGS)

#: make mutants          change the arithmetic and the papers bit by bit: what does no test notice?
mutants: .venv
	@exec $(BIN)/python -m tests.mutation $(ARGS)

#: make bench            measure on real components, each figure beside its limit
bench: system .venv assets
	@exec $(BIN)/python -m tests.bench $(ARGS)

#: make pictures         take the documentation's pictures anew: papers, and the running product
pictures: system .venv assets
	@$(BIN)/python -m tests.unit.protocol.documents.golden docs/images
	@HANOUT_SCREENSHOTS=docs/images $(BIN)/pytest -m browser tests/browser $(ARGS)

#: make system           install the system packages that the tests use, or name what is missing
system:
	@.ci/system test

#: make assets           build what browsers load; a wheel needs it
assets: .venv
	@.ci/assets

#: make lock             write requirements/*.txt anew from pyproject.toml
lock: .venv
	@$(COMPILE) pyproject.toml --extra edge --extra hub --extra forecast --extra dev \
		-o requirements/dev.txt >&2
	@$(COMPILE) pyproject.toml --extra edge -c requirements/dev.txt -o requirements/edge.txt >&2
	@$(COMPILE) pyproject.toml --extra hub -c requirements/dev.txt -o requirements/hub.txt >&2
	@echo uv | $(COMPILE) - -c requirements/dev.txt -o requirements/bootstrap.txt >&2

#: make clean            remove all that make made
clean:
	@rm -rf .venv .demo .coverage .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
		.ruff_cache build dist htmlcov mutants bench-results edge_agent/register_app/dist \
		edge_agent/register_app/node_modules hub/dashboard/node_modules hub/dashboard/static/built
	@find $(PYTHON_SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

.venv: .venv/.stamp

.venv/.stamp: requirements/bootstrap.txt requirements/dev.txt pyproject.toml
	@.ci/venv
