# The service for systemd: unit, users, folders. systemd looks below /usr/local/lib, too.
systemdsystemunit_DATA = contrib/systemd/spindled.service contrib/systemd/spindle-telnet.service \
	contrib/systemd/spindle-telnet.socket
sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
SYSTEMD_FILES = $(systemdsystemunit_DATA) contrib/systemd/spindle.sysusers \
	contrib/systemd/spindle.tmpfiles
noinst_DATA = contrib/systemd/spindle.sysusers contrib/systemd/spindle.tmpfiles
EXTRA_DIST += contrib/systemd/spindled.service.in contrib/systemd/spindle-telnet.service.in \
	contrib/systemd/spindle-telnet.socket.in contrib/systemd/spindle.sysusers.in \
	contrib/systemd/spindle.tmpfiles.in
CLEANFILES += $(SYSTEMD_FILES)

# Here and not by configure: its folders refer to each other until make knows the prefix.
$(SYSTEMD_FILES): Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib/systemd && sed -e 's|@sbindir[@]|$(sbindir)|g' \
		-e 's|@bindir[@]|$(bindir)|g' \
		-e 's|@sysconfdir[@]|$(sysconfdir)|g' -e 's|@localstatedir[@]|$(localstatedir)|g' \
		$(srcdir)/$@.in >$@.tmp && mv $@.tmp $@
contrib/systemd/spindled.service: contrib/systemd/spindled.service.in
contrib/systemd/spindle-telnet.service: contrib/systemd/spindle-telnet.service.in
contrib/systemd/spindle-telnet.socket: contrib/systemd/spindle-telnet.socket.in
contrib/systemd/spindle.sysusers: contrib/systemd/spindle.sysusers.in
contrib/systemd/spindle.tmpfiles: contrib/systemd/spindle.tmpfiles.in

# Their names there are those of the package.
install-data-local: $(SYSTEMD_FILES)
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)' '$(DESTDIR)$(tmpfilesdir)'
	$(INSTALL_DATA) contrib/systemd/spindle.sysusers '$(DESTDIR)$(sysusersdir)/spindle.conf'
	$(INSTALL_DATA) contrib/systemd/spindle.tmpfiles '$(DESTDIR)$(tmpfilesdir)/spindle.conf'
uninstall-local:
	rm -f '$(DESTDIR)$(sysusersdir)/spindle.conf' '$(DESTDIR)$(tmpfilesdir)/spindle.conf'
