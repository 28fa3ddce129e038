/*
 * cli/features: what lines of routers that no command here takes belong to: the features that are not
 * here, and the lines that a router writes of itself and that have no effect here.
 */
#ifndef CLI_FEATURES_H
#define CLI_FEATURES_H

#include <stdbool.h>

#define FEATURE_TUNNELS "tunnel interfaces and IPsec profiles"

enum feature_kind {
	FEATURE_KNOWN,	     /* without effect */
	FEATURE_KNOWN_BLOCK, /* with the lines below it */
	FEATURE_LINE,	     /* not supported; a line of some mode, or alone */
	FEATURE_BLOCK,	     /* not supported; lines of a mode of its own follow */
};

struct feature {
	const char *pattern; /* load_matches(); "~" before it: with `no` too */
	const char *name;    /* of the feature; NULL: known */
	enum feature_kind kind;
};

/* NULL: nobody knows the line. */
const struct feature *feature_of(const char *line);
/* Of an EXEC command that is not there: a sentence; NULL: none is known. */
const char *feature_instead(const char *line);
/* Is the name one that routers give to interfaces, and kernels cannot or do not? */
bool feature_is_router_interface(const char *name);

#endif
