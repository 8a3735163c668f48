//! The header, the list of symbols and the documentation of the C ABI agree with the source. Exports of the library are compared
//! in tests/capi, and the contract with that of each release in tests/released.py.

use std::collections::BTreeSet;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn generated(config: &str, source: &str, excluded: impl IntoIterator<Item = String>) -> String {
    let mut config = cbindgen::Config::from_file(root().join(config)).expect("the configuration is right");
    config.export.exclude.extend(excluded);
    let builder = cbindgen::Builder::new().with_config(config).with_src(root().join(source));
    let mut header = Vec::new();
    builder.generate().expect("the header can be generated").write(&mut header);
    String::from_utf8(header).expect("the header is text")
}

fn check_header(path: &str, header: &str) {
    if std::env::var_os("AMI_WRITE_HEADER").is_some() {
        std::fs::write(root().join(path), header).expect("the header can be written");
    }
    let difference = first_difference(&read(path), header);
    assert!(
        difference.is_none(),
        "{path} is stale; AMI_WRITE_HEADER=1 cargo test --test abi writes it: {difference:?}"
    );
}

#[test]
fn the_headers_are_the_generated_ones() {
    let simulator = generated("cbindgen_simulator.toml", "src/capi/simulator.rs", []);
    // What the simulator has is promised nowhere.
    let header = generated("cbindgen.toml", "src/capi/mod.rs", declared(&simulator));
    check_header("include/ami_simulator.h", &simulator);
    check_header("include/ami.h", &header);
    assert!(declared(&simulator).iter().all(|name| name.starts_with("ami_simulator_")));
}

fn first_difference(a: &str, b: &str) -> Option<String> {
    if a == b {
        return None;
    }
    let line = a.lines().zip(b.lines()).position(|(a, b)| a != b).unwrap_or(a.lines().count().min(b.lines().count()));
    Some(format!("line {}: {:?} / {:?}", line + 1, a.lines().nth(line), b.lines().nth(line)))
}

#[test]
fn a_changed_header_is_noticed() {
    assert!(first_difference("int a;\nint b;\n", "int a;\nint c;\n").is_some());
    assert!(first_difference("int a;\n", "int a;\nint b;\n").is_some());
}

/// Names of functions, and names with values of constants, as the header declares them.
fn declared(header: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in header.lines().filter(|line| !line.starts_with("//") && !line.starts_with(" *")) {
        if let Some(define) = line.strip_prefix("#define AMI_") {
            let (name, value) = define.split_once(' ').unwrap_or((define, ""));
            if !value.is_empty() && !name.starts_with("VERSION") {
                names.insert(format!("AMI_{name}={value}"));
            }
        } else if let Some(end) = line.find('(') {
            let name = line[..end].rsplit([' ', '*']).next().unwrap_or_default();
            if name.starts_with("ami_") && !line.starts_with("typedef") {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

#[test]
fn nothing_is_declared_twice() {
    let header = read("include/ami.h");
    let doubled: Vec<_> = declared(&header)
        .into_iter()
        .filter(|name| !name.contains('=') && header.lines().filter(|line| declared(line).contains(name)).count() > 1)
        .collect();
    assert!(doubled.is_empty(), "{doubled:?}");
}

/// The symbols of the list, each with the version that it came in.
fn listed(list: &str) -> Vec<(String, String)> {
    list.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').expect("a line is a symbol and a version"))
        .map(|(symbol, version)| (symbol.to_owned(), version.to_owned()))
        .collect()
}

#[test]
fn the_list_of_symbols_is_the_headers() {
    let listed: BTreeSet<_> = listed(&read("include/symbols.txt")).into_iter().map(|(symbol, _)| symbol).collect();
    let declared = declared(&read("include/ami.h"));
    let missing: Vec<_> = declared.difference(&listed).collect();
    let surplus: Vec<_> = listed.difference(&declared).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "not in symbols.txt: {missing:?}; not in ami.h: {surplus:?}");
}

/// The functions whose comment lacks one of the promises that every function states.
fn undocumented(header: &str) -> Vec<String> {
    let mut comment = String::new();
    let mut lacking = Vec::new();
    for line in header.lines() {
        if let Some(text) = line.strip_prefix("//") {
            comment.push_str(text);
            comment.push('\n');
            continue;
        }
        for symbol in declared(line).into_iter().filter(|symbol| symbol.starts_with("ami_")) {
            let tags = ["Ownership:", "Threads:", "Errors:", "Since:"];
            let missing: Vec<_> = tags.into_iter().filter(|tag| !comment.contains(tag)).collect();
            if !missing.is_empty() {
                lacking.push(format!("{symbol} lacks {missing:?}"));
            }
        }
        comment.clear();
    }
    lacking
}

#[test]
fn every_function_is_documented() {
    for header in ["include/ami.h", "include/ami_simulator.h"] {
        let lacking = undocumented(&read(header));
        assert!(lacking.is_empty(), "{header}: {lacking:#?}");
    }
}

#[test]
fn a_function_without_a_promise_is_noticed() {
    assert_eq!(undocumented("// Does it.\n// Threads: any.\nvoid ami_do(void);\n").len(), 1);
    assert!(undocumented("// Ownership: a\n// Threads: b\n// Errors: c\n// Since: d\nint ami_do(int a);\n").is_empty());
}

#[test]
fn the_versions_agree() {
    let header = read("include/ami.h");
    let part = |name: &str| {
        let define = format!("#define AMI_VERSION_{name} ");
        let line = header.lines().find_map(|line| line.strip_prefix(define.as_str())).expect("the part is defined");
        line.trim().to_owned()
    };
    assert_eq!([part("MAJOR"), part("MINOR"), part("PATCH")].join("."), env!("CARGO_PKG_VERSION"));
}
