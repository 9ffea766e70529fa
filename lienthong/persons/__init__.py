"""People, their numbers, and the lane that asks the population database for a missing personal id.

Legal basis: Decision 595/QĐ-BHXH (one number for life); Decree 137/2015 (personal id). Public face: `actions.correct`,
`queries`, `identity`. Used by `births` and `cards`.
"""
