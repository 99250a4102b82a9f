"""Booked tickets: numbers, answers, what a shift sold, and what was kept aside."""
