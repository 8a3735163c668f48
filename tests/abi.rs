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
fn header_files_are_the_generated_ones() {
    let simulator = generated("cbindgen_simulator.toml", "src/capi/simulator.rs", []);
    // The simulator's functions are no part of the promise.
    let header = generated("cbindgen.toml", "src/capi/mod.rs", declared(&simulator));
    check_header("include/ami_simulator.h", &simulator);
    check_header("include/ami.h", &arranged(&header));
    assert!(declared(&simulator).iter().all(|name| name.starts_with("ami_simulator_")));
}

/// The objects in the order in which a reader meets them, each with the names that belong to it. One that ends in `_` stands for
/// all that begin so and are named nowhere else.
const SECTIONS: [(&str, &[&str]); 20] = [
    (
        "The library",
        &[
            "ami_version",
            "ami_version_number",
            "AMI_TIMEOUT_DEFAULT",
            "AMI_DONT_WAIT",
            "AMI_WAIT_FOREVER",
            "ami_shutdown",
        ],
    ),
    ("Statuses and errors", &["AMI_OK", "AMI_E_", "ami_status_", "ami_error_"]),
    ("Configurations", &["ami_config_", "AMI_QUEUE_", "AMI_LIMIT_"]),
    ("Clients", &["ami_client_", "ami_completion_fn", "ami_drop_fn", "AMI_STATE_", "AMI_STAT_"]),
    ("Executors: callbacks on a thread of the program", &["ami_executor_"]),
    ("The log", &["AMI_LOG_", "ami_log_"]),
    ("Actions", &["ami_action_", "ami_client_originate", "AMI_ORIGINATE_"]),
    ("Responses", &["ami_response_"]),
    ("Events", &["ami_event_", "AMI_EVENT_"]),
    (
        "Subscriptions",
        &[
            "ami_event_fn",
            "ami_client_subscribe",
            "ami_client_open_events",
            "ami_subscription_next",
            "ami_subscription_fd",
            "ami_subscription_",
        ],
    ),
    ("Filters of events", &["ami_filter_", "AMI_MATCH_", "ami_client_filter_events", "AMI_FILTERED_BY_"]),
    ("The catalogue of actions and events", &["ami_catalog_"]),
    ("Gateways", &["ami_gateway_"]),
    (
        "SMS to send",
        &[
            "ami_gateway_send_text",
            "ami_sms_request_",
            "AMI_PRIORITY_",
            "ami_receipt_fn",
            "ami_gateway_send",
            "ami_gateway_submit",
        ],
    ),
    ("Receipts of SMS", &["ami_receipt_", "ami_receipts_", "AMI_SMS_"]),
    (
        "SMS that came in",
        &[
            "ami_gateway_open_inbox",
            "ami_gateway_subscribe",
            "ami_sms_fn",
            "ami_gateway_subscribe_sms",
            "ami_event_sms",
            "ami_sms_",
        ],
    ),
    ("Parts of a text", &["ami_sms_parts_", "AMI_ENCODING_", "ami_gateway_parts"]),
    ("USSD", &["ami_gateway_send_ussd", "ami_gateway_dial", "ami_ussd_reply_", "ami_ussd_"]),
    (
        "Ports of a gateway",
        &[
            "ami_gateway_ports",
            "ami_gateway_ports_within",
            "ami_ports_",
            "AMI_POWER_",
            "ami_gateway_power",
            "ami_gateway_reload",
        ],
    ),
    (
        "The parser alone",
        &["ami_parser_", "ami_message_", "AMI_MESSAGE_", "ami_escapes_values", "ami_unescape", "ami_login_key"],
    ),
];

/// The place of a name: its section, and which of the names there stands for it.
fn place_of(name: &str) -> (usize, usize) {
    let all = SECTIONS
        .iter()
        .enumerate()
        .flat_map(|(section, (_, names))| names.iter().enumerate().map(move |(at, listed)| (*listed, (section, at))));
    let fits = |listed: &str| if listed.ends_with('_') { name.starts_with(listed) } else { name == listed };
    let fitting = all.filter(|(listed, _)| fits(listed)).max_by_key(|(listed, _)| listed.len());
    fitting.unwrap_or_else(|| panic!("{name} belongs to no section of the header; add it to SECTIONS")).1
}

/// A declaration as the generator writes it, in the order in which those of a section come.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Type,
    Constant,
    Callback,
    Function,
}

/// The rank and the name of a declaration, with its comment.
fn ranked(item: &str) -> (Rank, &str) {
    let code = item.lines().find(|line| !line.starts_with("///")).unwrap_or_default();
    if let Some(define) = code.strip_prefix("#define ") {
        return (Rank::Constant, define.split(' ').next().unwrap_or_default());
    }
    if let Some((_, callback)) = code.split_once("(*") {
        return (Rank::Callback, callback.split(')').next().unwrap_or_default());
    }
    let end = code.find(['(', ';']).unwrap_or(code.len());
    let name = code[..end].rsplit([' ', '*']).next().unwrap_or_default();
    (if code.starts_with("typedef ") { Rank::Type } else { Rank::Function }, name)
}

