//! Headers that stand together in many events: of a channel and of a bridge.

use std::borrow::Cow;

use super::read;
use super::values::{self, Open};
use crate::protocol::Message;

include!(concat!(env!("OUT_DIR"), "/blocks.rs"));
