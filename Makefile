# The commands of the project. `make` alone lists them. Each sets up what it needs first.

PYTHON := .venv/bin/python
PEERS := .venv-peers/bin/python
OUT := _build/grades
# The column of a page is eighty characters wide.
FORMAT_NOTEBOOKS := $(PYTHON) -m ruff format --quiet --line-length 80 $(wildcard book/*.ipynb exercises/*.ipynb)
LIBRARY_TESTS = lecture_code $(wildcard $(patsubst lecture_code/%,tests/test_%,$(wildcard lecture_code/*.py)))
# One thread a process: with more, small matrix products wait for each other on a busy machine.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
NODE := PATH="$(CURDIR)/.venv/bin:$$PATH"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup system-test system-grade system-pdf system-epub which-submissions book site \
        publish serve pdf epub student nbgrader grade test test-oldest test-browser test-all bench \
        oracles comparison tables notebooks format lint lock clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.installed node_modules/.installed  ## install what the project needs, in this folder

book: setup  ## build the site into _build/html; with CHAPTER=adagrad preview that page
	@$(PYTHON) -m scripts.site $(if $(CHAPTER),--chapter "$(CHAPTER)")

site: setup .venv-lite/.installed  ## build the site and the Jupyter that runs in the browser below it
	@$(PYTHON) -m scripts.lite

publish: pdf epub site  ## build everything that may be published into _build/html

serve: book  ## build the site and serve it on 127.0.0.1
	@$(PYTHON) scripts/serve.py $(if $(CHAPTER),_build/preview)

pdf: book system-pdf  ## print the whole book, into _build/paper
	@$(PYTHON) -m scripts.paper pdf

epub: book system-epub  ## make an EPUB of the whole book
	@$(PYTHON) -m scripts.paper epub

student: setup  ## make the students' edition of the exercises in _build/student
	@$(PYTHON) -m exercises.student

nbgrader: setup  ## make an nbgrader course of the exercises in _build/nbgrader
	@$(PYTHON) -m exercises.nbgrader

grade: which-submissions system-grade  ## grade a class: SUBMISSIONS=folder [EXERCISE=name] [OUT=folder]
	@$(PYTHON) -m exercises grade "$(SUBMISSIONS)" --out "$(OUT)" \
	  $(if $(EXERCISE),--exercise "$(EXERCISE)")

test: setup system-test lint site  ## run every check
	$(PYTHON) -m pytest

# What lecture_code has to do with the NumPy and the Matplotlib of the reader's browser.
test-oldest: setup .venv-lite/oldest/.installed
	PYTHONPATH=.venv-lite/oldest $(PYTHON) -m pytest -q $(LIBRARY_TESTS)

test-browser: setup system-test site  ## run every page and every notebook in the browser
	$(PYTHON) -m pytest -m "thorough or not thorough" tests/browser

test-all: test test-oldest  ## run every check on every page too, then measure
	$(PYTHON) -m pytest -m thorough
	@$(MAKE) bench

bench: setup system-test site .venv-peers/.installed .venv-nbgrader/.installed  ## measure the code beside PyTorch, the grader beside nbgrader, and the pages
	@$(PEERS) scripts/bench_code.py
	@$(PYTHON) scripts/bench_grader.py
	@$(PYTHON) scripts/bench.py

oracles: .venv-peers/.installed  ## record anew what other libraries compute (tests/oracles)
	@$(PEERS) scripts/record_oracles.py

comparison: setup  ## race all methods on all tasks anew, for the page that compares them
	@$(PYTHON) -m scripts.comparison

tables: setup  ## write the tables of the teachers' pages anew, from the definitions
	@$(PYTHON) -m exercises.tables

notebooks: student  ## run every notebook and store its outputs the way the tests want them
	@$(FORMAT_NOTEBOOKS)
	@$(PYTHON) -m scripts.notebooks $(CHAPTER)

format: setup  ## format the code and mend what can be mended
	@$(PYTHON) -m ruff check --fix --exit-zero --quiet .
	@$(PYTHON) -m ruff format .
	@$(FORMAT_NOTEBOOKS)

lint: setup
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(FORMAT_NOTEBOOKS) --check

lock: setup  ## pin every version anew, from pyproject.toml into requirements.txt
	@.venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra course \
	  --no-emit-index-url --no-header pyproject.toml -o requirements.txt

clean:  ## remove what was built; what was installed stays
	rm -rf _build dist build *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -not -path './node_modules/*' -exec rm -rf {} +

which-submissions:
	@test -n "$(SUBMISSIONS)" || { echo "error: which submissions? make grade SUBMISSIONS=folder"; exit 1; }

system-test: setup
	@scripts/system.sh test
	@$(PYTHON) scripts/preflight.py browser bubblewrap

system-pdf system-epub: setup
	@scripts/system.sh $(@:system-%=%)
	@$(PYTHON) scripts/preflight.py browser

system-grade: setup
	@scripts/system.sh grade
	@$(PYTHON) scripts/preflight.py bubblewrap

.venv/.installed: requirements.txt pyproject.toml
	@scripts/system.sh book
	"$$(scripts/system.sh python)" -m venv .venv
	$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv-lite/.installed: requirements-lite.txt
	"$$(scripts/system.sh python)" -m venv .venv-lite
	.venv-lite/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	@touch $@

.venv-lite/oldest/.installed: requirements-oldest.txt .venv-lite/.installed
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --upgrade \
	  --target .venv-lite/oldest -r $<
	@touch $@

.venv-%/.installed: requirements-%.txt
	"$$(scripts/system.sh python)" -m venv .venv-$*
	.venv-$*/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

node_modules/.installed: package-lock.json .venv/.installed
	@$(NODE) npm ci --ignore-scripts --no-audit --no-fund --loglevel error
	@touch $@
