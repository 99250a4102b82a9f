"""People the tenant knows. Names and numbers stay sealed; who erases the key erases the person."""
