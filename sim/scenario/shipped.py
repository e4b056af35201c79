"""What ships with the model: counties and commissioning models, by the names of their folders."""

from __future__ import annotations

from pathlib import Path

COUNTIES = Path(__file__).parent.parent / "counties"
COMMISSIONING_MODELS = Path(__file__).parent.parent / "commissioning_models"


def shipped(place: Path) -> list[str]:
    """The names of all that ships in a place, in the order of the alphabet."""
    return sorted(folder.name for folder in place.iterdir() if (folder / NAMED[place]).is_file())


NAMED = {COUNTIES: "county.toml", COMMISSIONING_MODELS: "model.toml"}
"""The file without which a folder is no county, or no commissioning model."""
