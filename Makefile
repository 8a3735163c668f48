# libami: `make demo` shows it, `make test` proves it, `make install PREFIX= DESTDIR=` installs the C library.

PREFIX ?= /usr/local
DESTDIR ?=
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
# The folders in which the shells look for completions of commands.
BASHDIR ?= $(DATADIR)/bash-completion/completions
ZSHDIR ?= $(DATADIR)/zsh/site-functions
FISHDIR ?= $(DATADIR)/fish/vendor_completions.d
# pkg-config, CMake and the manual would look for a relative one below another folder.
$(foreach name,PREFIX LIBDIR INCLUDEDIR DATADIR MANDIR,$(if $(filter-out /%,$(firstword $($(name)))),\
    $(error $(name)=$($(name)) is not an absolute path; it begins with /, and DESTDIR may be relative)))
# The crates may lie in vendor/, as packages bring them: then nothing is fetched.
CARGO ?= cargo$(if $(wildcard vendor/config.toml), --offline --config vendor/config.toml)
PYTHON ?= python3
# The libraries for another machine: make lib TARGET=aarch64-unknown-linux-gnu, by the tools whose names begin with CROSS.
TARGET ?=
CROSS ?= $(if $(TARGET),$(subst armv7-,arm-,$(subst -unknown,,$(TARGET)))-)
ifneq ($(TARGET),)
# Not ?=, as make itself has defaults for these.
CC := $(CROSS)gcc
LD := $(CROSS)ld
AR := $(CROSS)ar
endif
CC ?= cc

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
# Counts breaks of the ABI and nothing else: it is not the version.
SOVERSION := 0
BUILD := build$(addprefix /,$(TARGET))
COMMA := ,
SYMBOLS := $(shell sed -n 's/^\(ami_[a-z0-9_]*\) .*/\1/p' include/symbols.txt)
SIMULATOR_SYMBOLS := $(shell sed -n 's/^[a-z].*[ *]\(ami_simulator_[a-z0-9_]*\)[^a-z0-9_].*/\1/p' include/ami_simulator.h)
# Needed by a Rust library besides what every C compiler links by itself.
SYSTEM_LIBS := -lm
OBJCOPY ?= $(CROSS)objcopy
STRIP ?= $(CROSS)strip
# Two builds in two folders are the same: no path of this machine gets in, from Rust or from the C of ring.
PLACES := $(or $(CARGO_HOME),$(HOME)/.cargo)=/cargo $(CURDIR)=/libami
REMAP = RUSTFLAGS="$(RUSTFLAGS) $(addprefix --remap-path-prefix=,$(PLACES))" \
    CFLAGS="$(CFLAGS) $(addprefix -ffile-prefix-map=,$(PLACES))"
RUST_SOURCES := Cargo.toml $(wildcard Cargo.lock) build.rs src/catalog/asterisk.txt $(shell find src -name '*.rs')

.PHONY: all lib man docs python python-module wheels demo test check baseline instructions soak release-check bench growth fuzz \
    install install-library install-command install-strip install-python uninstall sources packages clean FORCE
all: lib

NAMES := libami libami_simulator
lib: $(foreach name,$(NAMES),$(addprefix $(BUILD)/$(name),.so.$(SOVERSION) .so .a .pc))

# The crate with both C interfaces, compiled once. Each library is linked from it, with the functions of its own header as
# the only roots. A target folder of its own, as the Python module is built from the same crate with other features.
ARCHIVE := target/capi/$(addsuffix /,$(TARGET))release/libami.a
$(ARCHIVE): $(RUST_SOURCES) Makefile
	$(REMAP) $(CARGO) rustc --release --lib --crate-type staticlib --no-default-features \
	    --features capi,simulator --target-dir target/capi $(addprefix --target ,$(TARGET))
	@touch $@

$(BUILD)/libami.map: include/symbols.txt include/version_script.awk
	@mkdir -p $(BUILD)
	@awk -f include/version_script.awk include/symbols.txt > $@

# The simulator is no part of the promise, so its one node has no version.
$(BUILD)/libami_simulator.map: include/ami_simulator.h
	@mkdir -p $(BUILD)
	@printf 'LIBAMI_SIMULATOR {\nglobal: $(SIMULATOR_SYMBOLS:=;)\nlocal: *;\n};\n' > $@

# The commands have too many words to be shown; with --silent nothing is.
SAY = $(if $(findstring s,$(firstword -$(MAKEFLAGS))),:,echo)

# Linked by hand: so it has a soname and versioned symbols, exports nothing else, and is never unmapped under its thread.
LINK = @$(SAY) "link $@"; \
    $(CC) -shared -o $@ -Wl,-soname,$(@F) -Wl,--version-script,$(BUILD)/$(1).map $(addprefix -Wl$(COMMA)-u$(COMMA),$(2)) \
    -Wl,--gc-sections -Wl,-z,relro -Wl,-z,now -Wl,-z,nodelete -Wl,-z,defs $(LDFLAGS) $(ARCHIVE) $(SYSTEM_LIBS)

