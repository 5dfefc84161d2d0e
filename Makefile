# The two commands of the README are `make course` and `make test`; `make help` lists the others.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
# Where no sandbox can be made (macOS): make course GRADE=--unsandboxed
GRADE :=

.PHONY: course test test-slow verify truth lint install lab serve bench lock clean help

course: install  ## execute every chapter, release, grade two samples, build the site
	@$(BIN)/coursekit run
	@$(BIN)/coursekit release
	@$(BIN)/coursekit grade --samples $(GRADE)
	@$(BIN)/coursekit book
	@echo
	@echo "site        $(CURDIR)/_build/html/index.html"
	@echo "release     $(CURDIR)/release"
	@echo "gradebook   $(CURDIR)/gradebook.db"
	@echo "timing      $(CURDIR)/_build/timing.md"

test: install lint  ## everything that CI runs
	@$(BIN)/pytest -n auto --dist loadfile -m "not slow"

test-slow: install  ## the tests that take minutes
	@$(BIN)/pytest -m slow

verify: install  ## prove every question with right and wrong answers and with mutants, in the grader
	@$(BIN)/coursekit verify --mutants $(GRADE)

truth: install  ## check the text of every chapter against ten runs with other seeds (takes hours)
	@$(BIN)/coursekit truth

lint: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

install: $(INSTALLED)  ## make the environment .venv

$(INSTALLED): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else \
	    f"coursekit needs Python 3.11 to 3.13, but $(PYTHON) is {sys.version.split()[0]}: use make PYTHON=python3.12, say")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --compile --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $(INSTALLED)

lab: install  ## JupyterLab with the course
	@$(BIN)/jupyter lab

serve: install  ## the site on http://localhost:8000
	@$(BIN)/python -m http.server --directory _build/html --bind localhost 8000

bench: install  ## speed of training and of grading, as ratios, on this machine
	@$(BIN)/python benchmarks/training.py
	@$(BIN)/python benchmarks/backends.py
	@$(BIN)/python benchmarks/grading.py

lock: install  ## compile requirements.txt anew from pyproject.toml (OPTIONS=--upgrade for newer versions)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --all-extras $(OPTIONS) \
	    --no-emit-index-url --no-annotate --custom-compile-command "make lock" \
	    --output-file requirements.txt pyproject.toml

clean:  ## remove everything generated, but not the environment
	rm -rf _build release submitted autograded feedback gradebook.db*

help:
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12
