"""Patrols (巡查), joint inspections (联合巡检), sweeps of a class (举一反三), looks after a closing (防反弹).

Each is a stream of its own with a decider of its own: `route`, `patrol`, `sweep`, `recurrence`. What they
find becomes a complaint in the same save (`finding`), which names the stream in `found_by`.
"""
