"""How Sphinx makes the documentation site; experiments/pages/site.py puts its source together."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from sim import __version__  # noqa: E402

project = "caremarket"
author = "caremarket contributors"
version = release = __version__
language = "en-GB"
root_doc = "docs/index"
extensions = ["myst_parser", "sphinx.ext.autodoc", "experiments.site.wide_tables"]
exclude_patterns = ["docs/figures"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 6
suppress_warnings = ["myst.header", "misc.highlighting_failure"]
"""STRESS-DES numbers its items by levels of its own; some blocks show a piece of a file."""

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
python_use_unqualified_type_names = True

html_theme = "pydata_sphinx_theme"
html_title = f"caremarket {release}"
html_static_path = [str(ROOT / "docs" / "site.css")]
html_css_files = ["site.css"]
html_domain_indices = False
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_sidebars = {"docs/index": []}
html_theme_options = {
    "logo": {"text": "caremarket"},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "header_links_before_dropdown": 8,
    "show_toc_level": 2,
    "footer_start": ["made-by"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
}
templates_path = [str(ROOT / "docs" / "templates")]
