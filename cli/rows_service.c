/* What stands first in a router's configuration: time stamps and numbers of the log's lines. */
#include "cli/rows.h"

#define LOGGING "/spindle-logging:logging"

/* `no` in any of its forms: no time stamp. */
#define TIMESTAMPS(kind_, what_)                                                                   \
	ENTER(CLI_MODE_CONFIG, "service timestamps " kind_ " uptime",                              \
	      LOGGING " timestamps-" kind_ "=uptime -timestamps-" kind_ "-option", 0,              \
	      cli_do_timestamps,                                                                   \
	      "service Modify use of network based services\n"                                     \
	      "timestamps Timestamp debug/log messages\n" kind_ " Timestamp " what_                \
	      " messages\nuptime Timestamp with system uptime"),                                   \
		ENTER(CLI_MODE_CONFIG, "service timestamps " kind_ " datetime",                    \
		      LOGGING " timestamps-" kind_ "=datetime -timestamps-" kind_ "-option", 0,    \
		      cli_do_timestamps, "datetime Timestamp with date and time"),                 \
		ENTER(CLI_MODE_CONFIG,                                                             \
		      "service timestamps " kind_                                                  \
		      " datetime <option:localtime|msec|show-timezone|year>+",                     \
		      LOGGING " timestamps-" kind_ "=datetime timestamps-" kind_                   \
			      "-option*<option>",                                                  \
		      0, cli_do_timestamps,                                                        \
		      "datetime Timestamp with date and time\n"                                    \
		      "localtime Use local time zone for timestamps\n"                             \
		      "msec Include milliseconds in timestamp\n"                                   \
		      "show-timezone Add time zone information to timestamp\n"                     \
		      "year Include year in timestamp"),                                           \
	{                                                                                          \
		.mode = CLI_MODE_CONFIG, .privilege = CLI_CHANGES,                                 \
		.syntax = "service timestamps " kind_,                                             \
		.help = kind_ " Timestamp " what_ " messages",                                     \
		.forms = CLI_HAS_NO | CLI_HAS_DEFAULT | CLI_INVERSE, .run = cli_do_edit,           \
		.data = LOGGING " timestamps-" kind_ "=none -timestamps-" kind_ "-option"          \
	}

static const struct cli_row rows[] = {
	TIMESTAMPS("debug", "debug"),
	TIMESTAMPS("log", "log"),
	{.mode = CLI_MODE_CONFIG,
	 .privilege = CLI_CHANGES,
	 .syntax = "service timestamps",
	 .help = "timestamps Timestamp debug/log messages",
	 .forms = CLI_HAS_NO | CLI_HAS_DEFAULT,
	 .run = cli_do_all_timestamps},
	CONFIG(CLI_MODE_CONFIG, "service sequence-numbers", LOGGING " sequence-numbers=true",
	       "sequence-numbers Stamp logger messages with a sequence number"),
};
CLI_PART(service);
