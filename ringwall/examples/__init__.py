"""A believable organization, to try things on."""
