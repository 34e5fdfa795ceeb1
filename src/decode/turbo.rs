//! JPEG through libjpeg-turbo: faster, and at a half, a quarter or an eighth of the size if asked.

use super::jpeg::require_end;
use super::said;
use crate::image::{Image, Size};
use turbojpeg::{Decompressor, PixelFormat, ScalingFactor};

/// Name and version, for the manifest.
pub(super) const NAME: &str = "libjpeg-turbo 3.1.0 (turbojpeg-sys 1.2.0)";

/// Makes in `image` the pixels of a picture of size `stored`, as small as the scales of the format allow without
/// falling below `at_least` on either side.
pub(super) fn pixels(bytes: &[u8], stored: Size, at_least: Option<Size>, image: &mut Image) -> Result<(), String> {
    require_end(bytes)?;
    let mut decompressor = Decompressor::new().map_err(said)?;
    let scale = at_least.map_or(ScalingFactor::ONE, |least| smallest(stored, least));
    decompressor.set_scaling_factor(scale).map_err(said)?;
    let size = scaled(stored, scale);
    image.reshape(size);
    let (width, height) = (size.width as usize, size.height as usize);
    let pixels = turbojpeg::Image { pixels: image.bytes_mut(), width, pitch: width * 3, height, format: PixelFormat::RGB };
    decompressor.decompress(bytes, pixels).map_err(said)
}

fn smallest(stored: Size, least: Size) -> ScalingFactor {
    let enough = |scale: &ScalingFactor| {
        let size = scaled(stored, *scale);
        size.width >= least.width && size.height >= least.height
    };
    let scales = [ScalingFactor::ONE_EIGHTH, ScalingFactor::ONE_QUARTER, ScalingFactor::ONE_HALF];
    scales.into_iter().find(enough).unwrap_or(ScalingFactor::ONE)
}

fn scaled(size: Size, scale: ScalingFactor) -> Size {
    Size::new(scale.scale(size.width as usize) as u32, scale.scale(size.height as usize) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_never_falls_below_what_is_wanted() {
        let wanted = Size::new(224, 224);
        assert_eq!(smallest(Size::new(4000, 3000), wanted), ScalingFactor::ONE_EIGHTH);
        assert_eq!(smallest(Size::new(1000, 800), wanted), ScalingFactor::ONE_HALF);
        assert_eq!(smallest(Size::new(447, 900), wanted), ScalingFactor::ONE_HALF);
        assert_eq!(smallest(Size::new(446, 900), wanted), ScalingFactor::ONE);
        assert_eq!(smallest(Size::new(100, 100), wanted), ScalingFactor::ONE);
    }
}
