"""The settings of the site, which `make docs` builds."""

from __future__ import annotations

import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))
# libami as `make python` installs it, behind what the site is built with.
sys.path.extend(map(str, (ROOT / "build/venv/lib").glob("python*/site-packages")))

project = "libami"
author = "the libami authors"
copyright = author
extensions = ["myst_parser", "sphinx_design", "sphinx.ext.autodoc"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
exclude_patterns = ["requirements.txt", "spelling.txt"]
html_theme = "furo"
html_title = "libami"
html_static_path = ["static"]
html_css_files = ["site.css"]
nitpicky = True
# Types of the C standard.
nitpick_ignore = [
    ("c:identifier", name)
    for name in ("size_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t", "int32_t", "int64_t")
]
# Types in the signatures of Python, of which many have no entry. What the texts name is `py:obj`.
nitpick_ignore_regex = [("py:class", ".*")]
highlight_language = "none"
autodoc_default_options = {"members": True, "undoc-members": True}
autodoc_member_order = "bysource"
# The settings of a client are told by its `__init__`.
autoclass_content = "both"
toc_object_entries_show_parents = "hide"
# Long signatures have a line for each argument.
maximum_signature_line_length = 100


def setup(app: Sphinx) -> None:
    import docstrings

    app.connect("autodoc-process-docstring", docstrings.on_docstring)
