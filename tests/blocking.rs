//! The client and the gateway for ordinary threads.
#![cfg(all(feature = "blocking", feature = "simulator"))]

use std::collections::HashSet;
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ami::blocking::{Client, Executor, Gateway};
use ami::gsm::{InboxItem, Incoming, Outcome, SmsRequest};
use ami::simulator::{self, Options, SimulatorThread};
use ami::{Action, Config, ErrorKind, Filter, State};
use support::server::{Asked, ThreadPeer};

/// Long enough for any machine; reached only by a failing test.
const PATIENCE: Duration = Duration::from_secs(20);

fn simulate() -> (SimulatorThread, Config) {
    let thread = SimulatorThread::start(Options::default()).expect("a simulator");
    let port = thread.simulator().expect("it runs").port();
    (thread, Config::new("127.0.0.1", "admin", "amp111").port(port))
}

fn soon() -> Option<Instant> {
    Some(Instant::now() + PATIENCE)
}

fn deliver(simulator: &SimulatorThread, text: &str) {
    simulator.simulator().expect("it runs").deliver(1, &simulator::Incoming::new("10086", text));
}

#[test]
fn blocking_client_has_the_calls_of_the_asynchronous_one() {
    let (_simulator, config) = simulate();
    let client = Client::connect(config).expect("logged in");
    client.until(State::Open).expect("open");
    assert!(client.until_within(State::Open, Duration::ZERO).expect("open"));
    assert!(!client.until_within(State::Waiting, Duration::from_millis(1)).expect("open"));
    client.call(&Action::new("Ping")).expect("answered");
    client.call_within(&Action::new("Ping"), PATIENCE).expect("answered");
    assert!(client.command("gsm show spans").expect("known").output().is_some());
    assert!(client.command_within("gsm show spans", PATIENCE).expect("known").output().is_some());
    let events = client.subscribe(Filter::all()).expect("open");
    assert!(events.next(Some(Instant::now())).expect("open").is_none());
    client.close().expect("closed");
    assert_eq!(client.until(State::Open).expect_err("closed").kind(), ErrorKind::Closed);
}

#[test]
fn blocking_calls_inside_a_runtime_go_on_when_the_budget_of_its_task_is_used_up() {
    let (_simulator, config) = simulate();
    let (ended, end) = mpsc::channel();
    thread::spawn(move || {
        let client = Client::connect(config).expect("logged in");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        // tokio lets a task take 128 steps.
        runtime.block_on(async {
            for _ in 0..300 {
                client.ping().expect("a pong");
            }
        });
        ended.send(()).expect("the test waits");
    });
    end.recv_timeout(Duration::from_secs(20)).expect("the calls go on");
}

#[test]
fn blocking_gateway_inbox_gives_each_item_and_each_sms() {
    let (simulator, config) = simulate();
    let gateway = Gateway::connect(config).expect("a gateway");
    let inbox = gateway.inbox().expect("an inbox");
    assert!(inbox.next_item(Some(Instant::now())).expect("open").is_none());
    deliver(&simulator, "one");
    match inbox.next_item(soon()).expect("open") {
        Some(InboxItem::Incoming(Incoming::Sms(sms))) => assert_eq!((sms.sender(), sms.text()), ("10086", "one")),
        item => panic!("{item:?}"),
    }
    deliver(&simulator, "two");
    assert_eq!(inbox.next(soon()).expect("open").expect("an SMS").text(), "two");
    assert_eq!(inbox.counters().expect("here").delivered, 2);
    inbox.close();
    assert!(inbox.next(soon()).is_err());
}

#[test]
fn blocking_gateway_callbacks_get_what_comes_in() {
    let (simulator, config) = simulate();
    let gateway = Gateway::connect(config).expect("a gateway");
    let (sender, texts) = mpsc::channel();
    let events = sender.clone();
    let of_sms = gateway.on_sms(move |sms| sender.send(format!("SMS {}", sms.text())).expect("read")).expect("open");
    let of_events = gateway
        .on(Filter::names(["#sms"]).expect("a name"), move |event| {
            let Some(Incoming::Sms(sms)) = Incoming::from_event(event) else { panic!("{event:?}") };
            events.send(format!("event {}", sms.text())).expect("read");
        })
        .expect("open");
    deliver(&simulator, "hello");
    let mut both = [(); 2].map(|()| texts.recv_timeout(PATIENCE).expect("a call"));
    both.sort();
    assert_eq!(both, ["SMS hello", "event hello"]);
    of_sms.close().expect("no call is running");
    of_events.close().expect("no call is running");
}

#[test]
fn blocking_gateway_sends_and_closes() {
    let (_simulator, config) = simulate();
    let gateway = Gateway::connect(config).expect("a gateway");
    let receipt = gateway.send(&SmsRequest::new(1, "10086", "hi")).expect("sent");
    assert_eq!(receipt.outcome(), Outcome::Sent);
    assert!(gateway.close().expect("closed").is_empty());
    assert_eq!(gateway.inbox().expect_err("closed").kind(), ErrorKind::Closed);
}

