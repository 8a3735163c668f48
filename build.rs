//! Makes tables and typed code of src/catalog/asterisk.txt, whose head tells the form of its lines.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

const CATALOGUE: &str = "src/catalog/asterisk.txt";

fn main() {
    println!("cargo::rerun-if-changed={CATALOGUE}");
    println!("cargo::rerun-if-changed=build.rs");
    let text = fs::read_to_string(CATALOGUE).expect("the catalogue is there");
    let catalogue = Catalogue::read(&text);
    let out = env::var_os("OUT_DIR").expect("cargo names the folder");
    let write = |name: &str, text: String| fs::write(Path::new(&out).join(name), text).expect("the folder is writable");
    write("facts.rs", facts(&catalogue));
    write("tables.rs", tables(&catalogue));
    write("actions.rs", actions(&catalogue));
    write("events.rs", events(&catalogue));
    write("blocks.rs", blocks(&catalogue));
    write("values.rs", values(&catalogue));
}

// --------------------------------------------------------------------------------------------------------------------
// The catalogue

#[derive(Default)]
struct Header<'a> {
    name: &'a str,
    required: bool,
    repeats: bool,
    kind: &'a str,
    values: Vec<&'a str>,
}

#[derive(Default)]
struct Owner<'a> {
    kind: &'a str,
    name: &'a str,
    span: &'a str,
    classes: Vec<&'a str>,
    headers: Vec<Header<'a>>,
    blocks: Vec<(&'a str, &'a str)>,
    facts: Vec<(&'a str, Vec<&'a str>)>,
}

impl Owner<'_> {
    fn fact(&self, name: &str) -> Option<&[&str]> {
        self.facts.iter().find(|(have, _)| *have == name).map(|(_, values)| values.as_slice())
    }
}

#[derive(Default)]
struct Catalogue<'a> {
    generations: Vec<&'a str>,
    words: HashMap<&'a str, &'a str>,
    types: HashMap<String, &'a str>,
    owners: Vec<Owner<'a>>,
}

impl<'a> Catalogue<'a> {
    fn read(text: &'a str) -> Catalogue<'a> {
        let mut found = Catalogue::default();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let fields: Vec<&str> = line.split('\t').skip(1).collect();
            match fields[..] {
                ["generation", generation, ..] => found.generations.push(generation),
                ["words", name, words] => drop(found.words.insert(name, words)),
                ["type", name, kind] => drop(found.types.insert(name.to_ascii_lowercase(), kind)),
                ["", name, ..] => {
                    let owner = found.owners.last_mut().expect("a header belongs to something");
                    if let Some(fact) = name.strip_prefix('.') {
                        owner.facts.push((fact, fields[2..].to_vec()));
                    } else if let Some(block) = name.strip_prefix('+') {
                        let prefix = fields[2..].iter().find(|field| !is_span(field));
                        owner.blocks.push((block, prefix.copied().unwrap_or_default()));
                    } else if !fields[2..].contains(&"-") {
                        owner.headers.push(header(name, &fields[2..]));
                    }
                }
                [kind, name, span, ref rest @ ..] => {
                    let classes = rest.first().filter(|classes| **classes != "-");
                    let classes = classes.map(|classes| classes.split(',').collect()).unwrap_or_default();
                    found.owners.push(Owner { kind, name, span, classes, ..Owner::default() });
                }
                _ => panic!("{CATALOGUE}: {line}"),
            }
        }
        found.owners.retain(|owner| owner.fact("untrue").is_none());
        for owner in &mut found.owners {
            for header in &mut owner.headers {
                if header.kind.is_empty() {
                    header.kind = found.types.get(&header.name.to_ascii_lowercase()).copied().unwrap_or_default();
                }
                if header.kind.is_empty() {
                    header.kind = kind_by_values(&header.values);
                }
            }
        }
        found
    }

