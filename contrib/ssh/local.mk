# What sshd includes for people who get the command line and nothing else; not switched on by "make
# install": who wants it copies it to /etc/ssh/sshd_config.d.
sshexampledir = $(docdir)/contrib/ssh
sshexample_DATA = contrib/ssh/spindle.conf
EXTRA_DIST += contrib/ssh/spindle.conf.in
CLEANFILES += contrib/ssh/spindle.conf

contrib/ssh/spindle.conf: contrib/ssh/spindle.conf.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib/ssh && sed -e 's|@bindir[@]|$(bindir)|g' \
		$(srcdir)/contrib/ssh/spindle.conf.in >$@.tmp && mv $@.tmp $@
