//! Commands of the caller's for SMS.

use std::time::Duration;

use super::plain::single;
use super::transmission::{ResultSource, Transmission, command, made_id};
use crate::error::{Error, Result};
use crate::gsm::cli::quote;
use crate::gsm::request::SmsRequest;

/// A command line with places for what is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Box<str>);

impl Template {
    pub(super) fn new(line: &str) -> Result<Template> {
        for needed in ["{port}", "{to}", "{text}"] {
            if !line.contains(needed) {
                return Err(Error::invalid(format!("the command for SMS has no {needed} in it")));
            }
        }
        let known = ["{port}", "{to}", "{text}", "{timeout}", "{id}", "{flash}"];
        let rest = known.iter().fold(line.to_owned(), |rest, place| rest.replace(place, ""));
        if rest.contains(['{', '}', '"']) {
            return Err(Error::invalid(format!(
                "the command for SMS may hold {} only, and quotes none of them: libami does",
                known.join(", ")
            )));
        }
        Ok(Template(line.into()))
    }

    /// Tells whether the command has this place, such as `{timeout}`.
    pub(super) fn has(&self, place: &str) -> bool {
        self.0.contains(place)
    }

    fn line(&self, request: &SmsRequest, text: &str, seconds: u64, id: &str) -> String {
        let (mut line, mut rest) = (String::new(), &*self.0);
        // In one pass: a text may hold what looks like a place.
        while let Some(at) = rest.find('{') {
            let end = rest[at..].find('}').map_or(rest.len(), |end| at + end + 1);
            line.push_str(&rest[..at]);
            match &rest[at..end] {
                "{port}" => line.push_str(&request.port.to_string()),
                "{to}" => line.push_str(&request.destination),
                "{text}" => line.push_str(&quote(text)),
                "{timeout}" => line.push_str(&seconds.to_string()),
                "{id}" => line.push_str(id),
                _ => line.push(if request.flash { '1' } else { '0' }),
            }
            rest = &rest[end..];
        }
        line.push_str(rest);
        line.trim_end().to_owned()
    }
}

/// The one command of a message.
pub(super) fn transmissions(template: &Template, request: &SmsRequest, seconds: u64) -> Result<Vec<Transmission>> {
    single(&request.text)?;
    // Left out, the argument behind it would be taken for it.
    let id = request.id.as_deref().map_or_else(made_id, str::to_owned);
    let line = template.line(request, &request.text, seconds, &id);
    let result_source =
        if template.has("{timeout}") { ResultSource::Answer(Duration::from_secs(seconds)) } else { ResultSource::None };
    Ok(vec![Transmission { action: command(line), result_source }])
}
