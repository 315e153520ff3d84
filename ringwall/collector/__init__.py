"""Reads AWS, and writes fixes to it. Beside `notify`, the only room that calls AWS."""
