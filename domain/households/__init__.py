"""Who lives where: dwelling ≠ household ≠ person ≠ points card, so each keeps a history of its own.

A move is one save over three streams: the household moves (`hh-…`), the tenancy of the old dwelling ends and
that of the new begins (`ten-…`), the dwellings are vacated and occupied (`dw-…`). A person's entry in the
register of people and a card's points stay where they are; they are found by the ids the facts carry.
"""
