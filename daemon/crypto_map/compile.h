/*
 * crypto_map/compile: one crypto map entry on one interface → a connection and the policies it
 * wants. Pure: reads objects and the interface's address, makes values; refuses nothing: what is
 * missing is named in `incomplete` and the entry stays down until it comes.
 */
#ifndef CRYPTO_MAP_COMPILE_H
#define CRYPTO_MAP_COMPILE_H

#include "crypto_map/graph.h"
#include "link/link.h"
#include "xfrm/xfrm.h"

#define COMPILE_WORDS_MAX 320
#define REQID_OURS	  0x53000000u /* top byte of every reqid of ours */
#define REQID_MASK	  0xff000000u

struct compile_input {
	const struct graph *graph;
	const struct model_entry *entry;
	const char *interface;
	const struct link_info *link; /* NULL: no such interface now */
};

struct compile_output {
	struct conn *conn; /* a reference; NULL: incomplete. id and reqids are not yet set */
	char incomplete[COMPILE_WORDS_MAX];
};

/* 0, or -ENOMEM. */
int compile_entry(const struct compile_input *in, struct compile_output *out);
/* The three policies (out, in, fwd) of a child. */
#define COMPILE_POLICIES 3
void compile_policies(const struct conn *c, size_t child, struct xfrm_policy out[COMPILE_POLICIES]);
/* A reqid that is the same after a restart: from map, sequence, line and interface; try > 0 for the
 * next candidate after a clash. */
uint32_t compile_reqid(const struct conn *c, uint32_t child, unsigned int try);

#endif