    fn of<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Owner<'a>> {
        self.owners.iter().filter(move |owner| owner.kind == kind)
    }

    fn snake(&self, name: &str) -> String {
        let words =
            self.words.get(name).map_or_else(|| words(name).join("_").to_lowercase(), |words| (*words).to_owned());
        if KEYWORDS.contains(&words.as_str()) { words + "_" } else { words }
    }

    /// The first generation of a span, and the last if it is not the newest.
    fn span(&self, span: &str) -> (usize, Option<usize>) {
        let at = |wanted: &str| self.generations.iter().position(|each| *each == wanted).expect("a known generation");
        let (first, last) = span.split_once('-').unwrap_or((span, span));
        (at(first), (!last.is_empty()).then(|| at(last)))
    }
}

fn is_span(field: &str) -> bool {
    field.contains('-')
        && field.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-')
        && field != "-"
}

fn header<'a>(name: &'a str, fields: &[&'a str]) -> Header<'a> {
    let mut header = Header { name, ..Header::default() };
    for &field in fields {
        match field {
            "*" => header.required = true,
            "+" => header.repeats = true,
            _ if is_span(field) => (),
            _ if field.starts_with('=') => header.values = field[1..].split('|').collect(),
            _ => header.kind = field,
        }
    }
    header
}

/// Pairs of values that mean yes and no.
const FLAGS: [[&str; 2]; 5] = [["yes", "no"], ["true", "false"], ["on", "off"], ["1", "0"], ["enabled", "disabled"]];

fn kind_by_values(values: &[&str]) -> &'static str {
    if values.is_empty() {
        return "text";
    }
    if FLAGS.iter().any(|pair| values.iter().all(|value| pair.iter().any(|word| word.eq_ignore_ascii_case(value)))) {
        return "bool";
    }
    if values.iter().all(|value| value.bytes().all(|byte| byte.is_ascii_digit())) { "int" } else { "enum" }
}

// --------------------------------------------------------------------------------------------------------------------
// Names

/// Words of Rust and of Python that are no names, and names that all types have.
const KEYWORDS: [&str; 57] = [
    "and", "as", "async", "await", "break", "class", "clone", "const", "continue", "crate", "def", "del", "dyn",
    "else", "enum", "except", "extern", "fn", "for", "from", "global", "if", "impl", "import", "in", "is", "lambda",
    "let", "loop", "match", "mod", "move", "mut", "new", "none", "nonlocal", "not", "or", "pass", "pub", "raise",
    "raw", "ref", "return", "self", "static", "struct", "super", "trait", "try", "type", "unsafe", "use", "where",
    "while", "with", "yield",
];

/// The words of a name by its capitals: a run of capitals is one word, but for its last one before a small letter.
fn words(name: &str) -> Vec<&str> {
    let bytes = name.as_bytes();
    let is_upper = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_uppercase);
    let is_lower = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_lowercase);
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        while is_upper(at) {
            at += 1;
        }
        if at - start > 1 && is_lower(at) {
            at -= 1;
        } else {
            while is_lower(at) {
                at += 1;
            }
            while is_digit(at) {
                at += 1;
            }
        }
        if at == start {
            at += 1;
        } else {
            found.push(&name[start..at]);
        }
    }
    found
}

fn pascal(text: &str) -> String {
    let mut found = String::new();
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let is_one_case = !word.bytes().any(|byte| byte.is_ascii_lowercase());
        found.push(word.as_bytes()[0].to_ascii_uppercase() as char);
        found += &if is_one_case { word[1..].to_lowercase() } else { word[1..].to_owned() };
    }
    if found.starts_with(|c: char| c.is_ascii_digit()) { format!("V{found}") } else { found }
}

/// The name of a type: that of the action or event, without blanks and dashes.
fn type_name(name: &str) -> String {
    let mut found: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    found[..1].make_ascii_uppercase();
    found
}

// --------------------------------------------------------------------------------------------------------------------
// Facts of the session

