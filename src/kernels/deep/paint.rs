//! Parts painted over, by whatever paints over pictures of three channels of 8 bits.

use super::read::{colour, sample};
use crate::image::{Deep, Image};

/// Finds what is painted over; keeps its memory from one picture to the next.
#[derive(Debug, Default)]
pub struct Painter {
    flat: Image,
    shown: [Image; 2],
}

impl Painter {
    /// Fills `target`, a picture like `source`, with `source` and what `paint` paints over it, which knows nothing of the
    /// picture but its size: what it leaves of black and of white alike is paint, the rest is the picture.
    ///
    /// With three channels each is painted for itself. Else a pixel is painted if all three are, in the level of the first.
    pub fn paint(&mut self, source: &Deep, mut paint: impl FnMut(&Image, &mut [u8]), target: &mut Deep) {
        let (size, planes) = (source.size(), source.planes());
        self.flat.reshape(size);
        for (made, level) in self.shown.iter_mut().zip([0, u8::MAX]) {
            self.flat.bytes_mut().fill(level);
            made.reshape(size);
            paint(&self.flat, made.bytes_mut());
        }
        target.samples_mut().copy_from_slice(source.samples());
        let [black, white] = self.shown.each_ref().map(|image| image.bytes().as_chunks::<3>().0);
        let pixels = target.samples_mut().chunks_exact_mut(planes.channels.max(1));
        for (out, (black, white)) in pixels.zip(black.iter().zip(white)) {
            if planes.channels != 3 && black == white {
                out.copy_from_slice(&colour(*black, planes)[..planes.channels]);
            } else if planes.channels == 3 {
                let painted = out.iter_mut().zip(black.iter().zip(white)).filter(|(_, (black, white))| black == white);
                painted.for_each(|(out, (level, _))| *out = sample(*level, planes.depth));
            }
        }
    }
}
