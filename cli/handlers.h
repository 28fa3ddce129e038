/*
 * cli/handlers: what the rows of the command table call. One file a kind: config.c edits, exec.c acts,
 * show_*.c print.
 */
#ifndef CLI_HANDLERS_H
#define CLI_HANDLERS_H

#include "cli/differences.h"
#include "cli/parse.h"
#include "cli/session.h"
#include "cli/table.h"

#define CLI_HANDLER(name)                                                                          \
	enum cli_result name(struct cli_session *s, const struct cli_match *m, enum cli_form form)

/* config.c */
CLI_HANDLER(cli_do_edit); /* any row with a spec */
CLI_HANDLER(cli_do_crypto_map);
CLI_HANDLER(cli_do_crypto_map_again); /* without ipsec-isakmp */
CLI_HANDLER(cli_do_no_crypto_map);    /* every entry of a map */
CLI_HANDLER(cli_do_transform_set);
CLI_HANDLER(cli_do_hostname);
CLI_HANDLER(cli_do_version);
/* acl.c */
CLI_HANDLER(cli_do_rule);
CLI_HANDLER(cli_do_standard_rule);
CLI_HANDLER(cli_do_numbered_rule);
CLI_HANDLER(cli_do_no_rule);
CLI_HANDLER(cli_do_access_list);
CLI_HANDLER(cli_do_remark);
CLI_HANDLER(cli_do_resequence);
/* exec.c */
CLI_HANDLER(cli_do_configure);
CLI_HANDLER(cli_do_end);
CLI_HANDLER(cli_do_exit);
CLI_HANDLER(cli_do_quit);
CLI_HANDLER(cli_do_enable);
CLI_HANDLER(cli_do_disable);
CLI_HANDLER(cli_do_write);
CLI_HANDLER(cli_do_debug);
CLI_HANDLER(cli_do_debug_all);
CLI_HANDLER(cli_do_filter); /* never called: filters are read by the session */
/* copy.c */
CLI_HANDLER(cli_do_copy);
CLI_HANDLER(cli_do_erase);
CLI_HANDLER(cli_show_startup);
/* replace.c */
CLI_HANDLER(cli_do_replace);
CLI_HANDLER(cli_do_confirm);
CLI_HANDLER(cli_do_revert);
CLI_HANDLER(cli_do_configure_ask);
CLI_HANDLER(cli_do_configure_memory);
CLI_HANDLER(cli_do_configure_revert);
CLI_HANDLER(cli_do_configure_candidate);
CLI_HANDLER(cli_do_commit);
CLI_HANDLER(cli_do_discard);
CLI_HANDLER(cli_show_candidate_differences);
/* archive.c */
CLI_HANDLER(cli_do_archive_config);
CLI_HANDLER(cli_do_archive_path);
CLI_HANDLER(cli_show_archive);
CLI_HANDLER(cli_show_differences);
CLI_HANDLER(cli_show_incremental);
/* terminal.c */
CLI_HANDLER(cli_do_terminal_length);
CLI_HANDLER(cli_do_terminal_width);
CLI_HANDLER(cli_do_terminal_history);
CLI_HANDLER(cli_do_terminal_monitor);
CLI_HANDLER(cli_do_terminal_timestamp);
CLI_HANDLER(cli_show_terminal);
CLI_HANDLER(cli_show_history);
/* people.c */
CLI_HANDLER(cli_do_enable_secret);
CLI_HANDLER(cli_do_username);
CLI_HANDLER(cli_do_exec_privilege);
CLI_HANDLER(cli_do_enter);
CLI_HANDLER(cli_do_line);
CLI_HANDLER(cli_do_exec_timeout);
CLI_HANDLER(cli_do_banner);
CLI_HANDLER(cli_do_no_password);
CLI_HANDLER(cli_do_no_servers);
CLI_HANDLER(cli_do_no_line_password);
CLI_HANDLER(cli_do_clear_line);
CLI_HANDLER(cli_do_clear_lockout);
/* show_people.c */
CLI_HANDLER(cli_show_privilege);
CLI_HANDLER(cli_show_users);
CLI_HANDLER(cli_show_login);
CLI_HANDLER(cli_show_lockout);
CLI_HANDLER(cli_show_command_log);
/* show_recorder.c */
CLI_HANDLER(cli_show_flight_recorder);
/* logging.c, show_logging.c */
CLI_HANDLER(cli_do_timestamps);
CLI_HANDLER(cli_do_all_timestamps);
CLI_HANDLER(cli_do_logging_host);
CLI_HANDLER(cli_do_clear_logging);
CLI_HANDLER(cli_do_debug_condition);
CLI_HANDLER(cli_show_logging);
CLI_HANDLER(cli_show_log_count);
CLI_HANDLER(cli_show_explain);
CLI_HANDLER(cli_show_debugging);
CLI_HANDLER(cli_show_debug_condition);
const char *cli_debug_name(const char *flag); /* "Crypto IKEv2" */
/* A host that the log goes to, by any of its rows. */
#define CLI_LOG_HOST_SPEC                                                                          \
	"/spindle-logging:logging/host[address=$<address>] transport=<transport>! port=<port>! "   \
	"format=<format>!"
