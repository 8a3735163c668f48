//! The driver: its commands and its events.

use super::super::gateway::{Driver, Entry, Gateway, Run};
use super::super::incoming::Incoming;
use super::super::model::Model;
use super::super::options::Options;
use super::super::pdu::Part;
use super::{incoming, send, status, ussd};

const SMS: &str = "Send SMS on a given GSM span";
const USSD: &str = "Send USSD on a given GSM span";

const SHOW_SPAN: Entry = Entry::new(
    "gsm show span",
    "<span>",
    "Displays GSM Information on a given GSM span",
    Run::Immediate(status::show_span),
);
const SHOW_SPANS: Entry =
    Entry::new("gsm show spans", "", "Displays GSM Information", Run::Immediate(status::show_spans));
const SHOW_VERSION: Entry =
    Entry::new("gsm show version", "", "Displays the driver's version", Run::Immediate(status::show_version));

/// What the open driver and the later one have in common, with the arguments of the commands in which they differ.
const fn driver(sync_sms: &'static str, sync_csms: &'static str) -> [Entry; 19] {
    const AT: &str = "Send AT command on a given GSM span";
    [
        Entry::new("gsm send sms", "<span> <destination> <message> [id]", SMS, Run::Immediate(send::sms)),
        Entry::new("gsm send sync sms", sync_sms, SMS, Run::Waiting(|call| Box::pin(send::sync_sms(call)))),
        Entry::new(
            "gsm send sync csms",
            sync_csms,
            "Send concatenated SMS on a given GSM span",
            Run::Waiting(|call| Box::pin(send::sync_csms(call))),
        ),
        Entry::new("gsm send pdu", "<span> <PDU> [id]", "Send PDU on a given GSM span", Run::Immediate(send::pdu)),
        Entry::new("gsm send at", "<span> <AT command>", AT, Run::Immediate(status::send_at)),
        Entry::new("gsm send sync at", "<span> <AT command> <timeout>", AT, Run::Immediate(status::send_sync_at)),
        Entry::new(
            "gsm send ussd",
            "<span> <message> [timeout]",
            USSD,
            Run::Waiting(|call| Box::pin(ussd::send(call))),
        ),
        Entry::new("gsm set send sms mode", "<pdu|text> <span>", "Set SMS mode", Run::Immediate(status::set_mode)),
        Entry::new("gsm set send sms smsc", "<span> <number>", "Set SMS centre", Run::Immediate(status::set_smsc)),
        Entry::new("gsm set send sms coding", "<span> <coding>", "Set SMS coding", Run::Immediate(status::set_coding)),
        Entry::new("gsm show send sms mode", "<span>", "Show SMS mode", Run::Immediate(status::show_mode)),
        Entry::new("gsm show send sms smsc", "<span>", "Show SMS centre", Run::Immediate(status::show_smsc)),
        Entry::new("gsm show send sms coding", "<span>", "Show SMS coding", Run::Immediate(status::show_coding)),
        SHOW_SPAN,
        SHOW_SPANS,
        SHOW_VERSION,
        Entry::new(
            "gsm check phone stat",
            "<span> <number>",
            "Check a phone's state",
            Run::Immediate(status::check_phone),
        ),
        Entry::new(
            "gsm power",
            "<on|off|reset|stat> <span>",
            "Power a given GSM span on or off",
            Run::Immediate(status::power),
        ),
        Entry::new("gsm reload span", "<span>", "Reload a given GSM span", Run::Immediate(status::reload_span)),
    ]
}

static OPEN: [Entry; 19] = driver(
    "<span> <destination> <message> <timeout> [id]",
    "<span> <destination> <message> <flag> <smscount> <smssequence> <timeout> [id]",
);
static FIRMWARE: [Entry; 19] = driver(
    "<span> <destination> <message> <timeout> <flash> [id]",
    "<span> <destination> <message> <flag> <smscount> <smssequence> <timeout> <flash> [id]",
);
static MANUAL: [Entry; 6] = [
    Entry::new("gsm send sms", "<span> <destination> <message> <timeout> [id]", SMS, Run::Immediate(send::sms)),
    Entry::new(
        "gsm send syncsms",
        "<span> <destination> <message> <timeout> [id]",
        SMS,
        Run::Waiting(|call| Box::pin(send::sync_sms(call))),
    ),
    Entry::new(
        "gsm send ussd",
        "<span> <destination> <message> <timeout> [id]",
        USSD,
        Run::Waiting(|call| Box::pin(ussd::send(call))),
    ),
    SHOW_SPAN,
    SHOW_SPANS,
    SHOW_VERSION,
];

/// chan_extra or one of its forks.
pub(in super::super) struct ChanExtra;

impl Driver for ChanExtra {
    fn commands(&self, options: &Options) -> &'static [Entry] {
        match options.model {
            Model::OpenVoxFirmware => &FIRMWARE,
            Model::OpenVox2013 => &MANUAL,
            _ => &OPEN,
        }
    }

    fn tell(&self, gateway: &Gateway, span: u32, message: &Incoming, parts: &[Part]) -> usize {
        incoming::tell(gateway, span, message, parts)
    }
}
