# A fresh machine needs Python 3.11 or newer, git and make; everything else is fetched, pinned by hash.
.DEFAULT_GOAL := help
.PHONY: help run stop test proof proofs lock openapi bench bench-plan clean check-format lint types contracts tests sdk contract
SHELL := /bin/sh
# Dozens of processes are started here; where nobody keeps byte code each would compile everything again.
export PYTHONDONTWRITEBYTECODE :=

SUPPORTED = import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14; do \
  $$python -c '$(SUPPORTED)' >/dev/null 2>&1 && { echo $$python; break; }; done)

BIN := .venv/bin
# Nothing is written to a home directory that does not exist.
NO_CACHE := $(if $(wildcard $(HOME)/.),,--no-cache-dir)
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-input $(NO_CACHE)
COMPILE := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --system-certs --quiet --upgrade

help:  ## This list.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: .venv/runtime.stamp  ## Start everything on this machine: database, plans, sample register, decisions, API and docs.
	@echo "Cuofeng is starting"
	@$(BIN)/cuofeng run

stop: .venv/runtime.stamp  ## End the embedded database server, whoever started it; the data stays.
	@$(BIN)/cuofeng stop

test: check-format lint types contracts tests  ## Everything: format, lint, strict types, import contracts, tests.
	@echo "All good."

check-format: .venv/dev.stamp
	@echo "── format";  $(BIN)/ruff format --check --quiet .
lint: .venv/dev.stamp
	@echo "── lint";  $(BIN)/ruff check --quiet .
types: .venv/dev.stamp
	@echo "── types";  $(BIN)/mypy
contracts: .venv/dev.stamp
	@echo "── import contracts";  $(BIN)/lint-imports --no-logo
tests: .venv/dev.stamp
	@echo "── tests";  $(BIN)/python -m pytest -n auto --dist loadgroup --quiet -m "not proof and not feed_proof and not sdk"

proofs: .venv/dev.stamp  ## The slow proofs: every change to every plan fails a scenario, properties with all examples, killed pushes.
	@echo "── proofs";  CUOFENG_PROVING=1 $(BIN)/python -m pytest -n auto --dist loadgroup --quiet -m proof

proof: .venv/dev.stamp  ## The feed's slow proofs: 200,000 broken rows accounted for one by one; killed pushes lose nothing.
	@echo "── proof";  $(BIN)/python -m pytest -n auto --dist loadgroup --quiet -m feed_proof

openapi: .venv/runtime.stamp  ## Write openapi/v1.json from the code.
	@$(BIN)/cuofeng openapi --write

sdk: .venv/dev.stamp .venv-sdk/stamp openapi/tools/node_modules/stamp  ## Generate clients into sdk/: two for Python, one for TypeScript; needs Node and Java.
	@$(BIN)/python -m contract sdk

contract: sdk  ## The contract: lint, what breaks users of the last release, generated clients against a running service.
	@echo "── contract";  $(BIN)/python -m contract lint breaking
	@$(BIN)/python -m pytest --quiet -m sdk

bench: .venv/bench.stamp  ## Measure against other engines and against COPY, as ratios.
	@$(BIN)/python -m bench

bench-plan: .venv/bench.stamp  ## Plan 20 to 10,000 lines: time, memory and gap to a bound by linear programming.
	@$(BIN)/python -m bench.planning

lock: .venv/dev.stamp  ## Pin the newest versions of everything, with hashes.
	$(COMPILE) pyproject.toml --group build -o requirements.lock
	$(COMPILE) pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock
	$(COMPILE) pyproject.toml --group build --group dev --group bench -c requirements-dev.lock -o requirements-bench.lock
	$(COMPILE) --group sdk -o requirements-sdk.lock

clean:  ## Remove the environment and all caches; the data stays.
	rm -rf .venv .venv-sdk sdk openapi/tools/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.14 with venv is needed (on Debian: apt install python3 python3-venv); or say make PYTHON=/path/to/python3."; exit 1; }
	@echo "Making the environment in .venv with $$($(PYTHON) --version) (once, about a minute)"
	@$(PYTHON) -m venv .venv

# A richer environment serves the poorer purposes too, so each stamp also marks those below it.
.venv/runtime.stamp: requirements.lock pyproject.toml | .venv/bin/python
	@echo "Installing what the service needs, each file checked against its hash"
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

.venv/dev.stamp: requirements-dev.lock pyproject.toml | .venv/bin/python
	@echo "Installing what the service and its tests need, each file checked against its hash"
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@$(INSTALL) --quiet --no-deps --no-build-isolation --no-index -e .
	@touch .venv/runtime.stamp $@

.venv/bench.stamp: requirements-bench.lock pyproject.toml | .venv/bin/python
	@echo "Installing the engines to compare with, each file checked against its hash"
	@$(INSTALL) --require-hashes -r requirements-bench.lock
	@$(INSTALL) --quiet --no-deps --no-build-isolation --no-index -e .
	@touch .venv/runtime.stamp .venv/dev.stamp $@

# The generators want older libraries than the service, so they live apart.
.venv-sdk/stamp: requirements-sdk.lock | .venv/bin/python
	@echo "Installing the generators of Python clients, each file checked against its hash"
	@.venv/bin/python -m venv .venv-sdk
	@.venv-sdk/bin/python -m pip install --disable-pip-version-check --no-input $(NO_CACHE) --quiet --require-hashes -r requirements-sdk.lock
	@touch $@

openapi/tools/node_modules/stamp: openapi/tools/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer with npm is needed (on Debian: apt install nodejs npm)."; exit 1; }
	@echo "Installing the tools of the contract, each file checked against its hash"
	@npm ci --prefix openapi/tools --no-audit --no-fund --loglevel=error
	@touch $@
