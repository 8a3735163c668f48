"""Takes one source into the catalogue: by hand goes before the code, and the code before the XML."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol

from facts import CODE, HAND, LAYERS, XML, Block, Catalogue, Header, Owner, order
from scan import Source


class _Item(Protocol):
    layer: str
    generations: set[str]


def merge(catalogue: Catalogue, generation: str, source: Source) -> None:
    """Take it in."""
    is_new = generation not in catalogue.generations
    newest = catalogue.generations[-1] if catalogue.generations else ""
    catalogue.add_generation(generation)
    if is_new and catalogue.generations[-1] == generation:
        _carry_on(catalogue, generation, newest, source.shows)
    for owner in source.owners.values():
        _merge_owner(catalogue, generation, owner, source.shows)
    for name, classes in source.classes:
        known = catalogue.owners.get(("action", name.lower()))
        if known and known.layer != HAND and _is_news(known, generation):
            known.classes = classes


def changes(before: dict[str, str], after: dict[str, str]) -> Iterator[str]:
    """Tell what is new, gone or changed between two summaries."""
    yield from (f"new: {each}" for each in after if each not in before)
    yield from (f"gone: {each}" for each in before if each not in after)
    for each in after:
        if before.get(each, after[each]) != after[each]:
            yield f"changed: {each}: {before[each]} -> {after[each]}"


def _carry_on(catalogue: Catalogue, generation: str, newest: str, shown: set[str]) -> None:
    """What the source could show and does not is gone; of the rest nothing is known, so it stays. Of what is
    known by hand no source shows all headers."""
    for owner in catalogue.all():
        items: list[Owner | Header | Block] = [owner, *owner.headers.values(), *owner.blocks.values()]
        for item in items:
            if newest in item.generations and (item.layer not in shown or owner.layer == HAND):
                item.generations.add(generation)


def _is_news(item: _Item, generation: str) -> bool:
    """Tells whether no newer source has spoken of it."""
    return all(order(each) <= order(generation) for each in item.generations)


def _merge_owner(catalogue: Catalogue, generation: str, found: Owner, shown: set[str]) -> None:
    known = catalogue.owners.setdefault(
        (found.kind, found.name.lower()), Owner(found.kind, found.name, found.layer, {generation})
    )
    if _may_change(known, found, generation, shown):
        known.name, known.layer = found.name, found.layer
        known.classes = found.classes or known.classes
    elif not known.classes and known.layer != HAND:
        known.classes = found.classes
    known.generations.add(generation)
    for key, block in found.blocks.items():
        have = known.blocks.setdefault(key, Block(block.kind, block.prefix, block.layer))
        if have.layer != HAND:
            have.generations.add(generation)
    inherited = _names_of_blocks(catalogue, known)
    for low, header in found.headers.items():
        if low not in inherited or low in known.headers:
            _merge_header(known, header, generation, shown, catalogue.types)
    for low in inherited & set(known.headers):
        if known.headers[low].layer != HAND:
            del known.headers[low]


def _merge_header(
    known: Owner, found: Header, generation: str, shown: set[str], types: Collection[str]
) -> None:
    low = found.name.lower()
    # Of what is known by hand alone, nobody tells when it got which header.
    since = set(known.generations) if known.layer == HAND else set()
    have = known.headers.setdefault(low, Header(found.name, found.layer, since))
    if have.layer == HAND:
        return
    if _may_change(have, found, generation, shown):
        have.name, have.layer = found.name, found.layer
    if _is_news(have, generation) and found.layer == XML:
        have.required = found.required
    if low not in types:
        have.type = have.type or found.type
    have.values += [value for value in found.values if value not in have.values]
    if not shown and generation not in have.generations:
        # A recorded session shows what is, and never what is no more.
        have.generations |= {each for each in known.generations if order(each) > order(generation)}
    have.generations.add(generation)


def _may_change(known: Owner | Header, found: Owner | Header, generation: str, shown: set[str]) -> bool:
    if known.layer == HAND or not _is_news(known, generation):
        return False
    if known.name == found.name:
        # The XML is enough for it.
        return found.layer == XML
    return CODE in shown or LAYERS.index(found.layer) >= LAYERS.index(known.layer)


def _names_of_blocks(catalogue: Catalogue, owner: Owner) -> set[str]:
    """The headers that its blocks have already."""
    return {
        (block.prefix + header.name).lower()
        for block in owner.blocks.values()
        if block.kind in catalogue.snapshots
        for header in catalogue.snapshots[block.kind].headers.values()
    }


def summary(catalogue: Catalogue) -> dict[str, str]:
    """The versions, classes and flags of each item."""
    found = {}
    for owner in catalogue.all():
        title = f"{owner.kind} {owner.name}"
        found[title] = f"{catalogue.span(owner.generations)} {','.join(owner.classes) or '-'}"
        for header in owner.headers.values():
            if header.generations:
                span = catalogue.span(header.generations)
                found[f"{title}: {header.name}"] = f"{span}{' *' if header.required else ''}"
        for block in owner.blocks.values():
            if block.generations:
                found[f"{title}: +{block.kind} {block.prefix}".rstrip()] = catalogue.span(block.generations)
    return found
