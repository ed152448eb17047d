# SPDX-License-Identifier: BSD-2-Clause
#
#   make            build/dotsnoopd, build/dotsnoopctl, build/dotsnoop.bpf.o
#   make tests      the test programs, under build/tests/
#   make benches    what scripts/bench runs, under build/tests/bench/
#   make fuzzers    the fuzz targets, under build/fuzz/
#   make lint       clang-format, clang-tidy, cppcheck, shellcheck
#   make install    to DESTDIR and PREFIX
#
#   SAN=1           with AddressSanitizer and UndefinedBehaviorSanitizer, in build/san/

VERSION := 0.1.0

PREFIX ?= /usr/local
BUILD ?= build$(if $(SAN),/san)

# The BPF side is sensitive to the compiler's version (the verifier sees its output), so it is pinned.
CLANG ?= clang-14
BPFTOOL ?= /usr/sbin/bpftool
CC ?= gcc

WARNINGS := -Wall -Wextra -Werror -Wconversion -Wno-sign-conversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	    -Wunused-function -Wformat=2
PACKAGES := libxdp libbpf libcares libevent libevent_openssl openssl libcyaml yaml-0.1 jansson libcurl libpcap lmdb
CPPFLAGS += -Iuserspace -Iinclude -isystem $(BUILD)/include -D_GNU_SOURCE -DDOTSNOOP_VERSION='"$(VERSION)"'
CFLAGS ?= -O2 -g
CFLAGS += -std=gnu11 $(WARNINGS) -fno-strict-aliasing $(if $(SAN),-fsanitize=address$(,)undefined -fno-omit-frame-pointer -Wno-error)
# Instrumented code draws warnings that the same code without it does not deserve (-Wno-error above).
LDFLAGS += $(if $(SAN),-fsanitize=address$(,)undefined)
LDLIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lresolv
, := ,

