"""The calendar of duties over HTTP: what recurs at a place, what became of it, and what is still to come."""
