"""Many scenarios and draws from a file."""
