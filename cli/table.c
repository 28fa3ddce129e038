/*
 * The parts of the command table in their order, which is that of `show running-config`. A word's help
 * is told where the word occurs first.
 */
#include "cli/table.h"

#include "base/alloc.h"

extern const struct cli_part cli_rows_box, cli_rows_exec, cli_rows_stored, cli_rows_terminal,
	cli_rows_crypto_show, cli_rows_show, cli_rows_service, cli_rows_system, cli_rows_people,
	cli_rows_archive, cli_rows_logging, cli_rows_ikev2, cli_rows_ipsec, cli_rows_interface,
	cli_rows_acl, cli_rows_lines, cli_rows_recorder, cli_rows_eem;

static const struct cli_part *const parts[] = {
	&cli_rows_exec,	  &cli_rows_stored,   &cli_rows_terminal,  &cli_rows_crypto_show,
	&cli_rows_show,	  &cli_rows_recorder, &cli_rows_box,	   &cli_rows_service,
	&cli_rows_system, &cli_rows_people,   &cli_rows_archive,   &cli_rows_logging,
	&cli_rows_ikev2,  &cli_rows_ipsec,    &cli_rows_interface, &cli_rows_acl,
	&cli_rows_lines,  &cli_rows_eem,
};

size_t cli_row_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		count += parts[i]->count;
	return count;
}

const struct cli_row *cli_row(size_t index)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (index < parts[i]->count)
			return &parts[i]->rows[index];
		index -= parts[i]->count;
	}
	return NULL;
}

struct cli_row *cli_rows_copy(void)
{
	size_t count = cli_row_count();
	struct cli_row *rows = alloc_array(count, sizeof(*rows));

	for (size_t i = 0; rows && i < count; i++)
		rows[i] = *cli_row(i);
	return rows;
}
