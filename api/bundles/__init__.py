"""Offline proof packs: some entries of the log, what proves them, and a page that checks it without network.

`contents` says which entries belong to a claim, a month of an account, a case; `packing.pack_of_lines` makes
the pack of any entries; `judging` and `page/verify.js` judge one by the same rules; docs/audit.md shows the
files to people.
"""