/// Runs an executor until something is so.
fn run_until(executor: &Executor, is_so: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "it never is");
        if executor.run(0) == 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn executor_has_the_calls_of_clients_and_gateways_on_its_thread() {
    let (simulator, config) = simulate();
    let executor = Executor::new().expect("an executor");
    assert!(executor.fd().expect("here") >= 0);
    let here = thread::current().id();
    let called = Arc::new(AtomicUsize::new(0));
    let note = || {
        let called = Arc::clone(&called);
        move || {
            assert_eq!(thread::current().id(), here);
            called.fetch_add(1, Ordering::SeqCst);
        }
    };
    let client = Client::new_on(config.clone(), &executor).expect("a client");
    let is_open = note();
    let states = client.on(Filter::names(["#state"]).expect("a name"), move |event| {
        if event.get("State") == Some(b"open") {
            is_open();
        }
    });
    let states = states.expect("open");
    client.start().expect("not opened yet");
    assert_eq!(client.start().expect_err("opened").kind(), ErrorKind::State);
    run_until(&executor, || called.load(Ordering::SeqCst) == 1);
    let answered = note();
    client.submit(&Action::new("Ping"), None, move |_| answered()).expect("open");
    run_until(&executor, || called.load(Ordering::SeqCst) == 2);

    let gateway = Gateway::connect_on(config, &executor).expect("a gateway");
    let came = note();
    let inbox = gateway.on_sms(move |_| came()).expect("open");
    deliver(&simulator, "hello");
    run_until(&executor, || called.load(Ordering::SeqCst) == 3);
    let sent = note();
    gateway.submit(&SmsRequest::new(1, "10086", "hi"), move |_| sent()).expect("open");
    // It is sent, or not, and what becomes of it is told here.
    gateway.close().expect("nothing waits for this thread");
    assert_eq!(called.load(Ordering::SeqCst), 4);
    client.close().expect("nothing waits for this thread");
    drop((states, inbox));
}

/// A server that accepts all actions of one client, and tells which they were.
fn serve() -> (thread::JoinHandle<Vec<Asked>>, Config) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = thread::spawn(move || {
        let mut peer = ThreadPeer::new(listener.accept().expect("a client").0);
        peer.log_in();
        let mut seen = Vec::new();
        // A client that was closed takes no more answers.
        while let Ok(Some(asked)) = peer.try_action() {
            let _ = peer.try_say(asked.accept());
            seen.push(asked);
        }
        seen
    });
    (server, Config::new("127.0.0.1", "admin", "amp111").port(port))
}

#[test]
fn submit_by_many_threads_keeps_the_order_of_each_and_completes_each_once() {
    const THREADS: usize = 6;
    const EACH: usize = 2_000;
    let (server, config) = serve();
    let client = Client::connect(config).expect("logged in");
    let (sender, outcomes) = mpsc::channel();
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (client, sender) = (&client, sender.clone());
            scope.spawn(move || {
                for at in 0..EACH {
                    let sender = sender.clone();
                    let action = Action::new("Do").with("Thread", number.to_string()).with("At", at.to_string());
                    let completion = move |outcome: ami::Result<_>| {
                        sender.send((number, at, outcome.is_ok())).expect("the test reads");
                    };
                    client.submit(&action, None, completion).expect("submitted");
                }
            });
        }
    });
    drop(sender);
    // It ends when the last completion was let go of.
    let came: Vec<(usize, usize, bool)> = outcomes.iter().collect();
    assert!(came.iter().all(|(.., is_good)| *is_good));
    assert_eq!(came.len(), THREADS * EACH);
    assert_eq!(came.iter().collect::<HashSet<_>>().len(), THREADS * EACH, "each once");
    client.close().expect("closed");
    let seen = server.join().expect("no panic");
    let ids: HashSet<&str> = seen.iter().filter_map(|asked| asked.get("ActionID")).collect();
    assert_eq!(ids.len(), seen.len(), "each action has an ActionID of its own");
    for number in 0..THREADS {
        let of_thread = seen.iter().filter(|asked| asked.get("Thread") == Some(&number.to_string()));
        let order: Vec<usize> = of_thread.filter_map(|asked| asked.get("At")?.parse().ok()).collect();
        assert_eq!(order, (0..EACH).collect::<Vec<_>>(), "thread {number}");
    }
}

#[test]
fn submit_from_completions_beside_a_close_is_completed_or_refused() {
    struct Count {
        submitted: AtomicUsize,
        completed: AtomicUsize,
    }

    /// Goes on as long as the client takes actions.
    fn submit(client: &Arc<Client>, count: &Arc<Count>) {
        let (again, counted) = (Arc::clone(client), Arc::clone(count));
        count.submitted.fetch_add(1, Ordering::SeqCst);
        let completion = move |_outcome| {
            counted.completed.fetch_add(1, Ordering::SeqCst);
            submit(&again, &counted);
        };
        if let Err(error) = client.submit(&Action::new("Ping"), None, completion) {
            assert_eq!(error.kind(), ErrorKind::Closed);
            count.submitted.fetch_sub(1, Ordering::SeqCst);
        }
    }

    for round in 0..20 {
        let (server, config) = serve();
        let client = Arc::new(Client::connect(config).expect("logged in"));
        let count = Arc::new(Count { submitted: AtomicUsize::new(0), completed: AtomicUsize::new(0) });
        for _ in 0..64 {
            submit(&client, &count);
        }
        let start = Instant::now();
        while count.completed.load(Ordering::SeqCst) < 100 * round {
            assert!(start.elapsed() < PATIENCE, "completions go on");
            thread::yield_now();
        }
        client.close().expect("no completion is stuck");
        // Nothing runs and nothing will: the two do not change any more.
        let (submitted, completed) = (count.submitted.load(Ordering::SeqCst), count.completed.load(Ordering::SeqCst));
        assert_eq!(submitted, completed, "round {round}");
        assert_eq!(Arc::strong_count(&count), 1, "all completions are let go of");
        server.join().expect("no panic");
    }
}
