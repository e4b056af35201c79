"""Levels from which something is enough: options name them before the model is loaded."""

SUFFICES = 0.8
"""N-1 from which the fallback is said to suffice, wherever a level is needed."""
