/* The event manager: applets, policies, what they did. */
#include "cli/rows.h"

#define EEM "/spindle-eem:event-manager"

#define JOBS "{<all:all>|policy <job:1-4294967295>|queue-type <queue:applet|script>}"
#define JOBS_HELP                                                                                     \
	"\nall All of them\npolicy One job\n<job:1-4294967295> Job Id\nqueue-type Those of a queue\n" \
	"applet Applets\nscript Scripts"

/* Kinds of debug output: a word, and of some what it is about. */
#define DEBUG(form_, forms_, syntax_, help_)                                                       \
	{                                                                                          \
		.mode = CLI_MODE_PRIV_EXEC, .privilege = CLI_CHANGES,                              \
		.syntax = form_ " event manager " syntax_, .forms = (forms_),                      \
		.run = cli_do_eem_debug, .help = (help_)                                           \
	}
#define DETECTORS                                                                                  \
	"all|application|cli|config|counter|interface|ipsec|none|snmp-notification|syslog|timer|"  \
	"track|yang"
#define DEBUGS(form_, forms_)                                                                          \
	DEBUG(form_, forms_, "<flag:all|policies>",                                                    \
	      "event Debug event related functions\nmanager Debug the event manager\n"                 \
	      "all All of it\npolicies Policies that are registered and go"),                          \
		DEBUG(form_, forms_, "<flag:action> <of:cli|mail>",                                    \
		      "action Actions\ncli Sessions that actions open\nmail Mail servers"),            \
		DEBUG(form_, forms_, "<flag:api> <of:calls|errors>",                                   \
		      "api Calls of scripts\ncalls Every call\nerrors Those that failed"),             \
		DEBUG(form_, forms_, "<flag:detector> <of:" DETECTORS ">",                             \
		      "detector What detectors see\nall All detectors\napplication Published events\n" \
		      "cli Commands\nconfig Changes of the configuration\ncounter Named counters\n"    \
		      "interface Counters of interfaces\nipsec IPsec events\n"                         \
		      "none event manager run\nsnmp-notification SNMP notifications\n"                 \
		      "syslog Messages\ntimer Timers\ntrack Tracked objects\nyang State"),             \
		DEBUG(form_, forms_, "<flag:server> <of:events|scripts>",                              \
		      "server The server\nevents Events that matched\n"                                \
		      "scripts Jobs that begin and end")

