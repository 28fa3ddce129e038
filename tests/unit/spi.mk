SPI_TESTS = tests/unit/test_spi_verdict tests/unit/test_spi_record tests/unit/test_spi_flow \
	tests/unit/test_spi tests/unit/test_spi_tap
check_PROGRAMS += $(SPI_TESTS)
TESTS += $(SPI_TESTS)
tests_unit_test_spi_verdict_SOURCES = tests/unit/test_spi_verdict.c tests/unit/spi_fake_sa.h
tests_unit_test_spi_verdict_LDADD = $(SPI_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_spi_record_SOURCES = tests/unit/test_spi_record.c
tests_unit_test_spi_record_LDADD = $(SPI_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_spi_flow_SOURCES = tests/unit/test_spi_flow.c
tests_unit_test_spi_flow_LDADD = $(SPI_LIBS) $(BASE_LIBS) $(TEST_LIBS)
SPI_TEST_LIBS = $(SPI_LIBS) $(CONN_LIBS) $(LOG_LIBS) $(FAKE_XFRM_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_spi_SOURCES = tests/unit/test_spi.c tests/unit/spi_fake_sa.h
tests_unit_test_spi_LDADD = $(SPI_TEST_LIBS)
tests_unit_test_spi_tap_SOURCES = tests/unit/test_spi_tap.c
tests_unit_test_spi_tap_LDADD = $(SPI_TEST_LIBS)

# For the lab: tests/kernel/test_spi_*.
noinst_PROGRAMS += tests/kernel/spi_watch tests/kernel/spi_packets tests/kernel/spi_race
tests_kernel_spi_watch_SOURCES = tests/kernel/spi_watch.c tests/unit/spi_fake_sa.h
tests_kernel_spi_watch_LDADD = $(SPI_LIBS) $(SPI_LOAD_LIBS) $(CONN_LIBS) $(XFRM_LIBS) $(LOG_LIBS) \
	$(BASE_LIBS)
tests_kernel_spi_packets_SOURCES = tests/kernel/spi_packets.c
tests_kernel_spi_race_SOURCES = tests/kernel/spi_race.c
tests_kernel_spi_race_LDADD = $(XFRM_LIBS) $(LOG_LIBS) $(BASE_LIBS)
