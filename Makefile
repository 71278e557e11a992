# Two commands: `make demo`, `make test`. Needs Python >= 3.11 with pip, make and git; the rest is fetched.

PYTHON ?= python3
SYSTEM_UV := $(shell command -v uv 2>/dev/null)
UV := $(or $(SYSTEM_UV),.tools/bin/uv)
RUN := .venv/bin/python
PYTEST_ARGS ?=
PYTEST_WORKERS ?= 2
export UV_PYTHON ?= $(PYTHON)
export UV_PYTHON_DOWNLOADS ?= never
# A private certificate authority of the machine counts for uv too.
export UV_SYSTEM_CERTS ?= true
# Python keeps what it compiled, whatever this shell says: without, each start of manage.py compiles two thousand files.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup setup-demo start demo test fuzz soak rights check audit sbom fmt messages manual-pictures bench lock

help:  ## Show what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

.tools/bin/uv:
	@echo "fetching uv into .tools"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --upgrade --target .tools "uv>=0.9,<1"

setup: $(if $(SYSTEM_UV),,.tools/bin/uv)  ## Make the environment in .venv (the others do it when needed)
	@$(UV) sync --quiet --frozen --extra embedded

setup-demo: $(if $(SYSTEM_UV),,.tools/bin/uv)
	@echo "preparing the Python environment in .venv"
	@$(UV) sync --quiet --frozen --inexact --no-default-groups --extra embedded

start: setup-demo  ## Start everything with a company of your own, set up in the browser; `make demo` runs beside it (data in .company)
	@BACKOFFICE_END_WITH_PARENT=1 BACKOFFICE_DEMO_EMPTY=1 BACKOFFICE_DATA_DIR=$${BACKOFFICE_DATA_DIR:-.company} exec $(RUN) manage.py demo

demo: setup-demo  ## Start everything with the demo company; Ctrl-C stops it (BACKOFFICE_PORT, BACKOFFICE_DATA_DIR)
	@BACKOFFICE_END_WITH_PARENT=1 exec $(RUN) manage.py demo

test: setup  ## Run all tests (PYTEST_ARGS="-k name", PYTEST_WORKERS=0; REQUIRE_BROWSER=1 wants a browser)
	@$(RUN) -m pytest -q -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

fuzz: setup  ## The requests to each API operation alone, by its description and against it (API_EXAMPLES=30)
	@API_EXAMPLES=$${API_EXAMPLES:-30} $(RUN) -m pytest -q -n $(PYTEST_WORKERS) --dist loadfile tests/api/fuzz $(PYTEST_ARGS)

soak: setup  ## Long random lives of what goods cost (BACKOFFICE_SOAK=200 lives), many kills and faults, 100 requests to each API operation
	@BACKOFFICE_SOAK=$${BACKOFFICE_SOAK:-200} $(RUN) -m pytest -q -n 0 tests/inventory/test_cost_machine.py tests/faults tests/core/test_migrate.py tests/flows/test_two_versions.py tests/security/test_injection.py $(PYTEST_ARGS)
	@API_EXAMPLES=$${API_EXAMPLES:-100} $(RUN) -m pytest -q -n 0 tests/api/fuzz $(PYTEST_ARGS)

rights: setup  ## Write tests/rights/*.csv: who may open, change and call what, role by role (look at its diff)
	@WRITE_RIGHTS=1 $(RUN) -m pytest -q -n 0 tests/rights $(PYTEST_ARGS)

check: setup  ## Format, lint, types, layers, migrations, deployment settings
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy
	@.venv/bin/lint-imports
	@BACKOFFICE_MODE=local $(RUN) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run
	@BACKOFFICE_SECRET_KEY=$$($(RUN) -c 'import secrets; print(secrets.token_urlsafe(50))') \
	  BACKOFFICE_SECRETS_KEY=$$($(RUN) -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())') \
	  BACKOFFICE_MODE=production BACKOFFICE_ALLOWED_HOSTS=shop.example $(RUN) manage.py check --deploy --fail-level WARNING

audit: setup  ## Known weaknesses (OSV, npm) and licences of all dependencies (AUDIT_STRICT=1 fails where nobody can be asked)
	@UV="$(UV)" $(RUN) .ci/audit.py

sbom: $(if $(SYSTEM_UV),,.tools/bin/uv)  ## What is shipped, files of others in the repository too, as a bill of materials (CycloneDX): sbom.json
	@$(UV) export --quiet --frozen --no-default-groups --extra embedded --format cyclonedx1.5 --output-file sbom.json
	@$(PYTHON) .ci/vendored.py sbom.json
	@echo "sbom.json written"

fmt: setup  ## Format and fix what can be fixed
	@$(RUN) -m ruff check --fix --quiet . || true
	@$(RUN) -m ruff format .

messages: setup  ## Collect the texts into locale/ and compile them (needs Debian's gettext)
	@$(RUN) -m django makemessages -l ka -l ru --no-location --no-obsolete --verbosity 0 \
	  --ignore .venv --ignore .tools --ignore tests --ignore bench --ignore node_modules --ignore staticfiles
	@for language in ka ru; do \
	  msgattrib --sort-output --output-file locale/$$language/LC_MESSAGES/django.po locale/$$language/LC_MESSAGES/django.po && \
	  msgfmt --check-format --output-file locale/$$language/LC_MESSAGES/django.mo locale/$$language/LC_MESSAGES/django.po || exit 1; \
	done; \
	msgfmt --check-format --output-file locale/ka/LC_MESSAGES/djangojs.mo locale/ka/LC_MESSAGES/djangojs.po

manual-pictures: setup  ## The manual's pictures, from a running demo (PICTURES_URL, PICTURES_PASSWORD, PICTURES="orders till")
	@$(RUN) docs/manual/pictures.py $(PICTURES)

bench: setup  ## Measure, in a database of its own (BENCH_ARGS="order_to_cash --orders 2000 --json")
	@$(RUN) -m bench $(BENCH_ARGS)

lock:  ## After a change of dependencies: uv.lock and requirements.txt
	@$(UV) lock --quiet
	@$(UV) export --quiet --frozen --no-default-groups --extra embedded --no-header --output-file requirements.txt
