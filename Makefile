# Everything happens in .venv, made of hash-pinned wheels only. `make test` and `make check` are what CI runs.

PYTHON ?= python3
LOCK := deploy/requirements-dev.lock
BIN := .venv/bin
READY := .venv/ready
WORKERS ?= 2
DATA ?= data
SPEED ?= 5

# The tests look for servers on the path; the link made below by `packages` lies in the venv.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: run test check fmt bench soak lock packages node asterisk prometheus haproxy

run: $(READY)
	$(BIN)/contact-router demo --data $(DATA) --speed $(SPEED)

test: $(READY) packages node asterisk prometheus haproxy
	$(BIN)/python -m pytest --numprocesses $(WORKERS)

check: $(READY)
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/test_tidy.py

fmt: $(READY)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

BENCHES := . web peers size shards sockets replay phone pages

bench: $(READY) packages node asterisk
	$(BIN)/python -m tests.bench.table $(BENCHES)

soak: $(READY) packages asterisk haproxy
	$(BIN)/python -m pytest -m soak

# The venv is made anew when the lock changes, so that nothing lingers in it that the lock no longer names.
$(READY): $(LOCK)
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes --requirement $(LOCK)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation --editable .
	touch $@

# The locks, from pyproject.toml: what runs, what builds the wheel, what tests. uv resolves for every system and Python at once, which pip cannot; it lives in a venv
# of its own, thrown away afterwards. UPGRADE=--upgrade takes the newest of everything. What is tested is what is used.
lock:
	rm -rf .venv-lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet --disable-pip-version-check uv
	.venv-lock/bin/uv pip compile $(LOCK_OPTIONS) --extra dev pyproject.toml --output-file $(LOCK)
	.venv-lock/bin/uv pip compile $(LOCK_OPTIONS) --constraint $(LOCK) pyproject.toml --output-file deploy/requirements.lock
	echo hatchling | .venv-lock/bin/uv pip compile $(LOCK_OPTIONS) --constraint $(LOCK) - --output-file deploy/requirements-build.lock
	rm -rf .venv-lock

LOCK_OPTIONS = --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header $(UPGRADE)

# What the tests take from Debian: Redis, of which redis-tools has the server's binary under another name and, unlike
# redis-server, starts no daemon; what the fault drills bend clocks, networks and disks with; callers and telephones by
# the hundred; and a browser with a font that has Cyrillic. Elsewhere the tests that need them say by name that they were
# skipped.
PACKAGES := redis-tools libfaketime iproute2 e2fsprogs mount sip-tester chromium fonts-inter

packages: $(READY)
	@test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null || dpkg --status $(PACKAGES) >/dev/null 2>&1 || \
		$(INSTALL) || $(INSTALL) || for package in $(PACKAGES); do \
			dpkg --status $$package >/dev/null 2>&1 || echo "$$package could not be installed" >&2; done
	@command -v redis-server >/dev/null || ! command -v redis-check-rdb >/dev/null || \
		ln -sf "$$(command -v redis-check-rdb)" $(BIN)/redis-server

INSTALL = { apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
	apt-get -qq install --yes --no-install-recommends $(PACKAGES); } >/dev/null 2>&1

# What comes from npm: vk-io, a client of VK that certifies its sandbox; the types that Grafana publishes for dashboards;
# axe-core, which judges the pages; and BullMQ, a peer of the benches. Where there is no Node, those that need it say so.
NODE := tests/channels/vk/node tests/deploy/node tests/pages/node tests/bench/node
MODULES := $(NODE:%=%/node_modules/.package-lock.json)

node: $(MODULES)

$(MODULES): PACKAGES := nodejs npm
$(MODULES): %/node_modules/.package-lock.json: %/package-lock.json
	@command -v npm >/dev/null || test "$$(id -u)" != 0 || ! command -v apt-get >/dev/null || $(INSTALL) || \
		echo "$(PACKAGES) could not be installed" >&2
	@! command -v npm >/dev/null || npm ci --prefix $* --silent --no-audit --no-fund || \
		echo "what $* needs could not be installed" >&2

# A real Asterisk, unpacked from Debian's packages and not installed. Where it cannot be had, the tests that need it say so.
UNPACK := tests/helpers/debian.py
ASTERISK := tests/channels/asterisk/lab/unpack.py

asterisk: .asterisk/VERSION

.asterisk/VERSION: $(ASTERISK) $(UNPACK) | $(READY)
	@! command -v apt-get >/dev/null || $(BIN)/python -m tests.channels.asterisk.lab.unpack || \
		echo "Asterisk could not be unpacked" >&2

# Likewise a real Prometheus and Alertmanager with their tools: installed, they would start daemons.
PROMETHEUS := tests/helpers/prometheus.py

prometheus: .prometheus/VERSION

.prometheus/VERSION: $(PROMETHEUS) $(UNPACK) | $(READY)
	@! command -v apt-get >/dev/null || $(BIN)/python -m tests.helpers.prometheus || \
		echo "Prometheus could not be unpacked" >&2

# And the proxy of compose.yaml.
HAPROXY := tests/helpers/haproxy.py

haproxy: .haproxy/VERSION

.haproxy/VERSION: $(HAPROXY) $(UNPACK) | $(READY)
	@! command -v apt-get >/dev/null || $(BIN)/python -m tests.helpers.haproxy || \
		echo "HAProxy could not be unpacked" >&2
