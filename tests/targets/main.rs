//! Masks, boxes and key points follow the pixels.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may panic, and shows its figures")]

mod albumentations;
mod measure;
mod pixels;
mod rows;
mod scene;
