"""Plain Python that every floor speaks: dates, codes, names, actors, outcomes, errors.

Imports nothing of ours and no framework. Entry rule: two users on different floors and a noun for a name.
"""
