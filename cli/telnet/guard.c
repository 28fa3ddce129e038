#include "cli/telnet/guard.h"

#include <libtelnet.h>

static size_t emit_sub(const struct guard *g, unsigned char *out)
{
	size_t n = 0;

	out[n++] = TELNET_IAC;
	out[n++] = TELNET_SB;
	out[n++] = g->option;
	for (size_t i = 0; i < g->held_len; i++) {
		if (g->held[i] == TELNET_IAC)
			out[n++] = TELNET_IAC;
		out[n++] = g->held[i];
	}
	out[n++] = TELNET_IAC;
	out[n++] = TELNET_SE;
	return n;
}

static void hold(struct guard *g, unsigned char byte)
{
	if (g->held_len < GUARD_HELD_MAX)
		g->held[g->held_len++] = byte;
	else
		g->held_len = GUARD_HELD_MAX + 1;
	g->state = GUARD_SUB;
}

static void begin_sub(struct guard *g, unsigned char option)
{
	g->option = option;
	g->passes = option == TELNET_TELOPT_NAWS || option == TELNET_TELOPT_TTYPE;
	g->held_len = 0;
	g->state = GUARD_SUB;
}

static size_t command(struct guard *g, unsigned char byte, unsigned char *out)
{
	g->state = GUARD_DATA;
	if (byte == TELNET_SB) {
		g->state = GUARD_SUB_OPTION;
		return 0;
	}
	if (byte >= TELNET_WILL && byte <= TELNET_DONT) {
		g->command = byte;
		g->state = GUARD_OPTION;
		return 0;
	}
	if (byte == TELNET_SE)
		return 0; /* of nothing */
	out[0] = TELNET_IAC;
	out[1] = byte;
	return 2;
}

static size_t option(struct guard *g, unsigned char byte, unsigned char *out)
{
	g->state = GUARD_DATA;
	out[0] = TELNET_IAC;
	out[1] = g->command;
	out[2] = byte;
	return 3;
}

static size_t data(struct guard *g, unsigned char byte, unsigned char *out)
{
	if (byte == TELNET_IAC) {
		g->state = GUARD_COMMAND;
		return 0;
	}
	out[0] = byte;
	return 1;
}

/* What is neither IAC IAC nor IAC SE breaks the subnegotiation off, and is a command of its own. */
static size_t sub_command(struct guard *g, unsigned char byte, unsigned char *out)
{
	if (byte == TELNET_IAC) {
		hold(g, byte);
		return 0;
	}
	if (byte != TELNET_SE)
		return command(g, byte, out);
	g->state = GUARD_DATA;
	return g->passes && g->held_len <= GUARD_HELD_MAX ? emit_sub(g, out) : 0;
}

static size_t step(struct guard *g, unsigned char byte, unsigned char *out)
{
	switch (g->state) {
	case GUARD_DATA:
		return data(g, byte, out);
	case GUARD_COMMAND:
		return command(g, byte, out);
	case GUARD_OPTION:
		return option(g, byte, out);
	case GUARD_SUB_OPTION:
		begin_sub(g, byte);
		return 0;
	case GUARD_SUB:
		if (byte == TELNET_IAC)
			g->state = GUARD_SUB_COMMAND;
		else
			hold(g, byte);
		return 0;
	default:
		return sub_command(g, byte, out);
	}
}

size_t guard_feed(struct guard *g, const unsigned char *in, size_t len, unsigned char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += step(g, in[i], out + n);
	return n;
}
