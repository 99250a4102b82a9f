"""The hub as several real processes under many devices, with faults between and inside them."""
