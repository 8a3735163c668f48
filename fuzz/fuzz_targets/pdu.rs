#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &str)| libami_fuzz::pdu(input.0, input.1));
