//! Thousands of clients that come and go, half of them cut off by the server and half closed from a callback, leave
//! nothing behind.

#![allow(unsafe_code)]

use std::ffi::{CStr, c_void};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak, mpsc};
use std::time::Instant;

use ami::blocking::Client;
use ami::capi;
use ami::{Action, Config, ErrorKind, Filter, State};

use super::process::{MB, Server, fds, free_port, memory, threads};
use support::clock::{PATIENCE, wait_until};

/// After so many everything that is made once is there.
const FIRST: usize = 100;
/// Memory may grow by this while thousands come and go.
const MARGIN: usize = 2 * MB;

pub const FACES: [&str; 2] = ["blocking", "C"];

pub fn run(face: &str, cycles: usize) {
    let mut server = Server::start(free_port(), true);
    let idle = (fds(), threads());
    let settle = || wait_until("the end of all threads", || threads() <= idle.1 && fds() <= idle.0);
    let from = Instant::now();
    let (mut logged_in, mut before) = (0, 0);
    for cycle in 0..cycles {
        // The server cuts every second link.
        let cut = cycle % 2 == 1;
        logged_in += usize::from(if face == "C" { c_cycle(server.port, cut) } else { cycle_of(server.port, cut) });
        if cycle + 1 == FIRST {
            settle();
            before = memory();
        }
    }
    settle();
    let growth = memory() as i64 - before as i64;
    let report = server.report();
    println!(
        "  {cycles} clients in {:.1} s, {} cut off, {} of them during the login: after the first {FIRST} memory grew by {} KB \
         from {} KB, descriptors and threads as before",
        from.elapsed().as_secs_f64(),
        cycles / 2,
        cycles - logged_in,
        growth / 1024,
        before / 1024,
    );
    assert_eq!(report.get("accepted"), cycles as u64);
    assert!(logged_in >= cycles / 2 && logged_in < cycles, "some were cut during the login: {logged_in}");
    assert!(growth < MARGIN as i64, "memory grew by {growth} bytes");
}

/// A blocking client; returns true if it was logged in.
fn cycle_of(port: u16, cut: bool) -> bool {
    let config = Config::new("127.0.0.1", "admin", "secret").port(port);
    let client = Arc::new(Client::new(config).expect("it can work"));
    let events = client.subscribe(Filter::all()).expect("open");
    let weak: Weak<Client> = Arc::downgrade(&client);
    let (told, dropped) = mpsc::channel::<()>();
    let subscription = client
        .on(Filter::all(), move |_| {
            let _told = &told;
            if !cut && let Some(client) = weak.upgrade() {
                client.close().expect("inside a callback it does not wait");
            }
        })
        .expect("open");
    let opened = client.open();
    if cut && opened.is_ok() {
        // It may be answered or not.
        let _ = client.call(&Action::new("Ping"));
    }
    // To the end, whatever it is.
    while events.next(None).is_ok() {}
    assert!(client.until_within(State::Closed, PATIENCE).expect("no fork"), "it is over");
    dropped.recv_timeout(PATIENCE).expect_err("what the callback owns is dropped");
    drop(subscription);
    match opened {
        Ok(()) => true,
        Err(error) => {
            let kind = error.kind();
            // The first event may close it before the opening is over.
            assert!(kind == ErrorKind::Disconnected && cut || kind == ErrorKind::Closed && !cut, "{error}");
            !cut
        }
    }
}

/// The user data of a C program's callback.
struct Data {
    client: *const capi::ami_client,
    close: bool,
    drops: AtomicUsize,
}

unsafe extern "C" fn on_event(_: *const capi::ami_event, data: *mut c_void) {
    // SAFETY: the data lives until its drop.
    unsafe {
        let data = &*data.cast::<Data>();
        if data.close {
            assert_eq!(capi::ami_client_close(data.client, null_mut()), capi::AMI_OK);
        }
    }
}

unsafe extern "C" fn on_drop(data: *mut c_void) {
    // SAFETY: the data lives until after this.
    unsafe { &*data.cast::<Data>() }.drops.fetch_add(1, Ordering::SeqCst);
}

unsafe extern "C" fn on_done(
    _: capi::ami_status,
    _: *const capi::ami_response,
    _: *const capi::ami_error,
    data: *mut c_void,
) {
    // SAFETY: the data lives until its drop.
    assert!(!unsafe { &*data.cast::<Data>() }.client.is_null());
}

/// A client in C; returns true if it was logged in.
fn c_cycle(port: u16, cut: bool) -> bool {
    let text = |text: &'static CStr| text.as_ptr();
    // SAFETY: as the header says; everything is freed once.
    unsafe {
        let config = capi::ami_config_new();
        assert_eq!(capi::ami_config_set_host(config, text(c"127.0.0.1")), capi::AMI_OK);
        assert_eq!(capi::ami_config_set_port(config, port), capi::AMI_OK);
        assert_eq!(capi::ami_config_set_username(config, text(c"admin")), capi::AMI_OK);
        assert_eq!(capi::ami_config_set_secret(config, text(c"secret")), capi::AMI_OK);
        let mut client = null_mut();
        assert_eq!(capi::ami_client_new(config, &raw mut client, null_mut()), capi::AMI_OK);
        capi::ami_config_free(config);
        let data = Box::new(Data { client, close: !cut, drops: AtomicUsize::new(0) });
        let pointer = (&raw const *data).cast_mut().cast();
        let (mut called, mut pulled) = (null_mut(), null_mut());
        let names = std::ptr::null();
        let made = capi::ami_client_subscribe(
            client,
            names,
            Some(on_event),
            pointer,
            Some(on_drop),
            &raw mut called,
            null_mut(),
        );
        assert_eq!(made, capi::AMI_OK);
        assert_eq!(capi::ami_client_open_events(client, names, &raw mut pulled, null_mut()), capi::AMI_OK);
        assert!(capi::ami_subscription_fd(pulled) >= 0);
        let mut error = null_mut();
        let opened = capi::ami_client_open(client, &raw mut error);
        capi::ami_error_free(error);
        let mut drops = 1;
        if opened == capi::AMI_OK {
            let action = capi::ami_action_new(text(c"Ping"));
            let submitted =
                capi::ami_client_submit(client, action, 0, Some(on_done), pointer, Some(on_drop), null_mut());
            drops += usize::from(submitted == capi::AMI_OK);
            capi::ami_action_free(action);
        }
        let mut event = null_mut();
        while capi::ami_subscription_next(pulled, capi::AMI_WAIT_FOREVER, &raw mut event, null_mut()) == capi::AMI_OK {
            capi::ami_event_unref(event);
        }
        capi::ami_subscription_free(pulled);
        assert_eq!(capi::ami_client_close(client, null_mut()), capi::AMI_OK);
        assert_eq!(data.drops.load(Ordering::SeqCst), drops, "once for each callback");
        capi::ami_subscription_free(called);
        capi::ami_client_free(client);
        assert!(opened == capi::AMI_OK || cut || opened == capi::AMI_E_CLOSED, "{opened}");
        opened == capi::AMI_OK || !cut
    }
}