/* running.c */
CLI_HANDLER(cli_show_running);
/* show_*.c */
CLI_HANDLER(cli_show_ikev2_sa);
CLI_HANDLER(cli_show_ikev2_session);
CLI_HANDLER(cli_show_ikev2_proposal);
CLI_HANDLER(cli_show_ikev2_policy);
CLI_HANDLER(cli_show_ikev2_profile);
CLI_HANDLER(cli_show_ikev2_stats);
CLI_HANDLER(cli_show_transform_set);
CLI_HANDLER(cli_show_sa_lifetime);
CLI_HANDLER(cli_show_access_lists);
CLI_HANDLER(cli_show_ipsec_sa);
CLI_HANDLER(cli_show_session);
CLI_HANDLER(cli_show_invalid_spi);
CLI_HANDLER(cli_show_recovery);
CLI_HANDLER(cli_show_crypto_map);
CLI_HANDLER(cli_show_processes);
CLI_HANDLER(cli_show_version);

/* show_box*.c: the machine */
CLI_HANDLER(cli_show_interfaces);
CLI_HANDLER(cli_show_interfaces_description);
CLI_HANDLER(cli_show_ip_interface);
CLI_HANDLER(cli_show_ip_interface_brief);
CLI_HANDLER(cli_show_ipv6_interface);
CLI_HANDLER(cli_show_ipv6_interface_brief);
CLI_HANDLER(cli_show_ip_route);
CLI_HANDLER(cli_show_ip_route_match);
CLI_HANDLER(cli_show_ip_route_summary);
CLI_HANDLER(cli_show_ipv6_route);
CLI_HANDLER(cli_show_ipv6_route_match);
CLI_HANDLER(cli_show_ipv6_route_summary);
CLI_HANDLER(cli_show_clock);
CLI_HANDLER(cli_show_inventory);
CLI_HANDLER(cli_show_memory);
CLI_HANDLER(cli_show_processes_cpu);
CLI_HANDLER(cli_show_processes_memory);
CLI_HANDLER(cli_show_file_systems);
CLI_HANDLER(cli_do_dir);
CLI_HANDLER(cli_show_drops);
CLI_HANDLER(cli_show_ipsec_drops);
CLI_HANDLER(cli_show_tech);
/* eem.c, show_eem.c, eem_exec.c: the event manager */
CLI_HANDLER(cli_do_eem_policy); /* an applet, a script */
CLI_HANDLER(cli_do_applet_event);
CLI_HANDLER(cli_do_applet_action);
CLI_HANDLER(cli_do_applet_set);
CLI_HANDLER(cli_do_applet_correlate);
CLI_HANDLER(cli_do_eem_no_detector);
void cli_applet_left(struct cli_session *s, const json_t *place);
json_t *cli_view_eem_policy(const json_t *entry);
json_t *cli_view_event(const json_t *entry);
CLI_HANDLER(cli_show_eem_registered);
CLI_HANDLER(cli_show_eem_statistics);
CLI_HANDLER(cli_show_eem_available);
CLI_HANDLER(cli_show_eem_jobs);
CLI_HANDLER(cli_show_eem_events);
CLI_HANDLER(cli_show_eem_traps);
CLI_HANDLER(cli_show_eem_environment);
CLI_HANDLER(cli_show_eem_detector);
CLI_HANDLER(cli_show_eem_version);
CLI_HANDLER(cli_show_eem_directory);
CLI_HANDLER(cli_show_eem_username);
CLI_HANDLER(cli_show_eem_threads);
CLI_HANDLER(cli_show_eem_processes);
CLI_HANDLER(cli_do_eem_run);
CLI_HANDLER(cli_do_eem_scheduler);
CLI_HANDLER(cli_do_eem_update);
CLI_HANDLER(cli_do_eem_debug);
const char *cli_eem_debug_name(const char *flag, char *buf, size_t size); /* "action cli" */
void cli_eem_undebug(struct cli_session *s);
/* tools.c */
CLI_HANDLER(cli_do_ping);
CLI_HANDLER(cli_do_traceroute);
/* clear_crypto.c */
CLI_HANDLER(cli_do_clear_session);
CLI_HANDLER(cli_do_clear_sa);
CLI_HANDLER(cli_do_clear_sa_counters);
CLI_HANDLER(cli_do_clear_ikev2_stats);
CLI_HANDLER(cli_do_clear_invalid_spi);
CLI_HANDLER(cli_do_clear_acl_counters);

