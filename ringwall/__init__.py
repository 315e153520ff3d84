"""Find out who can reach your AWS resources, with proof."""

__version__ = "0.1.0"
