"""Intervals, means, emulators: no question of its own."""
