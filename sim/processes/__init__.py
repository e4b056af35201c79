"""The verbs: what happens in the market, a file each."""
