"""Headlines over plausible sets of parameters."""
