"""One scenario, with and without its failures."""
