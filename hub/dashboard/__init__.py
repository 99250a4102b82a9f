"""The owner's pages: server-rendered, live by one event stream per tab, readable without script."""
