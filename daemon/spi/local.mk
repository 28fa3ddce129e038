noinst_LIBRARIES += libspi.a
libspi_a_SOURCES = \
	daemon/spi/flow.c daemon/spi/flow.h \
	daemon/spi/line.c daemon/spi/line.h \
	daemon/spi/probe.c \
	daemon/spi/record.c daemon/spi/record.h daemon/spi/bpf/record.h \
	daemon/spi/ring.c daemon/spi/ring.h \
	daemon/spi/source.c daemon/spi/source.h \
	daemon/spi/spi.c daemon/spi/spi.h \
	daemon/spi/tap.c daemon/spi/tap_judge.c daemon/spi/tap_judge.h \
	daemon/spi/verdict.c daemon/spi/verdict.h
SPI_LIBS = libspi.a

include daemon/spi/bpf/local.mk
