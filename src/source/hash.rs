//! The hash by which contents are known.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use twox_hash::XxHash3_128;

/// xxh3-128 of a content, which is written as 32 hexadecimal digits: one for each of millions of pictures, so kept as the 16 bytes that
/// it is. The order is that of the digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash([u8; 16]);

impl ContentHash {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        XxHash3_128::oneshot(bytes).into()
    }
}

/// The hash of a content, as it is written.
pub fn content_hash(bytes: &[u8]) -> String {
    ContentHash::of(bytes).to_string()
}

impl From<u128> for ContentHash {
    fn from(number: u128) -> Self {
        Self(number.to_be_bytes())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, to)
    }
}

/// That a text is no hash of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no hash of ours (32 hexadecimal digits)")]
pub struct NoHash;

impl FromStr for ContentHash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let ours = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = ours.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        number.map(Self::from).ok_or(NoHash)
    }
}

impl Serialize for ContentHash {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'a> Deserialize<'a> for ContentHash {
    fn deserialize<D: Deserializer<'a>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'a, str>::deserialize(from)?;
        text.parse().map_err(|problem| D::Error::custom(format_args!("{:?}: {problem}", text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_as_digits_and_read_again() {
        let hash = ContentHash::of(b"a");
        assert_eq!(hash.to_string(), "a96faf705af16834e6c632b61e964e1f");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(serde_json::to_string(&hash).unwrap(), format!("\"{hash}\""));
        assert_eq!(serde_json::from_str::<ContentHash>(&format!("\"{hash}\"")).unwrap(), hash);
    }

    #[test]
    fn only_what_we_write_is_a_hash() {
        for text in
            ["", "a96faf705af16834e6c632b61e964e1", "A96FAF705AF16834E6C632B61E964E1F", "+96faf705af16834e6c632b61e964e1f"]
        {
            assert_eq!(text.parse::<ContentHash>(), Err(NoHash), "{text}");
        }
    }

    #[test]
    fn the_order_is_that_of_the_digits() {
        let hashes: Vec<ContentHash> = (0..100u8).map(|byte| ContentHash::of(&[byte])).collect();
        let texts: Vec<String> = hashes.iter().map(ContentHash::to_string).collect();
        for (a, b) in hashes.iter().zip(&hashes[1..]) {
            assert_eq!(a < b, a.to_string() < b.to_string());
        }
        assert_eq!(texts.iter().min().unwrap(), &hashes.iter().min().unwrap().to_string());
    }
}
