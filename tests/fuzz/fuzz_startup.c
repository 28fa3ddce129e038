/*
 * The startup file: any bytes as the file that a start reads. It is a tree that is valid, with each
 * secret sealed, and can be written and read back the same; or it is refused with a sentence that
 * names the file. Nothing else, and nothing is left of it.
 */
#include "agreeable.h"
#include "fuzz.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/secret.h"
#include "config/config_internal.h"
#include "seal/seal.h"

static struct config_schema schema;
static struct seal *seal;

static void start(void)
{
	seal = seal_new_random();
	fuzz_must(seal && !config_schema_load(&schema, TEST_YANG, agreeable_handlers,
					      AGREEABLE_HANDLERS, NULL));
}

static struct lyd_node *read_file(const char *text, size_t len)
{
	char name[40];
	int fd = memfd_create("startup", MFD_CLOEXEC);
	struct config_file f = {.dir = -1, .name = name, .schema = &schema, .seal = seal};

	fuzz_must(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	config_file_read(&f);
	close(fd);
	if (f.err.code) {
		fuzz_must(!f.tree && f.err.code < 0 && strstr(f.err.text, name));
		return NULL;
	}
	fuzz_must(f.tree);
	return f.tree;
}

static char *text_of(const struct lyd_node *tree)
{
	json_t *doc = json_object();
	const struct lyd_node *n;
	char *text;

	LY_LIST_FOR(tree, n)
	fuzz_must(!config_json_place(doc, n, CONFIG_JSON_WHOLE, true));
	text = json_dumps(doc, JSON_INDENT(2));
	json_decref(doc);
	fuzz_must(text);
	return text;
}

static void check_tree(struct lyd_node *tree)
{
	char *text = text_of(tree), *again;
	struct lyd_node *back = read_file(text, strlen(text));

	fuzz_must(back);
	again = text_of(back);
	fuzz_must(!strcmp(text, again));
	free(again);
	free(text);
	lyd_free_all(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lyd_node *tree;
	size_t secrets;

	if (!seal)
		start();
	secrets = secret_alive();
	tree = read_file((const char *)data, size);
	if (tree)
		check_tree(tree);
	lyd_free_all(tree);
	fuzz_must(secret_alive() == secrets);
	return 0;
}
