//! The settings of a gateway.

use std::fmt;
use std::time::Duration;

use super::model::{Core, Model};
use super::transcript::Transcript;

/// How a gateway is set up. All fields may be set; [`Options::default`] suits most tests.
#[derive(Clone)]
pub struct Options {
    /// Which gateway it is; [`Model::OpenVox`] by default.
    pub model: Model,
    /// The Asterisk that it runs on; by default the model's own: 1.8 for gateways, 16 for dongles. It shows in the
    /// banner, after login, and in how the output of commands is framed; events are those of 1.8.
    pub core: Option<Core>,
    /// In what a Yeastar gateway's firmware differs.
    pub yeastar: Yeastar,
    /// Whether a dongle has bg111's driver: `DongleSendPDU`, `ID` in answers, and `DongleSMSStatus` instead of the
    /// driver's own word in `DongleReport`.
    pub bg111: bool,
    /// Whether a dongle has chan_dongle's driver of 2015 to 2020: as bg111's, and `DongleSMSStatus` says `Sending` first, with
    /// the network's reference.
    pub dongle_2019: bool,
    /// Whether the dialplan of OpenVox and ALLO gateways has the extensions `sms_send_ok` and `sms_send_failed`, which
    /// tell what became of messages that were only handed over; it does not by default.
    pub send_results: bool,
    /// What chance is made of: the same seed gives the same outcomes and latencies.
    pub seed: u64,
    /// TCP port on 127.0.0.1; 0, the default, takes any free one.
    pub port: u16,
    /// Name of the one account, `admin` by default.
    pub username: String,
    /// Its secret, `amp111` by default.
    pub secret: String,
    /// Number of GSM ports, 1 to 999; 4 by default. They are counted from 1, Yeastar's from 2.
    pub spans: u32,
    /// Classes of events the account may see, as in manager.conf: `all` (default) or a list such as `system,dialplan`.
    pub read: String,
    /// Classes of actions the account may use, written like `read`; `all` by default.
    pub write: String,
    /// How long a failed login waits before it is answered and the connection closed; 10 ms by default (Asterisk: 1 s).
    pub login_failure_delay: Duration,
    /// How long a session may take to log in; 30 s by default. Then it is closed without a word.
    pub auth_timeout: Duration,
    /// How many sessions may be open that are not logged in, 50 by default; one more is closed without a word.
    pub auth_limit: usize,
    /// Whether the account may have several sessions at a time; it may by default.
    pub allow_multiple_login: bool,
    /// Number of the SMS centre in the PDUs of incoming messages. Without one the sender is lost, as in the driver.
    pub smsc: String,
    /// Zone of the SMS centre's times, in hours from UTC; 8 by default.
    pub time_zone: i8,
    /// Own numbers of the spans, that of the first span first. An SMS sent to one of them comes in there. None by
    /// default.
    pub numbers: Vec<String>,
    /// How long one second of a timeout in a request lasts; less than a second makes tests of timeouts quick.
    pub second: Duration,
    /// Whether events carry a `Timestamp` header (`timestampevents` in manager.conf); they do not by default.
    pub timestamps: bool,
    /// Bytes of events that may wait for one session, 8 MiB by default; a session that falls further behind is closed.
    pub backlog: usize,
    /// How long one write may wait for a peer that does not read before its session is closed; 5 s by default.
    pub write_timeout: Duration,
    /// Told every line that is said on any session, with secrets hidden.
    pub transcript: Option<Transcript>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            model: Model::default(),
            core: None,
            yeastar: Yeastar::default(),
            bg111: false,
            dongle_2019: false,
            send_results: false,
            seed: 0,
            port: 0,
            username: "admin".into(),
            secret: "amp111".into(),
            spans: 4,
            read: "all".into(),
            write: "all".into(),
            login_failure_delay: Duration::from_millis(10),
            auth_timeout: Duration::from_secs(30),
            auth_limit: 50,
            allow_multiple_login: true,
            smsc: "+8613800755500".into(),
            time_zone: 8,
            numbers: Vec::new(),
            second: Duration::from_secs(1),
            timestamps: false,
            backlog: 8 << 20,
            write_timeout: Duration::from_secs(5),
            transcript: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("model", &self.model)
            .field("port", &self.port)
            .field("username", &self.username)
            .field("secret", &"***")
            .field("spans", &self.spans)
            .field("read", &self.read)
            .field("write", &self.write)
            .finish_non_exhaustive()
    }
}

/// In what the firmware of Yeastar's gateways differs. The default is that of the TG200 and TG400.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Yeastar {
    /// The port of an incoming message is called `GsmPort` instead of `GsmSpan`.
    pub gsm_port: bool,
    /// `Index` counts parts from 1 instead of 0.
    pub index_from_one: bool,
    /// Each part of a UCS-2 text begins with a byte order mark.
    pub byte_order_mark: bool,
    /// USSD is answered in the words of older drivers (`1:Recive USSD sucess`).
    pub older_ussd: bool,
}
