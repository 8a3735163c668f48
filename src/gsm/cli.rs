//! Arguments of a CLI line.

/// Quotes one argument. Within quotes the CLI takes a back-slash as leave for the next byte, and nothing else is special.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn only_quotes_and_back_slashes_are_escaped() {
        assert_eq!(quote(r#"a "b" \c $d `e` 'f'"#), r#""a \"b\" \\c $d `e` 'f'""#);
        assert_eq!(quote(r"ends in \"), r#""ends in \\""#);
        assert_eq!(quote("您好"), "\"您好\"");
    }
}
