//! Known values of headers. Servers may send others: so a value is one of the known ones or another.

use std::borrow::Cow;

/// One of the known values of a header, or another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Open<'a, K> {
    /// A known value.
    Known(K),
    /// Another one.
    Other(Cow<'a, str>),
}

impl<K> Open<'_, K> {
    /// The known value, if it is one.
    pub fn known(self) -> Option<K> {
        match self {
            Open::Known(known) => Some(known),
            Open::Other(_) => None,
        }
    }
}

/// The known values of a header.
pub trait Known: Copy + 'static {
    /// Each of them, as servers write it.
    const ALL: &'static [(&'static str, Self)];

    /// The value that this text stands for, in any case of its letters.
    fn of(text: &[u8]) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(text)).map(|(_, known)| *known)
    }
}

macro_rules! known {
    ($(#[$docs:meta])* $name:ident { $($(#[$variant_docs:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_docs])* $variant,)*
        }

        impl Known for $name {
            const ALL: &'static [(&'static str, Self)] = &[$(($text, $name::$variant),)*];
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/values.rs"));
