/*
 * spi/record: one record of the BPF programs (bpf/record.h), checked and turned into a refusal.
 * No effects; links against base alone, so that a fuzzer can.
 */
#ifndef SPI_RECORD_H
#define SPI_RECORD_H

#include <stddef.h>

#include "spi/source.h"

/* 0, or -EINVAL when a field cannot be: nothing of it is to be believed then. */
int spi_record_parse(const void *data, size_t len, struct spi_refusal *out);

#endif
