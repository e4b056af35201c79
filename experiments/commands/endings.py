"""How a verb ends: its exit codes, the same for all; 0 is all well, 2 a fault of the user's."""

TOO_FEW = 1
CANNOT_GO_ON = 1
SOME_FAILED = 3
INTERRUPTED = 130
