# Portals: build, test, install. `make help` lists what there is.

SHELL   := /bin/bash
PREFIX  ?= /usr/local
BUILD   ?= build
ifeq ($(origin CC),default)
CC      := gcc
endif
CLANG       ?= clang-19
LLVM_CONFIG ?= llvm-config-19
FORMAT      ?= clang-format-19

# Use all processors, unless -j says otherwise.
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif

# ---- flags -------------------------------------------------------------------------------------------------------------

# SANITIZE=address,undefined builds with sanitizers (see `make asan`). Only the portals command itself is instrumented: what it
# links into executables comes from EMBED, a build without sanitizers.
EMBED    ?= $(BUILD)
OPTIMISE ?= -O2
WARNINGS := -Wall -Wextra -Werror
INCLUDES := -D_GNU_SOURCE= -I. -I$(BUILD)/gen
CFLAGS   ?= -g
ALL_CFLAGS  = -std=gnu11 $(OPTIMISE) $(CFLAGS) $(WARNINGS) $(INCLUDES) $(SANITIZERS)
ALL_LDFLAGS = $(LDFLAGS) $(SANITIZERS)
ifdef SANITIZE
SANITIZERS := -fsanitize=$(SANITIZE) $(UNCHECKED) -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

# STATIC=1 links LLVM into the command: a larger binary that starts in a third of the time. Evaluated only where LLVM is linked.
LLVM_SHARED = $(shell $(LLVM_CONFIG) --link-shared --ldflags --libs)
ifdef STATIC
LLVM_LIBS = $(shell $(LLVM_CONFIG) --link-static --ldflags --libs core orcjit native passes bitreader linker) \
            $(filter-out %libz3.so -lxml2,$(shell $(LLVM_CONFIG) --link-static --system-libs)) -lstdc++
else
LLVM_LIBS = $(LLVM_SHARED)
endif
LLVM_CFLAGS = -isystem $(shell $(LLVM_CONFIG) --includedir)

# V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

# ---- files -------------------------------------------------------------------------------------------------------------

