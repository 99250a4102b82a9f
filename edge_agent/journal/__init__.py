"""What happened in this shop, in order and chained, until the hub has it."""
