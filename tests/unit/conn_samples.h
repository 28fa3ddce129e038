/* conn_samples: a connection with every field set, for tests of conn and of its encoding. */
#ifndef TESTS_UNIT_CONN_SAMPLES_H
#define TESTS_UNIT_CONN_SAMPLES_H

#include "conn/conn.h"

/* Everything set; two peers, two children with the reqids id * 100 and id * 100 + 1. NULL: no
 * memory, and nothing left behind. */
struct conn *conn_sample(uint32_t id);

#endif
