"""Capture without signal over HTTP: the list taken along, what is brought in, what is settled by hand."""
