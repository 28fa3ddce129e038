#include "base/anchor.h"

#include "base/alloc.h"

struct anchor {
	void *object;
	unsigned int refs;
};

struct anchor *anchor_new(void *object)
{
	struct anchor *a = alloc_zero(sizeof(*a));

	if (!a)
		return NULL;
	a->object = object;
	a->refs = 1;
	return a;
}

struct anchor *anchor_ref(struct anchor *a)
{
	a->refs++;
	return a;
}

void anchor_unref(struct anchor *a)
{
	if (a && !--a->refs)
		alloc_free(a);
}

void anchor_lose(struct anchor *a)
{
	if (!a)
		return;
	a->object = NULL;
	anchor_unref(a);
}

void *anchor_get(const struct anchor *a)
{
	return a->object;
}
