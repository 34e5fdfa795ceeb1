//! Every augmentation. The table below is the only list of them; a new op is one file and one line.

mod blur;
mod color;
mod dropout;
mod geometry;
mod lowered;
mod noise;
mod quality;
mod references;
mod serves;
mod table;
mod targets;
mod weather;

pub use lowered::{Lowered, Resampling};
pub use references::References;
pub use serves::Serves;
pub use targets::Targets;

use crate::image::{Deep, Image, Size, Sizes};
use crate::kernels::Tools;
use crate::rng::Rng;
use crate::spec::fields::Fields;
use serde::{Serialize, de::DeserializeOwned};
use table::ops;

ops! {
    Geometry {
        geometry::resize::Resize,
        geometry::crop::Crop,
        geometry::crop::CenterCrop,
        geometry::crop::RandomCrop,
        geometry::rotate::Rotate,
        geometry::zoom::Zoom,
        geometry::shift::Shift,
        geometry::shear::Shear,
        geometry::affine::Affine,
        geometry::flip::HorizontalFlip,
        geometry::flip::VerticalFlip,
        geometry::rotate90::Rotate90,
        geometry::d4::Transpose,
        geometry::d4::D4,
        geometry::pad::Pad,
        geometry::pad::PadIfNeeded,
        geometry::letterbox::Letterbox,
        geometry::max_size::SmallestMaxSize,
        geometry::max_size::LongestMaxSize,
        geometry::random_scale::RandomScale,
        geometry::resized_crop::RandomResizedCrop,
        geometry::resized_crop::RandomSizedCrop,
        geometry::safe_rotate::SafeRotate,
        geometry::shift_scale_rotate::ShiftScaleRotate,
        geometry::grid_shuffle::GridShuffle,
        geometry::perspective::Perspective,
        geometry::elastic_transform::ElasticTransform,
        geometry::grid_distortion::GridDistortion,
        geometry::optical_distortion::OpticalDistortion,
        geometry::piecewise_affine::PiecewiseAffine,
        geometry::thin_plate_spline::ThinPlateSpline,
        geometry::crop_and_pad::CropAndPad,
    }
    Color {
        color::brightness::Brightness,
        color::contrast::Contrast,
        color::brightness_contrast::BrightnessContrast,
        color::gamma::Gamma,
        color::saturation::Saturation,
        color::hue::Hue,
        color::hue_saturation_value::HueSaturationValue,
        color::color_jitter::ColorJitter,
        color::photometric_distort::PhotometricDistort,
        color::rgb_shift::RgbShift,
        color::channel_shift::ChannelShift,
        color::channel_shuffle::ChannelShuffle,
        color::channel_dropout::ChannelDropout,
        color::grayscale::Grayscale,
        color::sepia::Sepia,
        color::invert::Invert,
        color::solarize::Solarize,
        color::posterize::Posterize,
        color::equalize::Equalize,
        color::autocontrast::Autocontrast,
        color::tone_curve::ToneCurve,
        color::planckian_jitter::PlanckianJitter,
        color::fancy_pca::FancyPca,
        color::colorize::Colorize,
        color::illumination::Illumination,
        color::vignetting::Vignetting,
        color::plasma_brightness::PlasmaBrightness,
        color::plasma_contrast::PlasmaContrast,
        color::histogram_matching::HistogramMatching,
        color::fourier_domain_adaptation::FourierDomainAdaptation,
        color::pixel_distribution_adaptation::PixelDistributionAdaptation,
    }
    Blur {
        blur::gaussian_blur::GaussianBlur,
        blur::box_blur::BoxBlur,
        blur::median_blur::MedianBlur,
        blur::motion_blur::MotionBlur,
        blur::defocus::Defocus,
        blur::sharpness::Sharpness,
        blur::sharpen::Sharpen,
        blur::emboss::Emboss,
        blur::ringing_overshoot::RingingOvershoot,
        blur::unsharp_mask::UnsharpMask,
        blur::glass_blur::GlassBlur,
        blur::zoom_blur::ZoomBlur,
        blur::clahe::Clahe,
        color::chromatic_aberration::ChromaticAberration,
    }
    Noise {
        noise::gaussian_noise::GaussianNoise,
        noise::salt_and_pepper::SaltAndPepper,
        noise::multiplicative_noise::MultiplicativeNoise,
        noise::additive_noise::AdditiveNoise,
        noise::iso_noise::IsoNoise,
        noise::shot_noise::ShotNoise,
        noise::film_grain::FilmGrain,
    }
    Dropout {
        dropout::coarse_dropout::CoarseDropout,
        dropout::random_erasing::RandomErasing,
        dropout::grid_dropout::GridDropout,
        dropout::xy_masking::XyMasking,
        dropout::pixel_dropout::PixelDropout,
        dropout::grid_mask::GridMask,
    }
    Weather {
        weather::fog::Fog,
        weather::rain::Rain,
        weather::snow::Snow,
        weather::shadow::Shadow,
        weather::sun_flare::SunFlare,
        weather::plasma_shadow::PlasmaShadow,
        weather::gravel::Gravel,
        weather::spatter::Spatter,
    }
    Quality {
        quality::jpeg_compression::JpegCompression,
        quality::downscale::Downscale,
        quality::dithering::Dithering,
        quality::halftone::Halftone,
        quality::superpixels::Superpixels,
        quality::webp_compression::WebpCompression,
    }
}

