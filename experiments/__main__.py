"""The command line: ``caremarket``, and ``python -m experiments`` which does the same."""

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; a Ctrl-C while it is still being loaded ends it as any other."""
    try:
        from experiments.engine.interrupts import hear

        hear()
        from experiments.commands import main as run
    except KeyboardInterrupt:
        print("Interrupted; nothing was written.", file=sys.stderr)
        sys.exit(INTERRUPTED)
    run()


if __name__ == "__main__":
    main()
