examplesdir = $(docdir)/contrib/examples
dist_examples_SCRIPTS = contrib/examples/watch.py contrib/examples/provide.py
tworoutersdir = $(examplesdir)/two-routers
dist_tworouters_DATA = contrib/examples/two-routers/r1.conf contrib/examples/two-routers/r2.conf
