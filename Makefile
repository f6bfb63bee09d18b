# What a developer runs, CI runs: `.ci/run` is `make test` and nothing else.
#
#   make run                                              a made-up market of two weeks
#   make run TRACE=openb  NODES=nodes.csv PODS=pods.csv   Alibaba's cluster-trace-gpu-v2023
#   make run TRACE=philly NODES=nodes.csv JOBS=jobs.csv   Microsoft's Philly trace
#
# With a trace also OFFERED=20 (percent of the nodes that are offered); with any SEED=7.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c

CARGO ?= cargo
DATABASE ?= var/qiantang.db
SEED ?= 1

QIANTANG := $(CARGO) run --quiet --locked --release --
BUILT := $(or $(CARGO_TARGET_DIR),target)/release/qiantang
MARKET := $(or $(TRACE),demo)
FLOW := var/$(MARKET).jsonl
OFFERED_FLAG := $(if $(OFFERED),--offered $(OFFERED))
ELSEWHERE := $(if $(filter-out var/qiantang.db,$(DATABASE)), --database "$(DATABASE)")

ifeq ($(filter demo openb philly,$(MARKET)),)
$(error TRACE is openb or philly)
endif
ifeq ($(MARKET) $(and $(NODES),$(PODS)),openb )
$(error TRACE=openb needs NODES=openb_node_list_gpu_node.csv PODS=openb_pod_list_default.csv)
endif
ifeq ($(MARKET) $(and $(NODES),$(JOBS)),philly )
$(error TRACE=philly needs NODES=openb_node_list_gpu_node.csv JOBS=philly_first_half.csv)
endif

.PHONY: run flow-demo flow-openb flow-philly test lint bench prerequisites prerequisites-of-tests

# A market to look at: build, make a flow, replay it, report on it, prove the books.
run: prerequisites
	@echo "== Building $(BUILT); the first time takes some minutes"
	@$(CARGO) build --locked --release
	@mkdir -p var
	@echo && echo "== Making a market: $(FLOW)"
	@$(MAKE) --no-print-directory flow-$(MARKET)
	@echo && echo "== Replaying it on an empty database: $(DATABASE)"
	@$(QIANTANG) replay $(FLOW) --fresh --database "$(DATABASE)" --out var/results.jsonl --report var/report.txt
	@cat var/report.txt
	@echo && echo "== Verifying: balances added up again, the journal replayed from the beginning"
	@$(QIANTANG) verify --database "$(DATABASE)"
	@printf '%s\n' '' '== What is where' \
		'$(FLOW)   the market, one command a line' \
		'var/results.jsonl   what each command was answered' \
		'$(DATABASE)   the books' \
		'var/report.txt   the report above' \
		'' '== What to try next' \
		'$(BUILT)$(ELSEWHERE) report provider --org 龙井坡智算中心有限公司（虚构）' \
		'$(BUILT)$(ELSEWHERE) report trial-balance --format csv' \
		'$(BUILT)$(ELSEWHERE) replay $(FLOW) --fresh   the same again, with the same state hash' \
		'make run TRACE=philly NODES=… JOBS=…   real demand; docs/OPERATING.md says where the files are from' \
		'make test'

flow-demo:
	@$(QIANTANG) demo --seed $(SEED) --out $(FLOW)

flow-openb:
	@$(QIANTANG) trace openb --nodes "$(NODES)" --pods "$(PODS)" $(OFFERED_FLAG) --seed $(SEED) --out $(FLOW)

flow-philly:
	@$(QIANTANG) trace philly --nodes "$(NODES)" --jobs "$(JOBS)" $(OFFERED_FLAG) --seed $(SEED) --out $(FLOW)

# Everything that must hold before a change lands.
test: lint prerequisites-of-tests
	@mkdir -p var; ended=0; $(CARGO) test --locked 2>&1 | tee var/test.log || ended=$$?; \
	awk '/^test result:/ { passed += $$4; failed += $$6; ignored += $$8 } \
		END { printf "\n%d tests passed, %d failed, %d ignored\n", passed, failed, ignored }' var/test.log; \
	exit $$ended

lint: prerequisites
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null; then $(CARGO) deny --locked check licenses bans sources; fi

bench: prerequisites
	$(CARGO) bench --locked

# Debian packages; elsewhere the same must be there already.
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo)
INSTALL = $(AS_ROOT) apt-get update -qq && $(AS_ROOT) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends

# diesel links libpq.
prerequisites:
	@pkg-config --exists libpq 2>/dev/null || [ -e /usr/include/postgresql/libpq-fe.h ] || { $(INSTALL) libpq-dev; }

# The tests start a PostgreSQL server of their own; Debian 12 has version 15.
prerequisites-of-tests:
	@compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || { $(INSTALL) postgresql; }
