/*
 * aaa/privilege: which command needs which operation of the control socket, so that `privilege exec
 * level` for a command moves the least privilege of what that command does. A command whose rows are
 * not here is the client's alone (`terminal length`): what it does not ask of the daemon, nobody guards.
 */
#include <stdio.h>
#include <string.h>

#include "aaa/aaa_internal.h"

static const struct need {
	const char *command, *operation;
} needs[] = {
	{"clear aaa local user lockout", "spindle-aaa:clear-lockout"},
	{"clear crypto invalid-spi", "spindle-crypto:clear-invalid-spi"},
	{"clear crypto sa", "spindle-crypto:clear-sa"},
	{"clear crypto session", "spindle-crypto:clear-session"},
	{"clear line", "spindle-line:clear-line"},
	{"clear logging", "spindle-logging:clear-log"},
	{"configure terminal", "edit-config"},
	{"configure terminal", "get-config"},
	{"configure terminal", "validate"},
	{"configure terminal", "spindle-line:configuring"},
	{"copy running-config startup-config", "copy-config"},
	{"debug", "spindle-logging:debug-condition"},
	{"debug", "spindle-system:debug"},
	{"dir", "/spindle-platform-state:platform-state/file"},
	{"dir", "/spindle-platform-state:platform-state/file-system"},
	{"ping", "spindle-tools:probe"},
	{"show aaa local user lockout", "/spindle-aaa:aaa-state/lockout"},
	{"show archive config", "get-config"},
	{"show archive config", "get-config archive"},
	{"show archive config", "get-config startup"},
	{"show archive log config all", "/spindle-archive:archive-state/command"},
	{"show clock", "/spindle-platform-state:platform-state/clock"},
	{"show crypto ikev2 sa", "/spindle-crypto:crypto-state/ikev2-sa"},
	{"show crypto debug-condition", "/spindle-logging:log-state/debug-condition"},
	{"show crypto invalid-spi", "/spindle-crypto:crypto-state/invalid-spi"},
	{"show crypto invalid-spi", "/spindle-crypto:crypto-state/invalid-spi/flow"},
	{"show crypto ipsec sa", "/spindle-crypto:crypto-state/ipsec-sa"},
	{"show crypto isakmp invalid-spi-recovery",
	 "/spindle-crypto:crypto-state/invalid-spi-recovery"},
	{"show crypto isakmp invalid-spi-recovery",
	 "/spindle-crypto:crypto-state/invalid-spi-recovery/peer"},
	{"show crypto isakmp invalid-spi-recovery",
	 "/spindle-crypto:crypto-state/invalid-spi-recovery/decision"},
	{"show crypto map", "/spindle-crypto:crypto-state/crypto-map"},
	{"show crypto session", "/spindle-crypto:crypto-state/session"},
	{"show file systems", "/spindle-platform-state:platform-state/file-system"},
	{"show flight-recorder", "/spindle-flight-recorder:flight-recorder"},
	{"show flight-recorder", "/spindle-flight-recorder:flight-recorder/record"},
	{"show interfaces", "/spindle-interface-state:interface-state/interface"},
	{"show inventory", "/spindle-platform-state:platform-state/machine"},
	{"show ip interface", "/spindle-interface-state:interface-state/interface"},
	{"show ip route", "/spindle-routing-state:routing-state/ipv4/count"},
	{"show ip route", "/spindle-routing-state:routing-state/ipv4/default"},
	{"show ip route", "/spindle-routing-state:routing-state/ipv4/match"},
	{"show ip route", "/spindle-routing-state:routing-state/ipv4/route"},
	{"show ipv6 interface", "/spindle-interface-state:interface-state/interface"},
	{"show ipv6 route", "/spindle-routing-state:routing-state/ipv6/count"},
	{"show ipv6 route", "/spindle-routing-state:routing-state/ipv6/match"},
	{"show ipv6 route", "/spindle-routing-state:routing-state/ipv6/route"},
	{"show logging", "/spindle-logging:log-state"},
	{"show logging", "/spindle-logging:log-state/record"},
	{"show logging", "/spindle-logging:log-state/host"},
	{"show logging", "subscribe log"}, /* terminal monitor, and programs that follow */
	{"show logging count", "/spindle-logging:log-state/count"},
	{"show login", "/spindle-aaa:aaa-state"},
	{"show memory statistics", "/spindle-platform-state:platform-state/memory"},
	{"show platform hardware qfp active", "/spindle-platform-state:platform-state/drop"},
	{"show platform hardware qfp active statistics drop clear",
	 "spindle-platform-state:clear-drops"},
	{"show platform hardware qfp active feature ipsec datapath drops all clear",
	 "spindle-platform-state:clear-drops"},
	{"show processes cpu", "/spindle-platform-state:platform-state/load"},
	{"show processes cpu", "/spindle-platform-state:platform-state/process"},
	{"show processes memory", "/spindle-platform-state:platform-state/memory"},
	{"show processes memory", "/spindle-platform-state:platform-state/process"},
	{"show running-config", "get-config"},
	{"show startup-config", "get-config startup"},
	{"show users", "/spindle-line:line-state/session"},
	{"show version", "/spindle-platform-state:platform-state/machine"},
	{"show version", "/spindle-platform-state:platform-state/memory"},
	{"traceroute", "spindle-tools:probe"},
	{"undebug", "spindle-system:debug"},
	{"write", "copy-config"},
};

/* Do the words of `command` begin with those of `beginning`? */
static bool begins_with(const char *command, const char *beginning)
{
	size_t len = strlen(beginning);

	return !strncmp(command, beginning, len) && (!command[len] || command[len] == ' ');
}

/* What the longest entry for the command says. */
static uint8_t level_of(const struct aaa *a, const char *command, uint8_t usual)
{
	const struct object *best = NULL;
	const struct list *it;

	list_for_each(it, &a->objects)
	{
		const struct object *o = list_entry(it, const struct object, node);

		if (o->kind == OBJECT_PRIVILEGE && begins_with(command, o->key) &&
		    (!best || strlen(o->key) > strlen(best->key)))
			best = o;
	}
	return best ? best->level : usual;
}

uint8_t aaa_least(const struct aaa *a, const char *operation, uint8_t usual)
{
	bool known = false;
	uint8_t least = 15;

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		uint8_t level;

		if (strcmp(needs[i].operation, operation) != 0)
			continue;
		level = level_of(a, needs[i].command, usual);
		least = !known || level < least ? level : least;
		known = true;
	}
	return known ? least : usual;
}

bool aaa_exec_privilege(const struct aaa *a, size_t index, const char **command, uint8_t *level)
{
	const struct list *it;

	list_for_each(it, &a->objects)
	{
		const struct object *o = list_entry(it, const struct object, node);

		if (o->kind != OBJECT_PRIVILEGE || index--)
			continue;
		*command = o->key;
		*level = o->level;
		return true;
	}
	return false;
}