fn facts(catalogue: &Catalogue) -> String {
    let mut out = String::from("const ACTIONS: &[ActionFacts] = &[\n");
    for owner in catalogue.of("action") {
        let mut fields = String::new();
        for (fact, values) in &owner.facts {
            let first = values.first().copied().unwrap_or_default();
            match *fact {
                "list" => write!(fields, "closing: Some({first:?}), "),
                "only-entry" => write!(fields, "only_entry: Some({first:?}), "),
                "answer-event" => write!(fields, "answer_event: Some({first:?}), "),
                "reply-without-id" => write!(fields, "reply_without_id: Some({first:?}), "),
                "gathers" if first == "*" => write!(fields, "gathers: Gathers::Everything, "),
                "gathers" => write!(fields, "gathers: Gathers::Named({first:?}), "),
                "two-responses" => write!(fields, "first_words: Some(FIRST_WORDS), "),
                "no-response" => write!(fields, "is_never_answered: true, "),
                "may-be-silent" => write!(fields, "may_be_silent: true, "),
                "one-event" | "later" | "free" => Ok(()),
                _ => panic!("{CATALOGUE}: {}: the fact {fact} is unknown", owner.name),
            }
            .expect("a String takes all");
        }
        if !fields.is_empty() {
            writeln!(out, "    ActionFacts {{ name: {:?}, {fields}..PLAIN }},", owner.name)
                .expect("a String takes all");
        }
    }
    out + "];\n"
}

// --------------------------------------------------------------------------------------------------------------------
// Tables

/// Texts one behind the other, each once and with a NUL behind it.
#[derive(Default)]
struct Pool {
    text: String,
    places: HashMap<String, usize>,
}

impl Pool {
    fn place(&mut self, text: &str) -> usize {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.text.len();
        self.text += text;
        self.text.push('\0');
        self.places.insert(text.to_owned(), place);
        place
    }
}

fn tables(catalogue: &Catalogue) -> String {
    let mut pool = Pool::default();
    let nothing = pool.place("");
    let mut out = String::new();
    let mut headers = String::new();
    let mut count = 0;
    for (kind, table) in [("action", "ACTIONS"), ("event", "EVENTS")] {
        let mut owners: Vec<&Owner> = catalogue.of(kind).collect();
        owners.sort_by_key(|owner| owner.name.to_ascii_lowercase());
        let mut rows = String::new();
        for owner in &owners {
            let (name, classes) = (pool.place(owner.name), pool.place(&owner.classes.join(",")));
            let (first, last) = catalogue.span(owner.span);
            let since = pool.place(catalogue.generations[first]);
            let until = last.map_or(nothing, |last| pool.place(catalogue.generations[last]));
            let end = owner.fact("list").map_or(nothing, |list| pool.place(list[0]));
            let from = count;
            for (header, required) in headers_of(catalogue, owner) {
                let place = pool.place(&header);
                assert!(place < 0x8000, "the highest bit says that a header is required");
                write!(headers, "{}, ", place | if required { 0x8000 } else { 0 }).expect("a String takes all");
                count += 1;
            }
            writeln!(rows, "    Row {{ name: {name}, since: {since}, until: {until}, classes: {classes}, end: {end}, headers: ({from}, {count}) }},")
                .expect("a String takes all");
        }
        write!(out, "static {table}: [Row; {}] = [\n{rows}];\n", owners.len()).expect("a String takes all");
    }
    assert!(count < 0x10000 && pool.text.len() < 0x10000, "places are 16 bits");
    write!(
        out,
        "static HEADERS: [u16; {count}] = [{headers}];\nstatic POOL: &str = {};\n",
        format!("{:?}", pool.text).replace("\\0", "\\x00")
    )
    .expect("a String takes all");
    out
}

/// The headers of an action or an event, and if each is required.
fn headers_of(catalogue: &Catalogue, owner: &Owner) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for (name, prefix) in &owner.blocks {
        let block = catalogue.of("block").find(|block| block.name == *name).expect("a known block");
        found.extend(block.headers.iter().map(|header| (format!("{prefix}{}", header.name), false)));
    }
    found.extend(owner.headers.iter().map(|header| (header.name.to_owned(), header.required)));
    found
}

// --------------------------------------------------------------------------------------------------------------------
// Typed code

fn since(catalogue: &Catalogue, owner: &Owner) -> String {
    let (first, last) = catalogue.span(owner.span);
    let first = catalogue.generations[first];
    match last {
        Some(last) if catalogue.generations[last] == first => format!("Asterisk {first} alone has it"),
        Some(last) => format!("Asterisk {first} to {} have it", catalogue.generations[last]),
        None => format!("Asterisk has it since {first}"),
    }
}

