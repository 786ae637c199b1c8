"""Visits (走访): rounds of a grid, the attempts at each household of it, and the plan of who goes where.

Three kinds of stream: a round (`rounds.py`, `round-…`), one household's visits in one round (`visiting.py`,
`visit-<round>-<household>`), and one worker's plan of one day (`plans.py`, `plan-…`). A round's stream never
carries its attempts: twenty thousand households stand beside each other, and nobody waits for another.
"""
