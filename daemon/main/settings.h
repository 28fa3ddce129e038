/*
 * main/settings: the configuration's single settings that belong to no room's objects: invalid SPI
 * treatment, recovery, logging, packets held. A room of the commit like any other: what is prepared takes
 * effect at commit, all together.
 */
#ifndef MAIN_SETTINGS_H
#define MAIN_SETTINGS_H

#include "config/config.h"

struct log;
struct loop;
struct recovery;
struct settings;
struct spi;

/* Collaborators are borrowed for its life. NULL: no memory. */
struct settings *settings_new(struct loop *loop, struct spi *spi, struct recovery *recovery,
			      struct log *log);
void settings_free(struct settings *s); /* NULL is fine */
/* Another file than /proc/sys/net/core/xfrm_larval_drop; path lives as long as s. */
void settings_larval_drop_at(struct settings *s, const char *path);
const struct config_room *settings_room(const struct settings *s);
/* Schema paths of the rows, NULL-terminated. */
const char *const *settings_paths(void);

#endif