fn actions(catalogue: &Catalogue) -> String {
    let mut out = String::new();
    for owner in catalogue.of("action") {
        action(&mut out, catalogue, owner);
    }
    out
}

fn action(out: &mut String, catalogue: &Catalogue, owner: &Owner) {
    let name = type_name(owner.name);
    let classes = match owner.classes[..] {
        [] => "needs no class".to_owned(),
        [class] => format!("needs the class `{class}`"),
        ref classes => format!("needs one of the classes `{}`", classes.join("`, `")),
    };
    let list = owner
        .fact("list")
        .map_or(String::new(), |list| format!(" Its answer may be a list, which ends with `{}`.", list[0]));
    let required: Vec<&str> = owner.headers.iter().filter(|header| header.required).map(|header| header.name).collect();
    let first = owner.headers.iter().find(|header| header.required);
    let w = |out: &mut String, text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    w(out, format!("/// The action `{}`. {}; it {classes}.{list}", owner.name, since(catalogue, owner)));
    w(
        out,
        format!(
            "#[derive(Clone, Debug)]\n#[must_use]\npub struct {name}(Request);\n\ncommon!({name});\n\nimpl {name} {{"
        ),
    );
    let (docs, parameter, set) = match first {
        Some(header) => {
            let (argument, set) = setter(catalogue, header);
            (format!("Begins the action with `{}`", header.name), argument, set)
        }
        None => ("Begins the action".to_owned(), String::new(), String::new()),
    };
    let more = match required.get(1..) {
        Some([]) | None => String::new(),
        Some(more) => format!(", which also needs `{}`", more.join("`, `")),
    };
    let default = if first.is_none() { "\n    #[allow(clippy::new_without_default)]" } else { "" };
    w(out, format!("    /// {docs}{more}.{default}\n    pub fn new({parameter}) -> Self {{"));
    w(out, format!("        Self(Request::new({:?}, &{required:?}){set})\n    }}", owner.name));
    for header in &owner.headers {
        let (argument, set) = setter(catalogue, header);
        let verb = if header.repeats { "Adds" } else { "Sets" };
        let method = catalogue.snake(header.name);
        w(out, format!("    /// {verb} `{}`.\n    pub fn {method}(self, {argument}) -> Self {{", header.name));
        w(out, format!("        Self(self.0{set})\n    }}"));
    }
    w(out, "}\n".to_owned());
}

/// The parameters of the method that sets a header, and the call that does it.
fn setter(catalogue: &Catalogue, header: &Header) -> (String, String) {
    let name = header.name;
    let pair = FLAGS[1..4].iter().find(|pair| {
        header.values.len() == 2
            && header.values.iter().all(|value| pair.iter().any(|word| word.eq_ignore_ascii_case(value)))
    });
    let argument = catalogue.snake(name);
    match (header.kind, header.repeats) {
        ("pair", _) => ("name: &str, value: impl Into<Value>".into(), ".pair(name, value.into())".into()),
        ("ms", _) => (format!("{argument}: Duration"), format!(".set({name:?}, Value::milliseconds({argument}))")),
        ("s", _) => (format!("{argument}: Duration"), format!(".set({name:?}, Value::seconds({argument}))")),
        (_, true) => (format!("{argument}: impl Into<Value>"), format!(".add({name:?}, {argument}.into())")),
        ("bool", _) if pair.is_some() => (
            format!("{argument}: impl Into<Value>"),
            format!(".set({name:?}, {argument}.into().spelt({:?}))", pair.expect("there is one")),
        ),
        _ => (format!("{argument}: impl Into<Value>"), format!(".set({name:?}, {argument}.into())")),
    }
}

