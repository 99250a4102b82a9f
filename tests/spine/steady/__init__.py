"""Tests that share one running product and leave it running."""
