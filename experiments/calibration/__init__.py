"""Which sets of parameters agree with the record."""
