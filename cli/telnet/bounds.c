#include "cli/telnet/bounds.h"

#include <string.h>

static bool same_machine(const struct addr *a, const struct addr *b)
{
	return a->family == b->family &&
	       !memcmp(a->bytes, b->bytes, a->family == AF_INET6 ? 8 : sizeof(a->bytes));
}

size_t bounds_count(const struct bounds *b)
{
	size_t n = 0;

	for (size_t i = 0; i < BOUNDS_ALL; i++)
		n += b->connection[i].pid != 0;
	return n;
}

const char *bounds_refuse(const struct bounds *b, const struct addr *from)
{
	size_t all = 0, strangers = 0, here = 0, strange_here = 0;

	for (size_t i = 0; i < BOUNDS_ALL; i++) {
		const struct connection *c = &b->connection[i];
		bool same = c->pid && same_machine(&c->from, from);

		all += c->pid != 0;
		strangers += c->pid && !c->known;
		here += same;
		strange_here += same && !c->known;
	}
	if (here >= BOUNDS_ADDRESS || strange_here >= BOUNDS_ADDRESS_STRANGE)
		return "too many connections from this address";
	return all >= BOUNDS_ALL || strangers >= BOUNDS_STRANGERS ? "too many connections" : NULL;
}

void bounds_add(struct bounds *b, pid_t pid, const struct addr *from)
{
	for (size_t i = 0; i < BOUNDS_ALL; i++) {
		if (b->connection[i].pid)
			continue;
		b->connection[i] = (struct connection){.pid = pid, .from = *from};
		return;
	}
}

void bounds_know(struct bounds *b, pid_t pid)
{
	for (size_t i = 0; i < BOUNDS_ALL; i++)
		if (pid > 0 && b->connection[i].pid == pid)
			b->connection[i].known = true;
}

bool bounds_remove(struct bounds *b, pid_t pid, struct addr *from)
{
	for (size_t i = 0; i < BOUNDS_ALL; i++) {
		if (pid <= 0 || b->connection[i].pid != pid)
			continue;
		*from = b->connection[i].from;
		b->connection[i] = (struct connection){0};
		return true;
	}
	return false;
}
