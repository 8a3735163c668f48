//! A reader of messages under any events, times and losses.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::time::{Duration, Instant};

use ami::gsm::SmsReader;
use ami::protocol::Parser;

thread_local! {
    static KEPT: Cell<isize> = const { Cell::new(0) };
}

/// Counts the bytes that each thread has and has not given back.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(bytes: isize) {
    // A thread that ends has no place to count any more.
    let _ = KEPT.try_with(|kept| kept.set(kept.get() + bytes));
}

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn kept() -> isize {
    KEPT.with(Cell::get)
}

/// What a reader keeps in any case, and how many bytes it may keep for each that it has read. A part of a text is there as
/// text, as octets and in hex, in a table of its own.
const ROOM: isize = 64 << 10;
const FOR_EACH: isize = 48;

/// Any events, each with a byte before it that says what happens: no panic, no deadline that stays due, nothing kept at the
/// end, and memory in proportion to what was read.
pub fn reader(bytes: &[u8]) {
    let start = kept();
    let mut now = Instant::now();
    let mut reader = SmsReader::new(Duration::from_secs(300));
    let mut read = 0;
    for piece in bytes.split(|&byte| byte == 0xff) {
        let Some((&first, rest)) = piece.split_first() else { continue };
        match first % 8 {
            0 => now += Duration::from_millis(u64::from(first) * 4),
            1 => now += Duration::from_secs(u64::from(first)),
            2 => reader.lagged(now),
            3 => reader.interrupt(now),
            4 => reader.set_escapes(first & 8 != 0),
            _ => {
                let mut parser = Parser::new();
                let fed = parser.feed(&[b"Asterisk Call Manager/1.1\r\n", rest, b"\r\n\r\n"].concat());
                // An event comes again and again, as a flood of them would.
                let times = if first & 16 == 0 { 1 } else { 40 };
                while let (Ok(()), Ok(Some(event))) = (&fed, parser.next()) {
                    for _ in 0..times {
                        reader.read(&event, now);
                        read += event.size() as isize;
                    }
                }
            }
        }
        reader.expire(now);
        assert!(reader.deadline().is_none_or(|deadline| deadline > now), "a deadline stays due");
        while reader.next().is_some() {}
        let kept = kept() - start;
        assert!(kept <= ROOM + FOR_EACH * read, "{kept} bytes are kept of {read} that were read");
    }
    reader.finish(now);
    assert_eq!(reader.deadline(), None, "something waits after the end");
    while reader.next().is_some() {}
    reader.finish(now);
    assert!(reader.next().is_none(), "something was kept after the end");
}
