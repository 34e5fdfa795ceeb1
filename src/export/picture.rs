//! How the picture of a row is written: as a PNG or JPEG file, or as the values that it is.

use crate::cli::{Container, Exporting, PictureFormat};
use crate::encode::{jpeg, lossless_png};
use crate::error::{Error, Result, shown};
use crate::image::Size;
use crate::manifest::Array;
use crate::npy;

/// The quality of JPEG files if nobody says another.
const QUALITY: u8 = 95;

/// How pictures are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// PNG.
    Png,
    /// JPEG of this quality.
    Jpeg(u8),
    /// The values.
    Npy,
}

/// The pictures of a dataset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Picture<'a> {
    /// How they are written.
    pub(super) coding: Coding,
    /// The array of images.
    pub(super) array: &'a Array,
    /// Their size.
    pub(super) size: Size,
    /// Their channels.
    pub(super) channels: usize,
}

impl<'a> Picture<'a> {
    /// The pictures of `array`, as they are asked for.
    ///
    /// # Errors
    /// If they cannot be written so.
    pub(super) fn of(array: &'a Array, asked: &Exporting) -> Result<Self> {
        let planes = array.layout.as_deref() == Some("NCHW");
        let side = |at: usize| array.shape.get(at).copied().unwrap_or(1) as u32;
        let (height, width, channels) = if planes { (side(1), side(2), side(0)) } else { (side(0), side(1), side(2)) };
        let (size, channels) = (Size::new(width, height), channels as usize);
        let mut picture = Self { coding: Coding::Npy, array, size, channels };
        picture.coding = picture.choose(asked).map_err(|problem| Error::Usage(format!("{}: {problem}", shown(&asked.out))))?;
        Ok(picture)
    }

    fn choose(&self, asked: &Exporting) -> std::result::Result<Coding, String> {
        use PictureFormat::{Jpeg, Npy, Png};
        let (is_byte, is_deep) = (self.array.dtype == "|u1", self.array.dtype == "<u2");
        let painted = matches!(self.channels, 1 | 3);
        let fits_png = painted && (is_byte || is_deep);
        let rows = format!("rows are {} of {} channels", type_name(&self.array.dtype), self.channels);
        if asked.quality.is_some() && asked.image != Some(Jpeg) {
            return Err("--quality is of JPEG (add --image jpeg, or leave it out)".into());
        }
        match (asked.to, asked.image) {
            (Container::Zarr, Some(_)) => Err("Zarr holds arrays, and no picture files (leave out --image)".into()),
            (Container::Zarr, None) => Ok(Coding::Npy),
            (Container::Folder, Some(Npy)) => {
                Err("a folder holds PNG or JPEG files (take --image png, or --to webdataset)".into())
            }
            (Container::Folder, None) if !fits_png => {
                Err(format!("{rows}, which picture files do not hold (take --to zarr or webdataset, or build with dtype uint8)"))
            }
            (_, Some(Png)) if !fits_png => {
                Err(format!("{rows}, PNG holds uint8 and uint16 of 1 or 3 (take --image npy, or build with dtype uint8)"))
            }
            (_, Some(Jpeg)) if !(painted && is_byte) => {
                Err(format!("{rows}, JPEG holds uint8 of 1 or 3 (take --image npy, or build with dtype uint8)"))
            }
            (_, Some(Jpeg)) => Ok(Coding::Jpeg(asked.quality.unwrap_or(QUALITY))),
            (_, Some(Npy)) => Ok(Coding::Npy),
            (_, Some(Png)) => Ok(Coding::Png),
            (_, None) => Ok(if fits_png { Coding::Png } else { Coding::Npy }),
        }
    }

    /// The ending of a file of a picture.
    pub(super) fn ending(&self) -> &'static str {
        match self.coding {
            Coding::Png => "png",
            Coding::Jpeg(_) => "jpg",
            Coding::Npy => "npy",
        }
    }

    /// The file of the picture with these values.
    pub(super) fn file(&self, values: &[u8]) -> Vec<u8> {
        match self.coding {
            Coding::Png => lossless_png(&self.interleaved(values), self.size, self.channels, self.value_bytes()),
            Coding::Jpeg(quality) => jpeg(&self.interleaved(values), self.size, self.channels, quality),
            Coding::Npy => [npy::header(&self.array.dtype, &self.array.shape).as_slice(), values].concat(),
        }
    }

    /// The file of a mask with these values, a PNG of one channel.
    pub(super) fn mask_file(&self, values: &[u8]) -> Vec<u8> {
        let pixels = usize::try_from(self.size.pixels()).unwrap_or(usize::MAX);
        lossless_png(values, self.size, 1, values.len() / pixels.max(1))
    }

    fn value_bytes(&self) -> usize {
        if self.array.dtype == "|u1" { 1 } else { 2 }
    }

    /// The values, with those of a pixel side by side.
    fn interleaved(&self, values: &[u8]) -> Vec<u8> {
        if self.array.layout.as_deref() != Some("NCHW") || self.channels == 1 {
            return values.to_vec();
        }
        let bytes = self.value_bytes();
        let plane = values.len() / self.channels;
        let pixel = |at: usize| (0..self.channels).flat_map(move |channel| &values[channel * plane + at..][..bytes]);
        (0..plane).step_by(bytes).flat_map(pixel).copied().collect()
    }
}

/// The name that NumPy has for the type with this `descr`.
pub(super) fn type_name(descr: &str) -> &str {
    match descr {
        "|u1" => "uint8",
        "<u2" => "uint16",
        "<f2" => "float16",
        "<f4" => "float32",
        "<i8" => "int64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Axis;

    #[test]
    fn planes_are_interleaved() {
        let array = |dtype: &str| Array {
            dtype: dtype.into(),
            shape: vec![3, 1, 2],
            layout: Some("NCHW".into()),
            color: None,
            first_axis: Axis::Rows,
        };
        let of = |array: &Array, values: &[u8]| {
            Picture { coding: Coding::Png, array, size: Size::new(2, 1), channels: 3 }.interleaved(values)
        };
        assert_eq!(of(&array("|u1"), &[1, 2, 3, 4, 5, 6]), [1, 3, 5, 2, 4, 6]);
        assert_eq!(of(&array("<u2"), &[1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]), [1, 0, 3, 0, 5, 0, 2, 0, 4, 0, 6, 0]);
    }
}
