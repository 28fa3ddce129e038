# BPF programs: C, then a BPF object, then a skeleton header, which load.c embeds. In the build tree only.
EXTRA_DIST += daemon/spi/bpf/refusal.bpf.c daemon/spi/bpf/tap.bpf.c daemon/spi/bpf/common.bpf.h

# Only for the supervisor and its tests: the router needs no libbpf.
noinst_LIBRARIES += libspiload.a
libspiload_a_SOURCES = daemon/spi/bpf/load.c daemon/spi/bpf/load.h daemon/spi/bpf/record.h
libspiload_a_CFLAGS = $(AM_CFLAGS)
SPI_LOAD_LIBS = libspiload.a

if BPF
SPI_LOAD_LIBS += $(BPF_LIBS)
libspiload_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_builddir)/daemon
libspiload_a_CFLAGS += $(BPF_CFLAGS)
SPI_SKELETONS = daemon/spi/bpf/refusal.skel.h daemon/spi/bpf/tap.skel.h
BUILT_SOURCES += $(SPI_SKELETONS)
CLEANFILES += $(SPI_SKELETONS) daemon/spi/bpf/refusal.bpf.o daemon/spi/bpf/tap.bpf.o
$(libspiload_a_OBJECTS): $(SPI_SKELETONS)

# clang's BPF target has no system include path of its own: the native target's goes last.
# The architecture is that of struct pt_regs, which the kprobe reads its arguments from.
bpf_compile = \
	$(MKDIR_P) $(@D) && \
	inc=`$(BPF_CC) -v -E -x c /dev/null 2>&1 | \
		sed -n '/search starts here:/,/End of search/s|^ \(/.*\)|-idirafter \1|p'` && \
	case `$(CC) -dumpmachine` in \
	x86_64* | i?86*) arch=x86 ;; aarch64*) arch=arm64 ;; arm*) arch=arm ;; \
	powerpc*) arch=powerpc ;; riscv*) arch=riscv ;; s390*) arch=s390 ;; *) arch=unknown ;; \
	esac && \
	$(BPF_CC) -target bpf -g -O2 -Wall -Wextra -Wno-unused-parameter -D__TARGET_ARCH_$$arch \
		$$inc $(BPF_CFLAGS) -c -o $@

daemon/spi/bpf/refusal.bpf.o: daemon/spi/bpf/refusal.bpf.c daemon/spi/bpf/common.bpf.h daemon/spi/bpf/record.h
	$(AM_V_GEN)$(bpf_compile) $(srcdir)/daemon/spi/bpf/refusal.bpf.c
daemon/spi/bpf/tap.bpf.o: daemon/spi/bpf/tap.bpf.c daemon/spi/bpf/common.bpf.h daemon/spi/bpf/record.h
	$(AM_V_GEN)$(bpf_compile) $(srcdir)/daemon/spi/bpf/tap.bpf.c
daemon/spi/bpf/refusal.skel.h: daemon/spi/bpf/refusal.bpf.o
	$(AM_V_GEN)$(BPFTOOL) gen skeleton daemon/spi/bpf/refusal.bpf.o name refusal_bpf >$@.tmp && mv $@.tmp $@
daemon/spi/bpf/tap.skel.h: daemon/spi/bpf/tap.bpf.o
	$(AM_V_GEN)$(BPFTOOL) gen skeleton daemon/spi/bpf/tap.bpf.o name tap_bpf >$@.tmp && mv $@.tmp $@
endif
