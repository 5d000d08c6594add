# Thin on purpose: each target is one or two commands that you can type yourself.
.DEFAULT_GOAL := help
.PHONY: help deps native build test demo bench fmt check clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

deps: ## Install what is missing (Debian packages, npm engines); needs root only when a package is missing
	@build/deps

native: deps ## Compile the C++ shims into artifacts/native
	@build/native

build: native ## Build everything; the command is artifacts/saki/saki
	@build/publish

test: native ## Run all tests
	@build/test

demo: build ## Sample data, a minute of training, a page that answers. DATA=path, DEMO_EXIT=1
	@build/demo

bench: build ## Run the benchmarks and print ratios against their peers
	@bench/run

fmt: ## Format the code
	dotnet format Saki.slnx

check: native ## Formatting, analyzers as errors, and the commands of the docs
	@build/check

clean: ## Remove everything that was built
	rm -rf artifacts node_modules
