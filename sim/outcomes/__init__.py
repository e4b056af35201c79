"""What a run's facts mean: every outcome is a function of ledger and scenario."""
