"""Other ways of commissioning on the same people."""
