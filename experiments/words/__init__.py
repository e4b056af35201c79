"""Sentences that several questions share."""
