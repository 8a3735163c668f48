//! Names: those of tests begin with the feature, and the documents name only tests and files that exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const PAGES: [&str; 3] = ["README.md", "SECURITY.md", "docs"];
/// Folders whose files the documents name by their path from the root.
const FOLDERS: [&str; 7] = ["benches/", "docs/", "examples/", "fuzz/", "include/", "src/", "tests/"];
/// The folders of `src`, which documents name without it.
const LAYERS: [&str; 10] =
    ["blocking/", "capi/", "catalog/", "client/", "events/", "gsm/", "protocol/", "python/", "simulator/", "typed/"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder, or the file itself.
fn files_below(path: &Path, ends: &[&str], found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).expect("a folder") {
            files_below(&entry.expect("an entry").path(), ends, found);
        }
    } else if ends.iter().any(|end| path.extension().is_some_and(|have| have == *end)) {
        found.push(path.to_owned());
    }
}

fn files(paths: &[&str], ends: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in paths {
        files_below(&root().join(path), ends, &mut found);
    }
    found
}

fn is_name(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The name that a line defines: a function of Rust, C or Python, or a test that one of Rust's macros makes.
fn defined(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("async ").unwrap_or(line);
    let (name, rest) = ["fn ", "def ", "static void "]
        .iter()
        .find_map(|begin| line.strip_prefix(begin))
        .and_then(|rest| rest.split_once('('))
        .or_else(|| line.strip_suffix(',').and_then(|line| line.split_once(": ")))?;
    let is_macro_test = !line.contains('(') && rest.starts_with(|first: char| first.is_ascii_uppercase());
    (is_name(name) && (line.contains('(') || is_macro_test)).then_some(name)
}

fn tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files(&["tests", "src", "fuzz/src"], &["rs", "c", "py"]) {
        let text = std::fs::read_to_string(file).expect("text");
        names.extend(text.lines().filter_map(defined).map(str::to_owned));
    }
    names
}

/// The words between backquotes, with a note if they are in the second column of a table, which names tests.
fn quoted(line: &str) -> impl Iterator<Item = (&str, bool)> {
    let is_row = line.starts_with('|');
    line.split('`').enumerate().skip(1).step_by(2).map(move |(at, word)| {
        let before: usize = line.split('`').take(at).map(|piece| piece.len() + 1).sum();
        let column = line[..before].matches('|').count();
        (word, is_row && column == 2)
    })
}

/// The tests and files that a page names and that are not there.
fn missing(page: &str, text: &str, tests: &BTreeSet<String>) -> Vec<String> {
    let mut missing = Vec::new();
    for line in text.lines() {
        for (word, is_in_test_column) in quoted(line) {
            let underscores = word.matches('_').count();
            // No other name of the project is as long as that of a test, but for functions of C.
            let is_long = underscores >= 4 && !word.starts_with("ami_");
            let names_a_test = is_long || (page.ends_with("reliability.md") && is_in_test_column && underscores >= 1);
            let is_plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte));
            let begins_with = |folders: &[&str]| is_plain && folders.iter().any(|folder| word.starts_with(folder));
            let is_gone = begins_with(&FOLDERS) && !root().join(word).exists()
                || begins_with(&LAYERS) && !root().join("src").join(word).exists() && !root().join(word).exists();
            if is_gone || is_name(word) && names_a_test && !tests.contains(word) {
                missing.push(format!("{page}: {word}"));
            }
        }
    }
    missing
}

/// The words that a feature's name does not begin with.
const VAGUE: [&str; 15] = [
    "a", "all", "an", "any", "each", "every", "how", "it", "no", "of", "the", "what", "whatever", "whoever", "without",
];

/// The test that a line of a C suite runs.
fn run(line: &str) -> Option<&str> {
    line.trim_start().strip_prefix("RUN(")?.split(')').next().filter(|name| is_name(name))
}

/// The test that a line of Python defines.
fn python_test(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("def test_")?.split('(').next()?;
    Some(name).filter(|name| is_name(name))
}

/// The names of tests in a text of Rust, C or Python that do not begin with their feature.
fn vague(text: &str) -> Vec<&str> {
    let is_test =
        |line: &str| line.trim_start().starts_with("#[test]") || line.trim_start().starts_with("#[tokio::test");
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.iter().enumerate().filter(|(_, line)| is_test(line));
    let names = tests.filter_map(|(at, _)| lines[at + 1..].iter().find_map(|line| defined(line)));
    let names = names.chain(text.lines().filter_map(run)).chain(text.lines().filter_map(python_test));
    names.filter(|name| VAGUE.contains(&name.split('_').next().unwrap_or_default())).collect()
}

#[test]
fn test_names_begin_with_their_feature() {
    let mut wrong = Vec::new();
    for file in files(&["src", "tests"], &["rs", "c", "py"]) {
        let text = std::fs::read_to_string(&file).expect("text");
        wrong.extend(vague(&text).into_iter().map(|name| format!("{}: {name}", file.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn test_names_without_a_feature_are_found() {
    let text = "#[test]\nfn the_parser_works() {\n#[tokio::test(flavor = \"x\")]\n    async fn what_is_lost() {\n#[test]\nfn parser_works() {\n";
    assert_eq!(vague(text), ["the_parser_works", "what_is_lost"]);
    let text = "static void a_helper(void) {\n    RUN(a_wrong_secret);\n        RUN(login_works);\n#define RUN(test)\n";
    assert_eq!(vague(text), ["a_wrong_secret"]);
    let text =
        "def test_the_loop_goes_on() -> None:\nasync def test_a_task() -> None:\ndef test_login(x: int) -> None:\n";
    assert_eq!(vague(text), ["the_loop_goes_on", "a_task"]);
}

#[test]
fn docs_name_tests_and_files_that_exist() {
    let tests = tests();
    let mut named = 0;
    let mut wrong = Vec::new();
    for page in files(&PAGES, &["md"]) {
        let text = std::fs::read_to_string(&page).expect("text");
        named += text.lines().flat_map(quoted).filter(|(word, _)| tests.contains(*word)).count();
        wrong.extend(missing(&page.display().to_string(), &text, &tests));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(named > 150, "only {named} tests were found in the documents");
}

#[test]
fn docs_with_wrong_names_are_found() {
    let tests = BTreeSet::from(["parser_reads_each_line_once".to_owned(), "login_works".to_owned()]);
    let page = "| a promise | `login_works` |\n| another one | `tests/names.rs`, `login_workz` |\n\
                `parser_reads_each_line_twice`, `parser_reads_each_line_once`, `ami_config_set_tls_ca_file`, `tests/none.rs`\n\
                `tests/{one,two}.rs`, `port_rest` | `not_a_test`\n";
    let found = missing("reliability.md", page, &tests);
    let expected = ["login_workz", "parser_reads_each_line_twice", "tests/none.rs"];
    assert_eq!(found, expected.map(|word| format!("reliability.md: {word}")));
    assert_eq!(missing("parser.md", page, &tests).len(), 2, "only one page has a column of tests");
}

#[test]
fn test_definitions_are_found_in_every_language() {
    for (line, name) in [
        ("    async fn parser_works() {", Some("parser_works")),
        ("def test_it(server: Server) -> None:", Some("test_it")),
        ("static void close_works(void) {", Some("close_works")),
        ("    allo_by_pdu: Allo {},", Some("allo_by_pdu")),
        ("    Setting::of(model),", None),
        ("    texts_by_pdu: Pdu,", Some("texts_by_pdu")),
        ("    RUN(close_works);", None),
        ("    // fn close_works()", None),
    ] {
        assert_eq!(defined(line), name, "{line}");
    }
}