fn events(catalogue: &Catalogue) -> String {
    let enums = Enums::of(catalogue);
    let mut out = String::new();
    for owner in catalogue.of("event") {
        let name = type_name(owner.name);
        let classes = match owner.classes[..] {
            [] => String::new(),
            [class] => format!("; its class is `{class}`"),
            ref classes => format!("; its classes are `{}`", classes.join("`, `")),
        };
        writeln!(out, "/// The event `{}`. {}{classes}.", owner.name, since(catalogue, owner))
            .expect("a String takes all");
        writeln!(
            out,
            "#[derive(Clone, Copy, Debug)]\npub struct {name}<'a>(&'a Message);\n\nview!({name}, {:?});\n",
            owner.name
        )
        .expect("a String takes all");
        writeln!(out, "impl<'a> {name}<'a> {{").expect("a String takes all");
        for (block, prefix) in &owner.blocks {
            let (method, kind) = (block_method(catalogue, block, prefix), format!("blocks::{}", type_name(block)));
            let with = if prefix.is_empty() { String::new() } else { format!(", whose names begin with `{prefix}`") };
            writeln!(out, "    /// The headers of a {block}{with}.\n    pub fn {method}(&self) -> {kind}<'a> {{\n        {kind}::new(self.0, &blocks::names::{})\n    }}",
                block_names(block, prefix)).expect("a String takes all");
        }
        for header in &owner.headers {
            let enumeration = (header.kind == "enum").then(|| enums.name(owner.name, header.name));
            accessor(&mut out, &catalogue.snake(header.name), &format!("{:?}", header.name), header, enumeration);
        }
        out += "}\n\n";
    }
    out
}

fn block_method(catalogue: &Catalogue, block: &str, prefix: &str) -> String {
    match (prefix, block) {
        ("", _) => block.to_owned(),
        (_, "channel") => catalogue.snake(prefix),
        _ => format!("{}_{block}", catalogue.snake(prefix).trim_end_matches('_')),
    }
}

fn block_names(block: &str, prefix: &str) -> String {
    format!("{block}_{prefix}").trim_end_matches('_').to_ascii_uppercase()
}

/// Writes the method that reads a header. `name` is the expression of the header's name.
fn accessor(out: &mut String, method: &str, name: &str, header: &Header, enumeration: Option<&str>) {
    let (docs, kind, body) = match (header.kind, enumeration) {
        ("pair", _) => {
            let item = "impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + 'a";
            (" values, as names and values", item.to_owned(), format!("read::pairs(self.0, {name})"))
        }
        ("int", _) => (", as a number", "Option<i64>".to_owned(), format!("read::int(self.0, {name})")),
        ("bool", _) => (", as yes or no", "Option<bool>".to_owned(), format!("read::flag(self.0, {name})")),
        ("time", _) => (", as a time", "Option<SystemTime>".to_owned(), format!("read::time(self.0, {name})")),
        (_, Some(kind)) => (
            ", as one of the known values or another",
            format!("Option<Open<'a, values::{kind}>>"),
            format!("read::open(self.0, {name})"),
        ),
        _ => ("", "Option<Cow<'a, str>>".to_owned(), format!("read::text(self.0, {name})")),
    };
    let shown = header.name;
    writeln!(
        out,
        "    /// `{shown}`{docs}.\n    #[inline]\n    pub fn {method}(&self) -> {kind} {{\n        {body}\n    }}"
    )
    .expect("a String takes all");
}

/// The types of the blocks, and the names of their headers with each prefix.
fn blocks(catalogue: &Catalogue) -> String {
    let enums = Enums::of(catalogue);
    let mut out = String::new();
    for block in catalogue.of("block") {
        let (kind, count) = (type_name(block.name), block.headers.len());
        writeln!(out, "/// The headers of a {}, as many as the event has.\n#[derive(Clone, Copy, Debug)]", block.name)
            .expect("a String takes all");
        writeln!(
            out,
            "pub struct {kind}<'a>(&'a Message, &'static [&'static str; {count}]);\n\nimpl<'a> {kind}<'a> {{"
        )
        .expect("a String takes all");
        writeln!(out, "    #[inline]\n    pub(super) fn new(message: &'a Message, names: &'static [&'static str; {count}]) -> Self {{\n        Self(message, names)\n    }}")
            .expect("a String takes all");
        for (at, header) in block.headers.iter().enumerate() {
            let enumeration = (header.kind == "enum").then(|| enums.name(block.name, header.name));
            accessor(
                &mut out,
                &in_block(catalogue, block.name, header.name),
                &format!("self.1[{at}]"),
                header,
                enumeration,
            );
        }
        out += "}\n\n";
    }
    let used: BTreeSet<(&str, &str)> = catalogue.of("event").flat_map(|event| event.blocks.iter().copied()).collect();
    out += "pub(super) mod names {\n";
    for (name, prefix) in used {
        let block = catalogue.of("block").find(|block| block.name == name).expect("a known block");
        let names: Vec<String> = block.headers.iter().map(|header| format!("{prefix}{}", header.name)).collect();
        writeln!(out, "    pub static {}: [&str; {}] = {names:?};", block_names(name, prefix), names.len())
            .expect("a String takes all");
    }
    out + "}\n"
}

