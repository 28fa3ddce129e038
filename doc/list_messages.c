/*
 * Prints doc/messages.md from the message table: each message, what it means, what to do.
 * doc/check_messages holds the page against it.
 */
#include <stdio.h>

#include "log/log.h"

int main(void)
{
	size_t index = 0;
	const struct log_message *m;

	puts("# Messages\n\n"
	     "Made from the message table by `make doc-messages`; `make check` holds this page "
	     "against the table. On a router, `show logging explain MNEMONIC` says the same. In the "
	     "log a message begins with the time (`*` before it: the clock is not synchronized).");
	while ((m = log_message_find(NULL, &index))) {
		printf("\n## %%%s-%d-%s\n\n    %s\n\n%s\n", m->facility, m->severity, m->mnemonic,
		       m->format, m->explanation);
		printf("\nWhat to do: %s\n", m->action);
	}
	return 0;
}
