//! How coarse frequencies become: RFC 6386, sections 9.6 and 14.1, and libwebp's way from a quality to these numbers.

use super::transform::Block;

/// Steps of the mean and of the other frequencies, by VP8's index.
#[rustfmt::skip]
const MEANS: [u8; 128] = [
    4, 5, 6, 7, 8, 9, 10, 10, 11, 12, 13, 14, 15, 16, 17, 17, 18, 19, 20, 20, 21, 21, 22, 22, 23, 23, 24, 25, 25, 26, 27, 28,
    29, 30, 31, 32, 33, 34, 35, 36, 37, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58,
    59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89,
    91, 93, 95, 96, 98, 100, 101, 102, 104, 106, 108, 110, 112, 114, 116, 118, 122, 124, 126, 128, 130, 132, 134, 136, 138, 140,
    143, 145, 148, 151, 154, 157,
];
#[rustfmt::skip]
const OTHERS: [u16; 128] = [
    4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
    36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 60, 62, 64, 66, 68, 70, 72, 74, 76,
    78, 80, 82, 84, 86, 88, 90, 92, 94, 96, 98, 100, 102, 104, 106, 108, 110, 112, 114, 116, 119, 122, 125, 128, 131, 134, 137,
    140, 143, 146, 149, 152, 155, 158, 161, 164, 167, 170, 173, 177, 181, 185, 189, 193, 197, 201, 205, 209, 213, 217, 221, 225,
    229, 234, 239, 245, 249, 254, 259, 264, 269, 274, 279, 284,
];

/// How much the high frequencies of luma are raised before they are cut, in 2048ths of a step.
const SHARPENING: [i32; 16] = [0, 30, 60, 90, 30, 60, 90, 90, 60, 90, 90, 90, 90, 90, 90, 90];

/// The order of frequencies in the file.
pub(super) const ZIGZAG: [usize; 16] = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15];

/// Steps of the frequencies of one kind of block.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    size: Block,
    inverse: Block,
    /// What is added before a quotient is cut: less than a half, so that less is left.
    bias: Block,
    sharpening: Block,
}

impl Steps {
    /// Steps of the mean and of the others, with what is added to their quotients in 256ths.
    fn new(size: [i32; 2], bias: [i32; 2], sharpened: bool) -> Self {
        let of = |pair: [i32; 2]| -> Block { std::array::from_fn(|i| pair[i.min(1)]) };
        let sharpening = |i: usize| if sharpened { (SHARPENING[i] * size[i.min(1)]) >> 11 } else { 0 };
        Self {
            size: of(size),
            inverse: of(size.map(|size| (1 << 17) / size)),
            bias: of(bias.map(|bias| bias << 9)),
            sharpening: std::array::from_fn(sharpening),
        }
    }

    /// The mean of the steps.
    fn mean(&self) -> i32 {
        (self.size.iter().sum::<i32>() + 8) >> 4
    }

    /// How many steps are left of each frequency.
    #[inline(always)]
    pub(super) fn cut(&self, frequencies: &Block) -> Block {
        let mut made = [0; 16];
        for i in 0..16 {
            let size = frequencies[i].abs() + self.sharpening[i];
            let steps = ((size * self.inverse[i] + self.bias[i]) >> 17).min(2047);
            made[i] = if frequencies[i] < 0 { -steps } else { steps };
        }
        made
    }

    /// The frequencies of so many steps.
    #[inline(always)]
    pub(super) fn raise(&self, steps: &Block) -> Block {
        std::array::from_fn(|i| steps[i] * self.size[i])
    }
}

