#include "agreeable.h"

#include "fuzz.h"

static int prepare(void *ctx, const struct config_change *c, struct error *err)
{
	(void)ctx;
	(void)err;
	fuzz_must(c->old || c->new);
	return 0;
}

static void commit(void *ctx, config_done *done, void *arg)
{
	(void)ctx;
	done(arg, 0, NULL);
}

static void drop(void *ctx)
{
	(void)ctx;
}

static const struct config_room room = {
	.name = "agreeable", .prepare = prepare, .commit = commit, .abort = drop};

const struct config_handler agreeable_handlers[AGREEABLE_HANDLERS] = {
	{"/spindle-system:system", &room},
	{"/spindle-logging:logging", &room},
	{"/spindle-logging:logging/host", &room},
	{"/spindle-aaa:aaa", &room},
	{"/spindle-line:lines", &room},
	{"/spindle-archive:archive", &room},
	{"/spindle-eem:event-manager", &room},
	{"/spindle-eem:event-manager/applet", &room},
	{"/spindle-eem:event-manager/environment", &room},
	{"/spindle-eem:event-manager/policy", &room},
	{"/spindle-eem:event-manager/scheduler/thread", &room},
	{"/spindle-acl:access-lists/standard", &room},
	{"/spindle-acl:access-lists/extended", &room},
	{"/spindle-interface:interfaces/interface", &room},
	{"/spindle-crypto:crypto/ipsec", &room},
	{"/spindle-crypto:crypto/ipsec/transform-set", &room},
	{"/spindle-crypto:crypto/isakmp", &room},
	{"/spindle-crypto:crypto/ikev2", &room},
	{"/spindle-crypto:crypto/ikev2/keyring", &room},
	{"/spindle-crypto:crypto/ikev2/keyring/peer", &room},
	{"/spindle-crypto:crypto/map", &room},
};
