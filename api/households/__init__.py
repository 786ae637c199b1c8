"""Households over HTTP: the register, one household with its dwellings, people and points card, moves."""
