"""What the product does: one function per use case."""
