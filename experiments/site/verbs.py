"""The reference of commands, made from their declarations: a page a command."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from importlib import import_module
from itertools import groupby
from typing import Any

import typer

from experiments.commands import VERBS, app, module_of
from experiments.site.markdown import code, plain, table

HEADING = ("option", "meaning", "if left out")
AUTOMATIC = "help"


def pages() -> Iterator[tuple[str, str]]:
    """Every page: its name and its text."""
    group: Any = typer.main.get_command(app)
    commands = {verb: group.commands[verb] for verb in VERBS}
    yield "index", _index(commands)
    for verb, command in commands.items():
        yield verb, "\n".join(_page(verb, command)) + "\n"


def _index(commands: Mapping[str, Any]) -> str:
    rows = [
        (f"[`caremarket {verb}`]({verb}.md)", plain(_first_line(command)))
        for verb, command in commands.items()
    ]
    return "\n".join(
        [
            "# Commands",
            "",
            "Made from the program, as is what `caremarket COMMAND --help` tells in the terminal. "
            "`python -m experiments` is another way to write `caremarket`.",
            "",
            *table(("command", "what it does"), rows),
            "",
        ]
    )


def _first_line(command: Any) -> str:
    return " ".join(inspect.cleandoc(command.help).split("\n\n")[0].split())


def _page(verb: str, command: Any) -> Iterator[str]:
    yield f"# caremarket {verb}"
    yield from ("", plain(inspect.cleandoc(command.help).split("\f")[0].strip()), "")
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one not in arguments and one.name != AUTOMATIC]
    typed = " ".join([verb, *map(_placeholder, arguments), *(["[OPTIONS]"] if options else [])])
    yield from ("```text", f"caremarket {typed}", "```", "")
    yield from _examples(verb)
    if arguments:
        yield from ("## Arguments", "")
        rows = [
            (code(_placeholder(one)), plain(one.help or ""), _default(one)) for one in arguments
        ]
        yield from (*table(("argument", *HEADING[1:]), rows), "")
    in_order = sorted(options, key=lambda one: _panels(options).index(one.rich_help_panel))
    for panel, members in groupby(in_order, key=lambda one: one.rich_help_panel):
        yield from (f"## {panel or 'Options'}", "")
        yield from (*table(HEADING, map(_row, members)), "")


def _panels(options: list[Any]) -> list[str | None]:
    """The groups of options in the order of the help text."""
    return list(dict.fromkeys(one.rich_help_panel for one in options))


def _examples(verb: str) -> Iterator[str]:
    examples: Mapping[str, str] = getattr(
        import_module(f"experiments.commands.{module_of(verb)}"), "EXAMPLES", {}
    )
    if examples:
        yield from ("## Examples", "")
    for told, command in examples.items():
        yield from (f"{plain(told)}:", "", "```bash", command, "```", "")


def _placeholder(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    more = "..." if argument.nargs != 1 else ""
    return f"{name}{more}" if argument.required else f"[{name}{more}]"


def _row(option: Any) -> tuple[str, str, str]:
    value = "" if option.is_flag else f" {option.metavar or _kind(option)}"
    names = ", ".join(code(f"{name}{value}") for name in option.opts)
    return names, plain(option.help or ""), _default(option)


def _kind(option: Any) -> str:
    """What is typed after an option that has no word of its own for it."""
    annotation = option.type_descriptor.annotation
    names = {int: "NUMBER", float: "NUMBER", "Path": "PATH"}
    return names.get(annotation, names.get(getattr(annotation, "__name__", ""), "TEXT"))


def _default(param: Any) -> str:
    """What holds if nothing is typed."""
    if param.required:
        return "required"
    if param.default is None or param.default is False or param.default in ([], ()):
        return "off" if getattr(param, "is_flag", False) else "see the meaning"
    return code(f"{param.default:g}" if isinstance(param.default, float) else str(param.default))
