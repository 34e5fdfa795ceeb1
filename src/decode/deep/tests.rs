use super::*;
use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb};
use std::io::Cursor;

const LIMITS: Limits = Limits { pixels: 1000, memory: 1 << 20, ..Limits::NONE };
const RGB16: Planes = Planes { channels: 3, depth: Depth::Uint16 };

fn wanted(channels: usize, depth: Depth) -> Wanted {
    Wanted { planes: Planes { channels, depth }, channels_first: false }
}

fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

fn problem(bytes: &[u8], wanted: Wanted) -> String {
    header_deep(bytes, wanted, LIMITS).unwrap_err()
}

#[test]
fn every_orientation_is_that_of_the_image_crate() {
    let samples: Vec<u16> = (0..18).map(|i| i * 1000).collect();
    for exif in 1..=8 {
        let orientation = Orientation::from_exif(exif).unwrap();
        let mut theirs = DynamicImage::from(ImageBuffer::<Rgb<u16>, _>::from_raw(3, 2, samples.clone()).unwrap());
        theirs.apply_orientation(orientation);
        let ours = upright(Deep::from_samples(Size::new(3, 2), RGB16, samples.clone()), orientation);
        assert_eq!((ours.size().width, ours.size().height), (theirs.width(), theirs.height()), "{exif}");
        assert_eq!(ours.samples(), theirs.as_rgb16().unwrap().as_raw(), "{exif}");
    }
}

#[test]
fn samples_of_16_bits_come_as_they_stand_and_of_8_times_257() {
    let mut png = Cursor::new(Vec::new());
    let pixels = ImageBuffer::<Rgb<u16>, _>::from_raw(2, 1, vec![0, 1, 256, 40_000, 65_535, 7]).unwrap();
    DynamicImage::from(pixels).write_to(&mut png, ImageFormat::Png).unwrap();
    let mut picture = Deep::default();
    decode_deep(png.get_ref(), wanted(3, Depth::Uint16), LIMITS, &mut picture).unwrap();
    assert_eq!(picture.samples(), [0, 1, 256, 40_000, 65_535, 7]);
    assert!(problem(png.get_ref(), wanted(3, Depth::Uint8)).contains("has 3 channels of 16 bits"));
    let bytes = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 2), }\n", &[1, 255]);
    decode_deep(&bytes, wanted(1, Depth::Uint16), LIMITS, &mut picture).unwrap();
    assert_eq!(picture.samples(), [257, 65_535]);
}

#[test]
fn arrays_that_are_no_pictures_say_why() {
    let of = |header: &str, data: &[u8]| problem(&npy(header, data), wanted(1, Depth::Uint8));
    for (header, said) in [
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }", "the array holds \"<f4\" (save it as uint8 or uint16"),
        ("{'descr': '>u2', 'fortran_order': False, 'shape': (1, 1), }", "little-endian"),
        ("{'descr': '|u1', 'fortran_order': True, 'shape': (1, 1), }", "Fortran order"),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }", "has 1 axes"),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 17), }", "has 17 channels, read as (height, width, channels)"),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 0), }", "has 0 channels"),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (3, 1), }", "has 4 bytes, and its header promises 3 bytes"),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (4294967295, 4294967295, 16), }", "more than there can be"),
        (
            "{'descr': '|u1', 'fortran_order': False, 'shape': (18446744073709551615, 4), }",
            "a side of 18446744073709551615 pixels",
        ),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999999999, 4), }", "no shape"),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (-1, 4), }", "no shape"),
        ("{'descr': [('a', '<u2')], 'fortran_order': False, 'shape': (1, 4), }", "fields of its own"),
        ("{'descr': '|u1', 'shape': (1, 4), }", "says no fortran_order"),
        ("", "says no descr"),
    ] {
        assert!(of(header, &[1, 2, 3, 4]).contains(said), "{header}: {}", of(header, &[1, 2, 3, 4]));
    }
    assert!(problem(b"\x93NUMPY\x01\x00\xff\xff{}", wanted(1, Depth::Uint8)).contains("cut off"));
    assert!(problem(b"\x93NUMPY\x02\x00\xff\xff\xff\xff", wanted(1, Depth::Uint8)).contains("cut off"));
    assert!(problem(b"\x93NUMPY\x09\x00\x00\x00", wanted(1, Depth::Uint8)).contains("version 9"));
    assert!(problem(b"\x93NUMPY", wanted(1, Depth::Uint8)).contains("cut off"));
}

#[test]
fn channels_may_come_first() {
    let bytes = npy("{'descr': '<u2', 'fortran_order': False, 'shape': (2, 1, 3), }", &[1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]);
    let mut picture = Deep::default();
    let first = Wanted { channels_first: true, ..wanted(2, Depth::Uint16) };
    decode_deep(&bytes, first, LIMITS, &mut picture).unwrap();
    assert_eq!((picture.size(), picture.samples()), (Size::new(3, 1), &[1, 4, 2, 5, 3, 6][..]));
    decode_deep(&bytes, wanted(3, Depth::Uint16), LIMITS, &mut picture).unwrap();
    assert_eq!((picture.size(), picture.samples()), (Size::new(1, 2), &[1, 2, 3, 4, 5, 6][..]));
}

#[test]
fn too_many_pixels_are_refused_by_the_header() {
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (40, 40), }";
    assert!(problem(&npy(header, &[0; 1600]), wanted(1, Depth::Uint8)).contains("above the limit of 1000"));
}
