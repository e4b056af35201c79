"""The reference of outcomes, made from the registry."""

from __future__ import annotations

from experiments.site.markdown import code, plain, table
from sim.outcomes.catalogue import DECLARING
from sim.outcomes.declaration import About
from sim.outcomes.registry import OUTCOMES

HEAD = """# Every outcome

Made from the registry of outcomes, which the modules MODULES of `sim/outcomes` fill.
How they are worked out, and which conventions move them: [what the figures mean](outcomes.md).
A name with `{tier}` stands for one outcome for each tier of the commissioning model.
"""


def page() -> str:
    """Every outcome by what it is about: name, meaning, unit and better direction."""
    modules = ", ".join(code(module.__name__.rpartition(".")[2]) for module in DECLARING)
    lines = [HEAD.replace("MODULES", modules)]
    for about in About:
        rows = [
            (code(one.name), plain(one.meaning), plain(one.unit), one.better)
            for one in OUTCOMES.values()
            if one.about is about
        ]
        if rows:
            lines += [
                "",
                f"## About {about}",
                "",
                *table(("outcome", "meaning", "unit", "better"), rows),
            ]
    return "\n".join(lines) + "\n"
