"""What caremarket costs: CPU time as multiples of a yardstick, waits, memory, processes, growth."""
