//! The border that no panic crosses: a function of the header runs inside `guard`, or inside `boundary::status`.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a function that cannot fail; a bug becomes the default value.
pub(super) fn guard<T>(default: T, run: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or(default)
}
