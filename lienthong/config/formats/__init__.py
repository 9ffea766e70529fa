"""How days and figures are written for Vietnamese readers, where Django's own `vi` is wrong."""
