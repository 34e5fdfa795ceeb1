//! Palettes of PNG, looked at before the decoder does, which takes it for granted that they hold whole colours.

/// What every PNG begins with.
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Bytes of a chunk around its data: length and type before it, the check behind.
const AROUND: usize = 12;
/// The most colours that a palette has.
const COLOURS: usize = 256;

/// Refuses a PNG whose palette is no whole number of colours, or more than can be numbered.
///
/// # Errors
/// If it is one.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let mut rest = bytes.strip_prefix(SIGNATURE).unwrap_or_default();
    while let Some((length, kind)) = rest.split_first_chunk::<4>().and_then(|(length, rest)| Some((length, rest.get(..4)?))) {
        let length = u32::from_be_bytes(*length) as usize;
        match kind {
            b"PLTE" if !length.is_multiple_of(3) || length > 3 * COLOURS => {
                return Err(format!(
                    "cannot be decoded: the palette has {length} bytes, no whole number of up to {COLOURS} colours"
                ));
            }
            // A palette comes before the pixels.
            b"IDAT" => return Ok(()),
            _ => {}
        }
        rest = length.checked_add(AROUND).and_then(|next| rest.get(next..)).unwrap_or_default();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Decoding, Scratch, decode};
    use crate::image::Image;

    fn problem(length: usize) -> Option<String> {
        let mut file = SIGNATURE.to_vec();
        for (kind, length) in [(b"IHDR", 13), (b"PLTE", length), (b"IDAT", 1), (b"PLTE", 1)] {
            file.extend(u32::try_from(length).unwrap().to_be_bytes());
            file.extend(kind);
            file.extend(vec![0; length + 4]);
        }
        check(&file).err()
    }

    #[test]
    fn a_palette_holds_whole_colours() {
        assert_eq!([3, 768].map(problem), [None, None]);
        let said = problem(49).unwrap();
        assert_eq!(said, "cannot be decoded: the palette has 49 bytes, no whole number of up to 256 colours");
        assert!(problem(771).is_some());
        assert_eq!([check(b""), check(b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffabcd")], [Ok(()), Ok(())]);
    }

    /// What fuzzing found: the decoder panicked.
    #[test]
    fn one_with_a_part_of_a_colour_is_an_error() {
        let file = include_bytes!("../../fixtures/fuzz/picture/palette_of_parts_of_colours.png");
        let decoding = Decoding {
            background: [0; 3],
            limits: crate::decode::Limits { pixels: 1000, ..crate::decode::Limits::NONE },
            at_least: None,
        };
        assert!(
            decode(file, &decoding, &mut Scratch::default(), &mut Image::default())
                .unwrap_err()
                .contains("the palette has 49 bytes")
        );
    }
}
