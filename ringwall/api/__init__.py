"""AWS's API on the wire: parses, checks the signature, authorizes, validates, dispatches, serializes."""
