"""The two languages asked the same: random baskets, priced by Python and by the tablet's code."""
