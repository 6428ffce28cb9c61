# scp-server: the remote half of scp.
#
#   make           build/scp-server and build/scp-server-check; says what is
#                  missing
#   make demo      a private sshd, real copies up and down, cleans up
#   make test      what needs neither root nor installing: a minute
#   make check     what everybody runs, as root: minutes
#   make check-all what check leaves, short of proof: half an hour
#   make proof     the long forms of the tests, for hours: tests/PROOF.md
#   make lint      form, layers, static analysis
#   make install   programs, link and manuals: PREFIX DESTDIR BINDIR LIBDIR
#                  MANDIR SYSCONFDIR; make uninstall takes them away
#   make dist      build/scp-server-VERSION.tar.gz, the same for everybody
#   make deb       build/deb: Debian packages of what is committed; runs
#                  make test, which DEB_BUILD_OPTIONS=nocheck leaves out
#   make rpm       build/rpm: the same for rpm; NOCHECK=1 leaves the tests out
#   make musl      build/musl: a static archive with a script that installs it
#   make bench     speed and size beside OpenSSH's scp
#   make sizes     what each part costs in a static program with musl
#   make bare-TARGET  demo, test, check or check-all on a system of its own
#                  that has nothing installed: tests/bare
#
# demo, check, check-all and lint install what they need when root, or say
# what is missing.  tests/README says what they run.
#
# V=1 shows whole commands; NO_INSTALL=1 installs nothing; STATIC=1 builds a
# static-pie; DYNAMIC_BSD=1 links libbsd as a shared library; SFTP=0 leaves
# out SFTP, and RELAY=0 copies to another host and with them the only exec;
# CONFIG=0 leaves out the configuration file, so that options alone decide;
# NETTLE=0 sums up with libmd, as where there is no libnettle.a.

CC ?= cc
BUILD_CC ?= cc
PKG_CONFIG ?= pkg-config
BUILD_PKG_CONFIG ?= pkg-config
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
SYSCONFDIR ?= /etc
BUILD ?= build

# Its one home is there.
VERSION := $(shell sed -n 's/^\#define VERSION "\(.*\)"$$/\1/p' src/base/version.h)

WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wswitch-enum -Wformat=2 -Wundef \
	-Wpointer-arith -Wwrite-strings
HARDEN = -fPIE -fstack-protector-strong -fstack-clash-protection \
	-ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr \
	-fno-asynchronous-unwind-tables
FORTIFY = -D_FORTIFY_SOURCE=3
HARDEN_LD = -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code

CPPFLAGS ?=
# -O2 is no faster here: a session's time goes into system calls.
# Small code: some optimizations make it larger, and only gcc has names for
# them.
LARGER = -fno-move-loop-invariants -fno-tree-tail-merge \
	-fno-tree-dominator-opts -fno-shrink-wrap -fno-forward-propagate \
	-fno-jump-tables -fno-ipa-sra -fno-tree-loop-im -fira-region=all \
	-fno-tree-pta -fno-ipa-pure-const
CFLAGS ?= -Os -g -fno-expensive-optimizations -fno-caller-saves \
	-Wno-ignored-optimization-argument $(WITHOUT_LARGER)
WITHOUT_LARGER := $(shell $(CC) $(LARGER) -E -x c /dev/null >/dev/null 2>&1 \
	&& echo "$(LARGER)")
# Offsets and times have 64 bits on every machine.
ALL_CPPFLAGS = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 \
	-iquote src -iquote $(BUILD) $(FORTIFY) -DSYSCONFDIR='"$(SYSCONFDIR)"' $(CPPFLAGS)
ALL_CFLAGS = -std=c11 $(WARNINGS) $(HARDEN) -ffile-prefix-map=$(CURDIR)=. \
	-MMD -MP $(CFLAGS)
ALL_LDFLAGS = $(HARDEN_LD) $(LDFLAGS)

ifdef WERROR
CFLAGS += -Werror
endif

