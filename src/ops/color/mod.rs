//! Ops that change colours.

pub(super) mod autocontrast;
pub(super) mod brightness;
pub(super) mod brightness_contrast;
pub(super) mod channel_dropout;
pub(super) mod channel_shift;
pub(super) mod channel_shuffle;
pub(super) mod chromatic_aberration;
pub(super) mod color_jitter;
pub(super) mod colorize;
pub(super) mod contrast;
pub(super) mod equalize;
pub(super) mod fancy_pca;
pub(super) mod gamma;
pub(super) mod grayscale;
pub(super) mod hue;
pub(super) mod hue_saturation_value;
pub(super) mod invert;
pub(super) mod photometric_distort;
pub(super) mod planckian_jitter;
pub(super) mod posterize;
pub(super) mod rgb_shift;
pub(super) mod saturation;
pub(super) mod sepia;
pub(super) mod solarize;
pub(super) mod tone_curve;
