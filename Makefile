# libami: `make demo` shows it, `make test` proves it, `make install PREFIX= DESTDIR=` installs the C library.

PREFIX ?= /usr/local
DESTDIR ?=
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
CC ?= cc
CARGO ?= cargo
PYTHON ?= python3

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
# Until 1.0 a minor version may break the ABI.
SONAME := libami.so.0
BUILD := build
COMMA := ,
SYMBOLS := $(shell sed -n 's/^\(ami_[a-z0-9_]*\) .*/\1/p' include/symbols.txt) \
    $(shell sed -n 's/^[a-z].*[ *]\(ami_simulator_[a-z0-9_]*\)[^a-z0-9_].*/\1/p' include/ami_simulator.h)
# What a Rust static library needs besides itself.
SYSTEM_LIBS := -lgcc_s -lm -lc
RUST_SOURCES := Cargo.toml $(wildcard Cargo.lock) $(shell find src -name '*.rs')

.PHONY: all lib python demo test check instructions soak release-check bench growth fuzz install uninstall clean \
    $(BUILD)/libami.pc
all: lib

lib: $(BUILD)/$(SONAME) $(BUILD)/libami.so $(BUILD)/libami.a $(BUILD)/libami.pc

# A target folder of its own: the Python module is built from the same crate with other features.
$(BUILD)/libami.a: $(RUST_SOURCES)
	@mkdir -p $(BUILD)
	$(CARGO) rustc --release --lib --crate-type staticlib --no-default-features --features capi,simulator \
	    --target-dir target/capi
	cp target/capi/release/libami.a $@

# The simulator's symbols have a version of their own, as they are not part of the promise. The later pattern wins.
$(BUILD)/libami.map: Makefile
	@mkdir -p $(BUILD)
	printf 'LIBAMI_0 {\nglobal: ami_*;\nlocal: *;\n};\nLIBAMI_SIMULATOR {\nglobal: ami_simulator_*;\n};\n' > $@

# Linked by hand: so it has a soname and versioned symbols, exports nothing else, and is never unmapped under its thread.
$(BUILD)/$(SONAME): $(BUILD)/libami.a $(BUILD)/libami.map
	@echo "link $@"
	@$(CC) -shared -o $@ -Wl,-soname,$(SONAME) -Wl,--version-script,$(BUILD)/libami.map \
	    $(addprefix -Wl$(COMMA)-u$(COMMA),$(SYMBOLS)) -Wl,--gc-sections -Wl,-z,relro -Wl,-z,now -Wl,-z,nodelete \
	    -Wl,-z,defs $(LDFLAGS) $(BUILD)/libami.a $(SYSTEM_LIBS)

$(BUILD)/libami.so: $(BUILD)/$(SONAME)
	ln -sf $(SONAME) $@

# Made anew each time: PREFIX may have changed.
$(BUILD)/libami.pc: libami.pc.in
	@mkdir -p $(BUILD)
	@sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|; s|@VERSION@|$(VERSION)|' \
	    -e 's|@SYSTEM_LIBS@|$(SYSTEM_LIBS)|' libami.pc.in > $@

install: lib
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)
	install -m 755 $(BUILD)/$(SONAME) $(DESTDIR)$(LIBDIR)/libami.so.$(VERSION)
	ln -sf libami.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libami.so
	install -m 644 $(BUILD)/libami.a $(DESTDIR)$(LIBDIR)/libami.a
	install -m 644 include/ami.h include/ami_simulator.h $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $(BUILD)/libami.pc $(DESTDIR)$(LIBDIR)/pkgconfig/libami.pc

uninstall:
	rm -f $(DESTDIR)$(LIBDIR)/libami.so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(SONAME) $(DESTDIR)$(LIBDIR)/libami.so \
	    $(DESTDIR)$(LIBDIR)/libami.a $(DESTDIR)$(INCLUDEDIR)/ami.h \
	    $(DESTDIR)$(INCLUDEDIR)/ami_simulator.h $(DESTDIR)$(LIBDIR)/pkgconfig/libami.pc

# The Python environment of this tree, with libami in it.
VENV := $(BUILD)/venv
PYTHON_SOURCES := pyproject.toml $(shell find python -name '*.py' -o -name '*.pyi')

$(VENV)/bin/python:
	@mkdir -p $(BUILD)
	$(PYTHON) -m venv $(VENV)

$(VENV)/.libami: $(VENV)/bin/python $(RUST_SOURCES) $(PYTHON_SOURCES)
	CARGO_TARGET_DIR=$(CURDIR)/target/python $(VENV)/bin/python -m pip install --quiet --force-reinstall --no-deps .
	@touch $@

python: $(VENV)/.libami

