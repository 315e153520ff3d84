"""The command line: a door, no thinking."""
