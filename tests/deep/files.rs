//! The same picture in every format, and formats that are not what they say.

use crate::common::fixture;
use crate::read;
use prebake::decode::{Limits, decode_deep, header, header_deep};
use prebake::image::{Deep, Depth, Planes, Size, Wanted};
use prebake::rng::Key;
use std::path::PathBuf;

const LIMITS: Limits = Limits { pixels: 10_000, ..Limits::NONE };
const FIVE: Wanted = Wanted { planes: Planes { channels: 5, depth: Depth::Uint16 }, channels_first: false };

/// The files of the fixture that hold one picture, each in its way.
fn forest() -> Vec<PathBuf> {
    ["a.npy", "b.tif", "c.tif", "d.tif"].iter().map(|name| fixture("deep/satellite/forest").join(name)).collect()
}

#[test]
fn pages_planes_samples_and_arrays_are_one_picture() {
    let pictures: Vec<Deep> = forest().iter().map(|path| read(path, 5, Depth::Uint16).unwrap()).collect();
    assert_eq!(pictures[0].size(), Size::new(24, 18));
    assert!(pictures[0].samples().iter().any(|sample| *sample > 60_000 || sample % 257 != 0));
    assert!(pictures.iter().all(|picture| picture == &pictures[0]));
    let first = Wanted { channels_first: true, ..FIVE };
    let mut turned = Deep::default();
    decode_deep(&std::fs::read(fixture("deep/channels_first/a.npy")).unwrap(), first, Limits::NONE, &mut turned).unwrap();
    assert_eq!(turned, pictures[0]);
}

#[test]
fn other_channels_or_fewer_bits_are_refused() {
    for path in forest() {
        let of = |channels, depth| read(&path, channels, depth).unwrap_err();
        let said = "has 5 channels of 16 bits, and the spec asks for";
        assert!(of(4, Depth::Uint16).starts_with(&format!("{said} 4 channels of 16 bits (")), "{}", of(4, Depth::Uint16));
        assert!(of(5, Depth::Uint8).starts_with(&format!("{said} 5 channels of 8 bits (")), "{}", of(5, Depth::Uint8));
    }
    let jpeg = std::fs::read_dir(fixture("by_folder/cat")).unwrap().map(|entry| entry.unwrap().path());
    let jpeg = jpeg.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "jpg")).unwrap();
    assert!(read(&jpeg, 3, Depth::Uint8).unwrap_err().starts_with("JPEG is not read with `channels`"));
}

#[test]
fn tiles_of_one_channel_each_are_refused_in_every_job() {
    let path = fixture("deep/tiles_apart.tif");
    let said = "has tiles of one channel each (save it in strips";
    assert!(read(&path, 3, Depth::Uint8).unwrap_err().starts_with(said));
    assert!(header(&std::fs::read(path).unwrap(), LIMITS).unwrap_err().starts_with(said));
}

/// Whatever is read from damaged bytes is refused in a line of text, or a picture of its header's size.
fn survives(bytes: &[u8], wanted: Wanted) -> bool {
    let mut picture = Deep::default();
    match decode_deep(bytes, wanted, LIMITS, &mut picture) {
        Ok(()) => {
            let found = header_deep(bytes, wanted, LIMITS).unwrap();
            assert_eq!((found.size, picture.planes()), (picture.size(), wanted.planes));
            true
        }
        Err(problem) => {
            assert!(!problem.is_empty() && !problem.chars().any(char::is_control), "{problem:?}");
            false
        }
    }
}

#[test]
fn files_cut_anywhere_are_refused() {
    for path in forest() {
        let whole = std::fs::read(&path).unwrap();
        assert!(survives(&whole, FIVE));
        let cuts = (0..whole.len() - 1).step_by(7);
        let taken = cuts.clone().filter(|cut| survives(&whole[..*cut], FIVE)).count();
        // A TIFF may end in bytes that no page needs.
        assert!(taken * 20 < cuts.count(), "{}: {taken}", path.display());
    }
}

#[test]
fn damaged_files_are_no_panic() {
    let mut rng = Key::new(3).rng();
    let (mut taken, mut tried) = (0, 0);
    for path in forest() {
        let whole = std::fs::read(&path).unwrap();
        // Where headers and pages stand: at the beginning, and in TIFF at the end too.
        for round in 0..1500 {
            let mut bytes = whole.clone();
            for _ in 0..=round % 4 {
                let near = [40, 200, whole.len() as u64][round % 3];
                let at = rng.below(near.min(whole.len() as u64)) as usize;
                let at = if round % 2 == 0 { at } else { whole.len() - 1 - at };
                bytes[at] = [0, 1, 0x7f, 0x80, 0xff, rng.bits() as u8][rng.below(6) as usize];
            }
            taken += usize::from(survives(&bytes, FIVE));
            tried += 1;
        }
    }
    assert!(taken > tried / 10 && taken < tried, "{taken} of {tried} were still pictures");
}
