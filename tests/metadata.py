"""The metadata of the package: complete, and the same in pyproject.toml, Cargo.toml and CHANGELOG.md; and the
files of the source distribution. `wheels.py` builds what it describes.
"""

from __future__ import annotations

import email.message
import email.parser
import email.policy
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""The versions that the package is for. `wheels.py` tries those of them that Debian has."""
URLS = ("Homepage", "Documentation", "Changelog", "Source", "Issues")
CLASSIFIERS = (
    "Development Status",
    "Environment",
    "Framework",
    "Intended Audience",
    "Operating System",
    "Programming Language",
    "Topic",
    "Typing",
)
EXTRAS = {"cli": "rich", "test": "pytest"}
NO_SOURCE = {".pyc", ".so"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# -----------------------------------------------------------------------------------------------------------
# What the files say


def of_project(project: Mapping[str, Any], crate: Mapping[str, Any], changelog: str) -> Iterator[str]:
    """What is missing in pyproject.toml, or differs from the other files."""
    for key in ("name", "description", "license", "keywords"):
        if project.get(key) != crate.get(key):
            yield f"{key} is {project.get(key)!r} in pyproject.toml, and {crate.get(key)!r} in Cargo.toml"
    if project.get("dynamic") != ["version"] or "version" in project:
        yield "the version is that of Cargo.toml: pyproject.toml must have none"
    newest = re.search(r"^## (\S+?),? ", changelog, re.MULTILINE)
    if newest is None or newest[1] != crate["version"]:
        yield f"CHANGELOG.md begins with {newest and newest[1]}, and the version is {crate['version']}"
    for key in ("authors", "license-files", "readme", "requires-python", "scripts", "entry-points"):
        if not project.get(key):
            yield f"pyproject.toml has no {key}"
    if any(not each.get("email") for each in project.get("authors", ())):
        yield "an author has no address, and SECURITY.md sends people there"
    yield from of_urls(project.get("urls", {}), str(crate.get("homepage")))
    yield from of_versions(project, crate)
    extras = project.get("optional-dependencies", {})
    for extra, package in EXTRAS.items():
        if [re.split(r"[<>=]", each)[0] for each in extras.get(extra, ())] != [package]:
            yield f"the extra {extra} must bring {package}, and nothing else"
    if project.get("dependencies"):
        yield "the package must need no other one: what a command needs goes into an extra"


def of_urls(urls: Mapping[str, str], homepage: str) -> Iterator[str]:
    for name in URLS:
        if name not in urls:
            yield f"pyproject.toml has no {name} among its urls"
    if urls.get("Homepage") != homepage:
        yield f"the home page is {urls.get('Homepage')} in pyproject.toml, and {homepage} in Cargo.toml"
    for name, url in urls.items():
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.hostname != urlsplit(homepage).hostname:
            yield f"{name} is {url}, which is not at {homepage}"


def of_versions(project: Mapping[str, Any], crate: Mapping[str, Any]) -> Iterator[str]:
    classifiers = project.get("classifiers", [])
    for topic in CLASSIFIERS:
        if not any(each.startswith(f"{topic} :: ") for each in classifiers):
            yield f"there is no classifier {topic}"
    if any(each.startswith("License ::") for each in classifiers):
        yield "a classifier names the licence, which the licence expression does"
    if len(set(classifiers)) < len(classifiers):
        yield "a classifier is there twice"
    numbers = re.findall(r"Python :: (3\.\d+)$", "\n".join(classifiers), re.MULTILINE)
    if tuple(numbers) != PYTHONS:
        yield f"classifiers name Python {', '.join(numbers)}, and tests are for {', '.join(PYTHONS)}"
    if project.get("requires-python") != f">={PYTHONS[0]}":
        yield f"requires-python is {project.get('requires-python')}, and tests begin with {PYTHONS[0]}"
    if f"abi3-py{PYTHONS[0].replace('.', '')}" not in crate["dependencies"]["pyo3"]["features"]:
        yield f"pyo3 must build for the stable ABI of Python {PYTHONS[0]}"


def of_entry_points(project: Mapping[str, Any]) -> Iterator[str]:
    """Entry points that lead nowhere."""
    scripts: Mapping[str, str] = project.get("scripts", {})
    plugins: Mapping[str, str] = project.get("entry-points", {}).get("pytest11", {})
    if list(scripts) != ["libami"] or list(plugins) != ["libami"]:
        yield "the command and the plugin must both be named libami"
    for place in (*scripts.values(), *plugins.values()):
        module, _, function = place.partition(":")
        file = ROOT / "python" / module.replace(".", "/") / "__init__.py"
        if not file.exists() or (function and f"\ndef {function}(" not in file.read_text(encoding="utf-8")):
            yield f"the entry point {place} leads nowhere"


def of_page(page: str, homepage: str) -> Iterator[str]:
    """Links of the package's page that work in the tree alone."""
    for link in re.findall(r"\]\(([^)]*)\)", page):
        if not link.startswith(f"{homepage}/"):
            yield f"the link {link} of python/README.md works in the tree alone: begin it with {homepage}/"


# -----------------------------------------------------------------------------------------------------------
# The source distribution


