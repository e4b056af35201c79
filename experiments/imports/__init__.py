"""From a council's own exports to a county: what is read, joined, fitted and written."""
