//! Limits of the actions that wait to be written: with a server that reads too slowly, and during a reconnect.

use std::time::Duration;

use ami::protocol::{ActionQueue, Reconnect, SessionConfig};
use ami::{Action, Error, ErrorKind};

use support::session::{Link, session_config};

const SECOND: Duration = Duration::from_secs(1);

fn bounded(actions: usize, bytes: usize) -> SessionConfig {
    let mut config = session_config();
    config.action_queue = ActionQueue::default().actions(actions).bytes(bytes);
    config.keepalive = Duration::ZERO;
    config
}

fn submit(link: &mut Link, token: u32) -> Result<(), Error> {
    let now = link.now;
    link.session.submit(&Action::new("Ping"), None, now, token).map(drop).map_err(|refused| {
        assert_eq!(refused.token, token);
        refused.error
    })
}

/// Submits until it is refused; how many were taken.
fn fill(link: &mut Link) -> u32 {
    let mut taken = 0;
    loop {
        match submit(link, taken) {
            Ok(()) => taken += 1,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Overflow, "{error}");
                for word in ["wait to be written", "the setting action_queue"] {
                    assert!(error.message().contains(word), "{error}");
                }
                return taken;
            }
        }
        assert!(taken < 100_000, "there is no bound");
    }
}

#[test]
fn action_queue_bounds_how_many_actions_wait_to_be_written() {
    let mut link = Link::ready_with(bounded(10, 1 << 20));
    assert_eq!(fill(&mut link), 10);
    assert_eq!(submit(&mut link, 99).expect_err("full").kind(), ErrorKind::Overflow);
    // Written is not waiting, answered or not.
    let first = link.session.transmit().len() / 10;
    link.session.transmitted(first * 3);
    assert_eq!(fill(&mut link), 3);
    link.send();
    assert_eq!(fill(&mut link), 10);
    assert_eq!(link.session.in_flight(), 23);
    assert!(link.out.done.is_empty(), "what was taken is still under way");
}

#[test]
fn action_queue_bounds_how_many_actions_wait_for_answers() {
    let mut link = Link::ready_with(bounded(10, 1 << 20));
    // A server that reads and never answers.
    let mut taken = 0;
    while let more @ 1.. = fill(&mut link) {
        taken += more;
        link.send();
        assert!(taken < 1000, "there is no bound");
    }
    assert_eq!((taken, link.session.in_flight()), (50, 50));
    link.pass(11 * SECOND);
    assert_eq!((link.out.done.len(), link.session.in_flight()), (50, 0));
    assert_eq!(fill(&mut link), 10);
}

#[test]
fn action_queue_bounds_the_bytes_that_wait_to_be_written() {
    let mut link = Link::ready_with(bounded(1000, 4096));
    let taken = fill(&mut link);
    assert!((10..1000).contains(&taken), "{taken}");
    let waiting = link.session.transmit().len();
    assert!((2048..=4096).contains(&waiting), "{waiting} bytes");
    link.send();
    let again = fill(&mut link);
    assert!(again.abs_diff(taken) * 20 <= taken, "{again} and not {taken}: ActionIDs grow");
}

#[test]
fn action_queue_has_room_again_when_what_waited_was_given_up() {
    let mut link = Link::ready_with(bounded(10, 1 << 20));
    assert_eq!(fill(&mut link), 10);
    link.pass(11 * SECOND);
    assert_eq!(link.out.done.len(), 10);
    assert!(link.out.done.iter().all(|(_, result)| result.as_ref().is_err_and(|e| e.kind() == ErrorKind::Timeout)));
    assert_eq!(fill(&mut link), 10);
}

#[test]
fn action_queue_bounds_what_waits_for_the_next_link() {
    let mut config = bounded(10, 1 << 20);
    config.reconnect = Some(Reconnect::new(SECOND / 10, SECOND / 10));
    config.wait_for_reconnect = true;
    config.action_timeout = 1000 * SECOND;
    let mut link = Link::ready_with(config);
    assert_eq!(fill(&mut link), 10);
    let now = link.now;
    link.session.disconnected(Error::new(ErrorKind::Disconnected, "gone"), now);
    link.poll();
    // Unwritten actions wait on, also through logins that fail.
    for _ in 0..3 {
        assert_eq!(fill(&mut link), 0);
        link.pass(SECOND);
        link.session.connected(false, link.now + SECOND);
        link.feed("Asterisk Call Manager/5.0.4\r\n");
        link.send();
        assert_eq!(fill(&mut link), 0);
        let now = link.now;
        link.session.disconnected(Error::new(ErrorKind::Disconnected, "gone again"), now);
        link.poll();
    }
    assert!(link.out.done.is_empty());
    link.pass(SECOND);
    link.session.connected(false, link.now + SECOND);
    link.log_in(b"Asterisk Call Manager/5.0.4\r\n");
    link.send();
    assert_eq!(fill(&mut link), 10);
}
