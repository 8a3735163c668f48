//! SMS as they are on the wire (3GPP TS 23.040 and 23.038), without input and output.
//!
//! ```
//! use ami::gsm::pdu::{Pdu, Submit};
//!
//! if let Pdu::Deliver(sms) = Pdu::from_hex("000405810180F600004190119063742302E834")? {
//!     assert_eq!((sms.sender().as_str(), sms.user_data().text()), ("10086", Some("hi")));
//! }
//!
//! for pdu in Submit::new("+8613632919026", "您好").status_report(true).encode()? {
//!     println!("AT+CMGS={} {}", pdu.tpdu_len(), pdu.hex());
//! }
//! # Ok::<(), ami::Error>(())
//! ```

mod address;
pub(crate) mod alphabet;
mod message;
mod octets;
mod submit;
mod timestamp;
mod user_data;

pub use address::Address;
pub use alphabet::Encoding;
pub use message::{Deliver, Delivery, Pdu, StatusReport, Submitted};
#[cfg(feature = "python")]
pub(crate) use octets::from_hex;
pub use submit::{Submit, SubmitPdu};
pub use timestamp::Timestamp;
pub use user_data::{Part, UserData};
