"""Side-by-side measurements, each side in a process of its own (the event library patches `dataclasses`)."""