$(BUILD)/libami.so.$(SOVERSION): $(ARCHIVE) $(BUILD)/libami.map
	$(call LINK,libami,$(SYMBOLS))

$(BUILD)/libami_simulator.so.$(SOVERSION): $(ARCHIVE) $(BUILD)/libami_simulator.map
	$(call LINK,libami_simulator,$(SIMULATOR_SYMBOLS))

$(BUILD)/%.so: $(BUILD)/%.so.$(SOVERSION)
	@ln -sf $(<F) $@

# A C compiler for musl may bring the unwinder of glibc, which does not fit, so the static library for musl has Rust's.
UNWINDER = $(if $(findstring -musl,$(TARGET)),$(shell rustc --print target-libdir --target $(TARGET))/self-contained/libunwind.a)

# One object whose only global symbols are the header's: so it can meet another Rust library in one program, be it the other of
# these two. Compiled groups are dissolved, as their hidden symbols could not be found any more, and Rust's own bitcode goes,
# which older linkers cannot read.
PACK = @$(SAY) "pack $@"; \
    $(LD) -r --gc-sections --force-group-allocation $(addprefix -u ,$(1)) -o $(@:.a=.o) $(ARCHIVE) $(UNWINDER) && \
    $(OBJCOPY) --strip-unneeded --remove-section=.llvmbc --remove-section=.llvmcmd \
        $(addprefix --keep-global-symbol=,$(1)) $(@:.a=.o) && \
    rm -f $@ && $(AR) rcsD $@ $(@:.a=.o) && rm $(@:.a=.o)

$(BUILD)/libami.a: $(ARCHIVE) include/symbols.txt
	@mkdir -p $(BUILD)
	$(call PACK,$(SYMBOLS))

$(BUILD)/libami_simulator.a: $(ARCHIVE) include/ami_simulator.h
	@mkdir -p $(BUILD)
	$(call PACK,$(SIMULATOR_SYMBOLS))

# A folder below PREFIX is told relative to it, so that pkg-config can move what is installed.
BELOW_PREFIX = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))
# CMake's files find the headers from where they are, so they can be moved too.
TO_INCLUDEDIR := $(shell realpath -m --relative-to "$(LIBDIR)/cmake/libami" "$(INCLUDEDIR)")

# Made anew each time: PREFIX may have changed.
$(BUILD)/%: packaging/%.in FORCE
	@mkdir -p $(BUILD)
	@sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(call BELOW_PREFIX,$(LIBDIR))|; s|@VERSION@|$(VERSION)|' \
	    -e 's|@INCLUDEDIR@|$(call BELOW_PREFIX,$(INCLUDEDIR))|; s|@SYSTEM_LIBS@|$(SYSTEM_LIBS)|' \
	    -e 's|@SOVERSION@|$(SOVERSION)|; s|@TO_INCLUDEDIR@|$(TO_INCLUDEDIR)|' $< > $@

