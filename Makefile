# Thin names for commands; the README gives each in plain pip and Python, for Windows.
# Everything is installed into .venv once, and again only when its list of packages changes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help book serve lab test exercises grade bench lint clean

help:
	@echo "make book       build the book (first time: also the environment) and say where it lies"
	@echo "make serve      show the built book at http://127.0.0.1:8000"
	@echo "make lab        open chapters and exercises in JupyterLab"
	@echo "make test       run all tests"
	@echo "make exercises  write exercises/ anew from solutions/"
	@echo "make grade      autograde what lies in submitted/, write feedback/ and grades.csv"
	@echo "make bench      measure nnlib beside its peers"
	@echo "make lint       check the style of the code"
	@echo "make clean      remove what was built, keep the environment"

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "This course needs Python 3.11 or newer, but %s is Python %d.%d. Install a newer one, or name it: make PYTHON=python3.12" % ((sys.executable,) + tuple(sys.version_info[:2])))'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Python could not make a virtual environment; on Debian or Ubuntu: apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

book: $(READY)
	jupyter-book build . -W -n --all --quiet
	@echo "The book is ready: open $(CURDIR)/_build/html/index.html"

serve: book
	python -m http.server --bind 127.0.0.1 --directory _build/html 8000

lab: $(READY)
	@# The messages of the checks link to the book: JupyterLab serves it under /static (under /files, without its styles).
	@# For students: without nbgrader's button Validate, which does not know the hidden tests and calls right answers failed.
	@mkdir -p _build/lab/labconfig && echo '{"disabledExtensions": {"@jupyter/nbgrader": true}}' > _build/lab/labconfig/page_config.json
	JUPYTER_CONFIG_PATH="$(CURDIR)/_build/lab" $(if $(wildcard _build/html/index.html),NNLIB_BOOK=/static/book) jupyter lab --ServerApp.extra_static_paths="$(CURDIR)/_build/html"

test: $(READY)
	@# In the order of their names: the book in the browser takes longest, so it comes first and no worker waits for it.
	python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

exercises: $(READY)
	course release

grade: $(READY)
	-course grade
	-course feedback
	course export grades.csv

bench: $(READY)
	for peer in scalar nn jacobian digits course hand_back; do python benchmarks/$$peer.py || exit 1; done

lint: $(READY)
	ruff check .

clean:
	rm -rf _build
