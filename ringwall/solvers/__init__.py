"""Solvers that nobody here wrote, each in a process of its own. The only room that knows z3 and cvc5."""
