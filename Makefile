# What a newcomer needs: `make demo` and `make test`. `make help` lists the rest.

GO ?= go

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build ./kofs
	$(GO) build -o kofs ./cmd/kofs

.PHONY: demo
demo: ## a small shop on an embedded broker, and a tour of kofs in it
	@$(GO) build -o .cache/demo ./internal/demo
	@.cache/demo

.PHONY: test
test: build vet unit integration ## everything: vet, staticcheck, unit tests, scripts, real Kafka

.PHONY: vet
vet: ## go vet and staticcheck, with and without the tests on real Kafka
	$(GO) vet ./...
	$(GO) vet -tags integration ./...
	$(GO) tool staticcheck -tags integration ./...

.PHONY: unit
unit: ## unit tests and scripts on the embedded broker, offline
	$(GO) test -race ./...

# Needs java (>= 17) and mvn. Without them one line says what is left out; where
# CI is set, that is a failure. The tests themselves never skip. One package at a
# time: each starts clusters of its own, three brokers and a JVM at most.
.PHONY: integration
integration: ## the same scripts and the oracle on real Apache Kafka
	@if java_version=$$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p') && [ "$${java_version:-0}" -ge 17 ] && command -v mvn >/dev/null; then \
		echo "$(GO) test -tags integration -p 1 -timeout 30m $(INTEGRATION)"; \
		$(GO) test -tags integration -p 1 -count=1 -timeout 30m $(INTEGRATION); \
	elif [ -n "$(CI)" ]; then \
		echo "the tests on real Kafka need java >= 17 and mvn" >&2; exit 1; \
	else \
		echo "left out: the tests on real Kafka, which need java >= 17 and mvn"; \
	fi
INTEGRATION = ./cmd/kofs ./internal/kafkatest/...

# Scenarios are drawn from KOFS_TEST_SEED, which it prints.
.PHONY: exactness
exactness: ## 2000 ranges against Kafka's own consumer, and the scan disturbed (some 10 minutes)
	KOFS_TEST_RANGES=$${KOFS_TEST_RANGES:-2000} $(GO) test -tags integration -count=1 -timeout 90m -v ./internal/kafkatest/oracle

# One after the other: go test takes one target at a time. What fails is written
# to testdata/fuzz of its package, to be kept as a test.
FUZZTIME ?= 5m
.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME, 5m each if not set
	@set -e; for file in $$(grep -rl --include='*_test.go' '^func Fuzz' .); do \
		for target in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(.*/\1/p' $$file); do \
			echo "$$(dirname $$file) $$target"; \
			$(GO) test $$(dirname $$file) -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x; \
		done; \
	done

# Draws its kills from KOFS_TEST_SEED, which it prints.
.PHONY: chaos
chaos: ## 50 coordinators killed during writes, on real Kafka (some 12 minutes)
	KOFS_TEST_KILLS=$${KOFS_TEST_KILLS:-50} $(GO) test -tags integration -count=1 -timeout 60m -v ./internal/kafkatest/chaos

# Its linter has a module file of its own: 200 modules that kofs has nothing to do
# with. The first run compiles it, which takes minutes.
.PHONY: lint
lint: ## golangci-lint with the rules of .golangci.yml
	$(GO) tool -modfile=tools/lint/go.mod golangci-lint run ./...

.PHONY: bench
bench: ## speed and memory on real Kafka, as ratios to a floor (some minutes)
	$(GO) run ./internal/bench

.PHONY: docs
docs: ## write the generated pages anew
	$(GO) test ./cmd/kofs -run TestGeneratedPages -update

.PHONY: compatibility
compatibility: ## write docs/compatibility.md anew, from what real brokers do
	$(GO) test -tags integration -count=1 ./internal/kafkatest/compatibility -update

.PHONY: clean
clean: ## remove what was built and fetched
	rm -rf kofs .cache
