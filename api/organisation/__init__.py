"""The organisation over HTTP: the tree of places, its units, who may act where, bodies, and the people."""
