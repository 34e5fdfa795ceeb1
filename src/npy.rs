//! The `.npy` format, version 1.0, byte for byte as `np.save` writes it.

/// Bytes before the values, in every file that we write.
pub const HEADER_BYTES: u64 = 128;

/// The longest name of a type that we write.
pub const MOST_DESCR: usize = 3;

/// The header of an array of `descr` values in C order.
///
/// Source of the layout: NumPy's `numpy/lib/format.py`; its padding for a growing first axis never
/// passes 128 bytes for arrays of up to five axes.
pub fn header(descr: &str, shape: &[u64]) -> Vec<u8> {
    let axes: Vec<String> = shape.iter().map(u64::to_string).collect();
    let comma = if shape.len() == 1 { "," } else { "" };
    let dict = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({}{comma}), }}", axes.join(", "));
    let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
    bytes.extend(format!("{dict:<117}\n").bytes());
    debug_assert_eq!(bytes.len() as u64, HEADER_BYTES);
    bytes
}

/// Type and shape that a header of ours says; `None` if it is not as we write it.
pub fn read_header(bytes: &[u8]) -> Option<(String, Vec<u64>)> {
    let bytes = bytes.get(..HEADER_BYTES as usize)?;
    let text = std::str::from_utf8(&bytes[10..]).ok()?;
    let (descr, rest) = text.strip_prefix("{'descr': '")?.split_once('\'')?;
    let (shape, _) = rest.split_once("'shape': (")?.1.split_once(')')?;
    let sides = shape.split(',').map(str::trim).filter(|side| !side.is_empty());
    let shape: Vec<u64> = sides.map(|side| side.parse().ok()).collect::<Option<_>>()?;
    // No other form is taken for ours, and nothing whose header would be longer.
    let short = descr.len() <= MOST_DESCR && shape.len() <= 4 && shape.iter().all(|side| *side < 1 << 40);
    (short && header(descr, &shape) == bytes).then(|| (descr.into(), shape))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_reader_understands_the_header() {
        let mut file = header("<f4", &[2, 3, 1, 1]);
        file.extend([0; 24]);
        let read = npyz::NpyFile::new(&file[..]).unwrap();
        assert_eq!(read.shape(), [2, 3, 1, 1]);
        assert_eq!(read.dtype().descr(), "'<f4'");
        assert_eq!(read.order(), npyz::Order::C);
    }

    #[test]
    fn our_headers_are_read_and_others_are_not() {
        let written = header("|u1", &[7, 2, 3]);
        assert_eq!(read_header(&written), Some(("|u1".into(), vec![7, 2, 3])));
        assert_eq!(read_header(&written[..127]), None);
        let mut edited = written;
        edited[126] = b'x';
        assert_eq!(read_header(&edited), None);
    }

    /// What NumPy 2.4 wrote for `np.save(f, np.zeros(5, "i8"))`.
    #[test]
    fn one_axis_has_a_comma() {
        let text = header("<i8", &[5]);
        assert_eq!(text.len(), 128);
        assert!(text[10..].starts_with(b"{'descr': '<i8', 'fortran_order': False, 'shape': (5,), }  "));
        assert_eq!(text[127], b'\n');
    }
}
