"""The shop's agent: sells with nothing but power, keeps every fact, syncs when it can."""
