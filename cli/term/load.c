#include "cli/term/load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, FIELDS };

int load_parse(const char *stat, struct load_sample *out)
{
	uint64_t f[FIELDS] = {0};
	int n = sscanf(stat,
		       "cpu %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		       " %" SCNu64 " %" SCNu64,
		       &f[USER], &f[NICE], &f[SYSTEM], &f[IDLE], &f[IOWAIT], &f[IRQ], &f[SOFTIRQ],
		       &f[STEAL]);

	if (n < FIELDS)
		return -EINVAL;
	memset(out, 0, sizeof(*out));
	for (int i = 0; i < FIELDS; i++)
		out->all += f[i];
	out->busy = out->all - f[IDLE] - f[IOWAIT];
	out->interrupt = f[IRQ] + f[SOFTIRQ];
	return 0;
}

static int read_sample(struct load_sample *out, uint64_t now_ms)
{
	FILE *from = fopen("/proc/stat", "re");
	char line[256];
	int rc = -EINVAL;

	if (!from)
		return -errno;
	if (fgets(line, sizeof(line), from))
		rc = load_parse(line, out);
	out->at_ms = now_ms;
	fclose(from);
	return rc;
}

void load_add(struct load *l, const struct load_sample *sample)
{
	l->sample[l->next] = *sample;
	l->next = (l->next + 1) % LOAD_SAMPLES;
	if (l->count < LOAD_SAMPLES)
		l->count++;
}

/* The i-th last. */
static const struct load_sample *back(const struct load *l, size_t i)
{
	return &l->sample[(l->next + LOAD_SAMPLES - 1 - i) % LOAD_SAMPLES];
}

void load_sample(struct load *l, uint64_t now_ms)
{
	struct load_sample sample;

	if (l->count > 0 && now_ms < back(l, 0)->at_ms + LOAD_EVERY_MS)
		return;
	if (read_sample(&sample, now_ms) == 0)
		load_add(l, &sample);
}

static unsigned int percent(uint64_t part, uint64_t whole)
{
	return whole > 0 ? (unsigned int)(part * 100 / whole) : 0;
}

/* The youngest sample that is at least so old, else the oldest there is. */
static const struct load_sample *since(const struct load *l, uint64_t now_ms, uint64_t span_ms)
{
	size_t i = 0;

	while (i + 1 < l->count && back(l, i)->at_ms + span_ms > now_ms)
		i++;
	return back(l, i);
}

static unsigned int busy_since(const struct load_sample *from, const struct load_sample *now)
{
	return percent(now->busy - from->busy, now->all - from->all);
}

void load_shares(const struct load *l, const struct load_sample *now, struct load_shares *out)
{
	const struct load_sample *from;

	memset(out, 0, sizeof(*out));
	if (l->count == 0)
		return;
	from = since(l, now->at_ms, LOAD_EVERY_MS);
	out->five_s = busy_since(from, now);
	out->interrupt = percent(now->interrupt - from->interrupt, now->all - from->all);
	out->minute = busy_since(since(l, now->at_ms, 60000), now);
	out->five_min = busy_since(since(l, now->at_ms, 300000), now);
}

static void print_time(void (*print)(void *ctx, const char *line), void *ctx)
{
	bool synced = clock_wall_is_synced();
	uint64_t now = clock_wall_ms();
	time_t seconds = (time_t)(now / 1000);
	char line[128], clock[32], date[48];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	strftime(date, sizeof(date), "%Z %a %b %e %Y", &tm);
	snprintf(line, sizeof(line), "%s, %s%s.%03u %s",
		 synced ? "Time source is NTP" : "No time source", synced ? "" : "*", clock,
		 (unsigned int)(now % 1000), date);
	print(ctx, line);
}

void load_print(struct load *l, void (*print)(void *ctx, const char *line), void *ctx)
{
	struct load_sample now = {0};
	struct load_shares shares = {0};
	char line[128];

	if (read_sample(&now, clock_boot_ms()) == 0)
		load_shares(l, &now, &shares);
	snprintf(line, sizeof(line),
		 "Load for five secs: %u%%/%u%%; one minute: %u%%; five minutes: %u%%",
		 shares.five_s, shares.interrupt, shares.minute, shares.five_min);
	print(ctx, line);
	print_time(print, ctx);
}
