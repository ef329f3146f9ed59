# Everything installs itself: the only things that must be there are make and Python 3.11, 3.12 or 3.13.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-$(shell cat requirements.lock pyproject.toml | cksum | cut -d ' ' -f 1)

.PHONY: demo test check format bench bench-cloud bench-http lock wheel clean compose-up compose-demo

demo: $(STAMP)
	$(BIN)/artifact-plane demo

# Much of it waits for servers and browsers: four at a time, also where there are two cores.
test: $(STAMP)
	$(BIN)/python -m pytest -n 4

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# SCALE=full runs the million rows.
bench: $(STAMP)
	$(BIN)/python -m benchmarks

# Against servers that the benchmark starts by itself.
bench-cloud: $(STAMP)
	$(BIN)/python -m benchmarks cloud

bench-http: $(STAMP)
	$(BIN)/python -m benchmarks http

wheel: $(STAMP)
	$(BIN)/python -m build --no-isolation --outdir dist .

# The cloud profile's servers on this machine, and the demonstration on them (see compose.yaml).
compose-up:
	docker compose up --detach --wait postgres redis
	docker compose up --detach gcs arango bucket

compose-demo: $(STAMP)
	@: "$${AP_DEV_PASSWORD:?choose a password for this machine's servers}"; \
	export ARTIFACT_PLANE_SETTINGS=deploy/compose/artifact-plane.toml; \
	export ARTIFACT_PLANE_MIGRATION_DSN="postgresql://postgres:$$AP_DEV_PASSWORD@127.0.0.1:15432/artifact_plane"; \
	export ARTIFACT_PLANE_POSTGRES_DSN="postgresql://artifact_plane_runtime:$$AP_DEV_PASSWORD@127.0.0.1:15432/artifact_plane"; \
	export ARTIFACT_PLANE_ARANGO_PASSWORD="$$AP_DEV_PASSWORD"; \
	$(BIN)/ap migrate && \
	for second in $$(seq 60); do $(BIN)/ap doctor >/dev/null 2>&1 && break; sleep 1; done; \
	$(BIN)/ap doctor && $(BIN)/artifact-plane demo

# Pins every dependency by version and hash, for all supported Pythons at once.
lock:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-emit-index-url \
		--python-version 3.11 --all-extras --upgrade --output-file requirements.lock pyproject.toml

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "Python 3.11 to 3.13 is needed; name one as in: make PYTHON=python3.12 demo")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	rm -f $(VENV)/.installed-*
	touch $@

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
