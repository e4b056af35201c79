"""How much of a provider's work others could take on."""
