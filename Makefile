# What a developer runs, CI runs: `.ci/run` is `make test` and nothing else.

CARGO ?= cargo
PROFILE ?= release

.PHONY: run test lint bench prerequisites

# A market to look at: a made-up fortnight as a flow, in var/.
run: prerequisites
	mkdir -p var
	$(CARGO) run --quiet --profile $(PROFILE) -- demo --out var/demo.jsonl
	@echo "var/demo.jsonl holds a made-up market of two weeks, one command a line; docs/OPERATING.md says how it is made."

# Everything that must hold before a change lands.
test: lint
	$(CARGO) test --locked

lint: prerequisites
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null; then $(CARGO) deny --locked check licenses bans sources; fi

bench: prerequisites
	$(CARGO) bench --locked

# diesel links libpq. Debian has it as a package; elsewhere it must be there already.
prerequisites:
	@if ! pkg-config --exists libpq 2>/dev/null && ! ls /usr/include/postgresql/libpq-fe.h >/dev/null 2>&1; then \
		as_root=; [ "$$(id -u)" = 0 ] || as_root=sudo; \
		$$as_root apt-get update -qq && $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends libpq-dev; \
	fi
