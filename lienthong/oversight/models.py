"""Tables of oversight, by subject."""