# Nettle's SHA-256 is several times as fast as libmd's where the processor has
# instructions for it.  It is linked statically, or the linker would load it for
# every session.
NETTLE ?= $(if $(filter /%,$(shell $(CC) -print-file-name=libnettle.a)),1,0)
ifeq ($(NETTLE),1)
ALL_CPPFLAGS += -DWITH_NETTLE
DIGEST_LIBS = -lnettle
endif

ifdef STATIC
ALL_CPPFLAGS += -DSTATIC_ACCOUNTS
LINK_PIE = -static-pie
BSD_LIBS = $(DIGEST_LIBS) -lbsd -lmd -lrt
else ifdef DYNAMIC_BSD
LINK_PIE = -pie
BSD_LIBS = -Wl,-Bstatic $(DIGEST_LIBS) -Wl,-Bdynamic -lbsd -lrt
else
LINK_PIE = -pie
BSD_LIBS = -Wl,-Bstatic $(DIGEST_LIBS) -lbsd -lmd -Wl,-Bdynamic -lrt
endif

ifeq ($(SFTP),0)
ALL_CPPFLAGS += -DWITHOUT_SFTP
endif

ifeq ($(RELAY),0)
ALL_CPPFLAGS += -DWITHOUT_RELAY
endif

# scp-server-check is about the file, so that there is none without it.
ifeq ($(CONFIG),0)
ALL_CPPFLAGS += -DWITHOUT_CONFIG
endif

SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
ifdef SANITIZED
ALL_CPPFLAGS += -DSANITIZED
FORTIFY =
CFLAGS += $(SANITIZE)
LDFLAGS += $(SANITIZE)
endif

# $(call say,WHAT,NAME) begins a command: it says a line instead of the whole,
# and nothing under make -s.
silent = $(findstring s,$(filter-out --%,$(firstword -$(MAKEFLAGS))))
say = $(if $(filter 1,$(V)),,@$(if $(silent),,printf '  %-7s %s\n' $(1) $(2:$(BUILD)/%=%); ))

MAKEFLAGS += --no-print-directory

OBJ = $(BUILD)/obj
LEFT_OUT = src/sandbox/seccomp_compile.c
ifeq ($(SFTP),0)
LEFT_OUT += $(wildcard src/sftp/*.c) src/tree/revise.c src/tree/change.c
endif
ifeq ($(CONFIG),0)
LEFT_OUT += $(addprefix src/policy/,file.c criteria.c doubt.c groups.c) \
	$(wildcard src/check/*.c)
endif
SOURCES = $(filter-out $(LEFT_OUT),$(wildcard src/*.c src/*/*.c))
OBJECTS = $(SOURCES:src/%.c=$(OBJ)/%.o)
LIBRARY = $(BUILD)/libscpserver.a
PROGRAM = $(BUILD)/scp-server
CHECK = $(BUILD)/scp-server-check

# The objects that hold a main(); the linker takes from the library what it
# needs, so that nothing of the check is in the server.
MAINS = $(OBJ)/main.o $(OBJ)/check/check_main.o

.PHONY: all bench check check-all clean deb demo dist format install interop \
	lint musl print-flags print-libs proof rpm sizes test uninstall units FORCE

PROGRAMS = $(PROGRAM) $(if $(filter 0,$(CONFIG)),,$(CHECK))

all: $(PROGRAMS)

$(PROGRAM): $(OBJ)/main.o $(LIBRARY)
	$(call say,LINK,$@)$(CC) $(LINK_PIE) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(BSD_LIBS)

$(CHECK): $(OBJ)/check/check_main.o $(LIBRARY)
	$(call say,LINK,$@)$(CC) $(LINK_PIE) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(BSD_LIBS)

$(LIBRARY): $(filter-out $(MAINS),$(OBJECTS))
	@rm -f $@
	$(call say,AR,$@)$(AR) rcsD $@ $^

