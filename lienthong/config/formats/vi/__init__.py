"""Formats of the language `vi`."""
