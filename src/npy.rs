//! The `.npy` format, version 1.0, byte for byte as `np.save` writes it.

/// Bytes before the values, in every file that we write.
pub const HEADER_BYTES: u64 = 128;

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

    /// What NumPy 2.4 wrote for `np.save(f, np.zeros(5, "i8"))`.
    #[test]
    fn one_axis_has_a_comma() {
        let text = header("<i8", &[5]);
        assert_eq!(text.len(), 128);
        assert!(text[10..].starts_with(b"{'descr': '<i8', 'fortran_order': False, 'shape': (5,), }  "));
        assert_eq!(text[127], b'\n');
    }
}
