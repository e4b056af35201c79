"""``python -m experiments`` does what ``caremarket`` does."""

from experiments.commands import main

if __name__ == "__main__":
    main()
