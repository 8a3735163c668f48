# Makes the linker's version script of symbols.txt: a node for each release, which inherits the release before it. A program
# that uses a function of 0.2 then needs the node LIBAMI_0.2, and a library of 0.1 is refused when the program starts.

/^#/ || /=/ || NF == 0 { next }

# Names that the first node does not list are local, but for those of later nodes.
function close_node() {
    if (current != "") print (before == "" ? "local: *;\n};" : "} " before ";")
}

{
    split($2, part, ".")
    node = "LIBAMI_" part[1] "." part[2]
    if (node != current) {
        close_node()
        before = current
        current = node
        print node " {\nglobal:"
    }
    print "    " $1 ";"
}

END { close_node() }
