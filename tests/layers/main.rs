//! Layers of the crate and the files in them: arrows between layers go down, no circle is between files, and a `mod.rs` only
//! declares. Paths are resolved as the compiler does, through groups, renames, globs and re-exports, in macros and in
//! comments too; code for unit tests alone does not count.

mod arrows;
mod comments;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use arrows::{Arrows, Map, circles};
use source::Files;

/// The layers that each may use, besides itself and [`SHARED`].
const LAYERS: &[(&str, &[&str])] = &[
    ("catalog", &[]),
    ("protocol", &["catalog"]),
    ("typed", &["protocol", "catalog"]),
    ("events", &["protocol"]),
    ("client", &["typed", "events", "protocol", "catalog"]),
    ("gsm", &["client", "events", "protocol"]),
    ("blocking", &["gsm", "client", "typed", "events", "protocol"]),
    ("capi", &["blocking", "gsm", "client", "typed", "events", "protocol", "catalog", "simulator"]),
    ("python", &["blocking", "gsm", "client", "typed", "events", "protocol", "catalog", "simulator"]),
    ("simulator", &[]),
];
/// The layers that all faces stand on.
const CORE: [&str; 5] = ["catalog", "protocol", "client", "gsm", "blocking"];
/// What all may use.
const SHARED: [&str; 3] = ["protocol/error.rs", "lock.rs", "sync.rs"];

fn layer(file: &str) -> &str {
    file.split_once('/').map_or(file.trim_end_matches(".rs"), |(folder, _)| folder)
}

/// Arrows to a layer that the layer of the file may not use.
fn upward(arrows: &Arrows) -> Vec<String> {
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        LAYERS.iter().map(|(layer, below)| (*layer, below.iter().copied().collect())).collect();
    let mut found = Vec::new();
    for (file, uses) in arrows.iter().filter(|(file, _)| *file != "lib.rs") {
        let own = layer(file);
        for used in uses.iter().filter(|used| layer(used) != own && *used != "lib.rs") {
            let is_allowed = match allowed.get(own) {
                Some(below) => below.contains(layer(used)) || SHARED.contains(&used.as_str()),
                // What all may use knows nobody.
                None => false,
            };
            if !is_allowed {
                found.push(format!("{file} uses {used}"));
            }
        }
    }
    found
}

/// Texts of the layers that all faces stand on, which name something of one face: a function of C, a path of Rust, or a
/// language.
fn of_one_face(map: &Map) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let names_one = |text: &str| {
        let words: Vec<&str> = text.split(|c: char| !is_part(c) && c != ':').collect();
        let is_path = |word: &&&str| word.trim_matches(':').contains("::");
        words.iter().any(|word| word.starts_with("ami_"))
            // A path without a blank beside it is no sentence: a target of logs.
            || (text.contains(' ') && words.iter().filter(is_path).any(|path| path.starts_with(char::is_alphabetic)))
            || words.iter().any(|word| ["Rust", "Python"].contains(word))
    };
    map.texts()
        .filter(|(file, _)| CORE.contains(&layer(file)))
        .filter(|(_, text)| names_one(text))
        .map(|(file, text)| format!("{file}: {text:?}"))
        .collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn files() -> Files {
    fn add(folder: &Path, below: &str, files: &mut Files) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = format!("{below}{}", entry.file_name().to_str().expect("UTF-8"));
            if entry.path().is_dir() {
                add(&entry.path(), &format!("{name}/"), files);
            } else if name.ends_with(".rs") {
                files.insert(name, fs::read_to_string(entry.path()).expect("text"));
            }
        }
    }
    let mut files = Files::new();
    add(&root().join("src"), "", &mut files);
    files
}

