//! The tally: many clients call at once over connections that are cut at random bytes, and what the server carried out is
//! compared with the results that the callers got.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use ami::{Action, Client, Error, ErrorKind, Response, State};
use support::clock::{PATIENCE, patience};
use support::random::Random;

use super::proxy::{End, Fault, Proxy};
use super::{Observer, SECOND, config, direct, kind, own_name, servers, soak, soon, user_event};

const CLIENTS: usize = 4;
const CALLERS: usize = 8;

/// The numbers of the actions, by what their callers were told.
#[derive(Default)]
struct Told {
    done: Vec<usize>,
    unknown: Vec<usize>,
    unsent: Vec<usize>,
}

/// The state that all callers share.
struct Calls {
    name: String,
    /// Actions that are to be sent, answered or not.
    wanted: usize,
    next: AtomicUsize,
    sent: AtomicUsize,
    told: Mutex<Told>,
}

impl Calls {
    /// The next action; every tenth starts a call that does something.
    fn action(&self, number: usize) -> Action {
        if !number.is_multiple_of(10) {
            return user_event(&self.name, number);
        }
        Action::new("Originate")
            .with("Channel", "Local/hold@default")
            .with("Application", "UserEvent")
            .with("Data", format!("{},N: {number}", self.name))
            .with("Async", "true")
    }

    fn note(&self, number: usize, outcome: &Result<Response, Error>) {
        let mut told = self.told.lock().expect("no panic");
        match kind(outcome) {
            None => told.done.push(number),
            Some(ErrorKind::OutcomeUnknown) => told.unknown.push(number),
            Some(ErrorKind::Disconnected | ErrorKind::Timeout) => return told.unsent.push(number),
            Some(_) => panic!("{outcome:?}"),
        }
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    /// Calls until as many were sent as are wanted.
    async fn call(&self, client: &Client) {
        while self.sent.load(Ordering::Relaxed) < self.wanted {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let outcome = patience("a call", client.call(&self.action(number))).await;
            self.note(number, &outcome);
            if outcome.is_err() {
                patience("the next link", client.until(State::Open)).await.expect("it is made again");
            }
        }
    }
}

/// The first login may be cut as well, and is not tried again by itself.
async fn connect(port: u16, number: usize) -> Client {
    let settings =
        config(port).event_mask("off").reconnect(soon()).wait_for_reconnect(number.is_multiple_of(2)).keepalive(SECOND);
    loop {
        match patience("a login", Client::connect(settings.clone())).await {
            Ok(client) => return client,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Disconnected, "{error}"),
        }
    }
}

/// Waits until nothing is on its way within the server any more.
async fn until_idle(server: SocketAddr, observer: &mut Observer) {
    let watch = direct(server, "off").await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        observer.catch_up().await;
        let seen: usize = observer.seen.values().sum();
        let channels = watch.command("core show channels count").await.expect("answered");
        let calls = String::from_utf8_lossy(channels.output().unwrap_or_default()).into_owned();
        tokio::time::sleep(SECOND / 5).await;
        observer.catch_up().await;
        if calls.starts_with("0 active channels") && seen == observer.seen.values().sum::<usize>() {
            return;
        }
        assert!(Instant::now() < deadline, "the server comes to rest: {calls}");
    }
}

async fn tally(server: SocketAddr, wanted: usize, bytes_to_a_cut: usize) {
    let from = Instant::now();
    let name = own_name("Tally");
    let mut observer = Observer::start(server, &name).await;
    let mut random = Random::new(0x1234_5678_9abc_def1 ^ u64::from(server.port()));
    let proxy = Proxy::start(server, move |_| {
        let after = random.below(2 * bytes_to_a_cut);
        let end = if random.below(2) == 0 { End::Close } else { End::Reset };
        if random.below(2) == 0 { Fault::to_client(after, end) } else { Fault::to_server(after, end) }
    })
    .await;
    let (next, sent, told) = Default::default();
    let calls = Arc::new(Calls { name, wanted, next, sent, told });
    let mut clients = Vec::new();
    let mut callers = tokio::task::JoinSet::new();
    for number in 0..CLIENTS {
        let client = connect(proxy.port, number).await;
        for _ in 0..CALLERS {
            let (calls, client) = (Arc::clone(&calls), client.clone());
            callers.spawn(async move { calls.call(&client).await });
        }
        clients.push(client);
    }
    while let Some(caller) = callers.join_next().await {
        caller.expect("no panic");
    }
    let reconnects: u64 = clients.iter().map(|client| client.stats().reconnects).sum();
    for client in &clients {
        assert_eq!(client.stats().in_flight, 0);
        patience("closing", client.close()).await.expect("closed");
    }
    until_idle(server, &mut observer).await;
    let asked = calls.next.load(Ordering::Relaxed);
    println!(
        "{server}: {asked} actions over {} links with {} cuts, {reconnects} reconnects, in {:.1} s",
        proxy.links(),
        proxy.faults(),
        from.elapsed().as_secs_f64(),
    );
    check(&calls.told.lock().expect("no panic"), &observer, asked);
    assert!(proxy.faults() * bytes_to_a_cut > wanted * 20, "there were cuts: {}", proxy.faults());
}

fn check(told: &Told, observer: &Observer, asked: usize) {
    let carried_out = |numbers: &[usize]| numbers.iter().filter(|number| observer.seen.contains_key(number)).count();
    let (done, unknown, unsent) = (told.done.len(), told.unknown.len(), told.unsent.len());
    let twice = observer.seen.values().filter(|count| **count > 1).count();
    let executed = observer.seen.len();
    println!(
        "{done} done, {unknown} unknown of which {} were carried out, {unsent} not sent, {executed} carried out, {twice} twice",
        carried_out(&told.unknown),
    );
    assert_eq!(done + unknown + unsent, asked, "each ended, once");
    assert_eq!(twice, 0, "nothing is sent twice");
    assert_eq!(carried_out(&told.done), done, "what is said to be done is done");
    assert_eq!(carried_out(&told.unsent), 0, "what is said not to be sent was not");
    assert!(executed >= done && executed <= done + unknown);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_results_that_callers_get_match_the_actions_carried_out() {
    let from = Instant::now();
    loop {
        for server in servers() {
            tally(server, if soak().is_some() { 50_000 } else { 3000 }, 3000).await;
        }
        if soak().is_none_or(|time| from.elapsed() > time) {
            return;
        }
    }
}
