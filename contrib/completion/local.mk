# Where bash-completion looks for the names of commands.
completionsdir = $(datadir)/bash-completion/completions
dist_completions_DATA = contrib/completion/spindle contrib/completion/spindled
dist_noinst_SCRIPTS += contrib/completion/check
TESTS += contrib/completion/check
