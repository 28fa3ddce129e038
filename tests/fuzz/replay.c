/*
 * Runs a fuzz target without libFuzzer: once for each file given, or for each file of its corpus,
 * tests/fuzz/corpus/NAME for a program fuzz_NAME. Fails when there is none.
 */
#include <dirent.h>
#include <errno.h>

#include "fuzz.h"

#define INPUT_MAX ((size_t)1 << 20)

/* The input stands in memory of its own size, so that a read past its end is seen. */
static bool replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *whole = f ? malloc(INPUT_MAX) : NULL;
	size_t len = whole ? fread(whole, 1, INPUT_MAX, f) : 0;
	uint8_t *exact = whole ? realloc(whole, len ? len : 1) : NULL;

	if (f)
		fclose(f);
	if (!exact) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		free(whole);
		return false;
	}
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
	return true;
}

static int replay_corpus(const char *program)
{
	const char *base = strrchr(program, '/'), *srcdir = getenv("srcdir");
	char folder[512], path[1024];
	unsigned long count = 0;
	struct dirent *e;
	DIR *d;

	base = base ? base + 1 : program;
	if (!strncmp(base, "fuzz_", 5))
		base += 5;
	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/%s", srcdir ? srcdir : ".", base);
	d = opendir(folder);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (!replay(path))
			return 1;
		count++;
	}
	if (d)
		closedir(d);
	printf("%s: %lu inputs\n", folder, count);
	return count ? 0 : 1;
}

int main(int argc, char **argv)
{
	int rc = 0;

	if (argc < 2)
		return replay_corpus(argv[0]);
	for (int i = 1; i < argc; i++)
		rc |= !replay(argv[i]);
	return rc;
}
