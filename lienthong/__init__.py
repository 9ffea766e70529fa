"""Lienthong: from a registered birth to a child's health-insurance card, kept right for six years."""
