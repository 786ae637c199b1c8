"""Patrols and their routes, sweeps of a class, looks after a closing, over HTTP."""