/* running.c: the entry as its row's syntax names things: parts of a transform, of a rule. The
 * caller's; NULL: the entry is taken as it is. */
json_t *cli_view_transform_set(const json_t *entry);
json_t *cli_view_rule(const json_t *entry);
json_t *cli_view_standard_rule(const json_t *entry);
json_t *cli_view_enable(const json_t *entry);
json_t *cli_view_line(const json_t *entry);
/* acl.c: the rules of a list in order of their sequence, borrowed, in an array of the caller's
 * (alloc_free); NULL: no memory. */
json_t **cli_rules_sorted(const json_t *list, size_t *count);
/* acl_text.c: a numbered list as `access-list 101 …` lines; false: it is written as a block. */
bool cli_write_numbered_list(const struct cli_row *row, const json_t *list, struct text *out);
/* … its rules' lines in the running configuration have `deny` as wide as `permit`. */
void cli_pad_deny(struct text *line);
/* The lines of a banner, between delimiters that it does not hold. */
void cli_write_banner(const struct cli_row *row, const json_t *container, struct text *out);

/* config.c, for handlers that make an edit of their own: sends it (taken; NULL: no memory). */
enum cli_result cli_send_edit(struct cli_session *s, json_t *edit);
/* exec.c: runs an action whose input (taken; NULL: none) is ready. */
enum cli_result cli_act(struct cli_session *s, const char *path, json_t *input);

/* copy.c: a candidate of a stored configuration, or of a file's lines (`replaces`: they are all of it); no
 * candidate when it fails. */
struct stored;
int cli_open_candidate(struct cli_session *s, const struct stored *from, bool replaces,
		       struct error *err);
enum cli_result cli_merge_startup(struct cli_session *s);
/* replace.c */
int cli_differences(struct cli_session *s, const struct stored *old, const struct stored *new,
		    enum differences_form form, struct text *out, struct error *err);
void cli_leave_candidate(struct cli_session *s); /* configuration mode was left */
/* archive.c */
enum cli_result cli_print_differences(struct cli_session *s, const struct stored *old,
				      const struct stored *new);

/* Where a crypto map entry is. */
#define CLI_MAP_SPEC "/spindle-crypto:crypto/map[name=$<name>][sequence=<sequence>]"

/* Privilege 1 sees, 15 changes. */
#define CLI_SEES    1
#define CLI_CHANGES 15

#endif
