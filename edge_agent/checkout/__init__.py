"""Basket → booked ticket: prices by the shared arithmetic, then everything in one commit."""
