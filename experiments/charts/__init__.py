"""Charts for committee papers: one module a chart, one function each."""