/// What kind of op one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Moves pixels.
    Geometry,
    /// Changes colours.
    Color,
    /// Mixes neighbours.
    Blur,
    /// Adds randomness to each pixel.
    Noise,
    /// Hides parts.
    Dropout,
    /// Paints weather and light.
    Weather,
    /// Loses detail, as storage and transport do.
    Quality,
}

impl Family {
    /// Every family, with its word.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("geometry", Self::Geometry),
        ("color", Self::Color),
        ("blur", Self::Blur),
        ("noise", Self::Noise),
        ("dropout", Self::Dropout),
        ("weather", Self::Weather),
        ("quality", Self::Quality),
    ];

    /// The family's word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, family)| *family == self).map_or("", |(word, _)| word)
    }
}

/// What the table says of an op.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The word in the spec.
    pub name: &'static str,
    /// Its family.
    pub family: Family,
    /// What it does, in one line.
    pub summary: &'static str,
    /// A step that uses it, as JSON.
    pub example: &'static str,
    /// Where its formula comes from, and how it rounds.
    pub reference: &'static str,
    /// What it does to masks, boxes and key points.
    pub targets: Targets,
    /// Which pictures it serves.
    pub serves: Serves,
}

/// One augmentation: `self` says what may vary, `Params` what was drawn.
///
/// Randomness and pixels never meet: `sample` sees no pixels, `lower` and `apply` see no ranges and no generator.
pub trait Transform: Sized {
    /// The word in the spec.
    const NAME: &'static str;
    /// What it does, in one line.
    const SUMMARY: &'static str;
    /// A step that uses it, as JSON, on a picture of 256x256.
    const EXAMPLE: &'static str;
    /// Where its formula comes from, and how it rounds.
    const REFERENCE: &'static str;
    /// What it does to masks, boxes and key points, if that is not what all of its family do ([`Family::targets`]).
    const TARGETS: Option<Targets> = None;
    /// Which pictures it serves, if that is not what all of its family do ([`Family::serves`]).
    const SERVES: Option<Serves> = None;
    /// What one application draws: the log, the replay input and the parity fixture.
    type Params: Serialize + DeserializeOwned;

    /// Declares and reads the fields of a step.
    fn read(fields: &mut Fields<'_>) -> Self;

    /// Whether every application does the same.
    fn is_fixed(&self) -> bool;

    /// The pictures that it refers to, if it does.
    fn references(&mut self) -> Option<&mut References> {
        None
    }

    /// The sizes after this op; an error says why a picture of such a size cannot be taken.
    ///
    /// # Errors
    /// If the op cannot be applied to every picture whose size is in `input`.
    fn sizes(&self, input: Sizes) -> Result<Sizes, String> {
        Ok(input)
    }

    /// Decides.
    fn sample(&self, rng: &mut Rng, input: Size) -> Self::Params;

    /// The size that a picture of size `input` has after what was drawn.
    fn output_size(_params: &Self::Params, input: Size) -> Size {
        input
    }

    /// Adds what to do to the pixels of a picture of size `input`, so that it can be joined with its neighbours;
    /// or, if nothing is said, a pass of its own, which is [`Self::apply`].
    fn lower(params: &Self::Params, input: Size, lowered: &mut Vec<Lowered>) {
        lowered.push(Lowered::Apply(Self::output_size(params, input)));
    }

    /// Fills `target`, which has [`Self::output_size`], from `source`.
    fn apply(_params: &Self::Params, _source: &Image, _tools: &mut Tools, _target: &mut [u8]) {
        unreachable!("invariant: what is lowered to kernels is not applied");
    }

    /// As [`Self::apply`], for pictures of other channels and depths, if the op serves them. This is what ops do that
    /// paint over parts whatever the picture shows.
    fn apply_deep(params: &Self::Params, source: &Deep, tools: &mut Tools, target: &mut Deep) {
        let mut painter = std::mem::take(&mut tools.deep.painter);
        painter.paint(source, |flat, made| Self::apply(params, flat, tools, made), target);
        tools.deep.painter = painter;
    }
}
