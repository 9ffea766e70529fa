"""Measured against the limit in the same run: each bench prints ratios, medians and peak memory, never a verdict."""
