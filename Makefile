# Two commands do all set-up on a fresh machine: make demo, make test.

GO      ?= go
DATA    ?= ./data
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -s -w -X main.version=$(VERSION)

.PHONY: help demo build test check vet tidy lint unit e2e bench soak sizing deps clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## install what is missing, build, and play a live channel with ads in it
	@scripts/deps.sh media page
	@$(MAKE) --no-print-directory build
	@exec bin/stitcher demo --data-dir $(DATA)

build: ## build bin/stitcher
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/stitcher ./cmd/stitcher

deps: ## install everything that the tests need
	@scripts/deps.sh media page services browser lint

# SQLite is translated from C. With the race detector and its pointer checks in SQLite the tests
# that use the store take three times as long, and its code is not ours to check. In
# its C library only the pointer checks are off.
RACE := -race -gcflags=modernc.org/libc/...=-d=checkptr=0 '-gcflags=modernc.org/sqlite/lib=-race=false -d=checkptr=0'

# go test's own output comes last: whoever reads the log sees which packages ran.
# -count 1, because go does not see that the tests which build the program depend on it.
test: deps vet tidy lint ## all tests: vet, linters, arrows, unit and golden tests with -race, end to end in a browser
	$(GO) test $(RACE) -timeout 45m -count 1 ./...
	@$(MAKE) --no-print-directory e2e

# The packages whose tests take minutes with -race: ffmpeg, beacons in real time, attacks.
SLOW := /internal/transcodecache$$|/internal/tracking$$|/internal/demo$$|/test/attack$$

check: ## the quick half of the tests, without ffmpeg, beacons, attacks and browsers
	@scripts/deps.sh media services lint
	@$(MAKE) --no-print-directory vet tidy lint
	$(GO) test -short $(RACE) -timeout 5m $$($(GO) list ./... | grep -vE '$(SLOW)')

vet:
	$(GO) vet -tags e2e ./...

tidy: ## fail if go.mod requires a module that nothing imports, or lacks one
	$(GO) mod tidy -diff

lint: ## run the linters
	@scripts/deps.sh lint
	GOLANGCI_LINT_CACHE=$(CURDIR)/bin/lint-cache bin/golangci-lint run

e2e: ## real players in Chromium, and the real aws command line, against the program
	@scripts/deps.sh media page services browser
	$(GO) test -tags e2e $(RACE) -timeout 40m -count 1 ./internal/httpapi/admin/... ./test/e2e/...

bench: ## benchmarks, each once and without the tests
	$(GO) test -run '^$$' -bench . -benchmem ./...

SOAK ?= 10m

soak: ## viewers on a node over Redis for ten minutes, or SOAK=1h: memory, goroutines, descriptors stay flat
	@scripts/deps.sh media services
	$(GO) test ./test/nodes -run TestSoak -count 1 -v -timeout 0 -nodes.soak $(SOAK)

SIZING ?= 1000,5000,20000

sizing: ## what viewers cost on nodes over Redis, for as many as SIZING says, and what a million would
	@scripts/deps.sh services
	$(GO) test ./test/sizing -run TestSizing -count 1 -v -timeout 0 -sizing.viewers $(SIZING)

clean: ## remove what was built; keeps node_modules and ./data
	rm -rf bin/stitcher internal/demo/static/*.min.js
	$(GO) clean -testcache