$(OBJ)/%.o: src/%.c $(BUILD)/.flags | $(BUILD)/.tools
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

# Objects depend on how they were built: another CC or STATIC builds anew.
$(BUILD)/.flags: FORCE | $(BUILD)
	@echo '$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(STATIC)' >$@.new; \
	cmp -s $@ $@.new && rm -f $@.new || mv $@.new $@

# Says what is missing before the compiler does.
$(BUILD)/.tools: | $(BUILD)
	@tests/need build
	@touch $@

$(BUILD) $(BUILD)/unit $(BUILD)/elsewhere:
	@mkdir -p $@

FORCE:

# seccomp: the table becomes BPF while building.  Flag words are those of the
# target's compiler, so that one preprocesses the table, and what its headers
# declare is cut off; the tool itself runs here.
ARCH ?= $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))

$(BUILD)/seccomp_rules.i: src/sandbox/seccomp_rules.h src/sandbox/open_flags.h \
	src/sandbox/confine.h $(BUILD)/.flags | $(BUILD)/.tools
	$(call say,CPP,$<)$(CC) -D_GNU_SOURCE -Isrc $(CPPFLAGS) -E -P -o $@.all src/sandbox/seccomp_rules.h
	@sed '1,/^TABLE_BEGINS$$/d' $@.all >$@
	@rm $@.all

$(BUILD)/seccomp_compile: src/sandbox/seccomp_compile.c $(BUILD)/seccomp_rules.i
	$(call say,CC,$<)$(BUILD_CC) -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra -Isrc -I$(BUILD) \
	    -o $@ src/sandbox/seccomp_compile.c $$($(BUILD_PKG_CONFIG) --cflags --libs libseccomp)

$(BUILD)/seccomp_programs.h: $(BUILD)/seccomp_compile
	$(call say,FILTER,$@)$(BUILD)/seccomp_compile $(ARCH) >$@.new
	@mv $@.new $@

$(OBJ)/sandbox/seccomp.o: $(BUILD)/seccomp_programs.h

