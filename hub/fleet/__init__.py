"""Devices: which there are, whose they are, whether they are there, and what they still hold."""
