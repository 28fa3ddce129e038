/* note_internal: what packing notes and putting them into words share: the rows. */
#ifndef RECORDER_NOTE_INTERNAL_H
#define RECORDER_NOTE_INTERNAL_H

#include "base/writer.h"
#include "recorder/note.h"

enum note_rest { NOTE_NOTHING, NOTE_TEXT, NOTE_PAYLOADS };

/*
 * Words: %N and a letter stand for number N: u decimal, x SPI, X IKE SPI; r, d, g, v, w, c, o, e, n a name
 * (struct recorder_names: reason, death, gone, verdict, row, act, result, exchange, notify). %a the address,
 * %s the text, %p the payloads. {N:zero|one|…} is chosen by number N; [N…] is there when number N is not 0.
 */
struct note_row {
	enum recorder_kind kind;
	uint8_t numbers;
	bool addr;
	enum note_rest rest;
	const char *words;
};

const struct note_row *note_row(enum recorder_id id);

struct note_args {
	uint64_t n[RECORDER_NUMBERS];
	struct addr addr;
	struct view rest;
};
/* False: these are not the arguments of that row. */
bool note_args_read(const struct note_row *row, struct view packed, struct note_args *out);

#define NOTE_DETAIL 0x80 /* of a payload's type: notify type, number of SPIs and SPIs follow */
#define NOTE_CUT    0xff /* instead of a payload: there were more */

#endif
