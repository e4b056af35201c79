"""caremarket's experiments: many replications of many scenarios, their statistics and pictures."""
