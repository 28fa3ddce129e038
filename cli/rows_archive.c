/* The archive and the log of commands. */
#include "cli/rows.h"

static const struct cli_row rows[] = {
	ENTER(CLI_MODE_CONFIG, "archive", "/spindle-archive:archive", CLI_MODE_ARCHIVE,
	      cli_do_enter, "archive Archive the configuration"),
	CONFIG(CLI_MODE_ARCHIVE, "maximum ~ <maximum:1-14>", ". maximum=<maximum>",
	       "maximum Maximum number of snapshots\n<maximum:1-14> Snapshots"),
	CONFIG(CLI_MODE_ARCHIVE, "time-period ~ <minutes:1-525600>", ". time-period=<minutes>",
	       "time-period Period of time in minutes to archive the running-config\n"
	       "<minutes:1-525600> Minutes"),
	CONFIG(CLI_MODE_ARCHIVE, "write-memory", ". write-memory=true",
	       "write-memory Archive the running-config when it is saved"),
	REFUSED_IN(CLI_MODE_ARCHIVE, "path <url:line>", cli_do_archive_path,
		   "path Path of backups\nurl Place"),
	ENTER(CLI_MODE_ARCHIVE, "log config", "./log-config", CLI_MODE_ARCHIVE_LOG, cli_do_enter,
	      "log Logging commands\nconfig Log changes to the running configuration"),
	CONFIG(CLI_MODE_ARCHIVE_LOG, "logging enable", ". enabled=true",
	       "logging Modify config logger parameters\nenable Enable the config logger"),
	CONFIG(CLI_MODE_ARCHIVE_LOG, "logging size ~ <size:1-1000>", ". size=<size>",
	       "size Size of the log\n<size:1-1000> Number of commands"),
	CONFIG(CLI_MODE_ARCHIVE_LOG, "notify syslog", ". notify-syslog=true",
	       "notify Notify of logged commands\nsyslog As messages of the log"),
	CONFIG(CLI_MODE_ARCHIVE_LOG, "hidekeys", ". hide-keys=true",
	       "hidekeys Suppress output of passwords, as is done in any case"),
};
CLI_PART(archive);
