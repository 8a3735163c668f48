//! Parsing in memory: whole messages of the recorded calls, with two headers looked up in each.
//!
//! `cargo bench --bench parse` measures time with criterion. With `PARSE_COUNT=n` in the environment it goes n times over the
//! recording and reports as the C programs beside it do; for instruction counts, and for a ratio to the C loop in one run.

mod report;

use std::hint::black_box;
use std::path::Path;

use ami::protocol::Parser;
use criterion::{Criterion, Throughput};
use report::Run;

/// What one read of the client brings.
const READ: usize = 64 * 1024;

struct Recording {
    bytes: Vec<u8>,
    banner: usize,
}

impl Recording {
    fn load() -> Recording {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures/asterisk-16/calls-20.server.ami");
        let bytes = std::fs::read(path).expect("the recording is there");
        let banner = bytes.iter().position(|&byte| byte == b'\n').expect("it has a banner") + 1;
        Recording { bytes, banner }
    }

    fn parser(&self) -> Parser {
        let mut parser = Parser::new();
        parser.feed(&self.bytes[..self.banner]).expect("the banner is right");
        parser
    }

    fn messages(&self) -> &[u8] {
        &self.bytes[self.banner..]
    }
}

/// Returns how many messages there were, and the bytes of the two headers.
fn parse(parser: &mut Parser, bytes: &[u8]) -> (u64, usize) {
    let (mut messages, mut check) = (0, 0);
    for piece in bytes.chunks(READ) {
        parser.feed(piece).expect("the recording is right");
        while let Some(message) = parser.next().expect("the recording is right") {
            messages += 1;
            check += message.get("Channel").map_or(0, <[u8]>::len) + message.get("Uniqueid").map_or(0, <[u8]>::len);
        }
    }
    (messages, check)
}

fn report(recording: &Recording, count: u64) {
    let mut parser = recording.parser();
    let run = Run::begin();
    let (mut messages, mut check) = (0, 0);
    for _ in 0..count {
        let (more, bytes) = parse(&mut parser, recording.messages());
        messages += more;
        check += bytes as u64;
    }
    run.report(messages, check, &[]);
}

fn main() {
    let recording = Recording::load();
    if let Some(count) = std::env::var("PARSE_COUNT").ok().and_then(|count| count.parse().ok()) {
        return report(&recording, count);
    }
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("parse");
    let mut parser = recording.parser();
    group.throughput(Throughput::Elements(parse(&mut parser, recording.messages()).0));
    group.bench_function("messages", |bencher| bencher.iter(|| black_box(parse(&mut parser, recording.messages()))));
    group.throughput(Throughput::Bytes(recording.messages().len() as u64));
    group.bench_function("bytes", |bencher| bencher.iter(|| black_box(parse(&mut parser, recording.messages()))));
    group.finish();
    criterion.final_summary();
}
