# Every target is listed by `make help`. Continuous integration calls the same ones.
.DEFAULT_GOAL := help
.PHONY: help setup run demo test unit lint format faults bench chart pdfa docs lock images cluster rehearse sbom audit clean
MAKEFLAGS += --no-print-directory

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing (Debian packages, then .venv from requirements.lock)
	@scripts/setup

run: setup ## start the whole platform here, with its own PostgreSQL and RabbitMQ
	@.venv/bin/panjareh up

demo: setup ## follow one citizen's request from the form to the verified document
	@.venv/bin/panjareh demo

test: ## every test, on real PostgreSQL and RabbitMQ, and in a real browser
	@scripts/setup tests
	@.venv/bin/pytest

unit: setup ## only the tests that need no server
	@.venv/bin/pytest tests/unit tests/architecture tests/golden

lint: setup ## style, formatting, types and the fences between packages
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy
	@.venv/bin/lint-imports

format: setup ## put the code in the house's format
	@.venv/bin/ruff check --fix
	@.venv/bin/ruff format

faults: setup ## only the tests that kill processes and servers
	@.venv/bin/pytest -m faults

bench: setup ## measure against peers; ONLY=B1a for one, ARGS=--full for the largest tables
	@.venv/bin/python -m tests.bench $(ONLY) $(ARGS) --json docs/performance/bench.json --table docs/performance.md

chart: setup ## check the Helm chart: both majors of Helm, schemas, policy, and what they cannot see
	@scripts/chart_tools
	@.venv/bin/pytest -m chart tests/chart

pdfa: setup ## check issued documents against PDF/A and PDF/UA with veraPDF, which it fetches (needs Java and Maven)
	@mvn -q -B -f tests/pdfa/pom.xml org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies -DoutputDirectory=$(CURDIR)/build/verapdf
	@.venv/bin/pytest tests/pdfa

docs: setup ## write the contracts in docs/ and what is made in the chart anew
	@.venv/bin/python scripts/generate_contracts.py
	@.venv/bin/python scripts/generate_chart.py

lock: setup ## compile requirements.lock anew from the pyproject files
	@scripts/lock

images: setup ## build the container images without Docker, twice one of them, and run the platform in them
	@scripts/images build
	@.venv/bin/pytest tests/images -m images

cluster: setup ## start a Kubernetes of this machine with the platform's images (builds all of it once, for half an hour)
	@scripts/cluster up
	@scripts/images build
	@scripts/images servers
	@scripts/cluster load-all
	@echo "Next: make rehearse, or docs/operations/cluster-run.md. At the end: scripts/cluster down"

rehearse: setup ## install, load, kill, upgrade, roll back and uninstall the chart on the cluster of `make cluster`
	@scripts/chart_tools
	@scripts/cluster volumes
	@scripts/cluster run .venv/bin/pytest -m cluster -s -v tests/cluster

sbom: setup ## a bill of materials (CycloneDX) for each image, in build/sbom
	@scripts/supply-chain sbom

audit: setup ## ask the Python advisory service about everything in requirements.lock
	@scripts/supply-chain audit

clean: ## remove .venv, caches and build results (data folders stay)
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist
	@find libs services tests -name __pycache__ -prune -exec rm -rf {} +
