PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# Tests that mostly wait for other processes: they run beside the others, each on a core.
BESIDE := tests/guarantees tests/loopline

.DEFAULT_GOAL := help
.PHONY: help demo test fmt bench soak

help:           ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/  /'

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

demo: $(READY)  ## install, start broker and stack, stream data, print the board's address (ONCE=1 ends by itself)
	@exec $(BIN)/loopline demo $(if $(ONCE),--once)

test: $(READY)  ## install and run every check
	sh .ci/packages
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	@mkdir -p var; $(BIN)/pytest -m 'not soak' $(BESIDE) >var/beside.txt 2>&1 & beside=$$!; \
	trap 'kill $$beside' INT TERM; \
	$(BIN)/pytest -m 'not soak' $(BESIDE:%=--ignore=%); rest=$$?; \
	wait $$beside; code=$$?; cat var/beside.txt; [ $$rest -eq 0 ] && [ $$code -eq 0 ]

fmt: $(READY)   ## format and fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) ## measure against peers in one run (minutes)
	$(BIN)/python -m benches.streams

soak: $(READY)  ## the long campaigns
	$(BIN)/pytest -m soak
