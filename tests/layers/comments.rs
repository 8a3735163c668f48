//! How documentation comments open: with their subject.

use syn::visit_mut::VisitMut;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

use super::source::Files;

/// A comment that opens with one of these makes a riddle of its subject.
const RIDDLES: [&str; 6] = ["What", "Whether", "How", "Who", "One", "So"];

/// The first lines of the documentation comments of a file.
struct Openings(Vec<String>);

impl VisitMut for Openings {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        self.0.extend(attributes.iter().find_map(text));
    }
}

fn text(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    }
}

/// The number of documentation comments, and those among them that open with a riddle.
pub fn riddles(files: &Files) -> (usize, Vec<String>) {
    let (mut count, mut found) = (0, Vec::new());
    for (file, text) in files {
        let mut openings = Openings(Vec::new());
        openings.visit_file_mut(&mut syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}")));
        count += openings.0.len();
        let first = |line: &str| line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned();
        let is_riddle = |line: &&String| RIDDLES.contains(&first(line).as_str());
        found.extend(openings.0.iter().filter(is_riddle).map(|line| format!("{file}: {line}")));
    }
    (count, found)
}