EXAMPLES := $(patsubst examples/c/%.c,$(BUILD)/examples/%,$(wildcard examples/c/*.c))
STRICT := -std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Werror

$(BUILD)/examples/%: examples/c/%.c include/ami.h $(BUILD)/libami.so
	@mkdir -p $(BUILD)/examples
	$(CC) $(STRICT) -Iinclude $< -o $@ -L$(BUILD) -lami -Wl,-rpath,$(CURDIR)/$(BUILD) -pthread

# Both languages' libraries are built at once, as each spends most of its time in a link that keeps one processor busy.
# WIRE=1 shows what is said on the wire; GATEWAY=host:port GATEWAY_USER= GATEWAY_SECRET= SPAN= TO= takes a real gateway.
demo:
	@test -e $(VENV)/.libami || echo "building libami for C and for Python: about two minutes on two processors"
	@CARGO_TERM_QUIET=true $(MAKE) --no-print-directory --silent $(if $(filter -j%,$(MAKEFLAGS)),,-j2) \
	    lib python $(EXAMPLES)
	@$(VENV)/bin/python examples/demo.py $(BUILD)/examples \
	    $(if $(GATEWAY),"$(GATEWAY)" "$(GATEWAY_USER)" "$(GATEWAY_SECRET)" "$(SPAN)" "$(TO)")

export AMI_SKIP_NOTHING
test: $(VENV)/bin/python
	@$(VENV)/bin/python tests/everything.py

# Format, lint, types and unit tests, in less than two minutes once it is built.
check: $(VENV)/bin/python
	@$(VENV)/bin/python -m pip install --quiet -r tests/requirements.txt
	@$(VENV)/bin/python tests/everything.py check

# AMI_WRITE_COUNTS=1 stores what has changed.
instructions: lib python
	@$(VENV)/bin/python tests/instructions/run.py

# Faults and slow readers for so long, thousands of sessions and of clients that come and go, so many messages through a
# gateway in trouble, so many hostile texts, in release builds; so many ends of the interpreter in the middle of each kind of
# call.
SOAK_SECONDS ?= 600
SOAK_MESSAGES ?= 20000
SOAK_TEXTS ?= 1000000
SOAK_EXITS ?= 500
# Linking each test as a whole takes longer than it saves.
SOAK_BUILD := CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16

soak: python
	AMI_SOAK_SECONDS=$(SOAK_SECONDS) $(SOAK_BUILD) $(PYTHON) tests/asterisk/servers.py exec -- \
	    $(CARGO) test --release --features capi,simulator --test faults -- --nocapture --test-threads 1
	AMI_SOAK_SECONDS=$(SOAK_SECONDS) $(SOAK_BUILD) $(PYTHON) tests/asterisk/servers.py exec -- \
	    $(CARGO) test --release --features capi,simulator --test load
	AMI_SOAK_MESSAGES=$(SOAK_MESSAGES) $(SOAK_BUILD) \
	    $(CARGO) test --release --features capi,simulator --test gateway -- --nocapture every_message_is_accounted_for
	AMI_SOAK_TEXTS=$(SOAK_TEXTS) $(SOAK_BUILD) \
	    $(CARGO) test --release --features capi,simulator --test hostile
	AMI_SOAK_SECONDS=$(SOAK_SECONDS) $(SOAK_BUILD) \
	    $(CARGO) test --release --features capi,simulator --test endless -- no_offset_wraps_beyond_four_gibibytes
	$(VENV)/bin/python -m pip install --quiet -r tests/requirements.txt
	AMI_EXITS=$(SOAK_EXITS) $(VENV)/bin/python -m pytest tests/python/test_exit.py

# What takes too long for every test run.
release-check:
	command -v cargo-deny > /dev/null || $(CARGO) install cargo-deny --locked
	$(CARGO) deny check licenses bans sources

# BENCH="--quick", BENCH="--only events,pings", BENCH="--clients libami"
BENCH ?=

$(BUILD)/bench/.plots: benches/requirements.txt $(VENV)/bin/python
	@mkdir -p $(BUILD)/bench
	$(VENV)/bin/python -m pip install --quiet -r benches/requirements.txt
	@touch $@

bench: lib python $(BUILD)/bench/.plots
	@$(VENV)/bin/python benches/measure.py $(BENCH)

# How the cost grows with what there is more of.
growth: lib python $(BUILD)/bench/.plots
	@$(VENV)/bin/python benches/growth.py $(BENCH)

# Each fuzzer for so long.
FUZZ_SECONDS ?= 1800
FUZZERS := parser session encoder process_sms pdu reader texts reconnect

fuzz:
	command -v cargo-fuzz > /dev/null || $(CARGO) install cargo-fuzz --locked
	$(PYTHON) fuzz/seed.py
	for target in $(FUZZERS); do \
	    RUSTC_BOOTSTRAP=1 $(CARGO) fuzz run $$target -- -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 || exit 1; \
	done

clean:
	rm -rf $(BUILD) target
