"""The field technician's command line; speaks HTTP and commands, imports no program."""
