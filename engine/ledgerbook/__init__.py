"""The audit trail: an RFC 6962 tree over the log's rows, kept in tiles, and signed in C2SP formats.

`leaf` says which bytes are hashed, `tree` and `tiles` how; `notes` signs, `keyfile` keeps the keys, `book`
stores, `follower` hashes what was recorded, `signing` makes checkpoints, `checking` reads everything again.
Nothing here is invented: docs/audit.md names the specification of every byte.
"""
