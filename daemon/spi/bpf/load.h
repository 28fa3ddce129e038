/*
 * spi/bpf/load: the privileged half of detection, run once in the supervisor at start: loads and
 * attaches the BPF programs, makes the packet sockets. The descriptors live as long as the service.
 */
#ifndef SPI_BPF_LOAD_H
#define SPI_BPF_LOAD_H

#include "spi/source.h"

enum spi_choice {
	SPI_CHOICE_AUTO,
	SPI_CHOICE_PROBE,
	SPI_CHOICE_TAP,
	SPI_CHOICE_NONE,
	SPI_CHOICE_KPROBE, /* the probe, but not by fentry: so that a test can have it */
};

struct spi_loaded; /* holds skeletons, links, sockets */

/* Needs CAP_BPF, CAP_PERFMON (probe), CAP_NET_RAW (tap sockets). Refusals of our own network
 * namespace only. Never fails whole (NULL: no memory, or nothing to hold): what is missing is -1 in fds with the reason in fds->why. */
struct spi_loaded *spi_load(enum spi_choice choice, struct spi_fds *fds);
void spi_unload(struct spi_loaded *l);

#endif
