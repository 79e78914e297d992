# SPDX-License-Identifier: Apache-2.0
# A thin front to Meson. `make run` shows Lanewise at work, `make test` proves it.

BUILD  ?= build
TBUILD ?= build-test
FBUILD ?= build-fuzz
BBUILD ?= build-bench
DESTDIR ?=
KBUILD ?= build-kernel
DBUILD ?= build-deb
FUZZ_SECONDS ?= 60
SEEDS ?= 100
ROUNDS ?= 200
HOURS ?= 1
GROUPS ?= 4
JOBS ?= $(shell nproc)
ONCE ?=
PORT ?=

.PHONY: all run test test-daemon test-kill test-kernel deb test-deb fuzz sim bench docs install format check-format tidy clean

all: $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet

$(BUILD)/build.ninja:
	@tools/install-deps build
	@meson setup $(BUILD) --buildtype=release -Db_lto=true -Dtests=false >$(BUILD).log 2>&1 || \
		{ cat $(BUILD).log; exit 1; }
	@rm -f $(BUILD).log

# Decode a real module, check a fabric, bring it up on virtual modules, and serve the page about it
# until Ctrl-C (ONCE=1: until all links have settled; PORT=N: there).
run: all
	@ONCE=$(ONCE) PORT=$(PORT) tools/demo $(BUILD)/src/cli/lanewise $(BUILD)/src/daemon/lanewised

$(TBUILD)/build.ninja:
	@tools/install-deps test
	@meson setup $(TBUILD) -Db_sanitize=address,undefined -Db_lundef=false -Dwerror=true \
		>$(TBUILD).log 2>&1 || { cat $(TBUILD).log; exit 1; }
	@rm -f $(TBUILD).log

$(FBUILD)/build.ninja:
	@tools/install-deps test
	@CC=clang meson setup $(FBUILD) -Dtests=false -Dfuzz=true -Db_lundef=false \
		-Db_sanitize=address,undefined >$(FBUILD).log 2>&1 || { cat $(FBUILD).log; exit 1; }
	@rm -f $(FBUILD).log

# Everything, with ASan and UBSan, then a short run of each fuzzer. Ends with "N passed, N failed".
test: $(TBUILD)/build.ninja $(FBUILD)/build.ninja
	@ninja -C $(TBUILD) --quiet
	@ninja -C $(FBUILD) --quiet
	@tools/test-all $(TBUILD) $(FBUILD)

# Decode through the i2c-dev, i2c-stub and at24 of Debian's kernel, booted by qemu: 10 seconds, and
# what it takes to fetch 70 MB once. Prints TAP.
test-kernel: all
	@tools/install-deps kernel
	@tests/kernel/test-kernel.py $(BUILD)/src/cli/lanewise $(KBUILD)

# The daemon as it ships, with its confinement: sanitizers need what seccomp forbids. Prints TAP.
test-daemon: all
	@tests/daemon/test-lanewised.py $(BUILD)/src/daemon/lanewised .

# Debian packages, in build-deb: library, tools (with virtual modules), daemon. Two minutes of one core.
deb:
	@tools/install-deps deb
	@tools/make-deb $(DBUILD)

# What is in them, and whether it runs. Prints TAP. Not part of CI, which has no two minutes left for it.
test-deb: deb
	@tools/install-deps test-deb
	@tests/deb/test-deb.py $(DBUILD) .

# ROUNDS of kill -9, in the middle of bringing links up and at rest, with a history. Prints TAP.
test-kill: all
	@tests/daemon/test-kill.py $(BUILD)/src/daemon/lanewised $(BUILD)/src/cli/lanewise . $(ROUNDS)

# FUZZ_SECONDS for each fuzzer.
fuzz: $(FBUILD)/build.ninja
	@ninja -C $(FBUILD) --quiet
	@tools/fuzz-all $(FBUILD) $(FUZZ_SECONDS)

# SEEDS chassis on twins in virtual time, HOURS each, with random faults and commands.
sim: $(BBUILD)/build.ninja
	@ninja -C $(BBUILD) --quiet
	@$(BBUILD)/tests/sim/sim --seeds $(SEEDS) --hours $(HOURS) --groups $(GROUPS) --jobs $(JOBS)

$(BBUILD)/build.ninja:
	@tools/install-deps test
	@meson setup $(BBUILD) --buildtype=release -Db_lto=true -Dtests=false -Dbench=true >$(BBUILD).log 2>&1 || \
		{ cat $(BBUILD).log; exit 1; }
	@rm -f $(BBUILD).log

bench: $(BBUILD)/build.ninja
	@ninja -C $(BBUILD) --quiet
	@$(BBUILD)/bench/bench
	@bench/bench-serve.py $(BBUILD)/src/cli/lanewise
	@bench/bench-daemon.py $(BBUILD)/src/daemon/lanewised

# The reference pages, from data/: docs/ref/*.md (installed beside the man pages too).
docs:
	@python3 gen/maps.py markdown data/maps data/codes.csv docs/ref

# The same beside ethtool's decoder, built from Debian's source package into the build folder.
bench-peer: $(BBUILD)/build.ninja
	@ninja -C $(BBUILD) --quiet
	@bench/peer-ethtool.sh $(BBUILD)

install: all
	@DESTDIR=$(abspath $(DESTDIR)) meson install -C $(BUILD) --quiet

format:
	@tools/check-format --write .

check-format:
	@tools/check-format .

# clang-tidy over the library and the command line.
tidy: all
	@ls src/*/*.c src/*/*/*.c | xargs -P 2 -n 4 clang-tidy -p $(BUILD) --quiet

clean:
	@rm -rf $(BUILD) $(TBUILD) $(FBUILD) $(BBUILD) $(KBUILD) $(DBUILD)