#[test]
fn layers_arrows_go_down() {
    let found = upward(&Map::of(&files()).arrows(true));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn layers_files_make_no_circle() {
    let arrows = Map::of(&files()).arrows(false);
    let found: Vec<String> = circles(&arrows)
        .iter()
        .map(|circle| {
            let within =
                |file: &String| arrows[file].iter().filter(|used| circle.contains(used)).cloned().collect::<Vec<_>>();
            let each = circle.iter().map(|file| format!("  {file} uses {}\n", within(file).join(", ")));
            format!("a circle:\n{}", each.collect::<String>())
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn layers_module_roots_only_declare() {
    let found = Map::of(&files()).roots_that_define();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn layers_locks_have_one_rule_for_poison() {
    let own = |(file, text): &(&String, &String)| *file != "lock.rs" && text.contains("PoisonError");
    let found: Vec<String> = files().iter().filter(own).map(|(file, _)| file.clone()).collect();
    assert!(found.is_empty(), "only lock.rs says what a poisoned lock means, not {}", found.join(", "));
}

/// A crate of these files, with a client above a protocol, and a file of the protocol that is under test.
fn sample(text: &str) -> Map {
    let files = [
        (
            "lib.rs",
            "pub mod client; pub mod protocol; mod gsm; pub use client::Client; pub use client::Config as Settings;",
        ),
        ("client/mod.rs", "mod config; mod core; pub use config::Config; pub use core::Client;"),
        ("client/config.rs", "pub struct Config;"),
        (
            "client/core.rs",
            "use crate::protocol::low::Low; pub struct Client(Low); impl Client { pub fn dial(&self) {} }",
        ),
        ("gsm.rs", "use crate::Client; impl Client { pub fn send_text(&self) {} }"),
        ("protocol/mod.rs", "pub mod low; pub mod tested; mod other; pub use other::*;"),
        ("protocol/low.rs", "pub struct Low;"),
        ("protocol/other.rs", "use super::tested::Tested; pub fn helper() {}"),
        ("protocol/tested.rs", text),
    ];
    Map::of(&files.map(|(file, text)| (file.to_owned(), text.to_owned())).into())
}

#[test]
fn layers_every_form_of_a_path_up_is_found() {
    for text in [
        "use crate::client::Client;",
        "use crate::{client::Client, gsm};",
        "use crate::{protocol::low::Low, client::{self, Config}}; fn f() -> Config { client::Config }",
        "use crate::Client;",
        "use crate::{Client as C};",
        "use crate::Settings;",
        "use super::super::client::Client;",
        "use super::super::{client as c}; fn f(_: c::Client) {}",
        "use crate::client; fn f(_: client::Client) {}",
        "use crate::client::*; fn f(_: Client) {}",
        "use crate::*; fn f(_: &Client) {}",
        "fn f(_: &crate::client::Client) {}",
        "fn f() { use crate::client::Client; }",
        "fn f() { println!(\"{}\", crate::client::Client::NAME); }",
        "fn f() { let _ = [vec![super::super::Client]]; }",
        "/// As [`crate::client::Client`] does.\nfn f() {}",
        "/// As [a client](crate::Client) does.\nfn f() {}",
        "//! See [`crate::client::Config`].",
        "mod inner { use super::super::super::client::Config; }",
        "impl X { fn f() { let _: crate::Client; } }",
        "use crate::client::Client; fn f(x: Client) { x.send_text() }",
    ] {
        let found = upward(&sample(text).arrows(true));
        let is_noticed = found.iter().any(|arrow| arrow.starts_with("protocol/tested.rs uses client/"))
            || found.iter().any(|arrow| arrow == "protocol/tested.rs uses gsm.rs");
        assert!(is_noticed, "{text}: {found:?}");
    }
}

#[test]
fn layers_what_goes_down_or_is_for_tests_is_let_be() {
    for text in [
        "use super::low::Low;",
        "use crate::protocol::low; fn f(_: low::Low) {}",
        "#[cfg(test)] mod tests { use crate::Client; }",
        "#[cfg(all(test, not(ami_loom)))] mod tests { use crate::Client; }",
        "#[cfg(test)] use crate::client::Client;",
        "struct X; impl X { #[cfg(test)] fn f(_: crate::Client) {} }",
        "// crate::client::Client\nfn f() { let client = 1; let _ = \"crate::client::Client\"; }",
        "fn f(x: X) { x.dial() }",
    ] {
        assert_eq!(upward(&sample(text).arrows(true)), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn layers_circles_between_files_are_found() {
    for text in [
        "pub struct Tested; use super::other::helper;",
        "pub struct Tested; use super::helper;",
        "pub struct Tested; use super::*; fn f() { helper() }",
        "pub struct Tested; use crate::protocol; fn f() { protocol::helper() }",
        "pub struct Tested; fn f() { super::helper() }",
    ] {
        let found = circles(&sample(text).arrows(false));
        assert_eq!(found, [["protocol/other.rs", "protocol/tested.rs"].map(str::to_owned).to_vec()], "{text}");
    }
    assert!(circles(&sample("pub struct Tested;").arrows(false)).is_empty());
}

#[test]
fn layers_roots_that_define_are_found() {
    for text in ["pub struct X;", "fn f() {}", "impl X {}", "const X: u8 = 1;", "m!();", "mod inner { fn f() {} }"] {
        let files = [("lib.rs", "mod one;"), ("one/mod.rs", text)];
        let map = Map::of(&files.map(|(file, text)| (file.to_owned(), text.to_owned())).into());
        assert!(map.roots_that_define().iter().any(|found| found.starts_with("one/mod.rs defines")), "{text}");
    }
    let files = [
        ("lib.rs", "//! Text.\nmod one;\npub use one::X;"),
        ("one/mod.rs", "mod two; pub use two::X;"),
        ("one/two.rs", "pub struct X;"),
    ];
    let map = Map::of(&files.map(|(file, text)| (file.to_owned(), text.to_owned())).into());
    assert!(map.roots_that_define().is_empty());
}

#[test]
fn layers_texts_of_the_core_name_no_face() {
    let found = of_one_face(&Map::of(&files()));
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn layers_texts_that_name_a_face_are_found() {
    for text in [
        r#"fn f() -> &'static str { "set it with ami_config_set_tls" }"#,
        r#"const X: &str = "use ami_config_set_tls, \
            tls elsewhere";"#,
        r#"fn f() { let _ = format!("see (ami_config_set_tls), {}", 1); }"#,
        r#"fn f() { g("see Config::action_queue"); }"#,
        r#"fn f() { g("tls in Rust"); }"#,
    ] {
        assert_eq!(of_one_face(&sample(text)).len(), 1, "{text}");
    }
    for text in [
        "/// Set it with ami_config_set_tls.\nfn f() {}",
        r#"fn f() { g!(target: "ami::client", "{}: closed"); }"#,
        r#"fn f() { g("an ami-prefix: and a :: for itself"); }"#,
        r#"#[cfg(test)] mod tests { fn f() { g("ami_config_new"); } }"#,
    ] {
        assert_eq!(of_one_face(&sample(text)), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn comments_open_with_their_subject() {
    let (count, found) = comments::riddles(&files());
    // Now and then there is no better one.
    assert!(
        30 * found.len() <= count,
        "{} of {count} comments, and not one in thirty:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn comments_that_open_with_a_riddle_are_found() {
    let sample = |text: &str| comments::riddles(&[("one.rs".to_owned(), text.to_owned())].into());
    for text in [
        "//! What it is.",
        "/// Whether it is so.\nfn f() {}",
        "struct X {\n    /// How it is.\n    x: u8,\n}",
        "enum X {\n    /// So many.\n    A,\n}",
        "impl X {\n    /// Who it is.\n    /// More.\n    fn f() {}\n}",
        "mod inner {\n    /// One of them.\n    pub struct X;\n}",
    ] {
        let (count, found) = sample(text);
        assert_eq!((count, found.len()), (1, 1), "{text}: {found:?}");
    }
    let (count, found) = sample("/// Tells whether it is so.\n/// What else.\nfn f() {\n    // What is this?\n}");
    assert_eq!((count, found), (1, Vec::new()));
}

#[test]
fn layers_protocol_alone_needs_no_tokio_and_no_tls() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--no-default-features", "--edges", "normal", "--prefix", "none", "--format", "{lib}"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let text = String::from_utf8(tree.stdout).expect("text");
    let libraries: BTreeSet<&str> = text.split_whitespace().collect();
    assert!(libraries.contains("memchr"), "{text}");
    assert!(!libraries.contains("tokio") && !libraries.contains("rustls"), "{text}");
}

#[test]
fn layers_manifest_sets_no_crate_type() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("a manifest");
    assert!(!manifest.contains("crate-type ="), "each face is built with the crate type that it needs");
}
