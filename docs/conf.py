"""The settings of the site: `make docs` builds it, with tools/site.py."""

from __future__ import annotations

project = "libami"
author = "the libami authors"
extensions = ["myst_parser", "sphinx_design", "sphinx.ext.autodoc"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
exclude_patterns = ["requirements.txt", "spelling.txt"]
html_theme = "furo"
html_title = "libami"
html_static_path: list[str] = []
nitpicky = True
# Types of the C standard.
nitpick_ignore = [
    ("c:identifier", name)
    for name in ("size_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t", "int32_t", "int64_t")
]
highlight_language = "none"
