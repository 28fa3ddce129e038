/* People: users, passwords, privileges. */
#include "cli/rows.h"

#define AAA "/spindle-aaa:aaa"

static const struct cli_row rows[] = {
	ENTER(CLI_MODE_CONFIG,
	      "enable secret [level <level:1-15>] ~ [<type:0|5|9>] <secret:secret>",
	      AAA "/enable[level=<level>] secret=%<secret>", 0, cli_do_enable_secret,
	      "enable Modify enable password parameters\nsecret Assign the privileged level secret\n"
	      "level Set exec level password\n<level:1-15> Level number\n"
	      "0 Specifies an UNENCRYPTED password will follow\n5 Specifies a MD5 HASHED secret will follow\n"
	      "9 Specifies a HASHED secret (yescrypt or another of crypt(5)) will follow\n"
	      "<secret:secret> The UNENCRYPTED (cleartext) 'enable' secret"),
	{.mode = CLI_MODE_CONFIG,
	 .privilege = CLI_CHANGES,
	 .syntax = "enable password <rest:line>",
	 .forms = CLI_HAS_SET,
	 .run = cli_do_no_password,
	 .help = "password Not kept: use enable secret\nrest Not kept: use enable secret"},
	CONFIG(CLI_MODE_CONFIG, "aaa new-model", AAA " new-model=true",
	       "aaa Authentication, Authorization and Accounting.\n"
	       "new-model Enable NEW access control commands and functions.(Disables OLD commands.)"),
	CONFIG(CLI_MODE_CONFIG, "aaa authentication login default local",
	       AAA " authentication-login=local",
	       "authentication Authentication configurations parameters.\n"
	       "login Set authentication lists for logins.\ndefault The default authentication list.\n"
	       "local Use local username authentication."),
	CONFIG(CLI_MODE_CONFIG, "aaa authorization exec default local",
	       AAA " authorization-exec=local",
	       "authorization Authorization configurations parameters.\n"
	       "exec For starting an exec (shell).\ndefault The default authorization list.\n"
	       "local Use local database."),
	REFUSED("aaa authentication login default group <rest:line>", cli_do_no_servers,
		"group Servers elsewhere: not supported\nrest Not supported"),
	REFUSED("aaa authorization exec default group <rest:line>", cli_do_no_servers,
		"group Servers elsewhere: not supported\nrest Not supported"),
	REFUSED("aaa accounting <rest:line>", cli_do_no_servers,
		"accounting Servers elsewhere: not supported\nrest Not supported"),
	REFUSED("radius <rest:line>", cli_do_no_servers,
		"radius Not supported\nrest Not supported"),
	REFUSED("radius-server <rest:line>", cli_do_no_servers,
		"radius-server Not supported\nrest Not supported"),
	REFUSED("tacacs <rest:line>", cli_do_no_servers,
		"tacacs Not supported\nrest Not supported"),
	REFUSED("tacacs-server <rest:line>", cli_do_no_servers,
		"tacacs-server Not supported\nrest Not supported"),
	CONFIG(CLI_MODE_CONFIG, "aaa local authentication attempts max-fail ~ <tries:1-65535>",
	       AAA " max-fail=<tries>",
	       "local AAA Local method options\nauthentication Authentication options\n"
	       "attempts Set options for attempts\nmax-fail Failures in a row before a user is locked out\n"
	       "tries Number of failures"),
	CONFIG(CLI_MODE_CONFIG,
	       "login block-for ~ <seconds:1-65535> attempts <attempts:1-65535> within <within:1-65535>",
	       AAA "/login block-for=<seconds> attempts=<attempts> within=<within>",
	       "login Enable secure login checking\nblock-for Set quiet-mode active time period\n"
	       "attempts Set max number of fail attempts\nwithin Watch period for fail attempts\n"
	       "<seconds:1-65535> Time period in seconds\n<attempts:1-65535> Number of attempts\n"
	       "<within:1-65535> Time period in seconds"),
	CONFIG(CLI_MODE_CONFIG, "login delay ~ <delay:1-10>", AAA "/login delay=<delay>",
	       "delay Set delay between successive fail login\n<delay:1-10> Time period in seconds"),
	ENTER(CLI_MODE_CONFIG,
	      "username <name> ~ [privilege <privilege:0-15>] [secret [<type:0|5|9>] <secret:secret>]",
	      AAA "/user[name=$<name>] privilege=<privilege> secret=%<secret>", 0, cli_do_username,
	      "username Establish User Name Authentication\nname User name\n"
	      "privilege Set user privilege level\n<privilege:0-15> User privilege level\n"
	      "secret Specify the secret for the user\n"
	      "0 Specifies an UNENCRYPTED secret will follow\n5 Specifies a MD5 HASHED secret will follow\n"
	      "9 Specifies a HASHED secret (yescrypt or another of crypt(5)) will follow\n"
	      "<secret:secret> The UNENCRYPTED (cleartext) user secret"),
	{.mode = CLI_MODE_CONFIG,
	 .privilege = CLI_CHANGES,
	 .syntax = "username <name> [privilege <privilege:0-15>] password <rest:line>",
	 .forms = CLI_HAS_SET,
	 .run = cli_do_no_password,
	 .help = "name User name\npassword Not kept: use secret\nrest Not kept: use secret"},
	ENTER(CLI_MODE_CONFIG, "privilege exec level <level:0-15> <command:line>",
	      AAA "/exec-privilege[command=$<command>] level=<level>!", 0, cli_do_exec_privilege,
	      "privilege Command privilege parameters\nexec Exec mode\n"
	      "level Set privilege level of command\n<level:0-15> Privilege level\n"
	      "command Initial keywords of the command to modify"),
};
CLI_PART(people);
