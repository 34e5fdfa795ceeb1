//! Files that say that they are pictures, masks or arrays.

use prebake::decode::{
    Decoding, Limits, Mask, Scratch, claims_to_be_deep, decode, decode_deep, header, header_deep, sniff, sniff_deep,
};
use prebake::image::{Deep, Depth, Image, Planes, Size, Wanted};
use prebake::statistics::Whitening;
use std::path::Path;

/// Larger pictures are refused.
const LIMITS: Limits = Limits { pixels: 1 << 14, memory: 1 << 26, ..Limits::NONE };

/// `data` is a picture.
pub fn picture(data: &[u8]) {
    let _ = sniff(data);
    let known = header(data, LIMITS);
    for at_least in [None, Some(Size::new(1, 1))] {
        let decoding = Decoding { background: [1, 2, 3], limits: LIMITS, at_least };
        let (mut scratch, mut image) = (Scratch::default(), Image::from_bytes(Size::new(2, 1), vec![9; 6]));
        match (decode(data, &decoding, &mut scratch, &mut image), &known) {
            (Ok(()), Ok(known)) => {
                assert!(known.size.pixels() <= LIMITS.pixels);
                assert!(at_least.is_some() || image.size() == known.size, "{} of {}", image.size(), known.size);
                assert_eq!(image.bytes().len() as u64, image.size().bytes());
                // What the memory held before must not show.
                let mut again = Image::from_bytes(Size::new(50, 40), vec![200; 6000]);
                decode(data, &decoding, &mut scratch, &mut again).unwrap();
                assert!(again == image, "its pixels depend on what was there before");
            }
            (Ok(()), Err(problem)) => panic!("its pixels are read, and its header is not: {problem}"),
            (Err(problem), _) => is_said_well(&problem),
        }
    }
}

/// `data` is a picture of other channels or another depth.
pub fn deep(data: &[u8]) {
    let _ = (sniff_deep(data), claims_to_be_deep(Path::new("a.npy")));
    for (channels, depth, channels_first) in
        [(1, Depth::Uint8, false), (3, Depth::Uint8, true), (4, Depth::Uint16, false), (5, Depth::Uint16, true)]
    {
        let wanted = Wanted { planes: Planes { channels, depth }, channels_first };
        let known = header_deep(data, wanted, LIMITS);
        let mut deep = Deep::default();
        match (decode_deep(data, wanted, LIMITS, &mut deep), known) {
            (Ok(()), Ok(known)) => {
                assert_eq!((deep.size(), deep.planes()), (known.size, wanted.planes));
                assert_eq!(deep.samples().len() as u64, wanted.planes.bytes(known.size) / 2);
                deep.show(&mut Image::default());
            }
            (Ok(()), Err(problem)) => panic!("its samples are read, and its header is not: {problem}"),
            (Err(problem), _) => is_said_well(&problem),
        }
    }
}

/// `data` is a mask.
pub fn mask(data: &[u8]) {
    // That of the picture which it would belong to, as the header of a PNG says it.
    let side = |at: usize| data.get(at..at + 4).map_or(1, |four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]));
    let size = Size::new(side(16), side(20));
    match Mask::read(data, size, LIMITS.pixels) {
        Ok(mask) => assert_eq!((mask.size, mask.ids.len() as u64), (size, size.pixels())),
        Err(problem) => is_said_well(&problem),
    }
}

/// `data` is an array: a picture, or a whitening matrix.
pub fn npy(data: &[u8]) {
    deep(data);
    for side in [0, 1, 3, 12] {
        if let Some(matrix) = Whitening::from_npy(data, side) {
            assert_eq!(matrix.to_npy(), data);
        }
    }
}

fn is_said_well(problem: &str) {
    assert!(!problem.is_empty() && !problem.contains(char::is_control), "{problem:?}");
}
