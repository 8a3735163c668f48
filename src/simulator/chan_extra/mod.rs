//! chan_extra and its forks: commands on the command line, and channels for what comes in.

mod channel;
mod driver;
mod encode;
mod incoming;
mod result;
mod send;
mod status;
mod ussd;

pub(super) use driver::ChanExtra;
pub(super) use send::check_lengths;
pub(super) use status::{show_span, show_spans};
pub(super) use ussd::older_words;
