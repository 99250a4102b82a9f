"""The launcher of real servers and the demo that runs the whole product on one machine."""
