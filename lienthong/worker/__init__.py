"""What runs without being asked: the steps, the seal, the outbox, the questions about personal ids.

A task is a few lines; `schedule.py` says how often. Nothing is queued: what waits is a state in a table.
"""