HEADERS := include/ami.h include/ami.hpp include/ami_names.h include/ami_simulator.h
ADAPTERS := $(wildcard include/ami/adapters/*.h)
PC_FILES := $(NAMES:%=$(BUILD)/%.pc)
CMAKE_FILES := $(BUILD)/libami-config.cmake $(BUILD)/libami-config-version.cmake

# The manual pages, written from the headers; those of the command, and its completions, from its parsers.
MAN_MADE := $(BUILD)/man/.made
$(MAN_MADE): include/ami.h include/ami_simulator.h Cargo.toml tools/header.py tools/man_pages.py tools/command_pages.py \
    $(wildcard python/libami/cli/*.py)
	@$(SAY) "manual pages"; $(PYTHON) tools/man_pages.py $(BUILD)/man && \
	    $(PYTHON) tools/command_pages.py $(BUILD)/man && touch $@

man: $(MAN_MADE)

# The name of a library as a file, as its soname and as the linker looks for it.
SHARED_NAMES = $(DESTDIR)$(LIBDIR)/$(1).so.$(VERSION) $(DESTDIR)$(LIBDIR)/$(1).so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/$(1).so
INSTALLED_LIBS := $(DESTDIR)$(LIBDIR)
INSTALLED_MAN := $(DESTDIR)$(MANDIR)
COMPLETIONS := $(BASHDIR)/libami $(ZSHDIR)/_libami $(FISHDIR)/libami.fish

install: install-library install-command

install-library: lib man $(CMAKE_FILES)
	install -d $(INSTALLED_LIBS)/pkgconfig $(INSTALLED_LIBS)/cmake/libami $(DESTDIR)$(INCLUDEDIR) \
	    $(INSTALLED_MAN)/man3 $(INSTALLED_MAN)/man7
	for name in $(NAMES); do \
	    install -m 755 $(BUILD)/$$name.so.$(SOVERSION) $(INSTALLED_LIBS)/$$name.so.$(VERSION) && \
	    ln -sf $$name.so.$(VERSION) $(INSTALLED_LIBS)/$$name.so.$(SOVERSION) && \
	    ln -sf $$name.so.$(SOVERSION) $(INSTALLED_LIBS)/$$name.so && \
	    install -m 644 $(BUILD)/$$name.a $(INSTALLED_LIBS) || exit 1; \
	done
	install -m 644 $(PC_FILES) $(INSTALLED_LIBS)/pkgconfig
	install -m 644 $(CMAKE_FILES) $(INSTALLED_LIBS)/cmake/libami
	install -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)
	install -d $(DESTDIR)$(INCLUDEDIR)/ami/adapters
	install -m 644 $(ADAPTERS) $(DESTDIR)$(INCLUDEDIR)/ami/adapters
	install -m 644 $(BUILD)/man/man3/* $(INSTALLED_MAN)/man3
	install -m 644 $(BUILD)/man/man7/* $(INSTALLED_MAN)/man7

# The manual pages and completions of the command, which the Python package brings.
install-command: man
	install -d $(INSTALLED_MAN)/man1 $(addprefix $(DESTDIR),$(BASHDIR) $(ZSHDIR) $(FISHDIR))
	install -m 644 $(BUILD)/man/man1/* $(INSTALLED_MAN)/man1
	for file in $(COMPLETIONS); do \
	    install -m 644 $(BUILD)/man/completions/$${file##*/} $(DESTDIR)$$file || exit 1; \
	done

# What debuggers need goes to a file of its own, which they find by its name and checksum.
install-strip: install
	for name in $(NAMES); do \
	    file=$(INSTALLED_LIBS)/$$name.so.$(VERSION) && \
	    $(OBJCOPY) --only-keep-debug $$file $$file.debug && chmod 644 $$file.debug && \
	    $(STRIP) --strip-unneeded $$file && $(OBJCOPY) --add-gnu-debuglink=$$file.debug $$file || exit 1; \
	done

# The folders that go if nothing of others is in them, the deepest first. Every system has those of /usr and /usr/local.
EMPTIED = $(INCLUDEDIR)/ami/adapters $(INCLUDEDIR)/ami $(addprefix $(LIBDIR)/,pkgconfig cmake) $(addprefix $(MANDIR)/,man1 man3 man7) \
    $(foreach folder,$(BASHDIR) $(ZSHDIR) $(FISHDIR),$(folder) $(patsubst %/,%,$(dir $(folder)))) \
    $(if $(filter-out /usr /usr/local,$(PREFIX)),$(MANDIR) $(LIBDIR) $(INCLUDEDIR) $(DATADIR) $(PREFIX))

uninstall: man
	rm -f $(foreach name,$(NAMES),$(call SHARED_NAMES,$(name)) $(INSTALLED_LIBS)/$(name).so.$(VERSION).debug \
	    $(INSTALLED_LIBS)/$(name).a $(INSTALLED_LIBS)/pkgconfig/$(name).pc) \
	    $(addprefix $(DESTDIR)$(INCLUDEDIR)/,$(notdir $(HEADERS)) $(ADAPTERS:include/%=%)) $(addprefix $(DESTDIR),$(COMPLETIONS))
	rm -rf $(INSTALLED_LIBS)/cmake/libami
	for section in man1 man3 man7; do \
	    for page in $(BUILD)/man/$$section/*; do rm -f $(INSTALLED_MAN)/$$section/$${page##*/}; done; \
	done
	rmdir $(addprefix $(DESTDIR),$(EMPTIED)) 2> /dev/null || true

# The Python environment of this tree, with libami in it.
VENV := $(BUILD)/venv
PYTHON_SOURCES := pyproject.toml $(shell find python -name '*.py' -o -name '*.pyi' -o -name '*.txt')

$(VENV)/bin/python:
	@mkdir -p $(BUILD)
	$(PYTHON) -m venv $(VENV)

$(VENV)/.libami: $(VENV)/bin/python $(RUST_SOURCES) $(PYTHON_SOURCES)
	CARGO_TARGET_DIR=$(CURDIR)/target/python $(VENV)/bin/python -m pip install --quiet --force-reinstall --no-deps .
	@touch $@

python: $(VENV)/.libami

