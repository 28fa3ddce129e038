#include "main/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum {
	OPT_CONFIG = 1,
	OPT_STATE,
	OPT_RUN,
	OPT_YANG,
	OPT_SOURCE,
	OPT_ROLE,
	OPT_FOREGROUND,
	OPT_REMOVE,
	OPT_NO_RECORDER,
	OPT_HELP,
	OPT_VERSION
};

static const char help[] =
	"Usage: spindled [OPTION...]\n"
	"Keeps the IPsec SAs of this gateway and its peers in step.\n"
	"\n"
	"  --foreground           messages on standard error too\n"
	"  --config-dir DIR       startup configuration [" SYSCONFDIR "/spindle]\n"
	"  --state-dir DIR        births, grave, key of type 6 secrets [" LOCALSTATEDIR
	"/lib/spindle]\n"
	"  --run-dir DIR          control.sock [" RUNSTATEDIR "/spindle]\n"
	"  --yang-dir DIR         YANG modules [" YANGDIR "]\n"
	"  --spi-source SOURCE    how refused packets are seen: auto, probe, tap, none [auto]\n"
	"  --no-recorder          without the flight recorder: to measure what it costs\n"
	"  --remove               remove Spindle's policies and SAs from the kernel, and end\n"
	"  --version, --help\n";

static const struct option long_options[] = {
	{"foreground", no_argument, NULL, OPT_FOREGROUND},
	{"config-dir", required_argument, NULL, OPT_CONFIG},
	{"state-dir", required_argument, NULL, OPT_STATE},
	{"run-dir", required_argument, NULL, OPT_RUN},
	{"yang-dir", required_argument, NULL, OPT_YANG},
	{"spi-source", required_argument, NULL, OPT_SOURCE},
	{"remove", no_argument, NULL, OPT_REMOVE},
	{"no-recorder", no_argument, NULL, OPT_NO_RECORDER},
	{"role", required_argument, NULL, OPT_ROLE}, /* the supervisor's, for its children */
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, OPT_HELP},
	{0},
};

struct word {
	const char *text;
	int value;
};

static const struct word sources[] = {{"auto", SPI_CHOICE_AUTO},     {"probe", SPI_CHOICE_PROBE},
				      {"kprobe", SPI_CHOICE_KPROBE}, {"tap", SPI_CHOICE_TAP},
				      {"none", SPI_CHOICE_NONE},     {0}};
static const struct word roles[] = {{"router", ROLE_ROUTER}, {"ike", ROLE_IKE}, {0}};

/* 1 and a sentence when the word is none of them. */
static int choose(const struct word *words, const char *option, const char *text, int *value)
{
	for (; words->text; words++) {
		if (strcmp(words->text, text))
			continue;
		*value = words->value;
		return 0;
	}
	fprintf(stderr, "spindled: %s %s: no such value (--help lists them)\n", option, text);
	return 1;
}

static int take(struct options *o, int opt)
{
	int value = 0, wrong = 0;

	switch (opt) {
	case OPT_FOREGROUND:
		o->foreground = true;
		break;
	case OPT_CONFIG:
		o->config_dir = optarg;
		break;
	case OPT_STATE:
		o->state_dir = optarg;
		break;
	case OPT_RUN:
		o->run_dir = optarg;
		break;
	case OPT_YANG:
		o->yang_dir = optarg;
		break;
	case OPT_REMOVE:
		o->remove = true;
		break;
	case OPT_NO_RECORDER:
		o->no_recorder = true;
		break;
	case OPT_SOURCE:
		wrong = choose(sources, "--spi-source", optarg, &value);
		o->source = (enum spi_choice)value;
		break;
	case OPT_ROLE:
		wrong = choose(roles, "--role", optarg, &value);
		o->role = (enum role)value;
		break;
	default:
		wrong = 1;
		break;
	}
	return wrong;
}

int options_parse(struct options *o, int argc, char *const *argv, int *status)
{
	int opt;

	*o = (struct options){.config_dir = SYSCONFDIR "/spindle",
			      .state_dir = LOCALSTATEDIR "/lib/spindle",
			      .run_dir = RUNSTATEDIR "/spindle",
			      .yang_dir = YANGDIR};
	*status = 0;
	while ((opt = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (opt == OPT_HELP || opt == OPT_VERSION) {
			fputs(opt == OPT_HELP ? help : "spindled " PACKAGE_VERSION "\n", stdout);
			return 1;
		}
		if (take(o, opt)) {
			*status = 2;
			return 1;
		}
	}
	if (optind == argc)
		return 0;
	fprintf(stderr, "spindled: %s: no argument is expected (--help)\n", argv[optind]);
	*status = 2;
	return 1;
}
