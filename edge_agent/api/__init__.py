"""The agent's HTTP face: assembles the slices' routers and adds what belongs to no slice."""
