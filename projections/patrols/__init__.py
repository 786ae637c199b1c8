"""Patrols and their routes, sweeps with their yield, looks after a closing: as lists of them."""
