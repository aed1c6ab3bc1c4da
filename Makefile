# make run    build everything and start a demonstration to look at in a browser
# make test   every check
# make bench  cost of a forwarded packet beside the bare floor, and how long pages wait for their data; tables, and target/bench/*.json
# make dist   one archive for a machine without internet, and a trial of it where there is no network
# make soak   the long checks, an hour or two, as root: attacks, simulations with seeds nobody has seen, every pair of accidents
#             recorded, 200 kills, power cuts and disks that stand still, ten thousand viewers, a rush of them, lips
# make setup  only install what is missing
#
# Each installs first what it needs and does not find (.ci/setup says what and why).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
export PATH := $(CURDIR)/target/tools/node/node_modules/.bin:$(PATH)

.PHONY: help setup run pages test bench dist soak
help:
	@sed -n '/^# /s/^# //p;/^#$$/s/^#//p' Makefile

setup:
	@.ci/setup test

run: pages
	@cargo build --locked
	@exec target/debug/yunling serve --demo

pages:
	@.ci/setup run
	@cd web && npm run --silent build

test:
	@.ci/setup test
	@.ci/check

bench:
	@.ci/setup run
	@cargo bench --locked --bench forwarding --bench pages

dist: pages
	@.ci/setup test
	@.ci/offline "$$(.ci/dist | tail -n 1)"

soak: export SOAK_FILES := $(CURDIR)/target/soak
soak:
	@.ci/setup test
	@rm -rf target/soak
	@SOAK=1 cargo test --locked --test sim --test alloc --test hostile --test fuzz -- --nocapture
	@SOAK=1 cargo test --locked --test api -- six_kills twenty_recordings --nocapture
	@SOAK=1 cargo test --locked --test bots -- kills:: logins:: joins:: --nocapture
	@SOAK=1 cargo test --locked --config profile.dev.package.yunling.opt-level=2 --test recorder -- --nocapture
	@cargo build --release --locked
	@cd web && YUNLING=$(CURDIR)/target/release/yunling npx --no-install playwright test --config e2e/soak/playwright.config.ts
