//! OpenVox's driver cuts a text into parts and writes bytes for characters (3GPP TS 23.038).

/// The basic table, of which each character takes one septet, and the extension table, of which each takes two.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
                     ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

fn septets(c: char) -> Option<usize> {
    if EXTENSION.contains(c) { Some(2) } else { BASIC.contains(c).then_some(1) }
}

/// The parts of a text, as phones split it, each as its bytes are read: the driver writes septets by a table of Latin-1,
/// UCS-2 in UTF-8. libami takes bytes for UTF-8 where they are that, else for Latin-1, as its documents say.
pub fn driver_texts(text: &str, wide: bool) -> Vec<String> {
    let narrow = !wide && text.chars().all(|c| septets(c).is_some());
    let cost = |c: char| if narrow { septets(c).unwrap_or(1) } else { c.len_utf16() };
    let (single, multiple) = if narrow { (160, 153) } else { (70, 67) };
    let mut parts = vec![String::new()];
    let mut room = if text.chars().map(cost).sum::<usize>() <= single { single } else { multiple };
    for c in text.chars() {
        if cost(c) > room {
            parts.push(String::new());
            room = multiple;
        }
        room -= cost(c);
        parts.last_mut().expect("there is one").push(c);
    }
    if !narrow {
        return parts;
    }
    let latin = |part: &String| {
        let bytes: Vec<u8> = part
            .chars()
            .flat_map(|c| match c {
                // The driver's table lacks the sign and takes the code behind the escape for a letter.
                '€' => vec![0xff, b'e'],
                _ => vec![u8::try_from(c).unwrap_or(0xff)],
            })
            .collect();
        match std::str::from_utf8(&bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        }
    };
    parts.iter().map(latin).collect()
}
