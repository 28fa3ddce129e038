/*
 * ike_samples: well-formed IKE messages made by the builder, for tests and as seeds for the fuzzer;
 * and a walk that reads everything a message has and looks that no view leaves its bytes.
 */
#ifndef TESTS_UNIT_IKE_SAMPLES_H
#define TESTS_UNIT_IKE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike/wire/wire.h"

#define IKE_SAMPLE_MAX 2048

struct ike_sample {
	const char *name;
	bool inner; /* the bytes are header and clear inner chain: parse with inner = true */
	uint8_t bytes[IKE_SAMPLE_MAX];
	size_t len;
};

/* The index-th sample (from 0); false at the end. */
bool ike_sample_get(size_t index, struct ike_sample *out);

/* Parses the bytes, by both steps; 0 or -EBADMSG. Where the header says IKE_SA_INIT the chain is
 * taken as clear, else as `inner` says. */
int ike_sample_parse(struct view bytes, bool inner, struct ike_message *m,
		     struct ike_wire_error *err);

/* Reads every payload by its typed reader, formats the contents; aborts when anything lies outside
 * of the message or over a bound. */
void ike_sample_touch(const struct ike_message *m);

#endif
