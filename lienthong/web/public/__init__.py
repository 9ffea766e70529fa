"""The citizens' door: what the system is and where to turn. Shows nobody's data.

Looking a card up and following a dossier belong here too, each with its own limits.
"""
