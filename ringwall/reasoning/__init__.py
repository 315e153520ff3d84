"""What policies mean for all requests at once."""
