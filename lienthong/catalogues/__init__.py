"""Dated reference lists from official files: divisions, card units, facilities, code lists.

A code means nothing without a day: 3,316 of today's commune codes belonged to another commune before 01/07/2025.

Public face: `loading` (import: show the difference, then apply), `divisions.resolve`, `units.unit_for`,
`coverage.gaps` (where that is not one unit), `declaring` and `uploads` (what officers change on screen),
`facilities.default_for`, `routes.ensure` (the same answers as one table for SQL), `lists`, `queries` for pages.
Users: births and cards join `catalogues_route`; pages and commands read and import.
"""
