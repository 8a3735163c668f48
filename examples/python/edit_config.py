"""Sets a variable in a category of a configuration file, and shows that category:

edit_config.py HOST PORT USER SECRET FILE CATEGORY NAME VALUE
"""

import sys

import libami


# [read]
def variables(client: libami.Client, file: str, category: str) -> list[tuple[str, str]] | None:
    """The names and values of the first category of this name, in order; None if there is none."""
    number = None
    found = []
    for header, value in client.actions.get_config(filename=file).multi_items():
        kind, _, place = header.partition("-")
        if kind == "Category" and number is None and value == category:
            number = place
        elif kind == "Line" and place.partition("-")[0] == number:
            name, _, text = value.partition("=")
            found.append((name, text))
    return None if number is None else found
    # [/read]


# [write]
def set_variable(client: libami.Client, file: str, category: str, name: str, value: str) -> None:
    """Set a variable by one UpdateConfig, which the server carries out as a whole or not at all."""
    try:
        known = variables(client, file, category)
    except libami.NotFoundError:
        client.actions.create_config(filename=file)
        known = None
    edits = []
    if known is None:
        edits.append({"Action": "NewCat", "Cat": category})
    has_it = known is not None and name in dict(known)
    edits.append({"Action": "Update" if has_it else "Append", "Cat": category, "Var": name, "Value": value})
    # The headers of an edit have its number. It counts from 0; at a hole the server stops, and says nothing.
    headers = {
        f"{header}-{number:06}": text for number, edit in enumerate(edits) for header, text in edit.items()
    }
    client.actions.update_config(src_filename=file, dst_filename=file, headers=headers)
    # [/write]


def main() -> int:
    if len(sys.argv) != 9 or not sys.argv[2].isdecimal():
        print(__doc__, file=sys.stderr)
        return 2
    host, port, user, secret, file, category, name, value = sys.argv[1:]
    try:
        with libami.connect(host, int(port), username=user, secret=secret) as client:
            set_variable(client, file, category, name, value)
            for known, text in variables(client, file, category) or []:
                print(f"{known}={text}")
    except libami.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