def sources() -> set[str]:
    """The files that it takes to build the package."""
    names = {"CHANGELOG.md", "Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "build.rs", "pyproject.toml"}
    names.update(f"include/{path.name}" for path in (ROOT / "include").glob("*.*"))
    # cargo wants what the tests of the crate are made of, even where none is run.
    for folder in ("python", "src", "tests/support"):
        files = (path for path in (ROOT / folder).rglob("*") if path.is_file())
        names.update(str(path.relative_to(ROOT)) for path in files if path.suffix not in NO_SOURCE)
    return names


def of_distribution(folder: Path) -> Iterator[str]:
    """What is wrong with a source distribution that is made now."""
    maturin = [str(Path(sys.executable).with_name("maturin")), "sdist", "-o", str(folder)]
    made = subprocess.run(maturin, cwd=ROOT, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        yield f"maturin sdist failed:\n{made.stderr}"
        return
    (file,) = folder.glob("*.tar.gz")
    top = file.name.removesuffix(".tar.gz")
    with tarfile.open(file) as archive:
        found = {member.name.removeprefix(f"{top}/") for member in archive.getmembers() if member.isfile()}
        described = archive.extractfile(f"{top}/PKG-INFO")
        assert described is not None
        text = described.read().decode()
    for name in sorted(sources() - found):
        yield f"the source distribution lacks {name}"
    for name in sorted(found - sources() - {"PKG-INFO"}):
        yield f"the source distribution has {name}, which nothing is built of"
    yield from of_description(text)


def of_description(text: str) -> Iterator[str]:
    """What metadata of a built distribution lack, as `PKG-INFO` and `METADATA` have them."""
    fields: email.message.EmailMessage = email.parser.Parser(policy=email.policy.default).parsestr(text)
    project = tomllib.loads(read("pyproject.toml"))["project"]
    crate = tomllib.loads(read("Cargo.toml"))["package"]

    def all_of(name: str) -> list[str]:
        return [str(each) for each in fields.get_all(name, [])]

    expected = {
        "Name": [project["name"]],
        "Version": [crate["version"]],
        "Summary": [project["description"]],
        "License-Expression": [project["license"]],
        "License-File": ["LICENSE"],
        "Requires-Python": [project["requires-python"]],
        "Classifier": sorted(project["classifiers"]),
        "Project-URL": sorted(f"{name}, {url}" for name, url in project["urls"].items()),
        "Provides-Extra": sorted(project["optional-dependencies"]),
        "Author-email": [f"{each['name']} <{each['email']}>" for each in project["authors"]],
    }
    for name, values in expected.items():
        if sorted(all_of(name)) != values:
            yield f"{name} is {', '.join(all_of(name)) or 'missing'}, and should be {', '.join(values)}"
    for need in all_of("Requires-Dist"):
        if "extra ==" not in need:
            yield f"the package needs {need}"
    if text.partition("\n\n")[2].strip() != read("python/README.md").strip():
        yield "the description is not python/README.md"


# -----------------------------------------------------------------------------------------------------------


def check_gates(project: Mapping[str, Any], crate: Mapping[str, Any], changelog: str) -> None:
    """Each gate can fail."""
    homepage = str(crate["homepage"])

    def fails(changes: Mapping[str, Any]) -> bool:
        changed = {**project, **changes}
        return any(of_project(changed, crate, changelog)) or any(of_entry_points(changed))

    faulty: list[dict[str, Any]] = [
        {"description": "another"},
        {"version": "0.1.0"},
        {"authors": [{"name": "Nobody"}]},
        {"urls": {**project["urls"], "Source": "https://elsewhere.example"}},
        {"urls": {}},
        {"classifiers": project["classifiers"][1:]},
        {"classifiers": [each for each in project["classifiers"] if not each.endswith("3.14")]},
        {"requires-python": ">=3.12"},
        {"optional-dependencies": {"cli": ["rich", "click"], "test": ["pytest"]}},
        {"dependencies": ["rich"]},
        {"scripts": {"libami": "libami.cli:nowhere"}},
        {"entry-points": {"pytest11": {"libami": "nowhere"}}},
    ]
    for changes in faulty:
        assert fails(changes), f"{changes} pass"
    assert any(of_project(project, {**crate, "version": "9.9.9"}, changelog)), "another version passes"
    assert any(of_page("[a](docs/start.md)", homepage)), "a link of the tree passes"
    assert any(of_description("Name: libami\n\nwords")), "metadata that lack everything pass"


def main() -> int:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    manifest = tomllib.loads(read("Cargo.toml"))
    crate = {**manifest["package"], "dependencies": manifest["dependencies"]}
    changelog = read("CHANGELOG.md")
    check_gates(project, crate, changelog)
    parts = {
        "pyproject.toml": list(of_project(project, crate, changelog)),
        "entry points": list(of_entry_points(project)),
        "the package's page": list(of_page(read("python/README.md"), crate["homepage"])),
    }
    with tempfile.TemporaryDirectory(prefix="metadata-") as folder:
        parts["source distribution"] = list(of_distribution(Path(folder)))
    failed = 0
    for name, faults in parts.items():
        failed += bool(faults)
        for fault in faults:
            print(f"{name}: {fault}")
    print(f"metadata: {len(parts) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
