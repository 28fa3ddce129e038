/*
 * log/messages: every message Spindle can print, once: facility, severity, mnemonic, format,
 * explanation, recommended action. `show logging explain MNEMONIC` and the manual come from here.
 * One message, one meaning, for ever: a text is changed only where it was wrong.
 *
 * A row is LOG_ROW(NAME, FACILITY, severity, MNEMONIC, explanation, action); its format stands
 * beside it as LOG_F_NAME, so that the compiler checks each call's arguments.
 */
#ifndef LOG_MESSAGES_H
#define LOG_MESSAGES_H

#define LOG_F_RECVD_PKT_INV_SPI                                                                    \
	"decaps: rec'd IPSEC packet has invalid spi for destaddr=%s, prot=%u, spi=0x%X(%u), "      \
	"srcaddr=%s%s%s"
#define LOG_F_INV_SPI_PERSISTENT                                                                   \
	"invalid SPI persists: srcaddr=%s, destaddr=%s, prot=%u, spi=0x%X(%u), %llu packets in "   \
	"%llu s, verdict: %s"
#define LOG_F_INV_SPI_SUPPRESSED "%llu invalid SPI messages were not printed (%s)"
#define LOG_F_RECOVERY_START                                                                       \
	"invalid SPI recovery with peer %s started: spi=0x%X(%u), cause: %s, action: %s"
#define LOG_F_RECOVERY_DONE                                                                        \
	"invalid SPI recovery with peer %s succeeded in %llu ms: spi=0x%X(%u) was replaced by "    \
	"spi=0x%X(%u)"
#define LOG_F_RECOVERY_REFUSED "invalid SPI recovery with peer %s refused: spi=0x%X(%u), %s"
#define LOG_F_RECOVERY_FAILED  "invalid SPI recovery with peer %s gave up: spi=0x%X(%u), %s"
#define LOG_F_RECOVERY_NO_CAUSE                                                                    \
	"invalid SPI recovery with peer %s gave up, no cause at this end: spi=0x%X(%u), %s"
#define LOG_F_RECOVERY_SILENT                                                                      \
	"invalid SPI recovery with peer %s: replacement is up, no packet yet: spi=0x%X(%u) was "   \
	"replaced by spi=0x%X(%u)"
#define LOG_F_SA_LOST	      "IPsec SA of peer %s is gone from the kernel: spi=0x%X(%u), %s, by %s"
#define LOG_F_SA_LOST_REPEAT  "IPsec SAs of peer %s were removed %u times in a minute by %s: waiting"
#define LOG_F_POLICY_LOST     "a policy of crypto map %s (%s) was removed by %s: it is put back"
#define LOG_F_SPI_UNEXPLAINED "the kernel counted %llu refused packets that no source saw"
#define LOG_F_SPI_SOURCE      "invalid SPI source: %s%s%s"
#define LOG_F_IKE_NEG_ABORT   "Negotiation with peer %s aborted: %s"
#define LOG_F_IKE_PORT_BUSY   "%s: IKE waits, next try in %u s"
#define LOG_F_CONFIG_I	      "Configured from console by %s"
#define LOG_F_CONFIG_R	      "Config Replace is Done"
#define LOG_F_CONFIG_GUARDED                                                                          \
	"User: %s: Scheduled to roll back in %u minutes. Enter \"configure confirm\" if you wish to " \
	"keep what you've configured"
#define LOG_F_CONFIG_CONFIRMED	"User: %s: Confirm the configuration change"
#define LOG_F_CONFIG_UNDONE	"Rolled back what was not confirmed, by %s"
#define LOG_F_CONFIG_NOT_UNDONE "rolling back what was not confirmed was refused: %s"
#define LOG_F_ARCHIVE_FAILED	"the running configuration was not archived: %s"
#define LOG_F_RESTART		"Spindle %s restarted -- %s"
#define LOG_F_PROCESS_DIED	"process %s (pid %d) died: %s; it is started again"
#define LOG_F_STARTUP_INVALID	"startup configuration %s was not loaded: %s"
#define LOG_F_KERNEL_REFUSED	"the kernel refused to %s: %s"
#define LOG_F_SLOW_TURN		"%s held the loop for %llu ms"
#define LOG_F_RESYNC		"kernel messages were lost (ENOBUFS): SAs and policies were read again"
#define LOG_F_LOGGED_COMMAND	"User:%s  logged command:%s"
#define LOG_F_LOGIN_SUCCESS	"Login Success [user: %s] [Source: %s] [localport: %u]"
#define LOG_F_LOGIN_FAILED	"Login failed [user: %s] [Source: %s] [localport: %u] [Reason: %s]"
#define LOG_F_USER_LOCKED	"User %s locked out on authentication failure"
#define LOG_F_USER_UNLOCKED	"User %s unlocked by %s"
#define LOG_F_QUIET_MODE_ON                                                                        \
	"%u failures within %u secs: logins are refused for %u secs, [user: %s] [Source: %s] "     \
	"[localport: %u]"
