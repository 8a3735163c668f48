#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, Vec<(&str, &[u8])>)| libami_fuzz::encoder(input.0, &input.1));
