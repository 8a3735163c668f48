//! Waits that end: each fails the test with the name of what has not come.

use std::future::Future;
use std::time::{Duration, Instant};

/// Long enough for any machine; reached only by a failing test.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The pause between two looks at a condition that nothing announces.
const LOOK: Duration = Duration::from_millis(5);

/// The output of the future, which has to come in time.
pub async fn patience<T>(name: &str, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{name}: nothing after {PATIENCE:?}"))
}

/// Waits until the condition holds.
pub async fn until(name: &str, mut holds: impl FnMut() -> bool) {
    patience(name, async {
        while !holds() {
            tokio::time::sleep(LOOK).await;
        }
    })
    .await;
}

/// Waits until the condition holds, on a thread without a runtime.
pub fn wait_until(name: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{name}: nothing after {PATIENCE:?}");
        std::thread::sleep(LOOK);
    }
}