# The distributions of the Python package for all kinds of machines, in build/wheels, audited and tried; with
# WHEELS=x86_64-unknown-linux-gnu those of one.
WHEELS ?=
WHEELS_VENV := $(BUILD)/wheels-venv
$(WHEELS_VENV)/.made: tests/wheels.txt
	$(PYTHON) -m venv $(WHEELS_VENV)
	$(WHEELS_VENV)/bin/python -m pip install --quiet -r tests/wheels.txt
	@touch $@

wheels: $(WHEELS_VENV)/.made
	@$(WHEELS_VENV)/bin/python tests/wheels.py $(WHEELS)

# The Python package for packages of a distribution, by cargo alone. `pip install .` is the way for everybody else.
BINDIR ?= $(PREFIX)/bin
PYTHONDIR ?= $(shell $(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("platlib", vars={"base": "$(PREFIX)", "platbase": "$(PREFIX)"}))')
MODULE := target/module/$(addsuffix /,$(TARGET))release/libami.so

$(MODULE): $(RUST_SOURCES) Makefile
	PYO3_BUILD_EXTENSION_MODULE=1 $(REMAP) $(CARGO) rustc --release --lib --crate-type cdylib \
	    --no-default-features --features python --target-dir target/module $(addprefix --target ,$(TARGET))
	@touch $@

python-module: $(MODULE)

install-python: $(MODULE)
	$(PYTHON) tools/python_package.py $(MODULE) $(DESTDIR)$(PYTHONDIR) $(DESTDIR)$(BINDIR)

# The sources that distributions build packages from: the files, the crates, and a source package of Debian.
PACKAGES := $(BUILD)/packages
sources:
	$(PYTHON) tools/source_package.py $(PACKAGES)

# Packages for Debian 12, built and tried in roots of their own, which needs root on Debian; and for RPM.
packages: sources
	$(PYTHON) tests/packages.py built $(PACKAGES)

# Those with a loop of another library need that library.
EXAMPLES := $(patsubst examples/c/%.c,$(BUILD)/examples/%,$(filter-out examples/c/loop_%,$(wildcard examples/c/*.c)))
STRICT := -std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Werror

$(BUILD)/examples/%: examples/c/%.c include/ami.h $(BUILD)/libami.so
	@mkdir -p $(BUILD)/examples
	$(CC) $(STRICT) -Iinclude $< -o $@ -L$(BUILD) -lami -Wl,-rpath,$(CURDIR)/$(BUILD) -pthread

# Both languages' libraries are built at once, as each spends most of its time in a link that keeps one processor busy.
# WIRE=1 shows what is said on the wire; GATEWAY=host:port GATEWAY_USER= GATEWAY_SECRET= SPAN= TO= takes a real gateway.
demo:
	@test -e $(VENV)/.libami || echo "building libami for C and for Python: some minutes on two processors"
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

# The C ABI and the Python API of this tree become those of the release of its version, which later trees are compared with.
baseline: $(VENV)/bin/python
	@$(VENV)/bin/python -m pip install --quiet -r tests/requirements.txt
	@$(VENV)/bin/python tests/released.py write

# The site: a warning is an error, and a link that leads nowhere. The references are written from the headers, the stubs, the
# docstrings of the package and the comments of the crate.
DOCS_VENV := $(BUILD)/docs-venv
$(DOCS_VENV)/.made: docs/requirements.txt
	$(PYTHON) -m venv $(DOCS_VENV)
	$(DOCS_VENV)/bin/python -m pip install --quiet -r docs/requirements.txt
	@touch $@

docs: $(DOCS_VENV)/.made python
	@$(DOCS_VENV)/bin/python -m codespell_lib --ignore-words docs/spelling.txt --skip docs/reference \
	    docs include README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md
	@$(PYTHON) tools/c_reference.py docs/reference/c
	@$(PYTHON) tools/python_reference.py docs/reference/python
	@$(DOCS_VENV)/bin/python -m sphinx -q -W --keep-going -n -b html docs $(BUILD)/site
	@RUSTDOCFLAGS="-D warnings" $(CARGO) doc --quiet --no-deps --lib --features capi,simulator
	@rm -rf $(BUILD)/site/rust && cp -r target/doc $(BUILD)/site/rust
	@$(PYTHON) tools/site.py $(BUILD)/site
	@echo "the site is $(BUILD)/site/index.html"

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
	$(MAKE) --no-print-directory docs python lib
	$(VENV)/bin/python tests/verify_types.py
	$(VENV)/bin/python tests/cross.py
	$(VENV)/bin/python tests/reproducible.py
	$(MAKE) --no-print-directory packages PYTHON=$(CURDIR)/$(VENV)/bin/python
	$(MAKE) --no-print-directory wheels
	$(WHEELS_VENV)/bin/python tests/systems.py
	$(VENV)/bin/python tests/peers/side_by_side.py

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
