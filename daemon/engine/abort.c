#include "engine/abort.h"

#include "conn/conn.h"

/* RFC 7296 3.10.1: error notifies that end a negotiation. */
enum { NOTIFY_NO_PROPOSAL_CHOSEN = 14, NOTIFY_INVALID_KE_PAYLOAD = 17 };

static const struct {
	uint16_t type;
	const char *words;
} refusals[] = {
	{1, "UNSUPPORTED_CRITICAL_PAYLOAD"},
	{4, "INVALID_IKE_SPI"},
	{5, "INVALID_MAJOR_VERSION"},
	{7, "INVALID_SYNTAX"},
	{NOTIFY_NO_PROPOSAL_CHOSEN, "NO_PROPOSAL_CHOSEN"},
	{NOTIFY_INVALID_KE_PAYLOAD, "INVALID_KE_PAYLOAD"},
	{24, "AUTHENTICATION_FAILED"},
	{34, "SINGLE_PAIR_REQUIRED"},
	{35, "NO_ADDITIONAL_SAS"},
	{38, "TS_UNACCEPTABLE"},
	{43, "TEMPORARY_FAILURE"},
};

static void add_refusal(struct text *out, uint16_t notify)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (refusals[i].type == notify) {
			text_addf(out, ": %s", refusals[i].words);
			return;
		}
	if (notify)
		text_addf(out, ": notify %u", notify);
}

/* "encryption AES-CBC-256 AES-CBC-128"; nothing where the proposal has none of the type. */
static void add_type(struct text *out, const struct proposal *p, enum transform_type type,
		     const char *name, bool *any)
{
	bool first = true;
	char buf[16];

	for (size_t i = 0; i < p->count; i++) {
		const struct transform *t = &p->t[i];

		if (t->type != type || !t->id)
			continue;
		if (first)
			text_addf(out, "%s %s", *any ? "," : "", name);
		text_addf(out, " %s", transform_name(t->type, t->id, buf, sizeof(buf)));
		if (t->key_bits)
			text_addf(out, "-%u", t->key_bits);
		*any = true;
		first = false;
	}
}

static void add_offer(struct text *out, const struct conn *c)
{
	for (uint8_t i = 0; i < c->ike_count; i++) {
		const struct proposal *p = &c->ike[i];
		bool any = false;

		text_add(out, i ? "; or" : "; we offered");
		add_type(out, p, TRANSFORM_ENCR, "encryption", &any);
		add_type(out, p, TRANSFORM_INTEG, "integrity", &any);
		add_type(out, p, TRANSFORM_PRF, "prf", &any);
		add_type(out, p, TRANSFORM_DH, "group", &any);
	}
}

bool abort_words(const struct engine_ike_event *ended, const struct conn *conn, struct text *out)
{
	bool about_offer = ended->notify == NOTIFY_NO_PROPOSAL_CHOSEN ||
			   ended->notify == NOTIFY_INVALID_KE_PAYLOAD;

	switch (ended->why) {
	case ENGINE_WHY_PEER_REFUSED:
		text_add(out, "the peer refused");
		break;
	case ENGINE_WHY_AUTH:
		text_add(out, "authentication failed");
		break;
	case ENGINE_WHY_TIMEOUT:
		text_add(out, "no answer");
		break;
	case ENGINE_WHY_LOCAL_ERROR:
		text_add(out, "an error here");
		break;
	default:
		return false;
	}
	add_refusal(out, ended->notify);
	if (conn && ended->initiator && about_offer)
		add_offer(out, conn);
	return true;
}