#define LOG_F_HOST_STARTSTOP "Logging to host %s port %u %s - %s"
#define LOG_F_HOST_FAIL	     "Logging to host %s port %u failed: %s"
#define LOG_F_HOST_LOST                                                                            \
	"%llu messages to host %s port %u were lost: there was no room for them while it was away"
#define LOG_F_PRIV_PASS	     "Privilege level set to %u by %s"
#define LOG_F_PRIV_FAIL	     "Authentication to privilege level %u failed by %s"
#define LOG_F_QUIET_MODE_OFF "Quiet Mode is OFF, because block period timed out"

#define LOG_MESSAGES                                                                                 \
	LOG_ROW(RECVD_PKT_INV_SPI, "CRYPTO", 4, "RECVD_PKT_INV_SPI",                                 \
		"A packet came whose SPI has no inbound SA here. Once for a flow it is mostly a "    \
		"passing state of a rekey. Again for the same flow and SPI a minute later: the "     \
		"SAs of the two peers are out of step.",                                             \
		"See show crypto invalid-spi detail. With crypto isakmp invalid-spi-recovery "       \
		"the peers are put back in step without waiting for the next rekey.")                \
	LOG_ROW(INV_SPI_PERSISTENT, "CRYPTO", 4, "INV_SPI_PERSISTENT",                               \
		"A flow with an unknown SPI has gone on longer than a rekey explains.",              \
		"The verdict says which end lost what. See show crypto invalid-spi detail.")         \
	LOG_ROW(INV_SPI_SUPPRESSED, "CRYPTO", 4, "INV_SPI_SUPPRESSED",                               \
		"Messages about invalid SPIs were held back by a rate limit.",                       \
		"show crypto invalid-spi lists all flows, printed or not.")                          \
	LOG_ROW(RECOVERY_START, "CRYPTO", 5, "INV_SPI_RECOVERY_START",                               \
		"Invalid SPI recovery began an exchange with the peer.", "None.")                    \
	LOG_ROW(RECOVERY_DONE, "CRYPTO", 5, "INV_SPI_RECOVERY_DONE",                                 \
		"The first packet was decrypted on the replacement SA.",                             \
		"None. For the cause see show crypto invalid-spi detail.")                           \
	LOG_ROW(RECOVERY_REFUSED, "CRYPTO", 4, "INV_SPI_RECOVERY_REFUSED",                           \
		"Nothing was sent, for the reason given.",                                           \
		"If the reason is the configuration, change it; else act at the peer.")              \
	LOG_ROW(RECOVERY_FAILED, "CRYPTO", 3, "INV_SPI_RECOVERY_FAILED",                             \
		"Invalid SPI recovery tried and did not restore traffic.",                           \
		"Check reachability and configuration of the peer; see show crypto isakmp "          \
		"invalid-spi-recovery for the next try.")                                            \
	LOG_ROW(RECOVERY_NO_CAUSE, "CRYPTO", 4, "INV_SPI_RECOVERY_NO_CAUSE",                         \
		"Packets with this SPI come from the peer's address, but the peer knows nothing "    \
		"of it, or they go on although its SAs were replaced: they may be forged, or "       \
		"come from another device behind that address.",                                     \
		"Find out at the peer and on the way who sends them. show crypto invalid-spi "       \
		"detail names the input interface.")                                                 \
	LOG_ROW(RECOVERY_SILENT, "CRYPTO", 5, "INV_SPI_RECOVERY_SILENT",                             \
		"A fresh SA pair is up, but the sender fell silent, so success is not proved.",      \
		"None.")                                                                             \
	LOG_ROW(SA_LOST, "IPSEC", 4, "SA_LOST",                                                      \
		"One of our SAs disappeared from the kernel without our doing.",                     \
		"Find out why the program named removes SAs of others.")                             \
	LOG_ROW(SA_LOST_REPEAT, "IPSEC", 3, "SA_LOST_REPEAT",                                        \
		"Another program keeps removing our SAs; replacing them at once would be a fight.",  \
		"Stop the program named, or take IPsec out of its hands.")                           \
	LOG_ROW(POLICY_LOST, "IPSEC", 4, "POLICY_LOST",                                              \
		"A policy of ours disappeared from the kernel without our doing.",                   \
		"Find out why the program named removes policies of others.")                        \
	LOG_ROW(SPI_UNEXPLAINED, "CRYPTO", 4, "INV_SPI_UNEXPLAINED",                                 \
		"XfrmInNoStates rose by packets that the detection source neither reported nor "     \
		"knows to have passed over.",                                                        \
		"Compare show crypto invalid-spi with /proc/net/xfrm_stat.")                         \
	LOG_ROW(SPI_SOURCE, "CRYPTO", 6, "INV_SPI_SOURCE",                                           \
		"How refused packets are seen: by the refusal probe, the armed tap, or not.",        \
		"None.")                                                                             \
	LOG_ROW(IKE_NEG_ABORT, "IKEV2", 3, "NEG_ABORT", "An IKE negotiation failed.",                \
		"Compare proposals, keys and identities at both ends. NO_PROPOSAL_CHOSEN: the peer " \
		"takes none of the algorithms that the line names. AUTHENTICATION_FAILED: other "    \
		"keys, or an identity that is not the expected one. No answer: the address, or a "   \
		"filter on the way (UDP 500 and 4500).")                                             \
	LOG_ROW(IKE_PORT_BUSY, "IKEV2", 3, "PORT_BUSY",                                              \
		"Another program holds the IKE port, so the built-in engine cannot run.",            \
		"Stop that program.")                                                                \
	LOG_ROW(CONFIG_I, "SYS", 5, "CONFIG_I", "The configuration was changed.", "None.")           \
	LOG_ROW(LOGGED_COMMAND, "PARSER", 5, "CFGLOG_LOGGEDCMD",                                     \
		"A command changed the configuration.", "None.")                                     \
	LOG_ROW(LOGIN_SUCCESS, "SEC_LOGIN", 5, "LOGIN_SUCCESS", "Somebody logged in by password.",   \
		"None.")                                                                             \
	LOG_ROW(LOGIN_FAILED, "SEC_LOGIN", 4, "LOGIN_FAILED",                                        \
		"A login by password failed. A name that is no user's is not printed: it may be a "  \
		"password typed in the wrong place.",                                                \
		"If it repeats, somebody guesses: see login block-for and access-class.")            \
	LOG_ROW(USER_LOCKED, "AAA", 5, "USER_LOCKED",                                                \
		"A user gave as many wrong passwords in a row as aaa local authentication "          \
		"attempts max-fail allows, and is locked out.",                                      \
		"clear aaa local user lockout username NAME lets the user in again.")                \
	LOG_ROW(USER_UNLOCKED, "AAA", 5, "USER_UNLOCKED",                                            \
		"A user who was locked out may try again.", "None.")                                 \
	LOG_ROW(QUIET_MODE_ON, "SEC_LOGIN", 1, "QUIET_MODE_ON",                                      \
		"Too many logins by password failed in too short a time; for a while all are "       \
		"refused.",                                                                          \
		"Find out who guesses. SSH keys and the console go on meanwhile.")                   \
	LOG_ROW(QUIET_MODE_OFF, "SEC_LOGIN", 5, "QUIET_MODE_OFF", "Logins are taken again.",         \
		"None.")                                                                             \
	LOG_ROW(CONFIG_R, "SYS", 5, "CONFIG_R",                                                      \
		"The running configuration was replaced by another one.", "None.")                   \
	LOG_ROW(CONFIG_GUARDED, "ARCHIVE_DIFF", 5, "ROLLBK_CNFMD_CHG_START_ABSTIMER",                \
		"What is configured from now on is undone after so many minutes, unless it is "      \
		"confirmed. Nothing is saved before.",                                               \
		"Enter configure confirm to keep it, configure revert now to undo it.")              \
	LOG_ROW(CONFIG_CONFIRMED, "ARCHIVE_DIFF", 5, "ROLLBK_CNFMD_CHG_CONFIRM",                     \
		"A change that was to be confirmed stays.", "None.")                                 \
	LOG_ROW(CONFIG_UNDONE, "ARCHIVE_DIFF", 5, "ROLLBK_CNFMD_CHG_ROLLBACK_START",                 \
		"Nobody confirmed a change in time, or somebody wanted it undone: the "              \
		"configuration is what it was before.",                                              \
		"Look why the change was not confirmed: maybe it shut somebody out.")                \
	LOG_ROW(CONFIG_NOT_UNDONE, "ARCHIVE_DIFF", 3, "ROLLBK_CNFMD_CHG_REFUSED",                    \
		"A change that was not confirmed could not be undone. It is tried again in a "       \
		"minute.",                                                                           \
		"See the reason; configure confirm keeps the change.")                               \
	LOG_ROW(ARCHIVE_FAILED, "ARCHIVE", 3, "FAILED",                                              \
		"A snapshot of the running configuration could not be written. A replace that "      \
		"somebody asked for was not made then.",                                             \
		"See the reason: space and rights in the state folder.")                             \
	LOG_ROW(HOST_STARTSTOP, "SYS", 6, "LOGGINGHOST_STARTSTOP",                                   \
		"A host was added to or taken from those that messages are sent to, or is back.",    \
		"None.")                                                                             \
	LOG_ROW(HOST_FAIL, "SYS", 3, "LOGGINGHOST_FAIL",                                             \
		"Messages do not reach a log host: the network or the host said so. They wait, up "  \
		"to a bound, and it is tried again after 1 s, then more seldom, at most each 30 s.", \
		"See that the host is reachable and that its collector listens at that port. "       \
		"show logging has its state.")                                                       \
	LOG_ROW(HOST_LOST, "SYS", 4, "LOGGINGHOST_LOST",                                             \
		"A log host is back. What was said first while it was away had to make room for "    \
		"what came later.",                                                                  \
		"The counters in the messages show the gap. show logging has what the buffer kept.") \
	LOG_ROW(PRIV_PASS, "SYS", 5, "PRIV_AUTH_PASS",                                               \
		"Somebody took another privilege level by enable (logging userinfo).", "None.")      \
	LOG_ROW(PRIV_FAIL, "SYS", 5, "PRIV_AUTH_FAIL",                                               \
		"Somebody did not get a privilege level by enable (logging userinfo).",              \
		"If it repeats, somebody guesses: see login block-for.")                             \
	LOG_ROW(RESTART, "SYS", 5, "RESTART", "The daemon started.", "None.")                        \
	LOG_ROW(PROCESS_DIED, "SYS", 2, "PROCESS_DIED",                                              \
		"A process of the daemon ended unexpectedly; IPsec SAs keep forwarding.",            \
		"Report it, with the messages before it.")                                           \
	LOG_ROW(STARTUP_INVALID, "SYS", 2, "STARTUP_INVALID",                                        \
		"The startup configuration cannot be used; it was left as it is.",                   \
		"Mend the file at the place named, then start again.")                               \
	LOG_ROW(KERNEL_REFUSED, "IPSEC", 3, "KERNEL_REFUSED",                                        \
		"A change of SAs, policies or links was refused; it was undone.",                    \
		"The errno says why: missing algorithm, no memory, a clash with another program.")   \
	LOG_ROW(SLOW_TURN, "SYS", 4, "CPUHOG", "An event handler ran longer than it should.",        \
		"See show processes; report it.")                                                    \
	LOG_ROW(RESYNC, "IPSEC", 5, "RESYNC",                                                        \
		"The kernel dropped notifications; Spindle read its tables again.",                  \
		"None, unless it repeats.")

#endif
