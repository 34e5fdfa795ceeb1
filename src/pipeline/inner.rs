//! Runs recipes that stand within a recipe.

use super::program::{Canvas, Program};
use super::recipe::{Chain, Within};
use crate::image::Image;
use crate::kernels::mix::{add_weighted, keep_channels, settle};

/// What it takes; keeps its memory from one picture to the next.
#[derive(Debug, Default)]
pub(super) struct Inner {
    program: Program,
    canvas: Canvas,
    made: Image,
    sums: Vec<u32>,
}

impl Inner {
    /// Fills `target` with what `within` makes of `source`.
    pub(super) fn run(&mut self, within: &Within, source: &Image, fuse: bool, target: &mut [u8]) {
        match within {
            Within::Channels { channels, steps } => {
                self.program.lower(steps, source.size(), fuse);
                self.program.run(steps, source, &mut self.canvas, target);
                keep_channels(source, *channels, target);
            }
            Within::Augmix { kept, chains } => {
                self.sums.clear();
                self.sums.resize(target.len(), 0);
                self.made.reshape(source.size());
                let mut up_to = *kept;
                add_weighted(source.bytes(), fixed(up_to), &mut self.sums);
                for (i, Chain { share, steps }) in chains.iter().enumerate() {
                    let before = fixed(up_to);
                    // The last one takes what is left, so that rounding loses nothing.
                    up_to = if i + 1 == chains.len() { 1.0 } else { up_to + share };
                    self.program.lower(steps, source.size(), fuse);
                    self.program.run(steps, source, &mut self.canvas, self.made.bytes_mut());
                    add_weighted(self.made.bytes(), fixed(up_to).saturating_sub(before), &mut self.sums);
                }
                settle(&self.sums, target);
            }
        }
    }
}

/// A share in 65536ths.
fn fixed(share: f64) -> u32 {
    (share.clamp(0.0, 1.0) * 65_536.0 + 0.5) as u32
}
