/* The configuration's rooms for fuzz targets: one that agrees to all that the modules allow. */
#ifndef TESTS_FUZZ_AGREEABLE_H
#define TESTS_FUZZ_AGREEABLE_H

#include "config/config.h"

#define AGREEABLE_HANDLERS 21

/* A handler for each path that a real router has one for. */
extern const struct config_handler agreeable_handlers[AGREEABLE_HANDLERS];

#endif
