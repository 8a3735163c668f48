//! Hostile texts byte by byte as servers of each kind write them, through a session and a reader, without a socket.

use std::collections::BTreeMap;

use crate::checks::hostile;
use crate::checks::ledger::{Fault, summary};
use crate::checks::random::Random;
use crate::checks::texts::{exchange, shrink};
use crate::checks::wire::{SHAPES, Shape};
use crate::soak_texts;

/// Texts of each kind of server, unless more are asked for.
const TEXTS: usize = 1500;
/// Exchanges that fail are looked at so far.
const SHRUNK: usize = 3;
/// Texts that come side by side.
const TOGETHER: usize = 20;

/// Fails with the seed of each exchange in which something went wrong, and with the shortest text that still does it.
fn hold(shape: Shape) {
    let texts = soak_texts(80, SHAPES.len()).unwrap_or(TEXTS);
    let mut faults = Vec::new();
    let mut samples: BTreeMap<Vec<Fault>, String> = BTreeMap::new();
    let mut seeds = Vec::new();
    for seed in 0..texts.div_ceil(TOGETHER) as u64 {
        let mut random = Random::new(seed);
        let texts: Vec<Vec<u8>> = (0..TOGETHER).map(|_| hostile::text(&mut random).into_bytes()).collect();
        let ledger = exchange(shape, &texts, &mut random);
        if ledger.faults.is_empty() {
            continue;
        }
        seeds.push(seed);
        // The first few say enough, and take long.
        if seeds.len() <= SHRUNK {
            let mut kinds: Vec<Fault> = ledger.faults.iter().map(|(fault, _)| *fault).collect();
            kinds.sort_unstable();
            kinds.dedup();
            for text in &texts {
                let Some((text, faults)) = shrink(shape, text, &kinds) else { continue };
                let mut kinds: Vec<Fault> = faults.iter().map(|(fault, _)| *fault).collect();
                kinds.sort_unstable();
                kinds.dedup();
                samples
                    .entry(kinds)
                    .or_insert_with(|| format!("{:?}:\n{}", String::from_utf8_lossy(&text), summary(&faults)));
            }
        }
        faults.extend(ledger.faults);
    }
    let samples: Vec<String> = samples.into_values().collect();
    assert!(
        faults.is_empty(),
        "{shape:?}: of {texts} texts, with the seeds {:?} and others:\n{}\nthe shortest texts:\n{}",
        &seeds[..seeds.len().min(8)],
        summary(&faults),
        samples.join("\n")
    );
}

/// The checks find no fault in plain texts.
#[test]
fn hostile_checks_pass_plain_texts_from_every_kind_of_server() {
    let texts =
        ["", "hi", "caf\u{e9} \u{60a8}\u{597d}", "say \"hi\" \\ `x` $y", " A: b ", "\u{1f600}", &"long ".repeat(60)];
    let texts = texts.map(|text| text.as_bytes().to_vec());
    for shape in SHAPES {
        for seed in 0..20 {
            let ledger = exchange(shape, &texts, &mut Random::new(seed));
            assert!(ledger.faults.is_empty(), "{shape:?} with the seed {seed}:\n{}", summary(&ledger.faults));
        }
    }
}

macro_rules! shapes {
    ($($test:ident: $shape:ident,)*) => {
        $(
            #[test]
            fn $test() {
                hold(Shape::$shape);
            }
        )*
    };
}

shapes! {
    texts_on_channels_with_pdus: Pdu,
    texts_on_channels_in_text_mode: Text,
    texts_in_command_lines: CommandLine,
    texts_on_channels_without_calls: TextUnannounced,
    texts_in_command_lines_without_calls: CommandLineUnannounced,
    texts_on_local_channels_of_a_dialplan: Dialplan,
    texts_in_allo_events_and_channels_with_pdus: AlloPdu,
    texts_in_allo_events_and_channels_in_text_mode: AlloText,
    texts_in_allo_events_alone_with_pdus: AlloEventPdu,
    texts_in_allo_events_alone_in_text_mode: AlloEventText,
    texts_in_percents: Yeastar,
    texts_in_base64: Dongle,
    texts_in_lines: DongleLines,
    texts_on_newer_servers: Newer,
}
