//! The driver: its commands, its actions and its events.

use std::sync::Arc;

use super::super::actions::Action;
use super::super::gateway::{Driver, Entry, Gateway};
use super::super::incoming::{Incoming, Report};
use super::super::options::Options;
use super::super::pdu::Part;
use super::super::radio::SpanState;
use super::super::request::Request;
use super::super::ussd_menu;
use super::assembly::Assembly;
use super::commands::COMMANDS;
use super::{actions, events, power};

/// chan_dongle or chan_quectel.
#[derive(Default)]
pub(in super::super) struct ChanDongle {
    assembly: Assembly,
}

impl Driver for ChanDongle {
    fn commands(&self, _: &Options) -> &'static [Entry] {
        &COMMANDS
    }

    fn actions(&self, options: &Options) -> Vec<Action> {
        actions::known(options).collect()
    }

    fn act(&self, gateway: &Arc<Gateway>, action: &str, request: &Request) -> Option<Vec<u8>> {
        let title = gateway.options.model.title();
        let (start, name) = action.split_at_checked(title.len())?;
        start.eq_ignore_ascii_case(title).then(|| actions::act(gateway, name, request))
    }

    fn tell(&self, gateway: &Gateway, span: u32, message: &Incoming, parts: &[Part]) -> usize {
        events::tell(gateway, &self.assembly, span, message, parts)
    }

    fn tell_ussd(&self, gateway: &Gateway, span: u32, text: &str, responses: u8) -> usize {
        events::ussd(gateway, span, text, responses, ussd_menu::dcs_of(text))
    }

    fn tell_report(&self, gateway: &Gateway, span: u32, report: &Report) -> usize {
        events::report(gateway, span, report)
    }

    fn tell_change(&self, gateway: &Gateway, span: u32, before: &SpanState, after: &SpanState) {
        power::changed(gateway, span, before, after);
    }

    fn machine(&self) -> &'static str {
        "x86_64"
    }
}
