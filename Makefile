# `make check` and `make test` are what CI runs; `make ci` is all of it.
.PHONY: check test race fuzz bench stress soak volume mutants chaos ci build demo tools release
.PHONY: charts chart-readme dashboard

build:
	CGO_ENABLED=0 go build -trimpath -o bin/sluice ./cmd/sluice

release:
	.ci/release "$(or $(VERSION),dev)" bin

tools:
	go -C .ci/checks build -o $(CURDIR)/bin/staticcheck honnef.co/go/tools/cmd/staticcheck
	go -C .ci/checks build -o $(CURDIR)/bin/govulncheck golang.org/x/vuln/cmd/govulncheck

check: tools
	PATH="$(CURDIR)/bin:$$PATH" .ci/check

test:
	go test ./...

race:
	go test -race -short -shuffle=on ./...

fuzz:
	.ci/fuzz 30s

bench:
	go test -run '^$$' -bench . -benchmem ./...

stress:
	SLUICE_STRESS=1 go test -count=1 -timeout 60m -run 'Stress|Crash|Kill' ./...

# make soak HOURS=n simulates until the hours are over, from a seed of the clock;
# it ends with the first seed that fails.
HOURS ?= 1
soak:
	go test ./processor/simtest -run '^TestSeeds$$' -count=1 -timeout 0 -v -first-failure \
		-hours $(HOURS) -first $$(date +%s)

# make volume SEED=n: ten million records through one transactional id. CI runs it
# with the first seed.
SEED ?= 1
volume:
	.ci/volume $(SEED)

# Planted bugs that the simulation has to find, and ten minutes of trouble on three
# real brokers. CI runs both.
mutants:
	go test -tags mutants ./processor/simtest -run 'Mutants$$' -count=1 -timeout 60m -v

chaos:
	go test -tags chaos ./processor/chaostest -count=1 -timeout 60m -v -chaos.duration 10m

charts: tools
	PATH="$(CURDIR)/bin:$$PATH" .ci/charts

chart-readme:
	cd .ci/checks && go tool helm-docs --chart-search-root ../../charts --sort-values-order file --log-level warning

dashboard:
	cd .ci/checks && go run ./dashboard >../../charts/sluice/dashboards/sluice.json

demo:
	go run ./cmd/sluice demo --duration 20s

ci:
	.ci/run
