#include "main/options.h"

#include <sys/prctl.h>

#include "base/alloc.h"
#include "ike/main/main.h"
#include "main/router.h"
#include "supervisor/supervisor.h"

int main(int argc, char **argv)
{
	struct options o;
	int status;

	alloc_evenly();
	if (options_parse(&o, argc, argv, &status))
		return status;
	if (o.remove)
		return remove_main(&o);
	if (o.role == ROLE_ROUTER) {
		prctl(PR_SET_NAME, "spindled-router"); /* it was executed as /proc/self/exe */
		return router_main(&o, SUPERVISOR_ROLE_FD);
	}
	if (o.role == ROLE_IKE) {
		prctl(PR_SET_NAME, "spindled-ike");
		return ike_main(SUPERVISOR_ROLE_FD, !o.no_recorder);
	}
	return supervisor_run(&(struct supervisor_options){.config_dir = o.config_dir,
							   .state_dir = o.state_dir,
							   .run_dir = o.run_dir,
							   .source = o.source,
							   .foreground = o.foreground,
							   .argv = argv,
							   .argc = argc});
}