/// The method of a header within a block: `ChannelState` of a channel is `state`.
fn in_block(catalogue: &Catalogue, block: &str, name: &str) -> String {
    let bare = name.get(..block.len()).filter(|start| start.eq_ignore_ascii_case(block)).map(|_| &name[block.len()..]);
    match bare {
        Some("") => "name".to_owned(),
        Some(rest) => catalogue.snake(rest),
        None => catalogue.snake(name),
    }
}

/// The types of headers with known values: one for a header, and one more where it has quite other values in an event.
struct Enums<'a> {
    names: BTreeMap<(&'a str, &'a str), String>,
    values: BTreeMap<String, (&'a str, Vec<&'a str>)>,
}

impl<'a> Enums<'a> {
    fn of(catalogue: &'a Catalogue<'a>) -> Enums<'a> {
        let mut uses: BTreeMap<&str, Vec<(&str, &Header)>> = BTreeMap::new();
        for owner in catalogue.owners.iter().filter(|owner| owner.kind != "action") {
            for header in owner.headers.iter().filter(|header| header.kind == "enum") {
                uses.entry(header.name).or_default().push((owner.name, header));
            }
        }
        let mut found = Enums { names: BTreeMap::new(), values: BTreeMap::new() };
        for (header, uses) in uses {
            for (at, group) in groups(&uses).into_iter().enumerate() {
                let name =
                    type_name(&if at == 0 { header.to_owned() } else { format!("{}{header}", uses[group[0]].0) });
                let mut values: Vec<&str> = Vec::new();
                for &at in &group {
                    found.names.insert((uses[at].0, header), name.clone());
                    for value in &uses[at].1.values {
                        if !values.iter().any(|have| have.eq_ignore_ascii_case(value)) {
                            values.push(value);
                        }
                    }
                }
                found.values.insert(name, (header, values));
            }
        }
        found
    }

    fn name(&self, owner: &'a str, header: &'a str) -> &str {
        &self.names[&(owner, header)]
    }
}

/// The uses of a header whose values have something in common, the largest group first.
fn groups(uses: &[(&str, &Header)]) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = Vec::new();
    for (at, (_, header)) in uses.iter().enumerate() {
        let is_alike = |group: &Vec<usize>| {
            group.iter().any(|&other| uses[other].1.values.iter().any(|value| header.values.contains(value)))
        };
        let (alike, apart): (Vec<_>, Vec<_>) = found.into_iter().partition(is_alike);
        let mut group: Vec<usize> = alike.into_iter().flatten().collect();
        group.push(at);
        found = apart;
        found.push(group);
    }
    found.sort_by_key(|group| std::cmp::Reverse(group.len()));
    found
}

fn values(catalogue: &Catalogue) -> String {
    let mut out = String::new();
    for (name, (header, values)) in Enums::of(catalogue).values {
        let mut seen = BTreeSet::new();
        let variants: Vec<(String, &str)> = values
            .iter()
            .map(|value| (pascal(value), *value))
            .filter(|(variant, _)| !variant.is_empty() && seen.insert(variant.clone()))
            .collect();
        writeln!(out, "known! {{\n    /// The known values of `{header}`.\n    {name} {{").expect("a String takes all");
        for (variant, value) in variants {
            writeln!(out, "        /// `{value}`.\n        {variant} = {value:?},").expect("a String takes all");
        }
        out += "    }\n}\n\n";
    }
    out
}
