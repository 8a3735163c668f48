//! Everything that Asterisk can do, typed: an action each for its actions, a view each for its events, made of the catalogue
//! of Asterisk 1.8 to 23.
//!
//! A view is no copy: it reads the headers of the event, which stays at hand, when they are asked for. A header that is
//! missing, or holds something else than it should, is `None`; one that the catalogue does not know is read from the event.
//!
//! ```
//! use std::time::Duration;
//!
//! use ami::protocol::Parser;
//! use ami::typed::actions::Originate;
//! use ami::typed::events::Hangup;
//!
//! let originate = Originate::new("PJSIP/100")
//!     .context("default")
//!     .exten("200")
//!     .priority(1)
//!     .timeout(Duration::from_secs(20))
//!     .variable("LANG", "en");
//! assert_eq!(originate.action().get("Timeout"), Some(&b"20000"[..]));
//!
//! let mut parser = Parser::new();
//! parser.feed(b"Asterisk Call Manager/5.0\r\nEvent: Hangup\r\nChannel: PJSIP/100-1\r\nCause: 16\r\nX-Own: 1\r\n\r\n")?;
//! let event = parser.next()?.expect("a whole message");
//! let hangup = event.view::<Hangup>().expect("a Hangup");
//! assert_eq!(hangup.channel().name().as_deref(), Some("PJSIP/100-1"));
//! assert_eq!((hangup.cause(), hangup.tech_cause()), (Some(16), None));
//! assert_eq!(event.get("X-Own"), Some(&b"1"[..]));
//! # Ok::<(), ami::Error>(())
//! ```

pub mod actions;
pub mod blocks;
mod caller;
pub mod events;
mod filter;
pub(crate) mod read;
mod request;
mod value;
pub mod values;
mod view;

pub use crate::catalog::Entry;
pub use caller::Caller;
pub use filter::{EventFilter, Rule};
pub use value::Value;
pub use view::View;
