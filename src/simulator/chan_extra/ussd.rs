//! The command that sends a USSD code.

use super::super::argument::{integer, text};
use super::super::gateway::{Call, Printed, Refusal};
use super::super::model::Model;
use super::super::ussd;
use super::super::ussd_menu::UssdReply;

const DEFAULT_USSD_TIMEOUT: i64 = 10;

pub(super) async fn send(call: &Call<'_>) -> Printed {
    let model = call.gateway.options.model;
    let (span, code, seconds) = match (model, call.arguments) {
        (Model::OpenVox2013, [span, _, code, seconds] | [span, _, code, seconds, _]) => (span, code, integer(seconds)),
        (Model::OpenVox2013, _) => return Err(Refusal::Usage),
        (_, [span, code]) => (span, code, Some(DEFAULT_USSD_TIMEOUT)),
        (_, [span, code, seconds]) => (span, code, integer(seconds)),
        _ => return Err(Refusal::Usage),
    };
    let (span, radio) = call.span(span)?;
    let wait = call.gateway.seconds(seconds.unwrap_or(0));
    Ok(match ussd::request(call.gateway, radio, &text(code), wait).await {
        UssdReply::Text { text, responses, dcs } if matches!(model, Model::OpenVox2013 | Model::Allo) => {
            older_words(span, &text, responses, dcs)
        }
        UssdReply::Text { text, responses, dcs } => {
            format!("1:Recive USSD on span {span},responses:{responses},code:{dcs}\nText:{text}\n")
        }
        UssdReply::Busy => format!("0:Sending USSD now on span {span}\n"),
        UssdReply::Failed => format!("0:Send USSD failed on span {span}\n"),
        // 110 is ETIMEDOUT.
        UssdReply::TimedOut => format!("0:Send USSD timeout on span {span}(110)\n"),
    })
}

/// An answer as drivers before 2.0.7 print it.
pub(in super::super) fn older_words(span: u32, text: &str, responses: u8, dcs: u8) -> String {
    format!(
        "1:Recive USSD sucess on span {span}\n\tUSSD Responses:{responses}\n\tUSSD Code:{dcs}\n\tUSSD Message:{text}\n"
    )
}
