"""The nouns: plain state and arithmetic, no clock of their own."""
