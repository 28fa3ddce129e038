/*
 * anchor: a pointer that may outlive what it points to. A request under way (in the kernel, on a
 * worker) holds the anchor of the object that asked; when the object goes first, the answer finds
 * nothing and only releases what is its own. One thread, not atomic.
 */
#ifndef BASE_ANCHOR_H
#define BASE_ANCHOR_H

struct anchor;

struct anchor *anchor_new(void *object); /* one reference, the object's own; NULL: no memory */
struct anchor *anchor_ref(struct anchor *a);
void anchor_unref(struct anchor *a); /* NULL is fine; the last one frees */
/* The object goes: anchor_get() gives NULL from now on. Drops the object's own reference. */
void anchor_lose(struct anchor *a); /* NULL is fine */
void *anchor_get(const struct anchor *a);

#endif
