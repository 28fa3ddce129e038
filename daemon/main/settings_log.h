/* main/settings_log: the configuration of the log as log_configure() takes it. */
#ifndef MAIN_SETTINGS_LOG_H
#define MAIN_SETTINGS_LOG_H

struct config_change;
struct error;
struct log_config;
struct lyd_node;

#define SETTINGS_BUFFERED_SIZE 65536 /* as the YANG module has it */

/* /spindle-logging:logging without its hosts. */
void settings_log_take(struct log_config *c, const struct lyd_node *n);
/* /spindle-logging:logging/host: a new, changed or removed one. -ENOSPC: too many. */
int settings_log_host(struct log_config *c, const struct config_change *change, struct error *err);

#endif
