"""Who outside the zone of trust can reach what, what nobody uses, and what to do about either."""