static const struct cli_row rows[] = {
	SHOW(CLI_SEES,
	     "event manager policy registered [<detailed:detailed>] [<origin:system|user>] "
	     "[event-type <type:word>] [class <class:word>] [<order:time-ordered|name-ordered>]",
	     cli_show_eem_registered,
	     "event Event Manager information\nmanager Event Manager\npolicy Policies\n"
	     "registered Those that are registered\ndetailed With all there is to tell\n"
	     "system Only those that came with the system\nuser Only those of users\n"
	     "event-type Only those of one detector\n<type:word> Detector\n"
	     "class Only those of one class\n<class:word> Class\n"
	     "time-ordered In the order of registration\nname-ordered In the order of names"),
	SHOW(CLI_SEES, "event manager policy available", cli_show_eem_available,
	     "available Scripts that could be registered"),
	SHOW(CLI_SEES, "event manager policy available detailed <file:path>",
	     cli_show_eem_available, "detailed The text of one\n<file:path> File"),
	SHOW(CLI_SEES, "event manager policy <which:pending|active>", cli_show_eem_jobs,
	     "pending Those that wait\nactive Those that run"),
	SHOW(CLI_SEES,
	     "event manager history events [<detailed:detailed>] [maximum <maximum:1-50>]",
	     cli_show_eem_events,
	     "history What happened\nevents Events\ndetailed With all there is to tell\n"
	     "maximum Only the latest\n<maximum:1-50> How many"),
	SHOW(CLI_SEES, "event manager history traps", cli_show_eem_traps, "traps Traps"),
	SHOW(CLI_SEES, "event manager environment [all]", cli_show_eem_environment,
	     "environment Environment variables\nall All of them"),
	SHOW(CLI_SEES, "event manager environment <name:word>", cli_show_eem_environment,
	     "<name:word> Name of one"),
	SHOW(CLI_SEES, "event manager detector all [<detailed:detailed>]", cli_show_eem_detector,
	     "detector Event detectors\nall All of them\ndetailed How they are used"),
	SHOW(CLI_SEES, "event manager detector <name:word> [<detailed:detailed>]",
	     cli_show_eem_detector, "<name:word> Name of one\ndetailed How it is used"),
	SHOW(CLI_SEES, "event manager version", cli_show_eem_version, "version Version"),
	SHOW(CLI_SEES, "event manager statistics policy", cli_show_eem_statistics,
	     "statistics Figures\npolicy Of policies"),
	SHOW(CLI_SEES, "event manager directory user <which:policy|library|repository>",
	     cli_show_eem_directory,
	     "directory Folders\nuser Of users\npolicy Of policies\nlibrary Of libraries\n"
	     "repository Where newer policies come from"),
	SHOW(CLI_SEES, "event manager session cli username", cli_show_eem_username,
	     "session Sessions\ncli Of commands\nusername Whose they are"),
	SHOW(CLI_SEES, "event manager scheduler thread [class <class:word>] [<detailed:detailed>]",
	     cli_show_eem_threads,
	     "scheduler Scheduler\nthread Threads\nclass Of one class\n<class:word> Class\n"
	     "detailed With all there is to tell"),
	SHOW(CLI_SEES, "event manager metric processes", cli_show_eem_processes,
	     "metric Metrics\nprocesses Of processes"),

	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "event manager run <name:word> <dry-run:dry-run>",
	     cli_do_eem_run,
	     "event Event related commands\nmanager Event Manager\nrun Run a policy\n"
	     "<name:word> Name of an applet or file\ndry-run Only tell what it would do"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES, "event manager run <name:word> [<argument:label>+]",
	     cli_do_eem_run,
	     "<name:word> Name of an applet or file\n"
	     "<argument:label> What it gets, $_none_arg1 and so on"),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES,
	     "event manager scheduler <what:clear|hold|release> " JOBS, cli_do_eem_scheduler,
	     "scheduler Control the scheduler\nclear End jobs\nhold Start no jobs\n"
	     "release Let held jobs start" JOBS_HELP),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES,
	     "event manager scheduler modify " JOBS
	     " {class <class:word>|queue-priority <priority:high|normal|low|last>}",
	     cli_do_eem_scheduler,
	     "modify Change jobs that wait\nclass Give them another class\n<class:word> Class\n"
	     "queue-priority Give them another place\nhigh Before all\nnormal As usual\n"
	     "low After these\nlast When nothing else waits" JOBS_HELP),
	EXEC(CLI_MODE_PRIV_EXEC, CLI_CHANGES,
	     "event manager update user policy {name <file:path>|group <group:string>} "
	     "[repository <url:path>]",
	     cli_do_eem_update,
	     "update Take newer files\nuser Of users\npolicy Policies\nname One policy\n"
	     "<file:path> File\ngroup Those whose file matches\n<group:string> Pattern\n"
	     "repository Take them from here\n<url:path> Folder"),

	CONFIG(CLI_MODE_CONFIG, "event manager directory user policy ~ <policy:path>",
	       EEM "/directory policy=$<policy>",
	       "event Event related configuration commands\nmanager Event Manager configuration\n"
	       "directory Folders\nuser Of users\npolicy Of policies\n<policy:path> Folder"),
	CONFIG(CLI_MODE_CONFIG, "event manager directory user library ~ <library:path>",
	       EEM "/directory library=$<library>",
	       "library Of what policies load\n<library:path> Folder"),
	CONFIG(CLI_MODE_CONFIG, "event manager directory user repository ~ <repository:path>",
	       EEM "/directory repository=$<repository>",
	       "repository Where newer policies come from\n<repository:path> Folder"),
	CONFIG(CLI_MODE_CONFIG, "event manager history size events ~ <events:0-50>",
	       EEM "/history events=<events>",
	       "history What is remembered\nsize How much\nevents Of events\n<events:0-50> Events"),
	CONFIG(CLI_MODE_CONFIG, "event manager history size traps ~ <traps:0-50>",
	       EEM "/history traps=<traps>", "traps Of traps\n<traps:0-50> Traps"),
	CONFIG(CLI_MODE_CONFIG,
	       "event manager session cli username ~ <username:word> [privilege <privilege:0-15>]",
	       EEM "/session username=$<username> privilege=<privilege>",
	       "session Sessions\ncli Of commands\nusername Whose they are\n<username:word> Username\n"
	       "privilege Where they begin\n<privilege:0-15> Privilege level"),
	CONFIG(CLI_MODE_CONFIG, "event manager scheduler suspend", EEM "/scheduler suspended=true",
	       "scheduler Scheduler\nsuspend Start no policies; events queue"),
	ENTER(CLI_MODE_CONFIG,
	      "event manager scheduler <queue:applet|script> thread class <class:word> ~ number "
	      "<number:1-64>",
	      EEM "/scheduler/thread[queue=<queue>][class=$<class>] number=<number>!", 0,
	      cli_do_edit,
	      "applet Applets\nscript Scripts\nthread Threads\nclass Of a class\n"
	      "<class:word> A to Z, or default\nnumber How many run at a time\n"
	      "<number:1-64> Threads"),
	ENTER(CLI_MODE_CONFIG, "event manager environment <name:word> ~ <value:line>",
	      EEM "/environment[name=$<name>] value=$<value>!", 0, cli_do_edit,
	      "environment Set an environment variable\n<name:word> Name\n<value:line> Value"),
	ENTER(CLI_MODE_CONFIG,
	      "event manager policy <file:path> ~ [type <type:system|user>] [<trap:trap>] "
	      "[username <username:word>] [persist-time <persist-time:0-4294967295>] "
	      "[class <class:word>]",
	      EEM "/policy[file=$<file>] type=<type> trap=<trap> username=$<username> "
		  "persist-time=<persist-time> class=$<class>",
	      0, cli_do_eem_policy,
	      "policy Register a script\n<file:path> File\ntype Whose it is\n"
	      "system It came with the system\nuser A user's\ntrap Send a trap when it runs\n"
	      "username Whose its sessions are\n<username:word> Username\n"
	      "persist-time How long it stays without its file\n"
	      "<persist-time:0-4294967295> Seconds\nclass Class of events\n"
	      "<class:word> A to Z, or default"),
	ENTER(CLI_MODE_CONFIG,
	      "event manager applet <name:word> ~ [authorization <authorization-bypass:bypass>] "
	      "[class <class:word>] [<trap:trap>]",
	      EEM "/applet[name=$<name>] authorization-bypass=<authorization-bypass> "
		  "class=$<class> trap=<trap>",
	      CLI_MODE_APPLET, cli_do_eem_policy,
	      "applet Register an applet\n<name:word> Name\nauthorization Authorization of commands\n"
	      "bypass There is none\nclass Class of events\n<class:word> A to Z, or default\n"
	      "trap Send a trap when it runs"),
	REFUSED("event manager detector <rest:line>", cli_do_eem_no_detector,
		"detector Settings of detectors\n<rest:line> Detector"),
	CONFIG(CLI_MODE_APPLET, "description ~ <description:line>", ". description=$<description>",
	       "description Add or modify a description\n<description:line> Text"),
	ENTER(CLI_MODE_APPLET, "event ~ <statement:event-text>",
	      "event[tag=<tag>] statement=$<statement>", 0, cli_do_applet_event,
	      "event Event specification\n<statement:event-text> Detector and what it waits for"),
	ENTER(CLI_MODE_APPLET,
	      "trigger ~ [occurs <occurs:1-4294967295>] [period <period:word>] "
	      "[period-start <period-start:label>] [delay <delay:word>]",
	      "./trigger occurs=<occurs>! period=$<period>! period-start=$<period-start>! "
	      "delay=$<delay>!",
	      CLI_MODE_APPLET_TRIGGER, cli_do_edit,
	      "trigger How several events make one run\n"
	      "occurs How often the correlation has to hold\n<occurs:1-4294967295> Times\n"
	      "period Within which time\n<period:word> SSSSSSS[.mmm]\n"
	      "period-start When the window opens\n<period-start:label> Cron entry\n"
	      "delay Run so much later\n<delay:word> SSSSSSS[.mmm]"),
	{.mode = CLI_MODE_APPLET_TRIGGER,
	 .privilege = CLI_CHANGES,
	 .forms = CLI_HAS_ALL,
	 .run = cli_do_applet_correlate,
	 .syntax = "correlate ~ <statement:correlate-text>",
	 .data = ". correlate=$<statement>",
	 .help = "correlate Which events, and how they hang together\n"
		 "<statement:correlate-text> event T, track N, and, or, andnot"},
	ENTER(CLI_MODE_APPLET_TRIGGER, "attribute tag <tag:word> ~ [occurs <times:1-4294967295>]",
	      "attribute[tag=$<tag>] occurs=<times>", 0, cli_do_edit,
	      "attribute Of one event\ntag Its tag\n<tag:word> Tag\n"
	      "occurs How often it is to be seen\n<times:1-4294967295> Times"),
	ENTER(CLI_MODE_APPLET, "action <label:label> ~ <statement:action-text>",
	      "action[label=$<label>] statement=$<statement>", 0, cli_do_applet_action,
	      "action Action\n<label:label> Label; actions run in the order of labels\n"
	      "<statement:action-text> What is done"),
	ENTER(CLI_MODE_APPLET, "set <label:label> ~ <statement:set-text>",
	      "set[label=$<label>] statement=$<statement>", 0, cli_do_applet_set,
	      "set Set a variable\n<label:label> Label\n<statement:set-text> Variable and value"),
	DEBUGS("debug", CLI_HAS_SET | CLI_HAS_NO),
	DEBUGS("undebug", CLI_HAS_SET),
};
CLI_PART(eem);
