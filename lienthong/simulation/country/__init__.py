"""A country of fictional households, written as two registers with the truth beside it, to measure a linkage by.

Public face: `writing.write`. Seeded; needs no database; refused in production.
"""
