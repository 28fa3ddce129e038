#include "base/leaf.h"

#include <libyang/libyang.h>
#include <string.h>

#include "base/text.h"

const struct lyd_node *leaf_find(const struct lyd_node *object, const char *name)
{
	const struct lyd_node *it;

	LY_LIST_FOR(lyd_child(object), it)
	{
		if (!strcmp(LYD_NAME(it), name))
			return it;
	}
	return NULL;
}

const char *leaf_text(const struct lyd_node *object, const char *name)
{
	const struct lyd_node *leaf = leaf_find(object, name);

	return leaf ? lyd_get_value(leaf) : NULL;
}

bool leaf_flag(const struct lyd_node *object, const char *name)
{
	const char *text = leaf_text(object, name);

	return text && !strcmp(text, "true");
}

uint32_t leaf_u32(const struct lyd_node *object, const char *name, uint32_t fallback)
{
	const char *text = leaf_text(object, name);
	uint32_t value;

	return text && !text_u32(text, 0, UINT32_MAX, &value) ? value : fallback;
}

uint64_t leaf_u64(const struct lyd_node *object, const char *name, uint64_t fallback)
{
	const char *text = leaf_text(object, name);
	uint64_t value;

	return text && !text_u64(text, 0, UINT64_MAX, &value) ? value : fallback;
}
