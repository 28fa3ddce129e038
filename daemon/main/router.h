/* main/router: the router process: joins the rooms, in order, and runs them. */
#ifndef MAIN_ROUTER_H
#define MAIN_ROUTER_H

#include "main/options.h"

/* supervisor_fd: our end of its pair. The exit status. */
int router_main(const struct options *o, int supervisor_fd);
/* spindled --remove: takes what is Spindle's out of the kernel. The exit status. */
int remove_main(const struct options *o);

#endif
