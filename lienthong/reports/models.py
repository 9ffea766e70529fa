"""Tables of figures: sums over the events of the apps below, each of which can be made again from those events."""
