use std::time::Duration;

/// The value of a header of an action: a text, bytes, a number, or yes or no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Bytes(Vec<u8>),
    Flag(bool),
}

impl Value {
    /// In milliseconds; a part of one counts as a whole.
    pub(super) fn milliseconds(time: Duration) -> Value {
        Value::from(u64::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }

    /// In seconds; a part of one counts as a whole.
    pub(super) fn seconds(time: Duration) -> Value {
        Value::from(time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0)))
    }

    /// The same with these words for yes and no.
    pub(super) fn spelt(self, words: [&str; 2]) -> Value {
        match self.0 {
            Form::Flag(is_yes) => Value::from(words[usize::from(!is_yes)]),
            Form::Bytes(_) => self,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match &self.0 {
            Form::Bytes(bytes) => bytes,
            Form::Flag(true) => b"yes",
            Form::Flag(false) => b"no",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value(Form::Bytes(text.into()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value(Form::Bytes(text.into_bytes()))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Value {
        Value::from(text.as_str())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Value {
        Value(Form::Bytes(bytes.into()))
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Value {
        Value(Form::Bytes(bytes))
    }
}

/// `yes` or `no`, or the words that the header takes for them.
impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        Value(Form::Flag(flag))
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {$(
        impl From<$number> for Value {
            fn from(number: $number) -> Value {
                Value::from(number.to_string())
            }
        }
    )*};
}

numbers! { i32 i64 u16 u32 u64 usize }
