# Every target does its own set-up in .venv; Python 3.11 or newer is all that has to be there.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Each process takes its tests from one half of them, so that what a file prepares is prepared once.
PYTEST := $(BIN)/python -m pytest -q -n auto --dist worksteal
SOURCES := netspec cli.py tests benchmarks docs
LONGER := train_step.py train_epoch.py results.py lowerings.py build_time.py step_memory.py

.PHONY: help demo test test-peers lint types imports tests benchmark docs golden golden-peers size clean

help:  ## Show this list.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: RUN := demo-$(shell date +%Y%m%d-%H%M%S)
demo: $(VENV)/.run  ## Print the table of VGG-16, train LeNet on handwritten digits, and say what is in an image.
	$(BIN)/netspec analyze vgg16
	$(BIN)/netspec train lenet5 --data 'digits(28)' --epochs 20 --name $(RUN)
	$(BIN)/netspec predict runs/$(RUN) docs/seven.png

test: lint types imports tests  ## Run every check.

test-peers: $(VENV)/.peers  ## Compare live with JAX, PyTorch and Keras; installs them.
	$(PYTEST) tests/peers

lint: $(VENV)/.dev
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

tests: $(VENV)/.dev
	$(PYTEST) --ignore=tests/peers

benchmark: $(VENV)/.dev  ## Measure start-up and large specs, and name the benchmarks that take longer.
	$(BIN)/python benchmarks/start_up.py
	$(BIN)/python benchmarks/analyze.py
	@echo 'Longer ones, each with --help:'
	@cd benchmarks && for file in $(LONGER); do printf '  python benchmarks/%s\n    ' $$file; sed -n '1s/"""//p' $$file; done

docs: $(VENV)/.dev  ## Write the pages of the manual that are made from the code.
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/memory_page.py
	$(BIN)/python -m tests.mutation.mutate --write

golden: $(VENV)/.dev  ## Write the golden files of the tests anew; read the difference before committing it.
	$(BIN)/python -m pytest -q tests --update-golden

golden-peers: $(VENV)/.peers  ## Ask JAX, PyTorch and Keras anew for the values that the tests compare with.
	$(BIN)/python -m tests.peers.generate

size:  ## Show the largest modules.
	@wc -l $$(git ls-files 'netspec/*.py') | sort -rn | head -15

clean:  ## Remove what the targets made.
	rm -rf $(VENV) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "netspec needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

# hatchling comes pinned as everything else does, so the package is built with what is installed here.
$(VENV)/.build: $(VENV)/.python constraints.txt
	$(PIP) install --constraint constraints.txt hatchling editables
	@touch $@

$(VENV)/.run: WITH := .
$(VENV)/.dev: WITH := .[dev]
$(VENV)/.peers: WITH := .[dev,peers]
# Compiling on all cores takes less time than pip does; files that are no modules, but data, cannot be compiled.
$(VENV)/.run $(VENV)/.dev $(VENV)/.peers: $(VENV)/.build pyproject.toml
	$(PIP) install --no-compile --constraint constraints.txt --no-build-isolation --editable '$(WITH)'
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
	@touch $@
