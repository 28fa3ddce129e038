/*
 * ike/main: the ike process: UDP sockets handed in, an engine.h link to router, the IKEv2 engine
 * between them. No privileges, no files, no new sockets.
 */
#ifndef IKE_MAIN_H
#define IKE_MAIN_H

#include <stdbool.h>

/* Runs until the supervisor closes its end. supervisor_fd: our end of its pair; record: notes go to the
 * flight recorder. */
int ike_main(int supervisor_fd, bool record);

#endif
