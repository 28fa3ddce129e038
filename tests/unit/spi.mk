noinst_PROGRAMS += tests/kernel/spi_watch
tests_kernel_spi_watch_SOURCES = tests/kernel/spi_watch.c
tests_kernel_spi_watch_LDADD = $(SPI_LIBS) $(SPI_LOAD_LIBS) $(BASE_LIBS)
noinst_PROGRAMS += tests/kernel/spi_packets
tests_kernel_spi_packets_SOURCES = tests/kernel/spi_packets.c