# Of base/, what the VM uses goes into its archive; everything else is the compiler's.
VM_BASE_SOURCES := base/arena.c base/buf.c base/exhausted.c base/hash.c
# The part of the VM that only the command has, with the JSON library that it needs.
INSPECT_SOURCES := $(wildcard vm/inspect*.c)
# What only programs that embed others have: libportals.so.
EMBED_SOURCES   := vm/env_guest.c $(wildcard vm/portals*.c)
VM_SOURCES      := $(filter-out $(INSPECT_SOURCES) $(EMBED_SOURCES),$(wildcard vm/*.c)) $(VM_BASE_SOURCES)
BASE_SOURCES    := $(filter-out $(VM_BASE_SOURCES),$(wildcard base/*.c))
LANG_SOURCES    := $(wildcard lang/*.c)
MAIN_SOURCES    := compiler/main.c compiler/inspect.c compiler/diag_json.c $(wildcard compiler/command*.c compiler/repl/*.c)
COMPILER_SOURCES := $(filter-out $(MAIN_SOURCES),$(wildcard compiler/*.c))
UNIT_SOURCES    := $(wildcard tests/unit/test_*.c)
SIM_SOURCES     := tests/sim/env_sim.c tests/sim/sim_disk.c
REFERENCE_SOURCES := $(wildcard tests/reference/*.c)
SIM_PROGRAMS    := $(patsubst tests/sim/%.portals,$(BUILD)/sim/%.o,$(wildcard tests/sim/*.portals))
STDLIB          := $(wildcard stdlib/*.portals)
PAGES           := $(wildcard lang/explain/*.md)

SCANNER := $(BUILD)/gen/scan.c
PARSER  := $(BUILD)/gen/grammar.c

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
BASE     := $(call objects,$(BASE_SOURCES))
FRONT    := $(call objects,$(LANG_SOURCES)) $(SCANNER:.c=.o) $(PARSER:.c=.o)
COMPILER := $(call objects,$(COMPILER_SOURCES)) $(BUILD)/compiler/embed_data.o
MAIN     := $(call objects,$(MAIN_SOURCES))
VM       := $(call objects,$(VM_SOURCES))
INSPECT  := $(call objects,$(INSPECT_SOURCES))
JSON     := -l:libyajl_s.a
EDIT     := -ledit
FFI      := -lffi
SIM      := $(call objects,$(SIM_SOURCES))
REFERENCE := $(call objects,$(REFERENCE_SOURCES))
VM_LIB   := $(BUILD)/libportals_vm.a
EMBEDDED := $(call objects,$(EMBED_SOURCES))
LIBRARY  := $(BUILD)/libportals.so
SONAME   := libportals.so.0
VERSION   = $(shell sed -n 's/^.define PORTALS_VERSION "\(.*\)"/\1/p' compiler/help.h)
COMMAND  := $(BUILD)/portals

# ---- build -------------------------------------------------------------------------------------------------------------

.PHONY: all
all: $(COMMAND) $(LIBRARY) ## build the command, build/portals, and the library for programs in C, build/libportals.so (the default)

# Compiled code finds the VM's functions in the running process, so all of them are linked and exported.
WHOLE_VM = -Wl,--whole-archive $(VM_LIB) -Wl,--no-whole-archive -Wl,--export-dynamic-symbol='pt_*'

$(COMMAND): $(MAIN) $(COMPILER) $(FRONT) $(INSPECT) $(BASE) $(VM_LIB) $(BUILD)/linked
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(WHOLE_VM) $(LLVM_LIBS) $(JSON) $(EDIT) $(FFI) -lm -lpthread

# The libraries that the VM uses are a part of its archive.
VM_LIBRARIES := libutf8proc.a libcsv.a

# The VM with all it needs: an executable made by `portals build` links this archive and libc, nothing else.
$(VM_LIB): $(VM) $(BUILD)/flags
	$(call say,AR,$@)
	$(Q)rm -f $@ $@.tmp
	$(Q){ echo create $@.tmp; printf 'addmod %s\n' $(filter %.o,$^); \
	      for library in $(VM_LIBRARIES); do echo addlib $$($(CC) -print-file-name=$$library); done; echo save; echo end; } | ar -M
	$(Q)mv $@.tmp $@

# The VM for other processes: only what portals.h declares and what compiled programs call can be seen. Programs find it by the name
# in it.
$(LIBRARY): $(VM) $(EMBEDDED) vm/portals.map $(BUILD)/flags
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -shared -o $@ -Wl,-soname,$(SONAME) -Wl,--version-script=vm/portals.map -Wl,-Bsymbolic \
	    $(filter %.o,$^) $(addprefix -l:,$(VM_LIBRARIES)) -lm -lpthread
	$(Q)ln -sf $(notdir $@) $(BUILD)/$(SONAME)

$(VM) $(EMBEDDED): private ALL_CFLAGS += -fPIC -ffunction-sections -fdata-sections

# The VM's hot paths as bitcode, to be inlined into compiled programs.
$(BUILD)/hot.bc: vm/hot.c $(BUILD)/flags
	$(call say,BITCODE,$@)
	@mkdir -p $(@D)
	$(Q)$(CLANG) -std=gnu11 -O2 -fPIC -Wall -Wextra -Werror -D_GNU_SOURCE= -I. -MMD -MP -MT $@ -MF $@.d -emit-llvm -c -o $@ $<

$(BUILD)/compiler/embed_data.o: compiler/embed.S $(EMBED)/hot.bc $(EMBED)/libportals_vm.a $(STDLIB) $(PAGES) $(BUILD)/gen/explain.inc $(BUILD)/flags
	$(call say,EMBED,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -I. -I$(EMBED) -Wa,-I.,-I$(EMBED),-I$(BUILD) -c -o $@ $<

# The pages that there are; tests/golden/cli/explain.sh tells which are not.
$(BUILD)/gen/explain.inc: FORCE
	@mkdir -p $(@D)
	@printf 'page %s\n' $(basename $(notdir $(PAGES))) | cmp -s - $@ || printf 'page %s\n' $(basename $(notdir $(PAGES))) > $@

$(SCANNER): lang/scan.l | $(BUILD)/flags
	$(call say,FLEX,$@)
	@mkdir -p $(@D)
	$(Q)flex -o $@ $<

$(PARSER): lang/grammar.y | $(BUILD)/flags
	$(call say,BISON,$@)
	@mkdir -p $(@D)
	$(Q)bison -Werror --defines=$(@:.c=.h) -o $@ $<

$(PARSER:.c=.h): $(PARSER) ;

# What the generators write is theirs; warnings about it help no one.
$(SCANNER:.c=.o) $(PARSER:.c=.o): private WARNINGS := -Wall -Wno-unused-function -Wno-unused-but-set-variable

$(FRONT) $(call objects,$(UNIT_SOURCES)): | $(PARSER) $(SCANNER)

$(BUILD)/compiler/%.o: private ALL_CFLAGS += $(LLVM_CFLAGS)
$(BUILD)/tests/unit/test_codegen_foreign.o: private ALL_CFLAGS += $(LLVM_CFLAGS)

$(BUILD)/%.o: %.c $(BUILD)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/flags
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Changes only when the flags do, and then everything is built again. What is built first, so it looks for the tools.
TOOLS   = $(firstword $(CC)) $(CLANG) $(LLVM_CONFIG) flex bison
MISSING = $(strip $(foreach tool,$(TOOLS),$(if $(shell command -v $(tool)),,$(tool))))

$(BUILD)/flags: FORCE
	$(if $(MISSING),$(error Not found: $(MISSING). `make packages` installs what building needs))
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) ' | cmp -s - $@ || \
	    echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) ' > $@

# How the command is linked.
$(BUILD)/linked: FORCE
	@mkdir -p $(@D)
	@echo '$(STATIC)' | cmp -s - $@ || echo '$(STATIC)' > $@

.PHONY: FORCE
FORCE:

.SECONDARY:
.DELETE_ON_ERROR:

-include $(patsubst %.o,%.d,$(BASE) $(FRONT) $(COMPILER) $(MAIN) $(VM) $(EMBEDDED) $(INSPECT) $(SIM) $(REFERENCE)) $(wildcard $(BUILD)/tests/*/*.d $(BUILD)/fuzz/*.d $(BUILD)/*.bc.d)

# ---- demo --------------------------------------------------------------------------------------------------------------

BOOK := build/kjv.txt

.PHONY: demo
demo: packages ## count the words of a book (installs what is missing, builds, runs)
	@$(MAKE) --no-print-directory all book
	@echo
	@echo '$$ $(COMMAND) run examples/word_count/word_count.portals --text=$(BOOK) --counts=build/word_counts.txt'
	@$(COMMAND) run examples/word_count/word_count.portals --text=$(BOOK) --counts=build/word_counts.txt
	@echo
	@echo "All $$(wc -l < build/word_counts.txt) words and their counts are in build/word_counts.txt."

# Says nothing where the text is there already.
.PHONY: book
book: $(BOOK)
	@:

$(BOOK):
	$(call say,TEXT,$@)
	@mkdir -p $(@D)
	$(Q)bible -f 'gen1:1-rev22:21' > $@.tmp
	$(Q)mv $@.tmp $@

# ---- tests -------------------------------------------------------------------------------------------------------------

.PHONY: test
test: packages ## run all tests (installs what is missing, builds)
	@scripts/test.sh $(BUILD)/counts $(MAKE)

# A unit test links only what it is about.
UNITS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(UNIT_SOURCES))
CRITERION = -lcriterion
LINK_UNIT = $(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^)

VM_UNITS   := $(filter $(BUILD)/tests/unit/test_vm_%,$(UNITS))
SIM_UNITS  := $(filter $(BUILD)/tests/unit/test_sim_%,$(UNITS))
REFERENCE_UNITS := $(filter $(BUILD)/tests/unit/test_reference_%,$(UNITS))
BACK_UNITS := $(foreach name,core codegen lower,$(filter $(BUILD)/tests/unit/test_$(name)%,$(UNITS)))
LANG_UNITS := $(filter-out $(VM_UNITS) $(SIM_UNITS) $(REFERENCE_UNITS) $(BACK_UNITS),$(UNITS))

# Our schemas are read by another implementation of CBOR.
$(BUILD)/tests/unit/test_vm_schema: private LIBS = -lcbor
INSPECT_TESTS := $(addprefix $(BUILD)/tests/unit/,test_vm_inspect test_vm_cell_store)
$(INSPECT_TESTS): $(INSPECT)
$(INSPECT_TESTS): private LIBS = $(JSON)
$(BUILD)/tests/unit/test_editors: private LIBS = $(JSON)
# What another parser accepts, ours must, too.
$(BUILD)/tests/unit/test_vm_formats: private LIBS = $(JSON)

$(VM_UNITS): %: %.o $(BASE) $(VM_LIB)
	$(call say,LINK,$@)
	$(LINK_UNIT) $(VM_LIB) $(CRITERION) $(LIBS) -lm -lpthread

$(SIM_UNITS): %: %.o $(SIM) $(BASE) $(VM_LIB)
	$(call say,LINK,$@)
	$(LINK_UNIT) $(VM_LIB) $(CRITERION) -lm -lpthread

$(REFERENCE_UNITS): %: %.o $(REFERENCE) $(BASE) $(VM_LIB)
	$(call say,LINK,$@)
	$(LINK_UNIT) $(VM_LIB) $(CRITERION) -llmdb -lm -lpthread

# Needs the programs that `make sim` runs.
$(BUILD)/tests/unit/test_sim_run: $(BUILD)/tests/sim/run.o $(BUILD)/tests/sim/host.o $(BUILD)/tests/sim/lines.o $(BUILD)/tests/sim/service.o $(SIM_PROGRAMS)
$(BUILD)/tests/unit/test_sim_host: $(BUILD)/sim/boxes.o $(BUILD)/sim/boxes_alone.o

$(LANG_UNITS): %: %.o $(FRONT) $(BASE) $(VM_LIB)
	$(call say,LINK,$@)
	$(LINK_UNIT) $(VM_LIB) $(CRITERION) $(LIBS) -lm -lpthread

$(BACK_UNITS): %: %.o $(COMPILER) $(FRONT) $(BASE) $(VM_LIB)
	$(call say,LINK,$@)
	$(LINK_UNIT) $(WHOLE_VM) $(LLVM_SHARED) $(CRITERION) $(FFI) -lm -lpthread

.PHONY: unit
unit: $(UNITS) ## run the unit tests (ONLY=test_vm_table: one of them)
	@tests/unit/run.sh $(if $(ONLY),$(BUILD)/tests/unit/$(ONLY),$(UNITS))

.PHONY: golden
golden: $(COMMAND) $(BOOK) ## run the golden tests (ONLY=run/overflow: one of them)
	@PORTALS=$(COMMAND) tests/golden/run.sh $(ONLY)

# Without durable runs: those of the programs in tests/golden/run are a part of asan-short.
.PHONY: golden-short
golden-short: $(COMMAND) $(BOOK)
	@MODES='run build parallel' PORTALS=$(COMMAND) tests/golden/run.sh

# The prompt, by somebody at a terminal.
PLAY := $(BUILD)/tests/prompt/play
PLAY_OBJECTS := $(call objects,$(wildcard tests/prompt/*.c))

$(PLAY): $(PLAY_OBJECTS) $(VM_LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(VM_LIB) -lm

-include $(PLAY_OBJECTS:.o=.d)

.PHONY: prompt
prompt: $(COMMAND) $(PLAY) ## play transcripts of the prompt through a terminal (ONLY=keys: one of them)
	@PORTALS=$(COMMAND) tests/prompt/run.sh $(PLAY) $(ONLY)

.PHONY: library
library: $(COMMAND) ## run the examples of the standard library, and the tests in examples/
	@scripts/library.sh $(COMMAND)

.PHONY: golden-update
golden-update: $(COMMAND) $(BOOK) ## rewrite what the golden tests expect by what comes out (then judge the diff)
	@PORTALS=$(COMMAND) UPDATE=1 tests/golden/run.sh $(ONLY)

.PHONY: diagnostics
diagnostics: ## list the texts of diagnostics that no test expects
	@scripts/diagnostics.sh

.PHONY: clauses
clauses: ## list the clauses of the specification that no test names
	@scripts/clauses.sh

$(BUILD)/tests/unit/threads: %: %.o $(VM_LIB)
	$(call say,LINK,$@)
	$(LINK_UNIT) $(VM_LIB) -lm -lpthread

.PHONY: threads
threads: $(BUILD)/tests/unit/threads
	@$<

# In the VM of the simulation each call comes back to where it was made, and frames can be followed, so that it can be said where a run
# crashed.
SIM_FLAGS := -fno-optimize-sibling-calls -fno-omit-frame-pointer -DSIM_CALLERS -Wno-frame-address
SIM_DRIVER   := $(patsubst %.c,$(BUILD)/sim/%.o,$(wildcard tests/sim/*.c) $(if $(SANITIZE),,$(VM_SOURCES))) $(if $(SANITIZE),$(VM))

$(BUILD)/sim/%.o: %.c $(BUILD)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(SIM_FLAGS) -MMD -MP -c -o $@ $<

# The machine code of a program, of which only the description is needed: as sim_NAME.
define COMPILE_SIM
	$(call say,COMPILE,$<)
	@mkdir -p $(@D)
	$(Q)$(COMMAND) check $(OUTSIDE) --dump=asm $< >$(@:.o=.s)
	$(Q)$(CLANG) -c -o $@ $(@:.o=.s)
	$(Q)objcopy --redefine-sym pt_program=sim_$(basename $(@F)) --keep-global-symbol=sim_$(basename $(@F)) $@
endef

$(SIM_PROGRAMS): $(BUILD)/sim/%.o: tests/sim/%.portals $(COMMAND)
	$(COMPILE_SIM)

# boxes.portals is there twice: with what lets it be asked from outside, and without.
$(BUILD)/sim/boxes.o: private OUTSIDE = --outside
$(BUILD)/sim/boxes_alone.o: tests/sim/boxes.portals $(COMMAND)
	$(COMPILE_SIM)

$(BUILD)/sim/sim: $(SIM_DRIVER) $(SIM_PROGRAMS)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -Wl,--export-dynamic-symbol='pt_*' -o $@ $^ $(addprefix -l:,$(VM_LIBRARIES)) -lm -lpthread

-include $(SIM_DRIVER:.o=.d)

.PHONY: sim
sim: $(BUILD)/sim/sim ## run programs in a simulated system that crashes (SEED=1 N=300: the first schedule, how many)
	@tests/sim/run.sh $< $(or $(SEED),1) $(or $(N),300) $(or $(EVERY),$(if $(N),,997))

# Random programs of portals. The short form takes half a minute, most of it for the compilation of them.
ASKS_GENERATOR := $(BUILD)/tests/random/generate_asks

$(ASKS_GENERATOR): %: %.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $<

.PHONY: sim-asks
sim-asks: $(BUILD)/sim/sim $(ASKS_GENERATOR) $(COMMAND) ## run random programs of portals in the same way (SEED=1 N=6: the first program, how many; SCHEDULES=20 of each)
	@PORTALS=$(COMMAND) CLANG=$(CLANG) tests/sim/asks.sh $< $(ASKS_GENERATOR) $(or $(SEED),1) $(or $(N),6) $(or $(SCHEDULES),20)

.PHONY: damage
damage: $(BUILD)/sim/sim ## damage stopped runs in all ways, and let them go on (EVERY=10: in one of so many)
	@$< --damage=$(or $(EVERY),1) $(if $(SEED),--seed=$(SEED)) $(if $(N),--count=$(N)) --jobs=$$(nproc)

# The kill test: the short form is one of the suites of `make test`.
BOOKS_SHORT := $(BUILD)/kjv-5.txt
BOOKS_FULL  := $(BUILD)/kjv-46.txt

$(BOOKS_SHORT) $(BOOKS_FULL): $(BUILD)/kjv-%.txt: $(BOOK)
	$(call say,TEXT,$@)
	$(Q)for i in $$(seq $*); do cat $<; done > $@

RANDOM_TESTS := $(BUILD)/tests/crash/covers $(BUILD)/tests/random/generate

$(RANDOM_TESTS): %: %.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $<

CRASH = PORTALS=$(COMMAND) COVERS=$(BUILD)/tests/crash/covers N=$(N) SEED=$(SEED) ONLY=$(ONLY) EACH=$(EACH) tests/crash/run.sh

.PHONY: crash
crash: $(COMMAND) $(RANDOM_TESTS) $(BOOKS_FULL) ## kill runs at random, and compare (N=50 kills that count, EACH=1 with each number of partitions, SEED=..., ONLY=transfers: one program)
	@$(CRASH) full $(BOOKS_FULL)

.PHONY: crash-short
crash-short: $(COMMAND) $(RANDOM_TESTS) $(BOOKS_SHORT)
	@$(CRASH) short $(BOOKS_SHORT)

# What C makes of random signatures, which the short form has 40 of.
FOREIGN_GENERATOR := $(BUILD)/tests/foreign/generate

$(FOREIGN_GENERATOR): %: %.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $<

.PHONY: ffi
ffi: $(COMMAND) $(FOREIGN_GENERATOR) ## compare calls of random foreign functions with those of a C program (N=1 libraries of 40, SEED=...)
	@PORTALS=$(COMMAND) GENERATE=$(FOREIGN_GENERATOR) CC=$(CC) SEED=$(SEED) tests/foreign/run.sh $(or $(N),1)

.PHONY: random
random: $(COMMAND) $(RANDOM_TESTS) ## compare what random programs do with several partitions, and when killed (N=12 programs, SEED=...)
	@PORTALS=$(COMMAND) GENERATE=$(BUILD)/tests/random/generate COVERS=$(BUILD)/tests/crash/covers SEED=$(SEED) tests/random/run.sh $(or $(N),12)

# Needs all of the compiler, the VM, and the simulated system.
DIFFERENTIAL_SOURCES := $(wildcard tests/differential/*.c)
DIFFERENTIAL         := $(BUILD)/differential/run

$(call objects,$(DIFFERENTIAL_SOURCES)): | $(PARSER) $(SCANNER)

$(DIFFERENTIAL): $(call objects,$(DIFFERENTIAL_SOURCES)) $(SIM) $(COMPILER) $(FRONT) $(BASE) $(VM_LIB)
	$(call say,LINK,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_LDFLAGS) -Wl,--wrap=encode_value -o $@ $(filter %.o,$^) $(WHOLE_VM) $(LLVM_SHARED) $(FFI) -lm -lpthread

.PHONY: differential
differential: $(DIFFERENTIAL) ## compare what compiled random programs do with a plain evaluator (N=150 programs, SEED=..., STATS=1)
	@tests/differential/run.sh $< $(or $(SEED),1) $(or $(N),150) $(BUILD)/differential

# What a sanitizer finds goes to a file report.*: a leak doesn't make a Criterion test fail by itself.
ASAN_BUILD := BUILD=$(BUILD)/asan EMBED=$(BUILD) OPTIMISE=-O1 SANITIZE=address,undefined N=40 EVERY=4999
TSAN_BUILD := BUILD=$(BUILD)/tsan EMBED=$(BUILD) OPTIMISE=-O1 SANITIZE=thread
# Compiled quickly.
TSAN_SHORT := BUILD=$(BUILD)/tsan-short EMBED=$(BUILD) OPTIMISE=-O0 CFLAGS=-g1 SANITIZE=thread

.PHONY: asan
asan: $(EMBED)/hot.bc $(EMBED)/libportals_vm.a ## run the unit tests, golden tests and simulations with the address and undefined behaviour sanitizers
	@scripts/sanitized.sh $(BUILD)/asan asan_ 'unit golden sim' $(MAKE) --no-print-directory $(ASAN_BUILD)

# What `make test` runs with the address and undefined behaviour sanitizers is compiled once, also for the fuzzers, by their compiler,
# and without optimisation: that takes a quarter of the time. To that compiler 0 bytes behind NULL are undefined, too.
SHORT       := $(BUILD)/short
SHORT_BUILD := BUILD=$(SHORT) EMBED=$(BUILD) CC=$(CLANG) OPTIMISE=-O0 SANITIZE=address,undefined,fuzzer-no-link \
    UNCHECKED=-fno-sanitize=pointer-overflow WARNINGS=-Wno-sizeof-pointer-memaccess N=40 EVERY=4999

.PHONY: short-build
short-build: $(EMBED)/hot.bc $(EMBED)/libportals_vm.a
	@$(MAKE) --no-print-directory $(SHORT_BUILD) $(SHORT)/portals $(SHORT)/sim/sim fuzz-seeds

.PHONY: asan-short
asan-short: short-build ## a part of that: golden tests of what runs, in one way of running each program, and simulations
	@MODES=durable scripts/sanitized.sh $(SHORT) asan_ 'golden sim' $(MAKE) --no-print-directory $(SHORT_BUILD) \
	    ONLY='$(patsubst tests/golden/%.out,%,$(wildcard tests/golden/run/*.out))'

.PHONY: tsan
tsan: $(EMBED)/hot.bc $(EMBED)/libportals_vm.a ## run the golden tests, and those of threads, with the thread sanitizer
	@scripts/sanitized.sh $(BUILD)/tsan tsan_ 'threads golden' $(MAKE) --no-print-directory $(TSAN_BUILD)

# Programs in C that run programs in Portals. The short form takes half a minute of processor time, most of it for the libraries with
# sanitizers.
.PHONY: embed
embed: $(COMMAND) $(LIBRARY) ## test portals.h and examples/embed, also with sanitizers, and kill hosts at random (N=6 kills that count, SEED=...)
	@$(MAKE) --no-print-directory $(ASAN_BUILD) $(BUILD)/asan/libportals.so
	@$(MAKE) --no-print-directory $(TSAN_SHORT) $(BUILD)/tsan-short/libportals.so
	@$(MAKE) --no-print-directory -s install DESTDIR= PREFIX=$(abspath $(BUILD))/installed > /dev/null
	@CC='$(CC)' tests/embed/run.sh $(BUILD) $(or $(N),6) $(SEED)

# ---- fuzzing -----------------------------------------------------------------------------------------------------------

# With the fuzzer's own compiler, and all that is fuzzed instrumented: in a build of its own, or in one that is so in any case.
FUZZ_SECONDS ?= 60
FUZZED       := $(if $(findstring fuzzer,$(SANITIZE)),$(BUILD),$(BUILD)/fuzz)
FUZZERS      := $(BUILD)/fuzz/fuzz_decode $(BUILD)/fuzz/fuzz_formats $(BUILD)/fuzz/fuzz_check
FUZZ_FLAGS    = -std=gnu11 -O1 -g -Wno-sizeof-pointer-memaccess $(INCLUDES) -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_objects  = $(patsubst %.c,$(FUZZED)/%.o,$(patsubst $(BUILD)/%,%,$(1)))

$(BUILD)/fuzz/%.o: %.c $(BUILD)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/gen/%.o: $(BUILD)/gen/%.c $(BUILD)/flags
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(FUZZERS): $(BUILD)/fuzz/%: $(FUZZED)/tests/fuzz/%.o
	$(call say,FUZZER,$@)
	@mkdir -p $@.corpus $@.seeds
	$(Q)$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(addprefix -l:,$(VM_LIBRARIES)) -lm -lpthread

$(BUILD)/fuzz/fuzz_decode $(BUILD)/fuzz/fuzz_formats: $(call fuzz_objects,$(VM_SOURCES))

# The front end, and of the compiler what makes the core and verifies it, which needs no LLVM.
FUZZ_FRONT := $(call fuzz_objects,tests/fuzz/mutate_tokens.c $(LANG_SOURCES) $(SCANNER) $(PARSER) $(BASE_SOURCES) $(VM_BASE_SOURCES) \
    $(wildcard compiler/core*.c compiler/lower*.c))
$(FUZZ_FRONT): | $(PARSER) $(SCANNER)
$(BUILD)/fuzz/fuzz_check: $(FUZZ_FRONT)

-include $(patsubst %.o,%.d,$(FUZZ_FRONT) $(call fuzz_objects,$(VM_SOURCES))) $(wildcard $(FUZZED)/tests/fuzz/*.d)

# Where fuzzers begin: all programs that there are, with the words of the grammar and the library.
FUZZ_PROGRAMS = $(wildcard $(addsuffix /*.portals,examples/* tests/golden/* tests/sim tests/crash tests/fuzz/seeds stdlib))

.PHONY: fuzz-seeds
fuzz-seeds: $(FUZZERS)
	@cp tests/fuzz/seeds/fuzz_decode.* $(BUILD)/fuzz/fuzz_decode.seeds/
	@cp tests/fuzz/seeds/fuzz_formats.* $(BUILD)/fuzz/fuzz_formats.seeds/
	@for program in $(FUZZ_PROGRAMS); do cp $$program $(BUILD)/fuzz/fuzz_check.seeds/$$(tr / . <<<$$program); done
	@touch $(BUILD)/fuzz/fuzz_decode.dict
	@grep -oh '"[a-z]*"' tests/fuzz/seeds/fuzz_formats.everything | sort -u | sed 's/"/\\"/g; s/.*/"&"/' > $(BUILD)/fuzz/fuzz_formats.dict
	@{ sed -n '/^%token/,/^%left/p' lang/grammar.y | grep -o '"[^" ]*"'; sed -n 's/^fn \([a-z_]*\).*/"\1"/p' $(STDLIB); } | \
	    sort -u > $(BUILD)/fuzz/fuzz_check.dict

.PHONY: fuzz
fuzz: fuzz-seeds ## look for input that does harm to what reads it (FUZZ_SECONDS=60 for each, ONLY=fuzz_check: one of them)
	@for fuzzer in $(if $(ONLY),$(BUILD)/fuzz/$(ONLY),$(FUZZERS)); do \
	    $$fuzzer -max_total_time=$(FUZZ_SECONDS) -max_len=2000 -timeout=10 -print_final_stats=1 -artifact_prefix=$$fuzzer. \
	        -dict=$$fuzzer.dict $$fuzzer.corpus $$fuzzer.seeds || exit; \
	done

# The short form, one of the suites of `make test`: always the same inputs.
.PHONY: fuzz-short
fuzz-short: short-build
	@scripts/fuzz.sh 150 $(patsubst $(BUILD)/%,$(SHORT)/%,$(FUZZERS))

# All that the suites of `make test` need, which run side by side and would get in one another's way.
.PHONY: test-build
test-build: all $(UNITS) $(PLAY) $(BUILD)/sim/sim $(ASKS_GENERATOR) $(RANDOM_TESTS) $(FOREIGN_GENERATOR) $(DIFFERENTIAL) $(BOOKS_SHORT) short-build

# ---- benchmarks --------------------------------------------------------------------------------------------------------

.PHONY: bench
bench: packages ## compare speed and memory with hand-written C (about a minute)
	@$(MAKE) --no-print-directory all book
	@PORTALS=$(COMMAND) CC=$(CC) QUICK=$(QUICK) bench/run.sh

.PHONY: bench-streams
bench-streams: packages ## compare stream processing with hand-written C (about a minute)
	@$(MAKE) --no-print-directory $(COMMAND)
	@PORTALS=$(COMMAND) CC=$(CC) QUICK=$(QUICK) bench/streams.sh

.PHONY: bench-portals
bench-portals: packages ## compare asks and awaits with hand-written C and with Erlang (some minutes)
	@$(MAKE) --no-print-directory $(COMMAND)
	@PORTALS=$(COMMAND) CC=$(CC) QUICK=$(QUICK) bench/portals.sh

.PHONY: bench-actors
bench-actors: packages ## compare actors with processes of Erlang (some minutes; without `erl` it says so)
	@$(MAKE) --no-print-directory $(COMMAND)
	@PORTALS=$(COMMAND) CC=$(CC) QUICK=$(QUICK) bench/actors/run.sh

.PHONY: bench-durable
bench-durable: packages ## compare durable runs with runs in memory, and two partitions with one (some minutes)
	@$(MAKE) --no-print-directory all book
	@PORTALS=$(COMMAND) CC=$(CC) QUICK=$(QUICK) bench/durable.sh

# In a folder of the build, since what counts is the disk.
.PHONY: bench-store
bench-store: $(BUILD)/bench/store_commit ## compare commits of the store with a bare write and sync
	@rm -rf $(BUILD)/bench/store && mkdir -p $(BUILD)/bench/store
	@$< $(BUILD)/bench/store
	@rm -rf $(BUILD)/bench/store

.PHONY: bench-repl
bench-repl: $(COMMAND) $(BUILD)/bench/repl ## how long the prompt takes to start and to answer, and its memory (LINES=10000)
	@$(BUILD)/bench/repl $(COMMAND) $(LINES)

$(BUILD)/bench/repl: $(BUILD)/bench/repl.o
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $<

$(BUILD)/bench/store_commit: $(BUILD)/bench/store_commit.o $(VM_LIB)
	$(call say,LINK,$@)
	$(LINK_UNIT) $(VM_LIB) -lm -lpthread

# ---- the rest ----------------------------------------------------------------------------------------------------------

FORMATTED = $(wildcard $(addsuffix /*.[ch],base lang compiler compiler/repl vm tests/unit tests/fuzz tests/sim tests/reference tests/crash tests/random tests/foreign tests/differential tests/prompt tests/embed examples/embed examples/foreign bench bench/nexmark))

.PHONY: format
format: ## format the C sources
	@$(FORMAT) -i $(FORMATTED)

# All programs, but for those whose layout is wrong on purpose.
PROGRAMS = $(shell find bench examples stdlib tests -name '*.portals' ! -path 'tests/golden/syntax/*' ! -path 'tests/golden/fmt/*')

.PHONY: format-programs
format-programs: $(COMMAND) ## format the programs in Portals
	@$(COMMAND) fmt $(PROGRAMS)

.PHONY: format-check
format-check: $(COMMAND) ## check that the C sources and the programs are formatted
	@$(FORMAT) --dry-run -Werror $(FORMATTED)
	@$(COMMAND) fmt --check $(PROGRAMS) || { echo '`make format-programs` formats these'; exit 1; }

.PHONY: packages
packages: ## install the Debian packages that are missing (asks apt only if one is)
	@scripts/packages.sh

.PHONY: install
install: $(COMMAND) $(LIBRARY) ## install the command, its manual page, and the library with its header (PREFIX=/usr/local)
	install -D -m 755 $(COMMAND) $(DESTDIR)$(PREFIX)/bin/portals
	install -D -m 644 man/portals.1 $(DESTDIR)$(PREFIX)/share/man/man1/portals.1
	install -D -m 755 $(LIBRARY) $(DESTDIR)$(PREFIX)/lib/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(PREFIX)/lib/libportals.so
	install -D -m 644 vm/portals.h $(DESTDIR)$(PREFIX)/include/portals.h
	install -d $(DESTDIR)$(PREFIX)/lib/pkgconfig
	sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|' scripts/portals.pc.in > $(DESTDIR)$(PREFIX)/lib/pkgconfig/portals.pc

.PHONY: uninstall
uninstall: ## remove them from there
	rm -f $(DESTDIR)$(PREFIX)/bin/portals $(DESTDIR)$(PREFIX)/share/man/man1/portals.1 $(DESTDIR)$(PREFIX)/lib/$(SONAME) \
	    $(DESTDIR)$(PREFIX)/lib/libportals.so $(DESTDIR)$(PREFIX)/include/portals.h $(DESTDIR)$(PREFIX)/lib/pkgconfig/portals.pc

.PHONY: clean
clean: ## remove all that was built
	rm -rf $(BUILD)

.PHONY: help
help: ## show this
	@echo 'Portals: a language for stateful stream processing.'
	@echo
	@echo 'usage: make [TARGET] [NAME=VALUE]'
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo 'variables:'
	@echo '  V=1             show the commands'
	@echo '  BUILD=build     the folder for everything that is built'
	@echo '  STATIC=1        link LLVM into the command: it gets larger and starts faster'
	@echo '  CC, CFLAGS      as usual'
	@echo
	@echo 'A fresh clone on Debian 12 needs only git and make: start with `make demo`.'
