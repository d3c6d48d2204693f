# Thin: every target is a line or two that can be typed by hand. `make` alone prints what there is.
SHELL := /bin/bash
JOBS ?= $(shell nproc)
BIN := build/release/bin
export CTEST_PARALLEL_LEVEL ?= 2
# Objects are the same wherever the checkout lies: another clone and the image build find them in the cache.
export CCACHE_BASEDIR ?= $(CURDIR)
export CCACHE_NOHASHDIR ?= 1
CTEST = ulimit -n "$$(ulimit -Hn)" && ctest --output-on-failure

.PHONY: help deps build test run demo bench image image-test lint format asan tsan fuzz crash coverage clean

help: ## this list
	@sed -n 's/^\([a-z -]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 20

deps: ## install what building and testing needs (Debian 12, apt)
	@packaging/install build test

build: deps ## install what is missing, build a release into build/release
	cmake --preset release
	cmake --build --preset release -j $(JOBS)

test: build ## install, build, run all tests
	cmake --build --preset release -j $(JOBS) --target headers
	$(CTEST) --preset release

run: build ## run the service in the foreground, with curl lines to try
	@demo/run-service $(BIN)

demo: build ## fetch pages of a small sample site, or make demo URLS="https://..."
	@demo/run $(BIN) $(URLS)

bench: build ## /v1/raw side by side with nginx
	@packaging/install bench
	tests/bench/raw_vs_nginx $(BIN)

image: ## build the container image with docker, podman or buildah
	packaging/image

image-test: build ## build the image on a Debian without Docker, run it, fetch through it
	@packaging/install image test
	tests/image/run

lint: build ## layering, headers, co_await, clang-format, source rules
	cmake --build --preset release -j $(JOBS) --target headers
	$(CTEST) --preset release -L lint

format: ## put the layout of the sources right (clang-format 14)
	@packaging/install test
	tests/lint/format.py --fix

asan tsan: deps ## build and test with AddressSanitizer and UBSan, or ThreadSanitizer
	cmake --preset $@
	cmake --build --preset $@ -j $(JOBS)
	$(CTEST) --preset $@

fuzz: deps ## run every fuzz target for SECONDS (10) seconds
	@packaging/install fuzz
	tests/fuzz/run $(or $(SECONDS),10)

crash: build ## kill the service ROUNDS (1000) times at random, beside clients who keep a ledger
	ulimit -n "$$(ulimit -Hn)" && FETCHD_CRASH_ROUNDS=$(or $(ROUNDS),1000) $(BIN)/fetchd_service_crash_test --gtest_filter='JobCrash.*'
	ulimit -n "$$(ulimit -Hn)" && FETCHD_CRASH_ROUNDS=$$(($(or $(ROUNDS),1000) / 10)) $(BIN)/fetchd_service_crash_test --gtest_filter='JobCrashLife.*'

coverage: deps ## branches of the guard, URL and framing code: each covered by unit tests, or explained
	@packaging/install coverage
	tests/coverage/run $(JOBS)

clean: ## remove build/
	rm -rf build
