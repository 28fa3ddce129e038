#include "lua/report/advice.h"

#include <stddef.h>
#include <string.h>

static const struct advice table[] = {
	{
		"peer-crashed",
		"One end lost its SAs without having been stopped",
		"A process or a machine ended without a word to the other end, which went on encrypting "
		"with SAs that nobody had any more.",
		{"Crash files, watchdog and power messages of the router that lost its SAs, shortly "
		 "before the first packet.",
		 "Whether that router announces its start (INITIAL_CONTACT of IKE), and whether the "
		 "other one has dead peer detection: without both the silence lasts until the next "
		 "rekey.",
		 "Its uptime: a restart that nobody noticed shows there."},
	},
	{
		"cleared-by-hand",
		"A person removed the SA at one end",
		"The SA was removed by a command, and the other end did not hear of it.",
		{"Who was logged in at that moment: the log of commands or of logins.",
		 "Whether the DELETE of IKE was sent, and whether a filter between us drops UDP 500 or "
		 "4500.",
		 "Scripts that run such a command by themselves, for instance a monitor that resets "
		 "tunnels."},
	},
	{
		"lifetimes-differ",
		"The lifetimes differ, and the SA ended at one end only",
		"A limit in seconds or kilobytes ended the SA at one end while the other went on using it.",
		{"The lifetimes of phase 2, in seconds and in kilobytes, at both ends: make them equal, or "
		 "let the end with the shorter one begin the rekeying.",
		 "Whether your router rekeys before the limit or only removes the SA there.",
		 "Whether the failures come back at that interval."},
	},
	{
		"deleted-by-another-program",
		"Another program removed the SA from the kernel",
		"Something other than the IKE daemon changed the table of SAs.",
		{"Other programs that manage IPsec on that machine: a second IKE daemon, a controller, a "
		 "script with \"ip xfrm\".",
		 "What ran at that moment: cron, configuration management, a package upgrade.",
		 "The program's name, where it is known, stands in the evidence above."},
	},
	{
		"rekey-lost",
		"An exchange ended at one end and not at the other",
		"A rekey or a delete was done at one end only, because its message or its answer was lost.",
		{"Loss between us at that moment, for UDP 500 and 4500 and for large packets "
		 "(fragments).",
		 "Retransmissions of IKE in your log around that time.",
		 "Whether your router keeps the old SA for a while after a rekey."},
	},
	{
		"restarted",
		"One end was stopped in good order",
		"The daemon or the machine was restarted; the other end did not hear of it in time.",
		{"Whether somebody restarted it, or an upgrade did.",
		 "Whether its DELETE messages get through when it stops.",
		 "Whether the tunnel comes back by itself after a start: the end that has the traffic "
		 "must be able to initiate."},
	},
	{
		"forged",
		"No SA with that SPI has ever been between the two",
		"Neither end knows that number. The packets were made by somebody else, or belong to "
		"another tunnel.",
		{"Whether your router ever had that SPI as an outbound SA, towards us or anybody else.",
		 "Whether the source address is really yours at that moment (NAT, a moved address).",
		 "If not: nothing at your end; the packets are spoofed, and a filter against spoofed "
		 "sources is the remedy."},
	},
	{
		"unknown",
		"The cause could not be told",
		"What is known does not suffice to name a cause.",
		{"Your log of IKE and IPsec around the times above, from a minute before the first packet.",
		 "The SAs of your router towards us, with the times of their making and their end.",
		 "Whether anything was changed, restarted or cleared at your end."},
	},
};

const struct advice *advice_of(const char *cause)
{
	const size_t count = sizeof(table) / sizeof(*table);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(table[i].cause, cause))
			return &table[i];
	return &table[count - 1];
}
