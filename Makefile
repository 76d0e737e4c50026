# make run    opens Glassbox (ARGS="stride" opens a topic, ARGS="check" checks the GPU, …)
# make test   runs all tests
# Both first see to it that there is a Vulkan driver. All the rest is plain cargo.

CARGO ?= cargo
ARGS ?=

.PHONY: help run test check-driver check-cargo

help:
	@sed -n 's/^# //p' Makefile

run: check-cargo check-driver
	$(CARGO) run --release --locked -- $(ARGS)

test: check-cargo check-driver
	$(CARGO) test --locked

check-driver:
	@tools/ensure-vulkan.sh

check-cargo:
	@command -v $(CARGO) >/dev/null 2>&1 || { \
		echo "There is no cargo on the PATH: install Rust from https://rustup.rs, then open a new terminal." >&2; \
		exit 1; }
