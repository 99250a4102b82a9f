"""People who work in shops, their roles and PINs, published to their stores as `staff`."""