/// The header in the order of `SECTIONS`: the types, as all others use them, then each object's constants and functions. The
/// generator knows only an order by kinds.
fn arranged(header: &str) -> String {
    let (opening, closing) = ("#ifdef __cplusplus\nextern", "#ifdef __cplusplus\n}");
    let blocks: Vec<_> = header.split("\n\n").collect();
    let first = blocks.iter().position(|block| block.starts_with("///")).expect("something is declared");
    let last = blocks.iter().position(|block| block.starts_with(closing)).expect("C++ is thought of");
    let (open, mut items): (Vec<&str>, Vec<&str>) =
        blocks[first..last].iter().partition(|block| block.starts_with(opening));
    // The order of the source decides between equals.
    items.sort_by_key(|item| {
        let (rank, name) = ranked(item);
        let is_type = rank == Rank::Type;
        let (section, at) = place_of(&if is_type { format!("{name}_") } else { name.to_owned() });
        (!is_type, section, rank, at)
    });
    let mut arranged = [&blocks[..first], &open].concat().join("\n\n");
    let mut title = "";
    for item in items {
        let (rank, name) = ranked(item);
        let own = if rank == Rank::Type { "Types" } else { SECTIONS[place_of(name).0].0 };
        if own != title {
            title = own;
            arranged += &format!("\n\n/* {:-<100} */", format!("---- {title} "));
        }
        arranged += &format!("\n\n{item}");
    }
    format!("{arranged}\n\n{}", blocks[last..].join("\n\n"))
}

#[test]
fn header_has_types_first_and_constants_with_their_object() {
    let generated = "#include <a.h>\n\n/// P.\n#define AMI_POWER_ON 1\n\n/// Q.\n#define AMI_QUEUE_CLOSE 2\n\n/// E, see\n/// (*this).\n\
                     typedef struct ami_event ami_event;\n\n/// C.\ntypedef struct ami_client ami_client;\n\n\
                     /// F.\ntypedef void (*ami_event_fn)(int a,\n    int b);\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n\
                     /// G.\nint ami_ports_count(int a);\n\n/// H.\nconst char *ami_config_new(void);\n\n\
                     #ifdef __cplusplus\n}\n#endif\n\n#endif\n";
    let arranged = arranged(generated);
    let names: Vec<_> =
        arranged.split("\n\n").filter(|block| block.starts_with("///")).map(|block| ranked(block).1).collect();
    let order = [
        "ami_client",
        "ami_event",
        "AMI_QUEUE_CLOSE",
        "ami_config_new",
        "ami_event_fn",
        "AMI_POWER_ON",
        "ami_ports_count",
    ];
    assert_eq!(names, order);
    assert!(arranged.find("extern").expect("kept") < arranged.find("ami_client").expect("kept"));
    assert!(arranged.ends_with("ami_ports_count(int a);\n\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n"), "{arranged}");
}

#[test]
#[should_panic(expected = "ami_unheard_of belongs to no section")]
fn header_takes_no_name_without_a_section() {
    place_of("ami_unheard_of");
}

fn first_difference(a: &str, b: &str) -> Option<String> {
    if a == b {
        return None;
    }
    let line = a.lines().zip(b.lines()).position(|(a, b)| a != b).unwrap_or(a.lines().count().min(b.lines().count()));
    Some(format!("line {}: {:?} / {:?}", line + 1, a.lines().nth(line), b.lines().nth(line)))
}

