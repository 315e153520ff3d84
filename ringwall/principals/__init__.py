"""IAM users and roles: what they are granted, and what they used."""
