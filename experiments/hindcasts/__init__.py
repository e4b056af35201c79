"""Recorded cases as scenarios: what is on record beside what the model says."""
