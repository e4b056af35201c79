"""How runs are carried out: work, executors, what is durable."""
