"""Runs the domain: the only room that knows the databases, the clock, the keys and the event library."""
