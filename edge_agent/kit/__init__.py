"""What every slice needs and no shop does: time, named SQL, errors over HTTP, logs, live events."""