/// What a macroblock's segment decides.
#[derive(Clone, Debug, Default)]
pub(super) struct Segment {
    /// Luma, the means of its blocks where these are parted, chroma.
    pub(super) luma: Steps,
    pub(super) means: Steps,
    pub(super) chroma: Steps,
    /// What 256ths of a bit weigh against 256ths of a squared level: in parts, in whole blocks, in chroma, between ways.
    pub(super) part_weight: u64,
    pub(super) whole_weight: u64,
    pub(super) chroma_weight: u64,
    pub(super) mode_weight: u64,
    /// How strongly edges are smoothed, 0 to 63.
    pub(super) smoothing: i32,
    /// The greatest low frequency that stood alone, in steps of the means.
    pub(super) alone: i32,
    /// The error beyond which such a frequency counts.
    pub(super) alone_beyond: u64,
}

/// libwebp's defaults: how much complex areas lose against flat ones, and how strongly edges are smoothed.
const SHAPING: i32 = 50;
const SMOOTHING: i32 = 60;

impl Segment {
    /// A segment of pictures at `quality` (1 to 100) whose easiness lies at `alpha` (-127 to 127, 0 the mean) and at
    /// `beta` (0 to 255, from the least on), where chroma's is `chroma` on the mean.
    pub(super) fn new(quality: u32, alpha: i32, beta: i32, chroma: i32) -> Self {
        let linear = f64::from(quality) / 100.0;
        let linear = if linear < 0.75 { linear * (2.0 / 3.0) } else { 2.0 * linear - 1.0 };
        let exponent = 1.0 - 0.9 * f64::from(SHAPING) / 100.0 / 128.0 * f64::from(alpha);
        let left = libm::pow(libm::cbrt(linear), exponent);
        let index = ((127.0 * (1.0 - left)) as i32).clamp(0, 127);
        let at = |more: i32, most: i32| (index + more).clamp(0, most) as usize;
        let finer = ((chroma - 64) * 10 / 70 * SHAPING / 100).clamp(-4, 6);
        let (mean, other) = (i32::from(MEANS[at(0, 127)]), i32::from(OTHERS[at(0, 127)]));
        let luma = Steps::new([mean, other], [96, 110], true);
        let means = Steps::new([2 * mean, (other * 155 / 100).max(8)], [96, 108], false);
        let chroma_steps = [i32::from(MEANS[at(-4 * SHAPING / 100, 117)]), i32::from(OTHERS[at(finer, 127)])];
        let chroma = Steps::new(chroma_steps, [110, 115], false);
        let [part, whole, half] = [&luma, &means, &chroma].map(|steps| u64::from(steps.mean().unsigned_abs()).pow(2));
        let smoothing = (other >> 2).min(63) * 5 * SMOOTHING / (256 + beta);
        Self {
            part_weight: ((3 * part) >> 7).max(1),
            whole_weight: (3 * whole).max(1),
            chroma_weight: ((3 * half) >> 6).max(1),
            mode_weight: (part >> 7).max(1),
            smoothing: if smoothing < 2 { 0 } else { smoothing.min(63) },
            alone: 0,
            alone_beyond: 20 * u64::from(mean.unsigned_abs()),
            luma,
            means,
            chroma,
        }
    }

    /// How strongly edges are smoothed after all macroblocks are known.
    pub(super) fn final_smoothing(&self) -> i32 {
        self.smoothing.max(((self.alone * self.means.size[1]) >> 3).min(63))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_quality_has_the_finest_steps() {
        let best = Segment::new(100, 0, 0, 64);
        assert_eq!((best.luma.size[0], best.luma.size[1], best.means.size[1]), (4, 4, 8));
        let worst = Segment::new(1, 0, 0, 64);
        assert!(worst.luma.size[1] > 150 && worst.smoothing > 40);
    }

    #[test]
    fn quotients_are_cut_with_a_bias() {
        let steps = Steps::new([10, 20], [96, 110], false);
        let mut frequencies = [0; 16];
        (frequencies[0], frequencies[1], frequencies[2]) = (16, -31, 32);
        let cut = steps.cut(&frequencies);
        assert_eq!(cut[..3], [1, -1, 2]);
        assert_eq!(steps.raise(&cut)[..3], [10, -20, 40]);
    }
}
