# Heaviside. `make` alone lists the targets; each sets up all that it needs.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8080
MODEL_STORE ?= models/store
IMAGE ?= heaviside
CONTAINER ?= $(shell command -v docker || command -v podman || echo docker)
export PORT MODEL_STORE

VENV := .venv/.ready
SERVICE_VENV := .venv-service/.ready
CLIENTS_VENV := .venv-clients/.ready
AUDIT_VENV := .venv-audit/.ready
BIN := .venv/bin

# The first column of a target's comment is what `make` prints of it.
.PHONY: help
help: ## Lists the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: serve
serve: $(VENV) ## Serves the models in MODEL_STORE on PORT; an empty store is first filled with four small models
	@if [ -z "$$($(BIN)/python -m models list)" ]; then \
		echo "$(MODEL_STORE) holds no model yet: training the four whose data comes with scikit-learn."; \
		$(BIN)/python -m training train --embedded folds=0 || exit 1; fi
	@echo "Serving on http://localhost:$(PORT), with its documentation at http://localhost:$(PORT)/docs"
	@exec $(BIN)/python -m service serve

.PHONY: train
train: $(VENV) ## Trains and publishes: the default recipes, RECIPE=all, or RECIPE=digits ARGS="epochs=5"; RESUME=1 goes on with a killed one
	@$(BIN)/python -m training train $(RECIPE) $(ARGS)

.PHONY: continue
continue: $(VENV) ## Trains a published version further and publishes the next: RECIPE=digits VERSION=1 ARGS="epochs=10"
	@$(BIN)/python -m training continue $(RECIPE) $(ARGS) $(if $(VERSION),--version $(VERSION))

.PHONY: find-lr
find-lr: $(VENV) ## Tries out learning rates for RECIPE=digits on a network that is thrown away
	@$(BIN)/python -m training find-lr $(RECIPE) $(ARGS)

.PHONY: tune
tune: $(VENV) ## Searches for the best settings of RECIPE=digits in TRIALS=20 trainings and publishes what they give; STUDY= and STORAGE= say where it is kept, ENGINE=ray has Ray run them
	@$(BIN)/python -m training tune $(RECIPE) $(ARGS)

.PHONY: tune-worker
tune-worker: $(VENV) ## Works on a search that make tune began, from this or another machine: RECIPE=digits STUDY=digits STORAGE=postgresql://...
	@$(BIN)/python -m training tune-worker $(RECIPE) $(ARGS)

.PHONY: import
import: $(VENV) ## Publishes a model file that somebody else made: FILE=my_model.keras NAME=churn CLASSES=stay,leave; docs/import.md has the other words
	@test -n $(call quoted,$(FILE)) || { echo "Say which file: make import FILE=my_model.keras" >&2; exit 2; }
	@$(BIN)/python -m training import $(call quoted,$(FILE)) $(foreach word,$(IMPORT_WORDS),$(call option,$(word))) $(ARGS)

IMPORT_WORDS := NAME TASK CLASSES FEATURES INPUT_RANGE SHAPE PREPROCESSING SAMPLES ALLOW TRUST
# Only what stands in the command: a NAME or SHAPE of the shell's is meant for something else.
option = $(if $(findstring command,$(origin $(1))),--$(subst _,-,$(call lower,$(1)))=$(call quoted,$($(1))))
quoted = '$(subst ','\'',$(1))'
lower = $(shell echo $(1) | tr A-Z a-z)

.PHONY: recipes
recipes: $(VENV) ## Lists the recipes with their data, expected scores and minutes
	@$(BIN)/python -m training list

.PHONY: test
test: $(VENV) $(SERVICE_VENV) $(CLIENTS_VENV) ## Runs all tests but the long ones, those of the service a second time where TensorFlow is not installed
	rm -rf build/zoo && $(BIN)/python -m tests.zoo build/zoo
	$(BIN)/python -m pytest -m "not slow" $(AT_ONCE) tests --ignore=tests/live --zoo build/zoo
	$(BIN)/python -m pytest -m "not slow" tests/live --zoo build/zoo
	.venv-service/bin/python -m pytest -m "not slow" $(AT_ONCE) tests/models tests/service --zoo build/zoo
	.venv-service/bin/python -m pytest -m "not slow" tests/live --zoo build/zoo
	.venv-clients/bin/python -m pytest tests/clients --zoo build/zoo

# Files of tests beside each other, a process of TensorFlow for each core up to four. Those of real servers go one by one.
AT_ONCE := --numprocesses auto --maxprocesses 4 --dist loadfile

.PHONY: endurance
endurance: $(VENV) ## Runs the tests that take minutes: 200 killed workers, thousands of requests
	$(BIN)/python -m pytest -m slow

.PHONY: check
check: lint types contracts test ## Runs lint, types, import contracts and tests

.PHONY: lint
lint: $(VENV) ## Checks style and format with ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(VENV) ## Checks types with mypy
	$(BIN)/mypy

.PHONY: contracts
contracts: $(VENV) ## Checks with import-linter that imports point one way
	$(BIN)/lint-imports

.PHONY: verify
verify: $(VENV) ## Tells what is wrong with the store in MODEL_STORE: files, labels, signatures; ARGS="digits 1" one version alone
	@$(BIN)/python -m models verify $(ARGS)

.PHONY: audit
audit: $(VENV) $(AUDIT_VENV) ## Looks up the locked packages' known vulnerabilities, checks their licences, writes build/sbom.json
	@.venv-audit/bin/python -m audit

.PHONY: bench
bench: $(VENV) ## Measures the service, or with ARGS=search the searches, beside peers, each in an environment of its own; ARGS="--peers ours,litserve --rounds 1"
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: image
image: ## Builds the container image IMAGE=heaviside
	$(CONTAINER) build --tag $(IMAGE) .

.PHONY: lock
lock: ## Writes requirements/*.txt anew from pyproject.toml, with the newest versions that fit
	$(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip install --quiet uv
	$(LOCK) pyproject.toml --extra training --extra postgresql --extra ray --extra signing --extra test --extra check --output-file requirements/dev.txt
	$(LOCK) pyproject.toml --constraint requirements/dev.txt --extra signing --extra test --output-file requirements/service-test.txt
	$(LOCK) pyproject.toml --constraint requirements/dev.txt --extra signing --output-file requirements/service.txt
	$(LOCK) --group clients --output-file requirements/clients.txt
	$(LOCK) --constraint requirements/dev.txt --group audit --output-file requirements/audit.txt

LOCK := .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --upgrade

.PHONY: clean
clean: ## Removes the virtual environments and build results, not the published models
	rm -rf .venv .venv-service .venv-clients .venv-audit .venv-lock build

.venv/.ready: requirements/dev.txt
	@echo "Installing the dependencies into .venv (2.9 GB with TensorFlow; once, about two minutes)."
	$(call install,.venv,$<)

.venv-service/.ready: requirements/service-test.txt
	@echo "Installing the service's dependencies, without TensorFlow, into .venv-service (once)."
	$(call install,.venv-service,$<)

.venv-clients/.ready: requirements/clients.txt
	@echo "Installing other people's clients, to test the service with, into .venv-clients (once)."
	$(call install,.venv-clients,$<)

.venv-audit/.ready: requirements/audit.txt
	@echo "Installing pip-audit and cyclonedx-bom into .venv-audit (once)."
	$(call install,.venv-audit,$<)

define install
	@test -n "$(PYTHON)" || { echo "Python 3.11 is needed; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is older than Python 3.11; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@rm -rf $(1) && $(PYTHON) -m venv $(1)
	@$(1)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement $(2)
	@touch $(1)/.ready
endef
