/*
 * Prints doc/commands.md from the command table: what a mode knows, with the forms that exist.
 * doc/check_commands holds the page against it.
 */
#include <stdio.h>

#include "cli/table.h"

struct section {
	uint8_t mode;
	const char *title;
};

/* In the order of reading: from looking to changing, from the outer mode to the inner. */
static const struct section sections[] = {
	{CLI_MODE_EXECS, "EXEC, with or without `enable`"},
	{CLI_MODE_PRIV_EXEC, "Privileged EXEC"},
	{CLI_MODE_FILTER, "Behind the `|` of a show"},
	{CLI_MODE_CONFIGS, "Every configuration mode"},
	{CLI_MODE_CONFIG, "Global configuration"},
	{CLI_MODE_IKEV2_PROPOSAL, "In `crypto ikev2 proposal`"},
	{CLI_MODE_IKEV2_POLICY, "In `crypto ikev2 policy`"},
	{CLI_MODE_IKEV2_KEYRING, "In `crypto ikev2 keyring`"},
	{CLI_MODE_IKEV2_PEER, "In `peer` of a keyring"},
	{CLI_MODE_IKEV2_PROFILE, "In `crypto ikev2 profile`"},
	{CLI_MODE_TRANSFORM, "In `crypto ipsec transform-set`"},
	{CLI_MODE_CRYPTO_MAP, "In `crypto map`"},
	{CLI_MODE_INTERFACE, "In `interface`"},
	{CLI_MODE_ACL_STANDARD, "In `ip access-list standard`"},
	{CLI_MODE_ACL, "In `ip access-list extended`"},
	{CLI_MODE_LINE, "In `line`"},
	{CLI_MODE_ARCHIVE, "In `archive`"},
	{CLI_MODE_ARCHIVE_LOG, "In `log config` of `archive`"},
	{CLI_MODE_APPLET, "In `event manager applet`"},
	{CLI_MODE_APPLET_TRIGGER, "In `trigger` of an applet"},
};

/* The forms that exist, as manuals write them. */
static const char *forms(const struct cli_row *row)
{
	switch (row->forms & CLI_HAS_ALL) {
	case CLI_HAS_ALL:
		return "[no|default] ";
	case CLI_HAS_SET | CLI_HAS_NO:
		return "[no] ";
	case CLI_HAS_NO:
		return "no ";
	default:
		return "";
	}
}

static void print_section(const struct section *s)
{
	printf("\n## %s\n", s->title);
	for (size_t i = 0; i < cli_row_count(); i++) {
		const struct cli_row *row = cli_row(i);

		if (row->mode == s->mode)
			printf("    %2u  %s%s\n", (unsigned int)row->privilege, forms(row),
			       row->syntax);
	}
}

/* A row that no section prints is a mistake here, not a secret of the command's. */
static int find_forgotten(void)
{
	int forgotten = 0;

	for (size_t i = 0; i < cli_row_count(); i++) {
		const struct cli_row *row = cli_row(i);
		size_t k = 0;

		while (k < sizeof(sections) / sizeof(sections[0]) && sections[k].mode != row->mode)
			k++;
		if (k == sizeof(sections) / sizeof(sections[0])) {
			fprintf(stderr, "mode %u has no section: %s\n", (unsigned int)row->mode,
				row->syntax);
			forgotten = 1;
		}
	}
	return forgotten;
}

int main(void)
{
	puts("# Commands\n\n"
	     "Made from the command table by `make doc-commands`; `make check` holds this page "
	     "against the table.\n\n"
	     "The number is the least privilege: 1 sees, 15 changes. Words stand in clear, "
	     "parameters as `<name:type>`; `[ ]` is optional, `{ | }` are alternatives. "
	     "`<name:a|b>` is one of those words (`a=1`: the word `a`, stored as 1); `+` may be "
	     "given several times; at `~` the `no` form may end. How a line is read stands in "
	     "[command-line.md](command-line.md).");
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		print_section(&sections[i]);
	return find_forgotten();
}
