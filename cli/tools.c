/*
 * ping, traceroute: one action of the daemon is one packet, so each sign is seen as it comes, and
 * Ctrl-^ or Ctrl-C ends it between two. The daemon paces what all people send together.
 */
#include <errno.h>

#include "base/addr.h"
#include "base/text.h"
#include "cli/show.h"

#define INTERFACES    "/spindle-interface-state:interface-state/interface"
#define SIGNS_A_LINE  70
#define REPEAT_USUAL  5
#define SIZE_USUAL    100
#define TIMEOUT_USUAL 2
#define TRACE_TIMEOUT 3
#define TRACE_PROBES  3
#define TRACE_HOPS    30
#define TRACE_SIZE    60
#define PING_HOPS     255

/* What the person wants of each packet. */
struct probe {
	struct cli_session *s;
	const char *destination;
	char source[ADDR_STRLEN]; /* "" = the daemon chooses */
	uint32_t size, timeout;
	bool df;
};

struct answer {
	char outcome[16];
	char from[ADDR_STRLEN]; /* "" = nobody */
	unsigned int code;
	uint64_t took_us;
};

/* The last one given counts. */
static uint32_t number(const struct cli_match *m, const char *name, uint32_t usual)
{
	const struct cli_arg *a;

	for (size_t i = 0; (a = cli_match_arg(m, name, i)); i++)
		text_u32(a->value, 0, UINT32_MAX, &usual);
	return usual;
}

static unsigned int to_ms(uint64_t us)
{
	return us < 1500 ? 1 : (unsigned int)((us + 500) / 1000);
}

/* ---- one packet ------------------------------------------------------------------------------------ */

static json_t *input_of(const struct probe *p, uint32_t ttl)
{
	json_t *o = json_pack("{ss,si,si,si,sb}", "destination", p->destination, "size",
			      (int)p->size, "ttl", (int)ttl, "timeout", (int)p->timeout, "df-bit",
			      p->df);

	if (p->source[0])
		json_object_set_new(o, "source", json_string(p->source));
	return o;
}

/* 0; -ECANCELED: the person has seen enough; else what was said already. */
static int send_one(const struct probe *p, uint32_t ttl, struct answer *a)
{
	json_t *input = input_of(p, ttl), *output = NULL;
	struct cli_session *s = p->s;
	struct error err = {0};
	int rc;

	*a = (struct answer){0};
	if (!input) {
		cli_fail(s, "no memory");
		return -ENOMEM;
	}
	rc = s->backend->action(s->backend->ctx, "spindle-tools:probe", input, &output, &err);
	if (s->enough)
		rc = -ECANCELED;
	else if (rc < 0)
		cli_fail_error(s, &err);
	if (!rc) {
		text_copy(a->outcome, sizeof(a->outcome), data_text(output, "outcome", "timeout"));
		text_copy(a->from, sizeof(a->from), data_text(output, "from", ""));
		a->code = (unsigned int)data_number(output, "code");
		a->took_us = data_number(output, "round-trip");
	}
	json_decref(output);
	return rc;
}

/* ---- where from ------------------------------------------------------------------------------------ */

struct search {
	struct addr wanted; /* an address, or */
	const char *name;   /* the name of an interface */
	int family;
	char *out; /* ADDR_STRLEN */
};

static bool look_at(void *arg, const json_t *interface)
{
	struct search *f = arg;
	json_t *a;
	size_t i;

	if (f->name && strcmp(data_text(interface, "name", ""), f->name) != 0)
		return true;
	json_array_foreach(json_object_get(interface, "address"), i, a)
	{
		const char *text = data_text(a, "ip", "");
		struct addr addr;

		if (addr_parse(&addr, text) || addr.family != f->family ||
		    (f->name ? data_true(a, "link-local") && f->family == AF_INET6
			     : !addr_equal(&addr, &f->wanted)))
			continue;
		text_copy(f->out, ADDR_STRLEN, text);
		return false;
	}
	return true;
}

static enum cli_result take_source(struct probe *p, const struct cli_match *m, int family)
{
	const char *source = cli_match_get(m, "source");
	struct search f = {.family = family, .out = p->source};
	struct error err = {0};

	if (!source)
		return CLI_OK;
	if (addr_parse(&f.wanted, source))
		f.name = source;
	if (cli_state_each(p->s, INTERFACES, look_at, &f, &err) < 0)
		return cli_fail_error(p->s, &err);
	if (p->source[0])
		return CLI_OK;
	return f.name ? cli_fail(p->s, "Invalid source interface - IP not enabled or interface is "
				       "down")
		      : cli_fail(p->s, "Invalid source address- IP address not on any of our up "
				       "interfaces");
}

/* CLI_OK, and *family of the destination. */
static enum cli_result take_probe(struct probe *p, struct cli_session *s, const struct cli_match *m,
				  int *family)
{
	struct addr to;

	*p = (struct probe){.s = s, .destination = cli_match_get(m, "destination")};
	if (!p->destination || addr_parse(&to, p->destination))
		return cli_fail(s, "Unrecognized host or address, or protocol not running.");
	*family = to.family;
	return take_source(p, m, *family);
}

/* ---- ping ------------------------------------------------------------------------------------------ */

struct tally {
	unsigned long long sent, answered, sum_us;
	uint64_t least_us, most_us;
};

static char sign_of(const struct answer *a)
{
	static const struct {
		const char *outcome;
		char sign;
	} signs[] = {{"reply", '!'}, {"unreachable", 'U'}, {"expired", '&'}, {"too-big", 'M'}};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strcmp(signs[i].outcome, a->outcome) == 0)
			return signs[i].sign;
	return '.';
}