#[test]
fn header_that_was_changed_is_found() {
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
fn header_declares_nothing_twice() {
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
fn symbols_are_those_of_the_header() {
    let listed: BTreeSet<_> = listed(&read("include/symbols.txt")).into_iter().map(|(symbol, _)| symbol).collect();
    let declared = declared(&read("include/ami.h"));
    let missing: Vec<_> = declared.difference(&listed).collect();
    let surplus: Vec<_> = listed.difference(&declared).collect();
    assert!(missing.is_empty() && surplus.is_empty(), "not in symbols.txt: {missing:?}; not in ami.h: {surplus:?}");
}

/// The functions of a header, each with the lines of its comment and the declaration, in one line.
fn functions(header: &str) -> Vec<(Vec<&str>, String)> {
    let blocks = header.split("\n\n").map(|block| {
        let is_comment = |line: &&str| line.starts_with("//");
        let code: Vec<_> = block.lines().skip_while(is_comment).map(str::trim).collect();
        (block.lines().take_while(is_comment).collect(), code.join(" "))
    });
    let is_function = |code: &str| code.ends_with(");") && !code.starts_with("typedef");
    blocks.filter(|(_, code): &(Vec<&str>, String)| is_function(code)).collect()
}

/// The names of a function's parameters.
fn parameters(code: &str) -> Vec<&str> {
    let inside = code.split_once('(').map_or("", |(_, rest)| rest.trim_end_matches(");"));
    let names = inside.split(", ").map(|parameter| parameter.rsplit([' ', '*']).next().unwrap_or_default());
    names.filter(|name| *name != "void").map(|name| name.trim_end_matches("[33]")).collect()
}

const PROMISES: [&str; 4] = ["Ownership", "Threads", "Errors", "Since"];

/// The faults in the comments of functions. Each tells its parameters and then, behind an empty line, the promises as a list:
/// so documentation tools do not take them for the last parameter's.
fn undocumented(header: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for (comment, code) in functions(header) {
        let start = comment.iter().position(|line| line.starts_with("/// - **")).unwrap_or(comment.len());
        let (told, list) = comment.split_at(start);
        let promises =
            list.iter().filter_map(|line| line.strip_prefix("/// - **")?.split_once(":** ")).map(|item| item.0);
        if !promises.eq(PROMISES) {
            wrong.push(format!("the promises are not {PROMISES:?}: {code}"));
        }
        if told.last() != Some(&"///")
            || !list.iter().all(|line| line.starts_with("/// - **") || line.starts_with("///   "))
        {
            wrong.push(format!("the promises are no list behind an empty line: {code}"));
        }
        let tagged: Vec<_> =
            told.iter().filter_map(|line| line.strip_prefix("/// @param ")?.split(' ').next()).collect();
        if tagged != parameters(&code) {
            wrong.push(format!("the comment tells {tagged:?}: {code}"));
        }
    }
    wrong
}

#[test]
fn header_documents_every_function() {
    let header = read("include/ami.h");
    assert!(functions(&header).len() > 200);
    let wrong = undocumented(&header);
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (comment, code) in functions(&read("include/ami_simulator.h")) {
        let comment = comment.join("\n");
        assert!(PROMISES.iter().all(|promise| comment.contains(promise)), "{code}");
    }
}

#[test]
fn header_documentation_in_another_form_is_found() {
    let good = "/// Does it.\n///\n/// @param a  a.\n/// @return it.\n///\n/// - **Ownership:** a\n/// - **Threads:** b\n///   c\n\
                /// - **Errors:** d\n/// - **Since:** 0.1.0\nint ami_do(const int *a);\n";
    assert_eq!(undocumented(good), Vec::<String>::new());
    for (part, other) in [
        ("///\n/// - **Own", "/// - **Own"),
        ("/// - **Errors:** d\n", ""),
        ("/// - **Errors:** d\n", "/// Errors: d\n"),
        ("///   c", "/// c"),
        ("/// @param a  a.\n", ""),
        ("*a)", "*b)"),
        ("Threads", "Errors"),
    ] {
        assert!(good.contains(part));
        assert_eq!(undocumented(&good.replacen(part, other, 1)).len().min(1), 1, "{other}");
    }
}

/// The functions that break the rules for words and types: a port, a number and a text have one word each, and yes or no is an int.
fn unruly(header: &str) -> Vec<String> {
    let is_unruly = |code: &str| {
        let name = code.split('(').next().unwrap_or_default();
        let is_question = ["_is_", "_has_", "_wants_", "_was_"].iter().any(|part| name.contains(part));
        parameters(code).iter().any(|name| ["span", "destination"].contains(name))
            || code.contains("char *message")
            || (code.contains("ami_sms_request_new") && parameters(code) != ["port", "to", "text"])
            || code.contains("bool ")
            || (is_question && !code.starts_with("int "))
    };
    functions(header).into_iter().map(|(_, code)| code).filter(|code| is_unruly(code)).collect()
}

#[test]
fn header_parameters_have_one_word_for_each_thing_and_yes_or_no_is_an_int() {
    assert_eq!(unruly(&read("include/ami.h")), Vec::<String>::new());
    for code in [
        "int ami_do(uint32_t span);",
        "int ami_do(const char *destination, int a);",
        "int32_t ami_port_is_up(int a);",
        "void ami_set(bool on);",
        "ami_parts *ami_split(const char *message);",
        "ami_sms_request *ami_sms_request_new(const char *port, const char *to, const char *message);",
    ] {
        assert_eq!(unruly(&format!("/// A.\n{code}")).len(), 1, "{code}");
    }
}

#[test]
fn version_is_the_same_everywhere() {
    let header = read("include/ami.h");
    let part = |name: &str| {
        let define = format!("#define AMI_VERSION_{name} ");
        let line = header.lines().find_map(|line| line.strip_prefix(define.as_str())).expect("the part is defined");
        line.trim().to_owned()
    };
    assert_eq!([part("MAJOR"), part("MINOR"), part("PATCH")].join("."), env!("CARGO_PKG_VERSION"));
    assert_eq!(part("STRING").trim_matches('"'), env!("CARGO_PKG_VERSION"));
}
