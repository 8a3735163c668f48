//! A view for each event: its headers, by name and type.

use std::borrow::Cow;
use std::time::SystemTime;

use super::values::{self, Open};
use super::view::View;
use super::{blocks, read};
use crate::protocol::Message;

macro_rules! view {
    ($kind:ident, $name:literal) => {
        impl<'a> View<'a> for $kind<'a> {
            const NAME: &'static str = $name;

            #[inline]
            fn over(message: &'a Message) -> Self {
                $kind(message)
            }
        }

        impl<'a> $kind<'a> {
            /// The event itself, with all of its headers.
            #[inline]
            pub fn raw(&self) -> &'a Message {
                self.0
            }
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/events.rs"));
