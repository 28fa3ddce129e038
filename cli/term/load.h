/*
 * term/load: how busy the processors were, for `terminal exec prompt timestamp`: shares of the last
 * five seconds, minute and five minutes, from samples of /proc/stat that are taken while it is on.
 */
#ifndef CLI_TERM_LOAD_H
#define CLI_TERM_LOAD_H

#include <stddef.h>
#include <stdint.h>

#define LOAD_EVERY_MS 5000
#define LOAD_SAMPLES  61 /* five minutes */

struct load_sample {
	uint64_t at_ms, busy, interrupt, all; /* ticks of all processors since boot */
};

struct load {
	struct load_sample sample[LOAD_SAMPLES];
	size_t next, count;
};

struct load_shares {
	unsigned int five_s, interrupt, minute, five_min; /* percent */
};

/* The first line of /proc/stat; 0 or -EINVAL. */
int load_parse(const char *stat, struct load_sample *out);
/* Takes a sample if the last one is old enough. */
void load_sample(struct load *l, uint64_t now_ms);
void load_add(struct load *l, const struct load_sample *sample);
/* As far back as the samples go; now: the newest. */
void load_shares(const struct load *l, const struct load_sample *now, struct load_shares *out);
/* "Load for five secs: …" and "Time source is …", each by print. */
void load_print(struct load *l, void (*print)(void *ctx, const char *line), void *ctx);

#endif