# Rooms, and what each program is made of. Whatever has no main() goes into one archive that all link.
MAINS := userspace/agent/main.c userspace/ctl/main.c
SOURCES := $(filter-out $(MAINS),$(wildcard userspace/*/*.c))
OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
ARCHIVE := $(BUILD)/libdotsnoop.a
BPF_OBJECT := $(BUILD)/dotsnoop.bpf.o
SKELETON := $(BUILD)/include/dotsnoop.skel.h
GENERATOR_SKELETON := $(BUILD)/include/generator.skel.h

UNIT_TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*/*.c))
FASTPATH_TESTS := $(patsubst %.c,$(BUILD)/%,$(filter-out %/support.c %/devices.c,$(wildcard tests/fastpath/*.c)))
BENCH_PARTS := af-packet agent ask certificates drop frames generator knot latency others peers place process reader row \
	       storm veth
BENCHES := $(addprefix $(BUILD)/tests/bench/,discovery fastpath generate live proof table)
FAULT_PARTS := held message stage story teller wire
FAULTS := $(patsubst %.c,$(BUILD)/%,$(filter-out $(FAULT_PARTS:%=tests/faults/%.c),$(wildcard tests/faults/*.c)))
FUZZERS := $(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/fuzz/*.c))

# One quiet line a step; V=1 shows the commands.
say = @echo "  $(1)  $(patsubst $(BUILD)/%,%,$@)";
ifeq ($(V),1)
say :=
endif

all: $(BUILD)/dotsnoopd $(BUILD)/dotsnoopctl $(BPF_OBJECT)
tests: unit-tests $(FASTPATH_TESTS) $(BENCHES) $(FAULTS)
benches: $(BENCHES)
unit-tests: $(UNIT_TESTS)
fuzzers: $(FUZZERS)

$(BUILD)/dotsnoopd: $(BUILD)/userspace/agent/main.o $(ARCHIVE)
	$(call say,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/dotsnoopctl: $(BUILD)/userspace/ctl/main.o $(ARCHIVE)
	$(call say,LINK)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(ARCHIVE): $(OBJECTS)
	@rm -f $@
	$(call say,AR  )$(AR) rcs $@ $^

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC  )$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The kernel side. bpftool links the object anew, which leaves BTF and drops DWARF.
BPF_FLAGS := -g -O2 -target bpf -mcpu=v3 -Wall -Wextra -Werror -Wno-unused-parameter \
	     -Wno-gnu-variable-sized-type-not-at-end -Iinclude -Ibpf -I/usr/include/$(shell uname -m)-linux-gnu

$(BPF_OBJECT): bpf/dotsnoop.bpf.c Makefile
	@mkdir -p $(@D)
	$(call say,BPF )$(CLANG) $(BPF_FLAGS) -MMD -MP -MF $(BUILD)/dotsnoop.bpf.d -MT $@ -c -o $(BUILD)/dotsnoop.dwarf.o $<
	@$(BPFTOOL) gen object $@ $(BUILD)/dotsnoop.dwarf.o
	@rm -f $(BUILD)/dotsnoop.dwarf.o

$(SKELETON): $(BPF_OBJECT)
	@mkdir -p $(@D)
	$(call say,SKEL)$(BPFTOOL) gen skeleton $< name dotsnoop_bpf > $@.new 2> /dev/null && mv $@.new $@

# The load generator of the benchmarks, in the same way.
$(BUILD)/%.bpf.o: %.bpf.c Makefile
	@mkdir -p $(@D)
	$(call say,BPF )$(CLANG) $(BPF_FLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c -o $@ $<

$(GENERATOR_SKELETON): $(BUILD)/tests/bench/generator.bpf.o
	@mkdir -p $(@D)
	$(call say,SKEL)$(BPFTOOL) gen skeleton $< name generator_bpf > $@.new 2> /dev/null && mv $@.new $@

# A system header to the compiler, so that -MMD leaves it out: who embeds the kernel side is named here.
$(patsubst %.c,$(BUILD)/%.o,$(wildcard userspace/fastpath/*.c tests/fastpath/*.c)): $(SKELETON)

$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(ARCHIVE)
	$(call say,LINK)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(BUILD)/tests/fastpath/%: $(BUILD)/tests/fastpath/%.o $(BUILD)/tests/fastpath/support.o $(BUILD)/tests/fastpath/devices.o \
			   $(ARCHIVE)
	$(call say,LINK)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(BUILD)/tests/bench/generator.o: $(GENERATOR_SKELETON)
$(BUILD)/tests/bench/drop.o: $(SKELETON)
$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(patsubst %,$(BUILD)/tests/bench/%.o,$(BENCH_PARTS)) \
			$(BUILD)/tests/fastpath/support.o $(ARCHIVE)
	$(call say,LINK)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(BUILD)/tests/faults/%: $(BUILD)/tests/faults/%.o $(FAULT_PARTS:%=$(BUILD)/tests/faults/%.o) \
			 $(BENCH_PARTS:%=$(BUILD)/tests/bench/%.o) $(BUILD)/tests/fastpath/support.o $(ARCHIVE)
	$(call say,LINK)$(CC) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

# libFuzzer sees coverage only in what is compiled with it, so a target compiles the parsers anew.
FUZZED := $(wildcard userspace/dhcp/*.c userspace/base/*.c) userspace/discovery/dns.c userspace/discovery/answer.c \
	  userspace/store/pack.c userspace/store/checksum.c \
	  userspace/proof/identity.c userspace/proof/reason.c
FUZZ_FLAGS := -std=gnu11 -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
$(BUILD)/fuzz/%: tests/fuzz/%.c $(FUZZED)
	@mkdir -p $(@D)
	$(call say,FUZZ)$(CLANG) $(CPPFLAGS) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ -lcrypto

# `frame` runs the kernel side, which shows no coverage: what leads the mutations is the walker that it is compared with.
FRAME_FUZZER := $(patsubst %.c,$(BUILD)/%.o,tests/fuzz/frame.c $(wildcard tests/fuzz/frame/*.c tests/fuzz/expected/*.c))
$(filter $(BUILD)/tests/fuzz/expected/%,$(FRAME_FUZZER)): COVERAGE := -fsanitize=fuzzer-no-link
$(FRAME_FUZZER): $(BUILD)/%.o: %.c $(SKELETON) Makefile
	@mkdir -p $(@D)
	$(call say,CC  )$(CLANG) $(CPPFLAGS) $(WARNINGS) $(FUZZ_FLAGS) $(COVERAGE) -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/frame: $(FRAME_FUZZER) $(ARCHIVE)
	@mkdir -p $(@D)
	$(call say,LINK)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

lint:
	scripts/lint

install: all
	install -D -m 755 $(BUILD)/dotsnoopd $(DESTDIR)$(PREFIX)/sbin/dotsnoopd
	install -D -m 755 $(BUILD)/dotsnoopctl $(DESTDIR)$(PREFIX)/bin/dotsnoopctl

clean:
	rm -rf build

.PHONY: all tests unit-tests benches fuzzers lint install clean
.SECONDARY:

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
