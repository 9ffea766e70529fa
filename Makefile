# Everything one does with this repository. `make` alone lists it.
PY := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help demo test check serve browser bench docs lock clean

help:  ## list these targets
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

demo:  ## births become cards, pages on http://127.0.0.1:8000 (options: ARGS="--once --births 5000")
	@python3 tools/setup.py
	@.venv/bin/lienthong demo $(ARGS)

test:  ## every test that a release must pass, in the browser too (options: ARGS="tests/law")
	@python3 tools/setup.py --browser --java
	@$(PY) -m pytest -n auto --dist loadfile $(ARGS)

check:  ## format, lint, types, floors, spelling, generated pages, migrations
	@python3 tools/setup.py
	@$(PY) tools/check.py

serve:  ## the pages of an installation that is set up
	@python3 tools/setup.py
	@.venv/bin/lienthong serve $(ARGS)

browser:  ## only the officials' journeys in chromium
	@python3 tools/setup.py --browser
	@$(PY) -m pytest tests/browser $(ARGS)

bench:  ## figures of this machine (options: ARGS="enrol --births 20000")
	@python3 tools/setup.py
	@.venv/bin/lienthong bench $(or $(ARGS),enrol)

docs:  ## write the generated pages anew
	@python3 tools/setup.py
	@$(PY) tools/docs.py

lock:  ## resolve the dependencies anew into requirements.lock
	@.venv/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-header --upgrade --quiet --output-file requirements.lock

clean:  ## remove the environment and what builds leave behind; the data in var/ stays
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage*
