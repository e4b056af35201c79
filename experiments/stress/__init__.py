"""Many contingencies, ranked by harm."""
