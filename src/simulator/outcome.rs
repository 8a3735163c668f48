//! Results of sending a message.

use super::named_enum::named;

/// What becomes of an SMS that the gateway is asked to send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// The network takes it.
    #[default]
    Sent,
    /// The network refuses it.
    Failed,
    /// The port is in use; a synchronous send is refused. Asynchronous ones are queued and sent.
    Busy,
    /// Nothing is heard from the network, and the SMS is not sent.
    TimedOut,
    /// Nothing is heard until the command's timeout; a later attempt of the driver, which tries every 2 s, sends it.
    Late,
    /// The network takes it, and loses it.
    Lost,
}

named! { Outcome, "outcome":
    Sent = "sent", Failed = "failed", Busy = "busy", TimedOut = "timeout", Late = "late", Lost = "lost",
}
