//! Channel variables in a `Variable` header, as servers split it.

use super::action::Action;
use super::error::{Error, Result};

impl Action {
    /// Appends a `Variable` header that sets one variable, or a function such as `CALLERID(name)`. A server splits such a header
    /// at commas and takes quotes and backslashes out, so those are escaped in the value.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Invalid`] for a name that the server would take for another one, and as [`Action::add`].
    pub fn add_variable(&mut self, name: &str, value: impl AsRef<[u8]>) -> Result<&mut Action> {
        match check(name) {
            Ok(()) => self.add("Variable", header(name, value.as_ref())),
            Err(error) => {
                self.refuse(error.clone());
                Err(error)
            }
        }
    }

    /// [`Action::add_variable`]; a refusal shows when the action is sent.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: impl AsRef<[u8]>) -> Action {
        let _ = self.add_variable(name, value);
        self
    }
}

fn header(name: &str, value: &[u8]) -> Vec<u8> {
    let mut header = Vec::with_capacity(name.len() + value.len() + 1);
    header.extend_from_slice(name.as_bytes());
    header.push(b'=');
    for &byte in value {
        if matches!(byte, b'\\' | b'"' | b',') {
            header.push(b'\\');
        }
        header.push(byte);
    }
    header
}

/// A name of a variable, or of a function with its arguments in parentheses.
fn check(name: &str) -> Result<()> {
    let (bare, arguments) = match name.split_once('(') {
        Some((bare, arguments)) => (bare, arguments.strip_suffix(')').map(Some)),
        None => (name, Some(None)),
    };
    let is_bare =
        !bare.is_empty() && bare.bytes().all(|byte| byte.is_ascii_graphic() && !b"=,\"\\()[]|;$".contains(&byte));
    let is_plain = |arguments: &str| {
        let is_nested = arguments.contains(['(', ')', '[', ']']);
        !is_nested && !arguments.contains(|char: char| char.is_control() || "=\"\\".contains(char))
    };
    if is_bare && arguments.is_some_and(|arguments| arguments.is_none_or(is_plain)) {
        return Ok(());
    }
    // The name is not shown: what was meant for the value may be in it.
    Err(Error::invalid(
        "a variable's name is letters, digits and signs such as _ and -, or a function such as CALLERID(name); it holds no \
         blank, comma, equals sign, quote or backslash",
    ))
}

#[cfg(test)]
mod tests {
    use super::{check, header};

    #[test]
    fn variable_values_are_escaped_where_servers_split_them() {
        assert_eq!(header("A", b"1"), b"A=1");
        assert_eq!(header("A", br#"a,b\c"d"#), br#"A=a\,b\\c\"d"#);
        assert_eq!(header("A", b""), b"A=");
        assert_eq!(header("A", b"x=y; (z"), b"A=x=y; (z");
    }

    #[test]
    fn variable_names_that_servers_would_split_are_refused() {
        for good in ["A", "__A", "a-b.c", "CALLERID(name)", "PJSIP_HEADER(add,X-Foo)", "HASH(a,b)", "CDR(x y)"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "", " ", "A B", " A", "A ", "A=B", "A,B", "A\"B", "A\\B", "A\r\nB", "A\0", "F(", "F)", "(x)", "F(a)b",
            "F((a)", "F(a=b)", "ä",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
