"""Who did what and who looked at whom: append-only, hash-chained, signed, witnessed outside the database.

Holds ids and codes, never personal data, and no foreign keys: the log must not keep live data hostage.
Public face: `trail.record`, `trail.viewed`, `trail.history_of`, `sealing.seal_once`, `checks.verify`.
"""