# tests
UNITS = $(patsubst %.c,$(BUILD)/unit/%,$(notdir $(wildcard tests/unit/*/test_*.c)))
ifeq ($(SFTP),0)
UNITS := $(filter-out $(addprefix $(BUILD)/unit/test_,packet handle revise),$(UNITS))
endif
vpath test_%.c $(wildcard tests/unit/*)

$(BUILD)/unit/%: %.c $(LIBRARY) | $(BUILD)/unit
	$(call say,UNIT,$@)$(CC) -iquote tests/unit $(ALL_CPPFLAGS) $(filter-out -Wmissing-prototypes,$(ALL_CFLAGS)) \
	    $$($(PKG_CONFIG) --cflags check) -pie $(ALL_LDFLAGS) -o $@ $< \
	    $(LIBRARY) $$($(PKG_CONFIG) --libs check) $(BSD_LIBS)

units: $(UNITS)

# The same programs, but for where they look for a configuration: what the
# tests try that are not root and can't hide the host's own.
ELSEWHERE = $(BUILD)/elsewhere/scp-server $(BUILD)/elsewhere/scp-server-check

$(BUILD)/elsewhere/default_file.o: src/policy/default_file.c $(BUILD)/.flags \
	| $(BUILD)/elsewhere
	$(call say,CC,$@)$(CC) $(filter-out -DSYSCONFDIR=%,$(ALL_CPPFLAGS)) \
	    -DSYSCONFDIR='"$(abspath $(BUILD))/elsewhere/none"' $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/elsewhere/scp-server: $(OBJ)/main.o $(BUILD)/elsewhere/default_file.o $(LIBRARY)
	$(call say,LINK,$@)$(CC) $(LINK_PIE) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(BSD_LIBS)

$(BUILD)/elsewhere/scp-server-check: $(OBJ)/check/check_main.o \
	$(BUILD)/elsewhere/default_file.o $(LIBRARY)
	$(call say,LINK,$@)$(CC) $(LINK_PIE) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(BSD_LIBS)

test:
	@tests/need test
	$(MAKE) all units $(ELSEWHERE)
	tests/run test

check:
	@tests/need check
	$(MAKE) all units
	tests/run check

check-all:
	@tests/need check-all
	$(MAKE) all units
	tests/run check-all

bare-%:
	tests/bare $*

# The long forms: hours.  Each part alone: make proof-race.
proof:
	@tests/need proof
	$(MAKE) all units
	tests/proof/run

proof-%:
	@tests/need proof
	$(MAKE) all units
	tests/proof/run $*

# What musl needs is fetched here: the measuring has no network but its own.
bench: all
	-packaging/musl -s all
	tests/figures/bench/run

sizes:
	tests/figures/sizes

# Every client by every way in: tests/session/interop/MATRIX.md, MATRIX.sftp.md.
interop:
	@tests/need check-all
	$(MAKE) all
	tests/session/interop/newer
	tests/session/interop/node-clients
	tests/session/interop/run --matrix

demo:
	@tests/need demo
	$(MAKE) all
	tests/session/e2e/demo

lint:
	@tests/need lint
	$(MAKE) all
	tests/artefact/lint/run

# For the linters: how a file is compiled.
print-flags:
	@echo $(filter-out -MMD -MP -ffile-prefix-map=% $(LARGER),$(ALL_CPPFLAGS) $(ALL_CFLAGS))

print-libs:
	@echo $(BSD_LIBS)

format:
	find src tests -name '*.[ch]' -exec clang-format -i {} +

PAGES = $(wildcard man/*.[1-9])

# The manuals name the paths of a default installation.
PATHS = -e 's|/usr/local/bin/scp-server|$(BINDIR)/scp-server|g' \
	-e 's|/usr/local/lib/scp-server|$(LIBDIR)/scp-server|g' \
	-e 's|/etc/scp-server\.conf|$(SYSCONFDIR)/scp-server.conf|g'

# Names by which the program is called instead of an option.
ifeq ($(SFTP),0)
NAMES = scp
else
NAMES = scp sftp-server
endif

install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR)/scp-server
	install -m 0755 $(PROGRAMS) $(DESTDIR)$(BINDIR)
	for name in $(NAMES); do \
		ln -sf $(BINDIR)/scp-server \
		    $(DESTDIR)$(LIBDIR)/scp-server/$$name || exit 1; \
	done
	for page in $(PAGES); do \
		to=$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}; \
		install -d "$${to%/*}" && sed $(PATHS) "$$page" >"$$to" && \
		    chmod 0644 "$$to" || exit 1; \
	done

uninstall:
	rm -f $(DESTDIR)$(BINDIR)/scp-server \
	    $(DESTDIR)$(BINDIR)/scp-server-check \
	    $(NAMES:%=$(DESTDIR)$(LIBDIR)/scp-server/%)
	for page in $(PAGES); do \
		rm -f "$(DESTDIR)$(MANDIR)/man$${page##*.}/$${page##*/}"; \
	done
	-rmdir $(DESTDIR)$(LIBDIR)/scp-server
	@if grep -qs '^server=$(LIBDIR)/scp-server/' $(DESTDIR)$(BINDIR)/scp; then \
		echo "$(BINDIR)/scp starts what is removed now: remove it, too"; \
	fi

# The commit, as everybody gets it: its own time, no owner, no umask.
DIST = scp-server-$(VERSION)

dist: | $(BUILD)
	git -c tar.umask=0022 archive --format=tar --prefix=$(DIST)/ \
	    -o $(BUILD)/$(DIST).tar HEAD
	gzip -9nf $(BUILD)/$(DIST).tar

deb:
	packaging/build deb

rpm:
	packaging/build rpm

musl:
	packaging/build musl

clean:
	rm -rf build

-include $(OBJECTS:.o=.d)
