//! JSON as Python writes it: `NaN` and `Infinity` stand where JSON has no number.

use super::entries::File;
use crate::annotations::text::without_mark;

/// Reads a file. Numbers that are not finite become null, so that the entries that have them can be named.
///
/// # Errors
/// If it is no JSON, with the place, or its lists are none.
pub(super) fn parse(bytes: &[u8]) -> Result<File, String> {
    let bytes = without_mark(bytes);
    let first = match serde_json::from_slice(bytes) {
        Ok(file) => return Ok(file),
        Err(error) => error,
    };
    let second = without_infinite(bytes).map(|bytes| serde_json::from_slice(&bytes));
    match second {
        Some(Ok(file)) => Ok(file),
        _ if first.is_data() => Err(format!("is no COCO file: {first}")),
        _ => Err(format!("not valid JSON: {first}")),
    }
}

/// The text with null for each number outside of texts that is not finite; `None` if there is none.
fn without_infinite(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(bytes.len());
    let mut replaced = false;
    let mut at = 0;
    while at < bytes.len() {
        let length = match bytes[at] {
            b'"' => text_length(&bytes[at..]),
            b'-' | b'0'..=b'9' | b'N' | b'I' => {
                bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte)).count()
            }
            _ => 1,
        };
        let token = &bytes[at..at + length];
        if is_infinite(token) {
            text.extend(b"null");
            replaced = true;
        } else {
            text.extend(token);
        }
        at += length;
    }
    replaced.then_some(text)
}

/// Bytes of the text that begins with a quote.
fn text_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn is_infinite(token: &[u8]) -> bool {
    match token {
        b"NaN" | b"Infinity" | b"-Infinity" => true,
        [b'-' | b'0'..=b'9', ..] => {
            let number = std::str::from_utf8(token).ok().and_then(|token| token.parse::<f64>().ok());
            number.is_some_and(|number| !number.is_finite())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_numbers_outside_of_texts_are_replaced() {
        let replaced = without_infinite(br#"{"a NaN \" 1e999": [NaN, -Infinity,1e999, 1e9,Infinity]}"#).unwrap();
        assert_eq!(String::from_utf8(replaced).unwrap(), r#"{"a NaN \" 1e999": [null, null,null, 1e9,null]}"#);
        assert_eq!(without_infinite(br#"{"NaN": [1.5e3, true, null]}"#), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[\"\\\\NaIe0-9.{}\\[\\],: -]{0,40}", bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = parse(text.as_bytes());
            let _ = parse(&bytes);
        }
    }
}
