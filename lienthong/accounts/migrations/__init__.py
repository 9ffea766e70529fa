"""Migrations of the accounts and of the `authz` schema."""
