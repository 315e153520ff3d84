"""Who outside the zone of trust can reach what."""
