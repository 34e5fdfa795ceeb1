//! Tables of whole levels: those that depend on how often a channel has each level, and those that cut bits.

use crate::units::Equalizer;
use std::array::from_fn;

/// A table that changes nothing.
fn same() -> [u8; 256] {
    from_fn(|v| v as u8)
}

/// The highest `bits` bits of each level, the others cleared; `bits` is 0 to 8.
pub(super) fn posterize(bits: u32) -> [u8; 256] {
    from_fn(|v| (v & !((1usize << (8 - bits)) - 1)) as u8)
}

/// Levels from `threshold` on become their negative. `addition` is added before that to all levels, or, if those
/// from the threshold on are to be kept, to those below it alone.
pub(super) fn solarize(threshold: f64, addition: i32, keep: bool) -> [u8; 256] {
    from_fn(|v| {
        let added = (v as i32 + addition).clamp(0, 255);
        let light = |level: i32| f64::from(level) >= threshold;
        match (keep, light(v as i32), light(added)) {
            (true, true, _) => v as u8,
            (false, _, true) => 255 - added as u8,
            _ => added as u8,
        }
    })
}

/// Spreads the levels of one channel evenly, given how often each occurs.
pub(in crate::kernels) fn equalize(counts: &[u32; 256], equalizer: Equalizer) -> [u8; 256] {
    let pixels: u64 = counts.iter().map(|n| u64::from(*n)).sum();
    match equalizer {
        Equalizer::Pil => {
            let lightest = counts.iter().rev().find(|n| **n > 0).map_or(0, |n| u64::from(*n));
            let step = (pixels - lightest) / 255;
            if step == 0 {
                return same();
            }
            let mut before = step / 2;
            from_fn(|v| {
                let level = before / step;
                before += u64::from(counts[v]);
                level.min(255) as u8
            })
        }
        Equalizer::Cv => {
            let Some(darkest) = counts.iter().position(|n| *n > 0) else { return same() };
            let others = pixels - u64::from(counts[darkest]);
            if others == 0 {
                return same();
            }
            let scale = 255.0 / others as f32;
            let mut sum = 0u64;
            from_fn(|v| {
                if v > darkest {
                    sum += u64::from(counts[v]);
                }
                // Ties go to the even level, as the reference's rounding does.
                (sum as f32 * scale).round_ties_even() as u8
            })
        }
    }
}

/// Stretches one channel from black to white, after `cutoff` percent of its pixels are left out at either end.
pub(super) fn autocontrast(counts: &[u32; 256], cutoff: f64) -> [u8; 256] {
    let mut counts = counts.map(u64::from);
    let pixels: u64 = counts.iter().sum();
    let cut = (pixels as f64 * cutoff / 100.0) as u64;
    leave_out(counts.iter_mut(), cut);
    leave_out(counts.iter_mut().rev(), cut);
    let dark = counts.iter().position(|n| *n > 0).unwrap_or(255);
    let light = counts.iter().rposition(|n| *n > 0).unwrap_or(0);
    if light <= dark {
        return same();
    }
    let scale = 255.0 / (light - dark) as f64;
    let offset = -(dark as f64) * scale;
    from_fn(|v| (v as f64 * scale + offset) as u8)
}

/// The way from `black` to `white`, over `mid` at 127 if there is one: whole steps, cut downwards.
pub(super) fn ramp(black: u8, mid: Option<u8>, white: u8) -> [u8; 256] {
    let way = |from: u8, to: u8, step: usize, steps: i64| {
        i64::from(from) + (step as i64 * (i64::from(to) - i64::from(from))).div_euclid(steps)
    };
    from_fn(|v| match mid {
        None => way(black, white, v, 255),
        Some(mid) if v < 127 => way(black, mid, v, 127),
        Some(mid) => way(mid, white, v - 127, 128),
    } as u8)
}

/// Takes `cut` pixels away, those of the first levels first.
fn leave_out<'a>(counts: impl Iterator<Item = &'a mut u64>, mut cut: u64) {
    for count in counts {
        let taken = cut.min(*count);
        *count -= taken;
        cut -= taken;
        if cut == 0 {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(levels: &[u8]) -> [u32; 256] {
        let mut counts = [0; 256];
        for level in levels {
            counts[*level as usize] += 1;
        }
        counts
    }

    #[test]
    fn posterizing_clears_low_bits() {
        assert_eq!(posterize(3)[0b1011_1111], 0b1010_0000);
        assert_eq!((posterize(0)[255], posterize(8)[77]), (0, 77));
    }

    #[test]
    fn solarizing_turns_what_is_light() {
        let plain = solarize(128.0, 0, false);
        assert_eq!((plain[127], plain[128], plain[255]), (127, 127, 0));
        assert_eq!(solarize(256.0, 0, false)[255], 255);
        let added = solarize(128.0, 30, false);
        assert_eq!((added[90], added[98], added[250]), (120, 127, 0));
        let kept = solarize(128.0, 30, true);
        assert_eq!((kept[90], kept[120], kept[128], kept[250]), (120, 150, 128, 250));
    }

    #[test]
    fn one_level_stays_where_it_is() {
        for table in [equalize(&counts(&[9; 600]), Equalizer::Pil), equalize(&counts(&[9; 600]), Equalizer::Cv)] {
            assert_eq!(table[9], 9);
        }
        assert_eq!(autocontrast(&counts(&[9; 600]), 0.0)[9], 9);
    }

    #[test]
    fn a_ramp_meets_its_three_levels() {
        let table = ramp(10, Some(90), 200);
        assert_eq!((table[0], table[127], table[255], table[1]), (10, 90, 200, 10));
        assert_eq!(ramp(200, None, 10)[1], 199);
    }

    #[test]
    fn autocontrast_leaves_out_both_ends() {
        // 254, as Pillow: its factor and offset are rounded before it cuts.
        let mut levels = vec![0, 255];
        levels.extend([100; 49]);
        levels.extend([200; 49]);
        let table = autocontrast(&counts(&levels), 1.0);
        assert_eq!((table[0], table[100], table[150], table[200], table[255]), (0, 0, 127, 254, 255));
        assert_eq!(autocontrast(&counts(&levels), 0.0)[100], 100);
    }
}
