examplesdir = $(docdir)/examples
dist_examples_SCRIPTS = contrib/examples/watch.py
dist_doc_DATA = doc/control-protocol.md