static void count(struct tally *t, const struct answer *a)
{
	t->sent++;
	if (sign_of(a) != '!')
		return;
	t->answered++;
	t->sum_us += a->took_us;
	if (t->answered == 1 || a->took_us < t->least_us)
		t->least_us = a->took_us;
	if (a->took_us > t->most_us)
		t->most_us = a->took_us;
}

static void print_tally(struct cli_session *s, const struct tally *t)
{
	unsigned long long percent = t->sent ? t->answered * 100 / t->sent : 0;

	if (t->sent % SIGNS_A_LINE || !t->sent)
		cli_printf(s, "\n");
	cli_printf(s, "Success rate is %llu percent (%llu/%llu)", percent, t->answered, t->sent);
	if (t->answered)
		cli_printf(s, ", round-trip min/avg/max = %u/%u/%u ms", to_ms(t->least_us),
			   to_ms(t->sum_us / t->answered), to_ms(t->most_us));
	cli_printf(s, "\n");
}

static void print_intent(const struct probe *p, uint32_t repeat)
{
	cli_printf(p->s, "Type escape sequence to abort.\n");
	cli_printf(p->s, "Sending %u, %u-byte ICMP Echos to %s, timeout is %u seconds:\n", repeat,
		   p->size, p->destination, p->timeout);
	if (p->source[0])
		cli_printf(p->s, "Packet sent with a source address of %s \n", p->source);
	if (p->df)
		cli_printf(p->s, "Packet sent with the DF bit set\n");
}

CLI_HANDLER(cli_do_ping)
{
	uint32_t repeat = number(m, "repeat", REPEAT_USUAL);
	enum cli_result result;
	struct tally t = {0};
	struct answer a;
	struct probe p;
	int family = AF_UNSPEC, rc = 0;

	(void)form;
	result = take_probe(&p, s, m, &family);
	if (result != CLI_OK)
		return result;
	p.size = number(m, "size", SIZE_USUAL);
	p.timeout = number(m, "timeout", TIMEOUT_USUAL);
	p.df = cli_match_get(m, "df");
	print_intent(&p, repeat);
	while (!rc && t.sent < repeat && !(rc = send_one(&p, PING_HOPS, &a))) {
		count(&t, &a);
		cli_printf(s, "%c%s", sign_of(&a), t.sent % SIGNS_A_LINE ? "" : "\n");
		cli_flush(s);
	}
	if (rc && rc != -ECANCELED)
		return CLI_FAILED;
	s->enough = false; /* the sum is told to who broke it off, too */
	print_tally(s, &t);
	return CLI_OK;
}

/* ---- traceroute ------------------------------------------------------------------------------------ */

struct hop {
	uint32_t ttl;
	char from[ADDR_STRLEN]; /* who answered last */
	bool reached;
};

/* "!H" and so on behind the time; "" where there is nothing to say. */
static const char *mark_of(const struct answer *a, int family)
{
	static const char *const v4[] = {"!N", "!H", "!P", "",	 "!F", "!S", "!U",
					 "!U", "!U", "!A", "!A", "!Q", "!Q", "!A"};
	static const char *const v6[] = {"!N", "!A", "!S", "!H", ""};
	size_t count = family == AF_INET ? sizeof(v4) / sizeof(v4[0]) : sizeof(v6) / sizeof(v6[0]);

	if (strcmp(a->outcome, "unreachable") != 0)
		return "";
	if (a->code >= count)
		return "!U";
	return family == AF_INET ? v4[a->code] : v6[a->code];
}

static void print_answer(struct cli_session *s, struct hop *h, const struct answer *a, int family)
{
	const char *mark = mark_of(a, family);

	if (!a->from[0]) {
		cli_printf(s, " * ");
		return;
	}
	if (h->from[0] && strcmp(h->from, a->from) != 0)
		cli_printf(s, "\n    %s", a->from);
	else if (!h->from[0])
		cli_printf(s, " %s", a->from);
	text_copy(h->from, sizeof(h->from), a->from);
	if (*mark)
		cli_printf(s, " %s", mark);
	cli_printf(s, " %u msec", to_ms(a->took_us));
}

static int trace_hop(const struct probe *p, struct hop *h, uint32_t probes, int family)
{
	struct answer a;
	int rc = 0;

	cli_printf(p->s, "%3u", h->ttl);
	cli_flush(p->s);
	for (uint32_t i = 0; !rc && i < probes; i++) {
		rc = send_one(p, h->ttl, &a);
		if (rc)
			break;
		print_answer(p->s, h, &a, family);
		cli_flush(p->s);
		if (strcmp(a.outcome, "reply") == 0 || strcmp(a.outcome, "unreachable") == 0)
			h->reached = true;
	}
	return rc;
}

CLI_HANDLER(cli_do_traceroute)
{
	uint32_t first = number(m, "first", 1), last = number(m, "last", TRACE_HOPS);
	uint32_t probes = number(m, "probe", TRACE_PROBES);
	enum cli_result result;
	struct hop h = {0};
	struct probe p;
	int family = AF_UNSPEC, rc = 0;

	(void)form;
	result = take_probe(&p, s, m, &family);
	if (result != CLI_OK)
		return result;
	if (first > last)
		return cli_fail(s, "The minimum ttl is greater than the maximum");
	p.size = TRACE_SIZE;
	p.timeout = number(m, "timeout", TRACE_TIMEOUT);
	cli_printf(s, "Type escape sequence to abort.\nTracing the route to %s\n", p.destination);
	for (uint32_t ttl = first; !rc && ttl <= last && !h.reached; ttl++) {
		h = (struct hop){.ttl = ttl};
		rc = trace_hop(&p, &h, probes, family);
		if (rc == -ECANCELED)
			s->enough = false;
		cli_printf(s, "\n");
	}
	return rc && rc != -ECANCELED ? CLI_FAILED : CLI_OK;
}
