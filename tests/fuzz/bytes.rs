//! Inputs like others that are no JSON: bytes, numbers and parts changed, and what a PNG checks made right again.

use prebake::rng::Rng;

/// Numbers at which lengths, sizes and counts go wrong.
const NUMBERS: [u32; 14] = [0, 1, 2, 3, 8, 16, 127, 255, 256, 65_535, 65_536, 0x7fff_ffff, 0x8000_0000, u32::MAX];

/// The first bytes of a PNG, and how far a chunk reaches beyond its data.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const AROUND: usize = 12;

/// Another input like `data`.
pub fn mutated(data: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut made = data.to_vec();
    for _ in 0..=rng.below(3) {
        change(&mut made, rng);
    }
    if rng.chance(0.9) {
        make_checks_right(&mut made);
    }
    made
}

fn change(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let mut place = |most: usize| usize::try_from(rng.below(most as u64 + 1)).unwrap_or(0);
    let (at, kind, some) = (place(bytes.len()), place(6), place(16));
    let end = (at + some).min(bytes.len());
    let number = NUMBERS[place(NUMBERS.len() - 1)];
    let wide = [1, 2, 4][place(2)];
    let big = place(1) == 0;
    match kind {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end)),
        2 => {
            let part = bytes[at..end].to_vec();
            let to = place(bytes.len());
            bytes.splice(to..to, part);
        }
        3 => bytes[at..end].iter_mut().for_each(|byte| *byte = rng.bits() as u8),
        4 | 5 => {
            let end = (at + wide).min(bytes.len());
            let four = if big { number.to_be_bytes() } else { number.to_le_bytes() };
            let digits = if big { &four[4 - wide..] } else { &four[..wide] };
            bytes.splice(at..end, digits.iter().copied());
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (some % 8);
            }
        }
    }
}

/// Gives each chunk of a PNG the check that its content has, so that what reads the content sees it.
fn make_checks_right(bytes: &mut [u8]) {
    if !bytes.starts_with(PNG) {
        return;
    }
    let mut at = PNG.len();
    while let Some(head) = bytes.get(at..at + 4) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some(end) = at.checked_add(length).and_then(|end| end.checked_add(AROUND)).filter(|end| *end <= bytes.len()) else {
            return;
        };
        let check = crc(&bytes[at + 4..end - 4]);
        bytes[end - 4..end].copy_from_slice(&check.to_be_bytes());
        at = end;
    }
}

/// CRC-32 as PNG has it: the polynomial 0xedb88320, all bits inverted before and after.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
