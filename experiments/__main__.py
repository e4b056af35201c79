"""The command line: ``caremarket``, and ``python -m experiments`` which does the same."""

import sys

REFUSED, INTERRUPTED = 1, 130


def main() -> None:
    """Run the command line; a Ctrl-C while it is still being loaded ends it as any other.

    A model that was compiled from other source refuses to start (:mod:`sim.build`).
    """
    try:
        from experiments.engine.interrupts import hear

        hear()
        from experiments.commands import main as run
    except KeyboardInterrupt:
        print("Interrupted; nothing was written.", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except ImportError as refusal:
        if refusal.name != "sim":
            raise
        print(refusal, file=sys.stderr)
        sys.exit(REFUSED)
    run()


if __name__ == "__main__":
    main()
