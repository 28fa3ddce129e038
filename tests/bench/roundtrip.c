/*
 * tests/bench/roundtrip [CONFIGURATIONS [EDITS [SEED]]]: generated configurations to text and back, and
 * random edits whose verdict is held against that of the whole tree (tests/cli/generated.h). Prints figures,
 * "name value unit" a line; ends with 1 and the difference at the first that is not the same.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "tests/cli/generated.h"

#define EDITS_EACH 100

static int complain(const char *what, uint64_t seed, char *why)
{
	fprintf(stderr, "%s, seed %llu: %s\n", what, (unsigned long long)seed, why ? why : "?");
	alloc_free(why);
	return 1;
}

static int round_trips(struct generated *g, uint64_t first, unsigned long count)
{
	uint64_t began = clock_boot_ms();
	const struct generated_counts *n = generated_counts(g);

	for (uint64_t seed = first; seed < first + count; seed++) {
		char *why = NULL;

		if (!generated_round_trip(g, seed, &why))
			return complain("round trip", seed, why);
	}
	printf("round_trips %lu\n", count);
	printf("round_trip_lines %lu\n", n->lines);
	printf("round_trip_pieces %lu (%lu taken)\n", n->pieces, n->accepted);
	printf("round_trip_time %llu ms\n", (unsigned long long)(clock_boot_ms() - began));
	return 0;
}

static int verdicts(struct generated *g, uint64_t first, unsigned long count)
{
	uint64_t began = clock_boot_ms();
	const struct generated_counts *n = generated_counts(g);

	for (uint64_t seed = first; n->edits < count; seed++) {
		char *why = NULL;

		if (!generated_verdicts(g, seed, EDITS_EACH, &why))
			return complain("verdict", seed, why);
	}
	printf("verdicts %lu (%lu accepted)\n", n->edits, n->edits_accepted);
	printf("verdict_time %llu ms\n", (unsigned long long)(clock_boot_ms() - began));
	return 0;
}

static unsigned long number(int argc, char **argv, int index, unsigned long usual)
{
	return index < argc ? strtoul(argv[index], NULL, 10) : usual;
}

int main(int argc, char **argv)
{
	uint64_t seed = number(argc, argv, 3, 1);
	struct generated *g = generated_new();
	int status = g ? 0 : 2;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!status)
		status = round_trips(g, seed, number(argc, argv, 1, 10000));
	if (!status)
		status = verdicts(g, seed, number(argc, argv, 2, 10000));
	generated_free(g);
	return status;
}
