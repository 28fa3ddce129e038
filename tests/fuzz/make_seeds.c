/* Writes seeds for fuzz_ike_wire and fuzz_engine into FOLDER/ike_wire and FOLDER/engine: one well
 * formed input of each sort, as the daemon's own builders make it. */
#include <errno.h>
#include <sys/stat.h>

#include "base/writer.h"
#include "tests/unit/engine_samples.h"
#include "tests/unit/ike_samples.h"

static uint8_t buf[ENGINE_MESSAGE_MAX];

static int write_seed(const char *folder, const char *target, const char *name, size_t len)
{
	char path[512];
	FILE *f;
	int rc;

	snprintf(path, sizeof(path), "%s/%s", folder, target);
	if (mkdir(path, 0755) && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "%s/%s/seed_%s", folder, target, name);
	f = fopen(path, "wb");
	if (!f)
		return -errno;
	rc = fwrite(buf, 1, len, f) == len ? 0 : -EIO;
	return fclose(f) ? -EIO : rc;
}

static int ike_seeds(const char *folder)
{
	struct ike_sample s;
	int rc = 0;

	for (size_t i = 0; !rc && ike_sample_get(i, &s); i++) {
		buf[0] = (uint8_t)(2 | (s.inner ? 1 : 0));
		memcpy(buf + 1, s.bytes, s.len);
		rc = write_seed(folder, "ike_wire", s.name, s.len + 1);
	}
	return rc;
}

static int engine_seeds(const char *folder)
{
	int rc = 0;

	for (int type = ENGINE_HELLO; !rc && type <= ENGINE_DONE; type++) {
		struct writer w = writer_new(buf, sizeof(buf));
		struct engine_msg m;
		char name[16];

		rc = engine_sample((enum engine_type)type, &m);
		if (!rc)
			rc = engine_encode(&m, &w);
		engine_msg_clear(&m);
		snprintf(name, sizeof(name), "%02d", type);
		if (!rc)
			rc = write_seed(folder, "engine", name, w.len);
	}
	return rc;
}

int main(int argc, char **argv)
{
	int rc = argc == 2 ? ike_seeds(argv[1]) : -EINVAL;

	if (!rc)
		rc = engine_seeds(argv[1]);
	if (rc)
		fprintf(stderr, "make_seeds FOLDER: %s\n", strerror(-rc));
	return rc ? 1 : 0;
}
