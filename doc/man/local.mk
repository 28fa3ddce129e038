# Manual pages. They name the folders of this build, so they are made.
MAN_PAGES = doc/man/spindle.1 doc/man/spindle.conf.5 doc/man/spindle-yang.7 doc/man/spindled.8
man_MANS = $(MAN_PAGES)
CLEANFILES += $(MAN_PAGES)
EXTRA_DIST += doc/man/spindle.1.in doc/man/spindle.conf.5.in doc/man/spindle-yang.7.in \
	doc/man/spindled.8.in

$(MAN_PAGES): Makefile
	$(AM_V_GEN)$(MKDIR_P) doc/man && sed -e 's|@sysconfdir[@]|$(sysconfdir)|g' \
		-e 's|@localstatedir[@]|$(localstatedir)|g' -e 's|@runstatedir[@]|$(runstatedir)|g' \
		-e 's|@pkgdatadir[@]|$(pkgdatadir)|g' -e 's|@docdir[@]|$(docdir)|g' \
		$(srcdir)/$@.in >$@.tmp && mv $@.tmp $@
doc/man/spindle.1: doc/man/spindle.1.in
doc/man/spindle.conf.5: doc/man/spindle.conf.5.in
doc/man/spindle-yang.7: doc/man/spindle-yang.7.in
doc/man/spindled.8: doc/man/spindled.8.in

dist_noinst_SCRIPTS += doc/man/check_lint doc/man/check_contents
TESTS += doc/man/check_lint doc/man/check_contents
