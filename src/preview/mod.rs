//! To see before a night of computing: sheets that show pictures beside what is made of them.
//!
//! [`rows()`] makes a sheet of rows as a build would make them, [`magnitudes()`] one of a single op; `sheet.rs` says
//! what a sheet holds, `png.rs` and `html.rs` how it looks.

mod choose;
mod fit;
mod html;
mod magnitudes;
mod overlay;
mod paint;
mod png;
mod rows;
mod sheet;
mod words;

pub use fit::fit;
pub use magnitudes::{Magnitude, Magnitudes, built_in, magnitudes, of_op};
pub use rows::{Wanted, nothing_to_show, rows};
pub use sheet::{Format, Group, Sheet, Shown, Written};
