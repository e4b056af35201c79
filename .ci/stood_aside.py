"""The tests that were skipped, by the report of a run: a line each, as pytest takes them."""

import sys
from xml.etree import ElementTree

for case in ElementTree.parse(sys.argv[1]).iter("testcase"):
    if case.find("skipped") is not None:
        module, name = case.get("classname"), case.get("name")
        file = f"{(module or name).replace('.', '/')}.py"
        print(f"{file}::{name}" if module else file)  # a file that is skipped whole has no module
