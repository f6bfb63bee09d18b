# What a developer runs, CI runs: `.ci/run` is `make test` and nothing else.
#
#   make run                    a living demonstration market, served on http://127.0.0.1:8080 until Ctrl-C
#     LISTEN=127.0.0.1:9000     elsewhere
#     LIVE=0                    without the robot that trades beside you
#     FRESH=1                   begins anew
#     DATABASE=postgres://…     in another database; by default var/qiantang.db
#
#   make market                                              a made-up market of two weeks, replayed, reported on, proved
#   make market TRACE=openb  NODES=nodes.csv PODS=pods.csv   Alibaba's cluster-trace-gpu-v2023
#   make market TRACE=philly NODES=nodes.csv JOBS=jobs.csv   Microsoft's Philly trace
#     OFFERED=20                                             percent of a trace's nodes that are offered
#
# With any of them SEED=7.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c

CARGO ?= cargo
SEED ?= 1
LISTEN ?= 127.0.0.1:8080
LIVE ?= 1

BUILT := $(or $(CARGO_TARGET_DIR),target)/release/qiantang
SERVED := $(or $(DATABASE),var/qiantang.db)
REPLAYED := $(or $(DATABASE),var/market.db)
MARKET := $(or $(TRACE),demo)
FLOW := var/$(MARKET).jsonl
OFFERED_FLAG := $(if $(OFFERED),--offered $(OFFERED))
URL := http://$(LISTEN)

ifeq ($(filter demo openb philly,$(MARKET)),)
$(error TRACE is openb or philly)
endif
ifeq ($(MARKET) $(and $(NODES),$(PODS)),openb )
$(error TRACE=openb needs NODES=openb_node_list_gpu_node.csv PODS=openb_pod_list_default.csv)
endif
ifeq ($(MARKET) $(and $(NODES),$(JOBS)),philly )
$(error TRACE=philly needs NODES=openb_node_list_gpu_node.csv JOBS=philly_first_half.csv)
endif

.PHONY: run market build flow-demo flow-openb flow-philly test lint bench prerequisites prerequisites-of-tests

# A market to trade in. The robot's own lines go to a file, so that the log-ins above stay in sight.
run: build
	@[ -z "$(TRACE)" ] || { echo 'traces are replayed by: make market TRACE=$(TRACE) …'; exit 2; }
	@mkdir -p var
	@echo && echo "== The market: $(SERVED)"
	@$(BUILT) seed --demo $(if $(FRESH),--fresh) --seed $(SEED) --url $(URL) --database "$(SERVED)"
	@echo && echo "== Serving on $(URL) until Ctrl-C"
	@robot=; \
	trap '[ -z "$$robot" ] || kill $$robot 2>/dev/null || :' EXIT; \
	if [ "$(LIVE)" != 0 ]; then \
		echo "A robot trades beside you: var/robot.log says what it does, LIVE=0 leaves it out"; \
		$(BUILT) demo trade --url $(URL) --seed $(SEED) > var/robot.log 2>&1 & robot=$$!; \
	fi; \
	RUST_LOG="$${RUST_LOG:-info,actix_server=warn,qiantang::access=warn}" \
		$(BUILT) serve --listen $(LISTEN) --issuer $(URL) --database "$(SERVED)" --settle-every-hours 1

# A market to look at: make a flow, replay it, report on it, prove the books.
market: build
	@mkdir -p var
	@echo && echo "== Making a market: $(FLOW)"
	@$(MAKE) --no-print-directory flow-$(MARKET)
	@echo && echo "== Replaying it on an empty database: $(REPLAYED)"
	@$(BUILT) replay $(FLOW) --fresh --database "$(REPLAYED)" --out var/results.jsonl --report var/report.txt
	@cat var/report.txt
	@echo && echo "== Verifying: balances added up again, the journal replayed from the beginning"
	@$(BUILT) verify --database "$(REPLAYED)"
	@printf '%s\n' '' '== What is where' \
		'$(FLOW)   the market, one command a line' \
		'var/results.jsonl   what each command was answered' \
		'$(REPLAYED)   the books' \
		'var/report.txt   the report above' \
		'' '== What to try next' \
		'$(BUILT) --database $(REPLAYED) report provider --org 龙井坡智算中心有限公司（虚构）' \
		'$(BUILT) --database $(REPLAYED) report programme-statement --org 示例市算力券主管局（虚构）' \
		'$(BUILT) --database $(REPLAYED) report voucher-statement --org 断桥影像有限公司（虚构）' \
		'$(BUILT) --database $(REPLAYED) report trial-balance --format csv' \
		'$(BUILT) --database $(REPLAYED) replay $(FLOW) --fresh   the same again, with the same state hash' \
		'make market TRACE=philly NODES=… JOBS=…   real demand; docs/OPERATING.md says where the files are from' \
		'make run'

build: prerequisites
	@echo "== Building $(BUILT); the first time takes some minutes"
	@$(CARGO) build --locked --release

flow-demo:
	@$(BUILT) demo --seed $(SEED) --out $(FLOW)

flow-openb:
	@$(BUILT) trace openb --nodes "$(NODES)" --pods "$(PODS)" $(OFFERED_FLAG) --seed $(SEED) --out $(FLOW)

flow-philly:
	@$(BUILT) trace philly --nodes "$(NODES)" --jobs "$(JOBS)" $(OFFERED_FLAG) --seed $(SEED) --out $(FLOW)

# Everything that must hold before a change lands.
test: lint prerequisites-of-tests
	@mkdir -p var; ended=0; $(CARGO) test --locked 2>&1 | tee var/test.log || ended=$$?; \
	awk '/^test result:/ { passed += $$4; failed += $$6; ignored += $$8 } \
		END { printf "\n%d tests passed, %d failed, %d ignored\n", passed, failed, ignored }' var/test.log; \
	exit $$ended
	$(CARGO) build --locked
	tests/schemathesis.sh $(or $(CARGO_TARGET_DIR),target)/debug/qiantang

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

# The tests start a PostgreSQL server of their own; Debian 12 has version 15. Schemathesis is a Python program.
prerequisites-of-tests:
	@compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || { $(INSTALL) postgresql; }
	@python3 -c 'import ensurepip' 2>/dev/null || { $(INSTALL) python3-venv; }
